"""A root key in the transit engine of OpenBao or Vault, asked over HTTPS (docs/providers.md).

Rules:
1. What a key is for and the vault are associated data; the engine opens with the same only.
2. The address and the token are settings; no redirection is followed, for the token goes with it.
3. Plain HTTP is spoken to this machine only, where an agent of the owner's listens.
"""

import base64
import json
import re
import ssl
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from urllib.parse import urlsplit

from sottovoce.backends.root_held import Held
from sottovoce.values.errors import Missing, Refused, SottovoceError, Tampered, Unavailable, Unfit
from sottovoce.vault.keys import KEY, KeyName

_VERSION = b"\x31"
_CIPHERTEXT = re.compile(r"[A-Za-z0-9_-]{1,64}:v[0-9]{1,9}:[A-Za-z0-9+/]{1,512}={0,2}")
_LONGEST = 65536
_TIMEOUT_S = 10.0
_LOCAL = ("localhost", "127.0.0.1", "::1")
_SAFE = re.compile(r"[\x21-\x7e]{1,2048}")


class TransitRoot:
    """``vault.keys.Root`` on a named key of a transit engine."""

    def __init__(
        self, held: Held, connect: Callable[[], HTTPConnection], headers: dict[str, str]
    ) -> None:
        self._held = held
        self._connect = connect
        self._headers = headers
        self._mount, _, self._key = held.key.rpartition("/")

    def wrap(self, key: bytes, name: KeyName) -> bytes:
        if len(key) != KEY:
            raise ValueError(f"key must have {KEY} bytes")
        text = self._ask("encrypt", name, "ciphertext", plaintext=_text(key))
        if not _CIPHERTEXT.fullmatch(text):
            raise _odd()
        return _VERSION + text.encode()

    def unwrap(self, wrapped: bytes, name: KeyName) -> bytes:
        text = wrapped[1:].decode("ascii", "replace")
        if wrapped[:1] != _VERSION or not _CIPHERTEXT.fullmatch(text):
            raise _unopened(name)
        try:
            answer = self._ask("decrypt", name, "plaintext", ciphertext=text)
            key = base64.b64decode(answer, validate=True)
        except ValueError:  # Of what is not ASCII it is not binascii.Error.
            raise _odd() from None
        if len(key) != KEY:
            raise _unopened(name)
        return key

    def _ask(self, what: str, name: KeyName, wanted: str, **said: str) -> str:
        body = said | {"associated_data": _text(self._held.bound(name))}
        status, answer = self._post(f"/v1/{self._mount}/{what}/{self._key}", json.dumps(body))
        if status != 200:
            raise _named(status, answer, name)
        try:
            found = json.loads(answer)["data"][wanted]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise _odd() from None
        if not isinstance(found, str):
            raise _odd()
        return found

    def _post(self, path: str, body: str) -> tuple[int, bytes]:
        try:
            connection = self._connect()
            try:
                connection.request("POST", path, body=body, headers=self._headers)
                answer = connection.getresponse()
                return answer.status, answer.read(_LONGEST)
            finally:
                connection.close()
        except ssl.SSLCertVerificationError:
            raise Refused(
                "the transit engine's certificate is not one that we trust",
                hint="SOTTOVOCE_TRANSIT_CA_FILE names the certificates of its authority",
            ) from None
        except (OSError, HTTPException) as error:
            raise _away(type(error).__name__) from None


def open_transit(
    held: Held,
    *,
    address: str | None,
    token: Callable[[], bytes],
    authority: Path | None = None,
    namespace: str | None = None,
) -> TransitRoot:
    """Take down where the engine is and who we are; it is not asked before a key is.

    Raises Unfit where the address or the token is not one, Unavailable where there is none.
    """
    connect = _connecting(address, authority)
    headers = {"X-Vault-Token": _header(token(), "token"), "X-Vault-Request": "true"}
    if namespace:
        headers["X-Vault-Namespace"] = _header(namespace.encode(), "namespace")
    return TransitRoot(held, connect, headers | {"Content-Type": "application/json"})


def _connecting(address: str | None, authority: Path | None) -> Callable[[], HTTPConnection]:
    if not address:
        raise Unavailable(
            "the root key is held by a transit engine, and its address is not set",
            hint="SOTTOVOCE_TRANSIT_ADDRESS names it, such as https://bao.example:8200",
        )
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or parts.path not in ("", "/") or parts.query or parts.username:
        raise Unfit("the transit engine's address is not https, a host and a port")
    if parts.scheme == "http" and host in _LOCAL:
        return lambda: HTTPConnection(host, port, timeout=_TIMEOUT_S)
    if parts.scheme != "https":
        raise Unfit(
            "the transit engine's address is not https",
            hint="http is spoken only to an agent on this machine, such as http://127.0.0.1:8100",
        )
    trusted = _trusted(authority)
    return lambda: HTTPSConnection(host, port, timeout=_TIMEOUT_S, context=trusted)


def _trusted(authority: Path | None) -> ssl.SSLContext:
    try:
        trusted = ssl.create_default_context(cafile=authority)
    except OSError:
        raise Unfit("the file of the transit engine's authority cannot be read") from None
    trusted.minimum_version = ssl.TLSVersion.TLSv1_2
    return trusted


def _header(value: bytes, what: str) -> str:
    text = value.decode("ascii", "replace")
    if not _SAFE.fullmatch(text):
        raise Unfit(f"the transit engine's {what} is not 1 to 2048 plain characters")
    return text


def _named(status: int, answer: bytes, name: KeyName) -> SottovoceError:
    # What it says is looked at and never repeated. A wrong tag was a 500 for years, and is a 400
    # now (hashicorp/vault, report 10842); a key that is not there is a 400 too.
    if status in (400, 500) and b"message authentication failed" in answer:
        return _unopened(name)
    if status == 400 and b"invalid ciphertext" in answer:
        return _unopened(name)
    if status == 400 and b"key not found" in answer:
        return Missing(
            "the root key is not in the transit engine",
            hint="see to its mount and name; without it nothing in the vault opens",
        )
    if status in (401, 403):
        return Refused(
            f"the transit engine does not let us use the root key (status {status})",
            hint="the token needs `update` on encrypt and decrypt of this key, and to be valid yet",
        )
    return _away(f"status {status}")


def _away(why: str) -> Unavailable:
    return Unavailable(
        f"the transit engine cannot use the root key just now ({why})",
        hint="is it sealed, or out of reach; try again",
    )


def _odd() -> Unavailable:
    return Unavailable(
        "the transit engine's answer is not in its form",
        hint="does SOTTOVOCE_TRANSIT_ADDRESS lead to it, and is it a symmetric key",
    )


def _unopened(name: KeyName) -> Tampered:
    return Tampered(f"the {name} does not open", hint="restore the vault from a backup")


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
