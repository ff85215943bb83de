"""Bring a head to a witness by HTTP (C2SP tlog-witness); nothing goes with it but its proof."""

from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from sottovoce.ledger.witness import Submission, write_submission
from sottovoce.values.errors import Unavailable, Unfit

_PATIENCE_S = 10.0
_MAX_ANSWER = 1 << 16


def post(url: str, submission: Submission) -> tuple[int, bytes]:
    """Return the status and the answer, or raise Unavailable; Unfit for what is no such URL."""
    connection, path = _reached(url)
    try:
        connection.request("POST", path, write_submission(submission))
        answer = connection.getresponse()
        return answer.status, answer.read(_MAX_ANSWER)
    except (OSError, HTTPException) as error:
        raise Unavailable("it cannot be reached") from error
    finally:
        connection.close()


def _reached(url: str) -> tuple[HTTPConnection, str]:
    kinds = {"http": HTTPConnection, "https": HTTPSConnection}
    try:
        parts = urlsplit(url)
        kind, host, port = kinds[parts.scheme], parts.hostname or "", parts.port
    except (KeyError, ValueError):
        raise Unfit("a witness's URL begins with http:// or https:// and a host") from None
    return kind(host, port, timeout=_PATIENCE_S), f"{parts.path.rstrip('/')}/add-checkpoint"
