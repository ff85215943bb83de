"""The two ways in which a token's key wraps 32 bytes (docs/spec/vault.md).

``GCMWay`` is taken where token and key have AES-GCM. ``KeyWrapWay`` is for those that have not:
AES key wrap (RFC 3394) knows no associated data, so a digest of it is wrapped together with the
key. For a moment the key is then an object of our session in the token.
"""

import os
from hashlib import sha256
from hmac import compare_digest
from typing import Any, Protocol

from sottovoce.vault.keys import KEY

_NONCE, _TAG, _SALT, _CHECK = 12, 16, 16, 8


class Way(Protocol):
    """How a key of a token wraps; ``key`` is the package's, whose class is made at run time."""

    version: bytes
    length: int

    def wrap(self, key: Any, data: bytes, bound: bytes) -> bytes: ...

    def unwrap(self, key: Any, wrapped: bytes, bound: bytes) -> bytes:
        """Return what was wrapped, or nothing when it was bound to something else."""
        ...


class GCMWay:
    """A random nonce, then AES-256-GCM with the associated data."""

    version = b"\x11"
    length = _NONCE + KEY + _TAG

    def wrap(self, key: Any, data: bytes, bound: bytes) -> bytes:
        nonce = os.urandom(_NONCE)
        return nonce + bytes(key.encrypt(data, **_gcm(nonce, bound)))

    def unwrap(self, key: Any, wrapped: bytes, bound: bytes) -> bytes:
        return bytes(key.decrypt(wrapped[_NONCE:], **_gcm(wrapped[:_NONCE], bound)))


class KeyWrapWay:
    """AES key wrap of the key, a random salt, and SHA-256 of salt and associated data."""

    version = b"\x12"
    length = KEY + _SALT + 32 + _CHECK

    def wrap(self, key: Any, data: bytes, bound: bytes) -> bytes:
        from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass

        salt = os.urandom(_SALT)
        what = {Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.TOKEN: False}
        secret = {Attribute.VALUE: data + salt + sha256(salt + bound).digest()}
        kind = {Attribute.KEY_TYPE: KeyType.GENERIC_SECRET}
        passing = key.session.create_object(what | kind | secret | _passing())
        try:
            return bytes(key.wrap_key(passing, mechanism=Mechanism.AES_KEY_WRAP))
        finally:
            passing.destroy()

    def unwrap(self, key: Any, wrapped: bytes, bound: bytes) -> bytes:
        from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass

        kind = (ObjectClass.SECRET_KEY, KeyType.GENERIC_SECRET)
        more = {"mechanism": Mechanism.AES_KEY_WRAP, "store": False, "template": _passing()}
        passing = key.unwrap_key(*kind, wrapped, **more)
        try:
            data = bytes(passing[Attribute.VALUE])
        finally:
            passing.destroy()
        salt, digest = data[KEY : KEY + _SALT], data[KEY + _SALT :]
        return data[:KEY] if compare_digest(digest, sha256(salt + bound).digest()) else b""


def _gcm(nonce: bytes, bound: bytes) -> dict[str, Any]:
    from pkcs11 import GCMParams, Mechanism

    params = GCMParams(nonce=nonce, aad=bound, tag_bits=8 * _TAG)
    return {"mechanism": Mechanism.AES_GCM, "mechanism_param": params}


def _passing() -> dict[Any, bool]:
    from pkcs11 import Attribute

    return {Attribute.SENSITIVE: False, Attribute.EXTRACTABLE: True}
