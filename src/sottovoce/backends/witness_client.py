"""Ask by HTTP: bring a head to a witness (C2SP tlog-witness), fetch a file of an exported tree.

Rule: an answer is whole and came in time, or it is none: what was cut off is no sign of tampering.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection, InvalidURL
from socket import SHUT_RDWR, socket
from threading import Event, Timer
from urllib.parse import urlsplit

from sottovoce.ledger.witness import Submission, write_submission
from sottovoce.values.errors import Unavailable, Unfit

_PATIENCE_S = 10.0
_MOST_S = 60.0
_MAX_ANSWER = 1 << 16


def post(url: str, submission: Submission) -> tuple[int, bytes]:
    """Return the status and the answer, or raise Unavailable; Unfit for what is no such URL."""
    return _ask("POST", url, "add-checkpoint", write_submission(submission), limit=_MAX_ANSWER)


def stamp(url: str, request: bytes) -> bytes:
    """Bring a query to a time-stamping authority (RFC 3161, section 3.4), or raise Unavailable."""
    kind = "application/timestamp-query"
    status, answer = _ask("POST", url, "", request, limit=_MAX_ANSWER, kind=kind)
    if status != 200:
        raise Unavailable(f"it answered {status}")
    return answer


def fetch(url: str, name: str, *, limit: int) -> bytes | None:
    """Return a file below a URL, None where there is none; one byte more than ``limit`` at most.

    Raises Unavailable, and Unfit for what is no such URL.
    """
    status, data = _ask("GET", url, name, None, limit=limit + 1)
    if status not in (200, 404):
        raise Unavailable(f"it answered {status}")
    return data if status == 200 else None


@contextmanager
def ended_after(connection: socket, limit_s: float) -> Iterator[Callable[[], bool]]:
    """End a connection after a time, whatever it does, and give what tells whether it was ended.

    A socket's own timeout is for one piece only: who sends byte after byte would hold us for days.
    """
    ended = Event()

    def end() -> None:
        ended.set()
        with suppress(OSError):
            socket.shutdown(connection, SHUT_RDWR)

    watch = Timer(limit_s, end)
    watch.daemon = True
    watch.start()
    try:
        yield ended.is_set
    finally:
        watch.cancel()


def _ask(
    method: str, url: str, name: str, body: bytes | None, *, limit: int, kind: str = ""
) -> tuple[int, bytes]:
    """Return the status and at most ``limit`` bytes of the answer."""
    try:
        connection, path = _reached(url, name)
        try:
            connection.connect()
            with ended_after(connection.sock, _MOST_S) as is_ended:
                connection.request(method, path, body, {"Content-Type": kind} if kind else {})
                answer = connection.getresponse()
                data = answer.read(limit)
        finally:
            connection.close()
    except InvalidURL:
        raise _no_url() from None
    except (OSError, HTTPException) as error:  # A false certificate is a ValueError as well.
        raise Unavailable("it cannot be reached") from error
    except (KeyError, ValueError):
        raise _no_url() from None
    if is_ended() or (answer.length and len(data) < limit):
        raise Unavailable("its answer was cut off, or took too long")
    return answer.status, data


def _no_url() -> Unfit:
    return Unfit("a URL begins with http:// or https:// and a host, in ASCII")


def _reached(url: str, name: str) -> tuple[HTTPConnection, str]:
    kinds = {"http": HTTPConnection, "https": HTTPSConnection}
    parts = urlsplit(url)
    kind = kinds[parts.scheme](parts.hostname or "", parts.port, timeout=_PATIENCE_S)
    return kind, f"{parts.path.rstrip('/')}/{name}" if name else parts.path or "/"
