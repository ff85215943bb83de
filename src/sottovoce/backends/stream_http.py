"""A watcher that takes JSON lines by HTTP: one POST a batch, taken when it answers 2xx.

Rules:
1. Over TLS 1.3 with a certificate for its name; without TLS to this machine alone.
2. No redirect is followed, and nothing of an answer is repeated but its status.
"""

import ssl
from collections.abc import Mapping, Sequence
from http.client import HTTPConnection, HTTPException, HTTPSConnection

from sottovoce.ledger.stream import Line
from sottovoce.values.errors import Refused, Unavailable

_PATIENCE_S = 30.0
_TOO_LARGE = 413


class HTTPReceiver:
    """``ledger.stream.Receiver`` at a URL."""

    def __init__(
        self,
        host: str,
        port: int | None,
        path: str,
        *,
        trusted: ssl.SSLContext | None,
        headers: Mapping[str, str],
        patience_s: float = _PATIENCE_S,
    ) -> None:
        """Send ``headers`` along, which may be secret; without ``trusted`` there is no TLS."""
        self._host, self._port, self._path = host, port, path
        self._trusted = trusted
        self._headers = dict(headers)
        self._patience_s = patience_s

    def take(self, lines: Sequence[Line]) -> None:
        status = self._post(lines)
        if status == _TOO_LARGE and len(lines) > 1:
            half = len(lines) // 2
            self.take(lines[:half])
            self.take(lines[half:])
        elif not 200 <= status < 300:
            raise Unavailable(
                f"the receiver answered {status}",
                hint="the entries are sent again; see to the receiver and to our headers there",
            )

    def _post(self, lines: Sequence[Line]) -> int:
        body = b"".join(line.json + b"\n" for line in lines)
        headers = {"Content-Type": "application/x-ndjson", **self._headers}
        connection = self._connection()
        try:
            connection.request("POST", self._path, body, headers)
            return connection.getresponse().status
        except ssl.SSLCertVerificationError:
            raise Refused(
                "the receiver's certificate is not one that we trust",
                hint="--authority names the certificates of its authority",
            ) from None
        except (OSError, HTTPException) as error:
            raise Unavailable(
                f"the receiver did not take the entries ({type(error).__name__})",
                hint="they are sent again; see to the receiver and the way to it",
            ) from None
        finally:
            connection.close()

    def _connection(self) -> HTTPConnection:
        if self._trusted is None:
            return HTTPConnection(self._host, self._port, timeout=self._patience_s)
        return HTTPSConnection(
            self._host, self._port, timeout=self._patience_s, context=self._trusted
        )
