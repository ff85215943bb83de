"""Which receiver a URL names: ``file:``, ``syslog+tls:``, ``https:``, ``http:`` on this machine."""

import re
import ssl
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from sottovoce.backends.stream_file import FileReceiver
from sottovoce.backends.stream_http import HTTPReceiver
from sottovoce.backends.stream_syslog import PORT, SyslogReceiver
from sottovoce.ledger.stream import Receiver
from sottovoce.values.errors import Unfit

_HERE = ("localhost", "127.0.0.1", "::1")
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62})"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL}){{0,30}}\.?|[0-9a-f:.]{{2,45}}")
_PATH = re.compile(r"/[\x21-\x7e]{0,2047}")
_HEADER = re.compile(r"([A-Za-z0-9-]{1,64}): ?([\x21-\x7e][\x20-\x7e]{0,4095})")
_MOST = 1 << 16


@dataclass(frozen=True, slots=True)
class Credentials:
    """Files with whom we trust, who we are, and secret headers; each may be left out."""

    authority: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    headers: Path | None = None


def receiver_at(url: str, credentials: Credentials) -> Receiver:
    """Return the receiver that a URL names, or raise Unfit; nobody is asked yet."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _unfit() from None
    if host and not _HOST.fullmatch(host):
        raise _unfit()
    match parts.scheme:
        case "file" if not parts.netloc and parts.path:
            return FileReceiver(Path(unquote(parts.path)))
        case "syslog+tls" if host and parts.path in ("", "/"):
            return SyslogReceiver(host, port or PORT, _trusted(credentials))
        case "http" | "https" if host and not parts.username and not parts.fragment:
            return _http(parts, host, port, credentials)
    raise _unfit()


def _http(
    parts: SplitResult, host: str, port: int | None, credentials: Credentials
) -> HTTPReceiver:
    if parts.scheme == "http" and host not in _HERE:
        raise Unfit(
            "the receiver is not on this machine, and its URL is not https",
            hint="http is spoken only to an agent on this machine",
        )
    path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
    if not _PATH.fullmatch(path):
        raise _unfit()
    trusted = _trusted(credentials) if parts.scheme == "https" else None
    headers = _headers(credentials.headers) if credentials.headers else {}
    return HTTPReceiver(host, port, path, trusted=trusted, headers=headers)


def _trusted(credentials: Credentials) -> ssl.SSLContext:
    try:
        trusted = ssl.create_default_context(cafile=credentials.authority)
        if credentials.certificate:
            trusted.load_cert_chain(credentials.certificate, credentials.key)
    except (OSError, ssl.SSLError):
        raise Unfit("a file of the receiver's authority or of our certificate is not one") from None
    trusted.minimum_version = ssl.TLSVersion.TLSv1_3
    return trusted


def _headers(path: Path) -> dict[str, str]:
    try:
        with path.open("rb") as file:
            lines = file.read(_MOST).decode("ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        raise Unfit("the file of headers cannot be read") from None
    found = [_HEADER.fullmatch(line) for line in lines if line]
    if not all(found):
        raise Unfit("the file of headers has lines like `Name: value`")
    return {match[1]: match[2] for match in found if match}


def _unfit() -> Unfit:
    return Unfit(
        "this is no URL of a receiver",
        hint="file:///path, syslog+tls://host:6514, https://host/path, or http:// on this machine",
    )
