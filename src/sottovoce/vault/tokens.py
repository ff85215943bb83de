"""Blind tokens: how a recording is found by what is readable nowhere (docs/spec/index.md).

Rules:
1. No two tokens are alike, not even of one term: who lacks the key sees random bytes and can
   count them, and nothing else.
2. The tokens of a term are numbered without gaps, so that they are found by counting up.
3. A token belongs to a channel of a recording and goes with it.
"""

import hmac
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from hashlib import sha256
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from sottovoce.values.errors import Tampered
from sottovoce.values.ids import RecordingId
from sottovoce.vault.part import LOCAL

LABEL = 16
BACK = 56
_NUMBER = 8


class Purpose(Enum):
    """What tokens are for; each has a key of its own."""

    IDENTIFIERS = "identifiers"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class Term:
    """Something to be found by, in its normal form, such as a telephone number."""

    purpose: Purpose
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Mention:
    """A term that is said on a channel."""

    term: Term
    channel: int


@dataclass(frozen=True, slots=True)
class Posting:
    """One token as it rests: its label, whose it is, and the sealed way back to its term."""

    label: bytes = field(repr=False)
    purpose: Purpose
    recording: RecordingId
    channel: int
    back: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of postings: purposes are emptied, labels struck out, then postings placed."""

    placed: tuple[Posting, ...] = ()
    struck: tuple[bytes, ...] = field(default=(), repr=False)
    emptied: tuple[Purpose, ...] = ()


class Tokens(Protocol):
    """The tokens that rest, to look at; they change by ``Shelf.put``."""

    def among(self, labels: Sequence[bytes]) -> Mapping[bytes, Posting]:
        """Return what is there of these labels, however many they are."""
        ...

    def there(self, labels: Sequence[bytes]) -> Collection[bytes]:
        """Return those of these labels that are there, however many they are."""
        ...

    def of_recording(self, recording: RecordingId) -> tuple[Posting, ...]:
        """Return the postings of a recording, in the order of their labels."""
        ...

    def astray(self, labels: Sequence[bytes]) -> Collection[bytes]:
        """Return those of these labels that are there, on a strand that no person has."""
        ...

    def every(self) -> Iterator[Posting]:
        """Yield all postings, in the order of their labels."""
        ...


class TermKey:
    """A term under its key: it makes the labels of the term, and nothing leads from it back."""

    __slots__ = ("_secret",)

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def label(self, number: int) -> bytes:
        """Return the label of one of the term's postings."""
        return hmac.digest(self._secret, number.to_bytes(_NUMBER, "big"), sha256)[:LABEL]

    @property
    def asked(self) -> str:
        """What the ledger may say of who asked for the term; noise once the key is gone."""
        return hmac.digest(self._secret, b"asked", sha256).hex()

    def __bytes__(self) -> bytes:
        return self._secret

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TermKey) and hmac.compare_digest(self._secret, other._secret)

    def __hash__(self) -> int:
        return hash(self._secret)


class TokenKey:
    """The key of one purpose: from a term to its labels, and from a posting back to its term."""

    def __init__(self, secret: bytes, purpose: Purpose) -> None:
        self._purpose = purpose
        self._terms = _derived(secret, purpose, "terms", 32)
        self._back = AESSIV(_derived(secret, purpose, "back", 64))

    def term(self, term: Term) -> TermKey:
        if term.purpose is not self._purpose:
            raise ValueError(f"term must be of the purpose {self._purpose.value}")
        return TermKey(hmac.digest(self._terms, term.text.encode(), sha256))

    def posting(self, term: TermKey, number: int, recording: RecordingId, channel: int) -> Posting:
        """Make the posting of a term that has this number."""
        label = term.label(number)
        way = bytes(term) + number.to_bytes(_NUMBER, "big")
        back = self._back.encrypt(way, _bound(label, recording, channel))
        return Posting(label, self._purpose, recording, channel, back)

    def back(self, posting: Posting) -> tuple[TermKey, int]:
        """Return the term of a posting and its number, or raise Tampered."""
        bound = _bound(posting.label, posting.recording, posting.channel)
        try:
            way = self._back.decrypt(posting.back, bound)
        except (InvalidTag, ValueError):
            raise Tampered(f"a token of recording {posting.recording} does not open") from None
        return TermKey(way[:-_NUMBER]), int.from_bytes(way[-_NUMBER:], "big")


def _bound(label: bytes, recording: RecordingId, channel: int) -> list[bytes]:
    return [label, recording.encode(), str(channel).encode()]


def _derived(secret: bytes, purpose: Purpose, use: str, length: int) -> bytes:
    info = f"sottovoce token v1\n{LOCAL}\n{purpose.value}\n{use}".encode()
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=info).derive(secret)
