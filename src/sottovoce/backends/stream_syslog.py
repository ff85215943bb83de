"""A watcher that speaks syslog: RFC 5424 messages over TLS, as RFC 5425 frames them.

Rules:
1. TLS 1.3, and the receiver shows a certificate for its name.
2. Syslog answers nothing, so each batch has a connection of its own, which we end and wait for the
   receiver to end as well: that it does only after it has read everything.
"""

import ssl
from collections.abc import Sequence
from contextlib import suppress
from socket import create_connection

from sottovoce.ledger.stream import Line
from sottovoce.values.errors import Refused, Unavailable

PORT = 6514
_PATIENCE_S = 30.0
_LOG_AUDIT = 13
_BY_SEVERITY = {0: 5, 1: 6, 2: 5, 3: 4, 4: 3}
_LONGEST_ID = 32


class SyslogReceiver:
    """``ledger.stream.Receiver`` at a host."""

    def __init__(
        self, host: str, port: int, trusted: ssl.SSLContext, *, patience_s: float = _PATIENCE_S
    ) -> None:
        self._place = (host, port)
        self._trusted = trusted
        self._patience_s = patience_s

    def take(self, lines: Sequence[Line]) -> None:
        try:
            with create_connection(self._place, timeout=self._patience_s) as plain:
                secured = self._trusted.wrap_socket(plain, server_hostname=self._place[0])
                with secured:
                    secured.sendall(b"".join(framed(line) for line in lines))
                    _end(secured)
        except ssl.SSLCertVerificationError:
            raise Refused(
                "the receiver's certificate is not one that we trust",
                hint="--authority names the certificates of its authority",
            ) from None
        except OSError as error:
            raise Unavailable(
                f"the receiver did not take the entries ({type(error).__name__})",
                hint="they are sent again; see to the receiver and the way to it",
            ) from None


def framed(line: Line) -> bytes:
    """Return a message with its length in bytes before it."""
    message = _message(line)
    return b"%d %s" % (len(message), message)


def _message(line: Line) -> bytes:
    priority = 8 * _LOG_AUDIT + _BY_SEVERITY[line.severity]
    at, kind = line.at or "-", line.kind[:_LONGEST_ID] or "-"
    # No host's name, no process and no structured data: the JSON has all there is.
    return f"<{priority}>1 {at} - sottovoce - {kind} - ".encode() + line.json


def _end(secured: ssl.SSLSocket) -> None:
    """End our side and wait for the other to end as well."""
    # To close without a word of farewell, as many do, is an end too.
    with suppress(ssl.SSLEOFError):
        secured.unwrap().close()
