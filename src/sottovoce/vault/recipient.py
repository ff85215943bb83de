"""To whom a recording can be sealed: a public key and its seed (docs/spec/sealed-file.md).

Rules:
1. The seed is 32 random bytes and rests wrapped, as every key does.
2. A recipient is known by its id, a hash of the public key that people can compare.
"""

import base64
import binascii
import re
from dataclasses import dataclass, field
from hashlib import sha256, shake_256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from sottovoce.values.errors import Tampered, Unfit

PUBLIC = 1216
WRAPPED_KEY = 1168
ID = 16
_LATTICE = 1184
_SEED = 32
_HEAD = b"sottovoce recipient v1\n"
_TEXT = re.compile(rb"sottovoce recipient v1[ \t\r]*\n([A-Za-z0-9+/]{1622}==)[ \t\r\n]*")
_SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


@dataclass(frozen=True, slots=True)
class Recipient:
    """The public half: 1,216 bytes, which anyone may have."""

    public: bytes = field(repr=False)

    @property
    def id(self) -> bytes:
        """Return the 16 bytes by which it is known."""
        return sha256(_HEAD + self.public).digest()[:ID]

    @property
    def text(self) -> bytes:
        """Return the file that is given to senders."""
        return _HEAD + base64.b64encode(self.public) + b"\n"

    def wrap(self, key: bytes, info: bytes) -> bytes:
        """Encrypt a key of 32 bytes so that only the seed opens it; 1,168 bytes."""
        lattice, curve = self.public[:_LATTICE], self.public[_LATTICE:]
        public = MLKEM768X25519PublicKey(
            MLKEM768PublicKey.from_public_bytes(lattice), X25519PublicKey.from_public_bytes(curve)
        )
        return _SUITE.encrypt(key, public, info)


def read_recipient(text: bytes) -> Recipient:
    """Read a recipient from its file, or raise Unfit."""
    shape = _TEXT.fullmatch(text)
    try:
        public = base64.b64decode(shape[1], validate=True) if shape else b""
        MLKEM768PublicKey.from_public_bytes(public[:_LATTICE])
        # With a point of low order there is no shared secret (RFC 7748, 6.1): told now, not later.
        curve = X25519PublicKey.from_public_bytes(public[_LATTICE:])
        X25519PrivateKey.generate().exchange(curve)
    except (ValueError, binascii.Error):
        public = b""
    if len(public) != PUBLIC:
        raise Unfit(
            "the recipient's file is not one",
            hint="`sottovoce recipients show` at the vault writes it",
        )
    return Recipient(public)


class RecipientKey:
    """The private half, made of its seed."""

    def __init__(self, seed: bytes) -> None:
        if len(seed) != _SEED:
            raise ValueError(f"seed must have {_SEED} bytes")
        expanded = shake_256(seed).digest(96)
        self._lattice = MLKEM768PrivateKey.from_seed_bytes(expanded[:64])
        self._curve = X25519PrivateKey.from_private_bytes(expanded[64:])

    @property
    def recipient(self) -> Recipient:
        lattice, curve = self._lattice.public_key(), self._curve.public_key()
        return Recipient(lattice.public_bytes_raw() + curve.public_bytes_raw())

    def unwrap(self, wrapped: bytes, info: bytes) -> bytes:
        """Return the key, or raise Tampered."""
        private = MLKEM768X25519PrivateKey(self._lattice, self._curve)
        try:
            return _SUITE.decrypt(wrapped, private, info)
        except (InvalidTag, ValueError):
            raise Tampered(
                "the sealed file is not what was sealed", hint="ask the sender for it again"
            ) from None
