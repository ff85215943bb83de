"""Ask by HTTP: bring a head to a witness (C2SP tlog-witness), fetch a file of an exported tree."""

from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from sottovoce.ledger.witness import Submission, write_submission
from sottovoce.values.errors import Unavailable, Unfit

_PATIENCE_S = 10.0
_MAX_ANSWER = 1 << 16


def post(url: str, submission: Submission) -> tuple[int, bytes]:
    """Return the status and the answer, or raise Unavailable; Unfit for what is no such URL."""
    connection, path = _reached(url, "add-checkpoint")
    try:
        connection.request("POST", path, write_submission(submission))
        answer = connection.getresponse()
        return answer.status, answer.read(_MAX_ANSWER)
    except (OSError, HTTPException) as error:
        raise Unavailable("it cannot be reached") from error
    finally:
        connection.close()


def stamp(url: str, request: bytes) -> bytes:
    """Bring a query to a time-stamping authority (RFC 3161, section 3.4), or raise Unavailable."""
    connection, path = _reached(url, "")
    kind = {"Content-Type": "application/timestamp-query"}
    try:
        connection.request("POST", path, request, kind)
        answer = connection.getresponse()
        if answer.status != 200:
            raise Unavailable(f"it answered {answer.status}")
        return answer.read(_MAX_ANSWER)
    except (OSError, HTTPException) as error:
        raise Unavailable("it cannot be reached") from error
    finally:
        connection.close()


def fetch(url: str, name: str, *, limit: int) -> bytes | None:
    """Return a file below a URL, None where there is none; one byte more than ``limit`` at most.

    Raises Unavailable, and Unfit for what is no such URL.
    """
    connection, path = _reached(url, name)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        if answer.status == 200:
            return answer.read(limit + 1)
        if answer.status == 404:
            return None
        raise Unavailable(f"it answered {answer.status}")
    except (OSError, HTTPException) as error:
        raise Unavailable("it cannot be reached") from error
    finally:
        connection.close()


def _reached(url: str, name: str) -> tuple[HTTPConnection, str]:
    kinds = {"http": HTTPConnection, "https": HTTPSConnection}
    try:
        parts = urlsplit(url)
        kind, host, port = kinds[parts.scheme], parts.hostname or "", parts.port
    except (KeyError, ValueError):
        raise Unfit("a URL begins with http:// or https:// and a host") from None
    return kind(
        host, port, timeout=_PATIENCE_S
    ), f"{parts.path.rstrip('/')}/{name}" if name else parts.path or "/"
