"""Signed notes and their Ed25519 keys, as in C2SP signed-note (docs/spec/ledger.md).

Rules:
1. A note is read strictly: what is not exactly the form is refused.
2. One line of the trusted key is wanted and it must verify; lines of other keys are not looked at.
"""

import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sottovoce.values.errors import Tampered, Unfit

MAX_NOTE = 1 << 20
MAX_SIGNATURES = 100
_ED25519 = b"\x01"
_DASH = "\u2014"
_NAME = re.compile(r"[!-*,-~]{1,128}")
_VKEY = re.compile(r"([!-*,-~]{1,128})\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})")
_LINE = re.compile(_DASH + r" ([^\s+]{1,256}) ([A-Za-z0-9+/]+={0,2})")


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A name and an Ed25519 public key: who may have signed."""

    name: str
    public: bytes

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError("name must be 1 to 128 visible ASCII characters without plus")
        if len(self.public) != 32:
            raise ValueError("public must have 32 bytes")

    @property
    def id(self) -> bytes:
        return sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:4]

    @property
    def vkey(self) -> str:
        """The key as one line that people pass on: name, id, public key."""
        return f"{self.name}+{self.id.hex()}+{to_base64(_ED25519 + self.public)}"

    @property
    def fingerprint(self) -> str:
        """128 bits of the SHA-256 of the vkey, in groups that can be read aloud."""
        digits = sha256(self.vkey.encode()).hexdigest()[:32]
        return " ".join(digits[i : i + 4] for i in range(0, 32, 4))

    def verify(self, signature: bytes, data: bytes) -> None:
        """Check a signature or raise Tampered."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, data)
        except (InvalidSignature, ValueError):
            raise Tampered("the signature is not that of the key over these bytes") from None


class Signer:
    """An Ed25519 key that signs under a name."""

    def __init__(self, name: str, seed: bytes) -> None:
        if len(seed) != 32:
            raise ValueError("seed must have 32 bytes")
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.key = VerifierKey(name, _public(self._private))

    def sign(self, data: bytes) -> bytes:
        return self._private.sign(data)


def ledger_signer(seed: bytes) -> Signer:
    """Make the signer of a vault's ledger, named after its key so that no two vaults share one."""
    public = _public(Ed25519PrivateKey.from_private_bytes(seed))
    return Signer(f"sottovoce.example/ledger/{sha256(public).hexdigest()[:16]}", seed)


def sign_note(text: str, signer: Signer) -> bytes:
    """Return the note: the text, an empty line, the signature's line."""
    signature = to_base64(signer.key.id + signer.sign(text.encode()))
    return f"{text}\n{_DASH} {signer.key.name} {signature}\n".encode()


def open_note(note: bytes, key: VerifierKey) -> str:
    """Return the text that the key signed; raise Unfit when it is no note, Tampered otherwise."""
    text, signatures = _parts(note)
    ours = [raw[4:] for name, raw in signatures if (name, raw[:4]) == (key.name, key.id)]
    if len(ours) != 1:
        raise Tampered(f"the head has {len(ours)} signatures of the key {key.name}; it needs one")
    key.verify(ours[0], text.encode())
    return text


def read_vkey(line: str) -> VerifierKey:
    """Read a verifier key, one line, or raise Unfit."""
    found = _VKEY.fullmatch(line)
    raw = from_base64(found[3]) if found else b""
    if found and raw[:1] == _ED25519 and len(raw) == 33:
        key = VerifierKey(found[1], raw[1:])
        if key.id.hex() == found[2]:
            return key
    raise Unfit(
        "the key is not one line of name+id+base64, of an Ed25519 key",
        hint="a vault publishes its key in ledger.vkey",
    )


def to_base64(data: bytes) -> str:
    return b64encode(data).decode()


def from_base64(text: str) -> bytes:
    """Decode base64 in its one canonical form, or raise Unfit."""
    try:
        data = b64decode(text, validate=True)
    except ValueError:
        raise Unfit("a value is not base64") from None
    if to_base64(data) != text:
        raise Unfit("a base64 value is not in its canonical form")
    return data


def _public(private: Ed25519PrivateKey) -> bytes:
    return private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def _parts(note: bytes) -> tuple[str, list[tuple[str, bytes]]]:
    if len(note) > MAX_NOTE:
        raise Unfit(f"the head has {len(note)} bytes; the limit is {MAX_NOTE}")
    body, found, signed = _decoded(note).rpartition("\n\n")
    lines = signed.split("\n")
    if not found or lines.pop() != "" or not 1 <= len(lines) <= MAX_SIGNATURES:
        raise Unfit(f"the head does not end in 1 to {MAX_SIGNATURES} lines of signatures")
    return body + "\n", [_signature(line) for line in lines]


def _decoded(note: bytes) -> str:
    try:
        text = note.decode()
    except UnicodeDecodeError:
        raise Unfit("the head is not UTF-8 text") from None
    if any(character < " " and character != "\n" for character in text):
        raise Unfit("the head has control characters")
    return text


def _signature(line: str) -> tuple[str, bytes]:
    found = _LINE.fullmatch(line)
    raw = from_base64(found[2]) if found else b""
    if not found or len(raw) < 5:
        raise Unfit("a line of the head's signatures is not a signature")
    return found[1], raw
