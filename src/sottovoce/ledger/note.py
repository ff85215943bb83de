"""Signed notes and their keys, as in C2SP signed-note (docs/spec/ledger.md): Ed25519, ML-DSA-65.

Rules:
1. A note is read strictly: what is not exactly the form is refused.
2. One line of the trusted key is wanted and it must verify; lines of other keys are not looked at.
3. Where the key comes with a second, of ML-DSA-65, the same is wanted of that.
"""

import re
from base64 import b64decode, b64encode
from dataclasses import dataclass, field, replace
from hashlib import sha256
from hmac import digest as hmac_digest

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import mldsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sottovoce.values.errors import Tampered, Unfit

MAX_NOTE = 1 << 20
MAX_SIGNATURES = 100
_ED25519 = b"\x01"
# No type is registered for ML-DSA-65 over a note's text, so it is one of ours, as 0xff says.
_MLDSA65 = b"\xffsottovoce.example/ml-dsa-65"
_MLDSA65_PUBLIC = 1952
_TAIL = b"sottovoce ledger tail v1"
_DASH = "\u2014"
_NAME = re.compile(r"[!-*,-~]{1,128}")
_VKEY = re.compile(r"([!-*,-~]{1,128})\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44,2700}={0,2})")
_LINE = re.compile(_DASH + r" ([^\s+]{1,256}) ([A-Za-z0-9+/]+={0,2})")


@dataclass(frozen=True, slots=True)
class SecondKey:
    """A name and an ML-DSA-65 public key, for those who do not trust Ed25519 to last."""

    name: str
    public: bytes = field(repr=False)

    @property
    def id(self) -> bytes:
        return _key_id(self.name, _MLDSA65 + self.public)

    @property
    def vkey(self) -> str:
        """The key as one line that people pass on: name, id, public key."""
        return f"{self.name}+{self.id.hex()}+{to_base64(_MLDSA65 + self.public)}"

    def verify(self, signature: bytes, data: bytes) -> None:
        """Check a signature or raise Tampered."""
        try:
            mldsa.MLDSA65PublicKey.from_public_bytes(self.public).verify(signature, data)
        except (InvalidSignature, ValueError):
            raise Tampered("the second signature is not that of its key") from None


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A name and an Ed25519 public key: who may have signed; the second key where it is known."""

    name: str
    public: bytes
    second: SecondKey | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError("name must be 1 to 128 visible ASCII characters without plus")
        if len(self.public) != 32:
            raise ValueError("public must have 32 bytes")

    @property
    def id(self) -> bytes:
        return _key_id(self.name, _ED25519 + self.public)

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
    """An Ed25519 key that signs under a name, and perhaps a second key that signs notes with it."""

    def __init__(self, name: str, seed: bytes, *, second: bytes | None = None) -> None:
        if len(seed) != 32 or len(second or seed) != 32:
            raise ValueError("seed must have 32 bytes")
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self._second = mldsa.MLDSA65PrivateKey.from_seed_bytes(second) if second else None
        self._tail_key = hmac_digest(seed, _TAIL, "sha256")
        public = self._second.public_key().public_bytes_raw() if self._second else None
        also = SecondKey(name, public) if public else None
        self.key = VerifierKey(name, _public(self._private), also)

    def sign(self, data: bytes) -> bytes:
        return self._private.sign(data)

    def seal(self, data: bytes) -> bytes:
        """Return a keyed hash of what is signed later; nobody else can make or check it."""
        return hmac_digest(self._tail_key, data, "sha256")

    def lines(self, text: str) -> str:
        """Return the signature lines of a note."""
        data = text.encode()
        lines = _signature_line(self.key.name, self.key.id, self.sign(data))
        if self.key.second and self._second:
            lines += _signature_line(self.key.name, self.key.second.id, self._second.sign(data))
        return lines

    def with_second(self, seed: bytes) -> "Signer":
        """Return a signer of the same first key and this second one."""
        return Signer(self.key.name, self._private.private_bytes_raw(), second=seed)


def ledger_signer(seed: bytes, *, second: bytes | None = None) -> Signer:
    """Make the signer of a vault's ledger, named after its key so that no two vaults share one."""
    public = _public(Ed25519PrivateKey.from_private_bytes(seed))
    name = f"sottovoce.example/ledger/{sha256(public).hexdigest()[:16]}"
    return Signer(name, seed, second=second)


def sign_note(text: str, signer: Signer) -> bytes:
    """Return the note: the text, an empty line, the lines of signatures."""
    return f"{text}\n{signer.lines(text)}".encode()


def open_note(note: bytes, key: VerifierKey) -> str:
    """Return the text that the key signed; raise Unfit when it is no note, Tampered otherwise."""
    text, signatures = _parts(note)
    for wanted in (key, key.second) if key.second else (key,):
        ours = [raw[4:] for name, raw in signatures if (name, raw[:4]) == (wanted.name, wanted.id)]
        if len(ours) != 1:
            which = "" if wanted is key else "second "
            raise Tampered(
                f"the head has {len(ours)} signatures of the {which}key {key.name}; it needs one"
            )
        wanted.verify(ours[0], text.encode())
    return text


def signatures_of(note: bytes) -> list[tuple[str, bytes]]:
    """Return the name and the bytes of each line of signatures; any may be false."""
    return _parts(note)[1]


def has_line(note: bytes, key: SecondKey) -> bool:
    """Tell whether a note has a line that names this key; it may yet be false."""
    return any((name, raw[:4]) == (key.name, key.id) for name, raw in signatures_of(note))


def read_vkeys(lines: str) -> VerifierKey:
    """Read a verifier key and, from a second line where there is one, its ML-DSA-65 key.

    Raises Unfit, and Tampered where the second is another ledger's.
    """
    first, more, second = lines.partition("\n")
    key = read_vkey(first)
    if not more:
        return key
    found = _VKEY.fullmatch(second)
    raw = from_base64(found[3]) if found else b""
    if found and raw.startswith(_MLDSA65) and len(raw) == len(_MLDSA65) + _MLDSA65_PUBLIC:
        also = SecondKey(found[1], raw[len(_MLDSA65) :])
        if also.id.hex() == found[2]:
            return replace(key, second=_expect_beside(also, key))
    raise Unfit(
        "the second key is not one line of name+id+base64, of an ML-DSA-65 key",
        hint="a vault publishes it in ledger.mldsa65.vkey",
    )


def _expect_beside(second: SecondKey, key: VerifierKey) -> SecondKey:
    if second.name != key.name:
        raise Tampered(
            "the two keys are those of two ledgers",
            hint="one of their files was changed; get both from a place that you trust",
        )
    return second


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


def _key_id(name: str, kind_and_public: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + kind_and_public).digest()[:4]


def _signature_line(name: str, id_: bytes, signature: bytes) -> str:
    return f"{_DASH} {name} {to_base64(id_ + signature)}\n"


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
