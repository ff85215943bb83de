"""The keys of the vault: root, tenant, person, recording and channel (docs/spec/vault.md).

Rules:
1. A key rests only wrapped, bound to what it is for and whose it is.
2. To destroy a wrapped key is to erase everything beneath it.
3. No key is derived from anything but random bytes.
"""

import hmac
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from typing import BinaryIO, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from sottovoce.values.errors import Missing, Tampered
from sottovoce.values.ids import PersonId, RecordingId
from sottovoce.vault.part import LOCAL
from sottovoce.vault.recipient import Recipient, RecipientKey
from sottovoce.vault.tokens import Purpose

KEY = 32
WRAPPED = 1 + 12 + KEY + 16
_VERSION = b"\x01"
_CHUNK = 1 << 20
_READS = 3


@dataclass(frozen=True, slots=True, order=True)
class KeyName:
    """What a key is for and whose it is."""

    purpose: str
    id: str

    def __str__(self) -> str:
        return f"{self.purpose} key of {self.id}"

    @property
    def associated_data(self) -> bytes:
        return f"sottovoce wrap v1\n{self.purpose}\n{self.id}".encode()


SIGNING = KeyName("service", "signing")
SECOND_SIGNING = KeyName("service", "signing-mldsa65")
TENANT = KeyName("tenant", LOCAL)
_BENEATH_ROOT = (SIGNING, SECOND_SIGNING, TENANT)
HASHING = KeyName("service", "hashing")
PSEUDONYMS = KeyName("service", "pseudonyms")
RECIPIENT = "recipient"


def recipient_name(number: int, id: bytes) -> KeyName:
    """Name the key of a recipient; the highest number is the one that is given out."""
    return KeyName(RECIPIENT, f"{number:06d}-{id.hex()}")


def id_of(name: KeyName) -> bytes:
    """Return the id of the recipient whose key has this name."""
    return bytes.fromhex(name.id.split("-")[1])


def tokens_name(purpose: Purpose) -> KeyName:
    return KeyName("service", purpose.value)


APPROVER = "approver"
"""The purpose of a name under which no key rests, but a public one that may approve."""


def approver_name(public: bytes) -> KeyName:
    return KeyName(APPROVER, public.hex())


def arrival_name(recording: RecordingId) -> KeyName:
    return KeyName("arrival", recording)


def person_name(person: PersonId) -> KeyName:
    return KeyName("person", person)


def object_name(recording: RecordingId, channel: int) -> KeyName:
    return KeyName("object", f"{recording}/{channel}")


class Root(Protocol):
    """Something that wraps keys and never gives its own away: a file, a token, a service.

    Both methods raise Unavailable when it is away, and Refused when it does not let us.
    """

    def wrap(self, key: bytes, name: KeyName) -> bytes: ...

    def unwrap(self, wrapped: bytes, name: KeyName) -> bytes:
        """Return the key, or raise Tampered when it was not wrapped here for this name."""
        ...


class KeyShelf(Protocol):
    """Where wrapped keys rest."""

    def wrapped(self, name: KeyName) -> bytes | None: ...

    def names(self, purpose: str | None = None) -> Iterator[KeyName]:
        """Yield the name of every key, or of every one of a purpose, in order."""
        ...

    def left_over(self) -> int:
        """Return how many destroyed keys were not overwritten."""
        ...


class WrappingKey:
    """32 bytes that wrap others, by AES-256-GCM with a random nonce."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY:
            raise ValueError(f"key must have {KEY} bytes")
        self._aes = AESGCM(key)

    def wrap(self, key: bytes, name: KeyName) -> bytes:
        if len(key) != KEY:
            raise ValueError(f"key must have {KEY} bytes")
        nonce = os.urandom(12)
        return _VERSION + nonce + self._aes.encrypt(nonce, key, name.associated_data)

    def unwrap(self, wrapped: bytes, name: KeyName) -> bytes:
        if len(wrapped) != WRAPPED or wrapped[:1] != _VERSION:
            raise _unopened(name)
        try:
            return self._aes.decrypt(wrapped[1:13], wrapped[13:], name.associated_data)
        except InvalidTag:
            raise _unopened(name) from None


def _unopened(name: KeyName) -> Tampered:
    return Tampered(f"the {name} does not open", hint="restore the vault from a backup")


@dataclass(frozen=True, slots=True)
class FreshKey:
    """A new key beside its wrapped form, which is to be stored."""

    name: KeyName
    wrapped: bytes = field(repr=False)
    key: bytes = field(repr=False)


def fresh_key(name: KeyName, under: Root) -> FreshKey:
    """Draw a new random key and wrap it."""
    key = os.urandom(KEY)
    return FreshKey(name, under.wrap(key, name), key)


def service_keys(root: Root) -> dict[KeyName, bytes]:
    """Draw the keys that a new vault starts with, wrapped."""
    tenant = fresh_key(TENANT, root)
    hashing = fresh_key(HASHING, WrappingKey(tenant.key))
    signing = (fresh_key(name, root) for name in (SIGNING, SECOND_SIGNING))
    return {fresh.name: fresh.wrapped for fresh in (*signing, tenant, hashing)}


def _patiently(read: Callable[[], bytes]) -> bytes:
    """Read a key once more, and again, before it is called tampered."""
    for _ in range(_READS - 1):
        with suppress(Tampered):
            return read()
    return read()


class Keys:
    """Open the keys that rest wrapped; raises Missing for a destroyed one, Tampered otherwise.

    A key may be wrapped anew by another process between two reads, so that what does not open is
    read again before it is called tampered.
    """

    def __init__(self, root: Root, shelf: KeyShelf) -> None:
        self._root = root
        self._shelf = shelf

    def check(self) -> None:
        """Prove that the root key is this vault's, or raise Tampered or Missing."""
        for name in (SIGNING, TENANT, HASHING):
            # What is wrong with the shelf is said as it is, not taken for another root key.
            self._shelf.wrapped(name)
        try:
            self._open(SIGNING, self._root)
            self._below(HASHING)
        except Tampered:
            raise Tampered(
                "the root key and the vault do not belong together",
                hint="put back the root.key that was made with this vault",
            ) from None

    def signing_seed(self) -> bytes:
        """Return the 32-byte Ed25519 seed that signs the ledger's heads."""
        return self._open(SIGNING, self._root)

    def second_seed(self) -> bytes | None:
        """Return the 32-byte ML-DSA-65 seed that signs the heads too; None where none was made."""
        if self._shelf.wrapped(SECOND_SIGNING) is None:
            return None
        return self._open(SECOND_SIGNING, self._root)

    def new_second_seed(self) -> FreshKey:
        return fresh_key(SECOND_SIGNING, self._root)

    def keyed_hash(self, purpose: str, data: bytes) -> str:
        """Return HMAC-SHA-256 in hex, under a key that serves this vault and purpose only."""
        return hmac.new(self._hashing(purpose), data, sha256).hexdigest()

    def keyed_hash_of_file(self, purpose: str, file: BinaryIO) -> str:
        """Return what ``keyed_hash`` gives for the rest of the file, read in pieces."""
        mac = hmac.new(self._hashing(purpose), digestmod=sha256)
        while piece := file.read(_CHUNK):
            mac.update(piece)
        return mac.hexdigest()

    def row_key(self) -> bytes:
        """Return the key that seals rows."""
        info = b"sottovoce rows v1"
        secret = self._below(HASHING)
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(secret)

    def pseudonyms(self) -> bytes:
        """Return the key that links stand-ins across recordings, or raise Missing."""
        secret = self._below(PSEUDONYMS)
        info = b"sottovoce pseudonyms v1"
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(secret)

    def has_pseudonyms(self) -> bool:
        return self._shelf.wrapped(PSEUDONYMS) is not None

    def new_pseudonyms(self) -> FreshKey:
        return fresh_key(PSEUDONYMS, self._tenant())

    def recipients(self) -> tuple[KeyName, ...]:
        """Return the names of the recipients' keys, the one that is given out last."""
        return tuple(self._shelf.names(RECIPIENT))

    def recipient(self, name: KeyName) -> RecipientKey:
        return RecipientKey(self._below(name))

    def new_recipient(self) -> tuple[FreshKey, Recipient]:
        """Draw a seed, and name it as the one that is given out from now on."""
        last = max((int(name.id.split("-")[0]) for name in self.recipients()), default=0)
        seed = os.urandom(KEY)
        made = RecipientKey(seed).recipient
        name = recipient_name(last + 1, made.id)
        return FreshKey(name, self._tenant().wrap(seed, name), seed), made

    def tokens(self, purpose: Purpose) -> bytes:
        """Return the key of blind tokens of one purpose, or raise Missing."""
        return self._below(tokens_name(purpose))

    def has_tokens(self, purpose: Purpose) -> bool:
        return self._shelf.wrapped(tokens_name(purpose)) is not None

    def new_tokens(self, purpose: Purpose) -> FreshKey:
        return fresh_key(tokens_name(purpose), self._tenant())

    def approvers(self) -> tuple[bytes, ...]:
        """Return the public keys of those who may approve; raise Tampered at one not enrolled."""
        return tuple(self._below(name) for name in self._shelf.names(APPROVER))

    def new_approver(self, public: bytes) -> FreshKey:
        name = approver_name(public)
        return FreshKey(name, self._tenant().wrap(public, name), public)

    def new_arrival(self, recording: RecordingId) -> FreshKey:
        return fresh_key(arrival_name(recording), self._tenant())

    def arrival(self, recording: RecordingId) -> bytes:
        return self._below(arrival_name(recording))

    def person(self, person: PersonId) -> WrappingKey:
        return WrappingKey(self._below(person_name(person)))

    def has_person(self, person: PersonId) -> bool:
        return self._shelf.wrapped(person_name(person)) is not None

    def new_person(self, person: PersonId) -> FreshKey:
        return fresh_key(person_name(person), self._tenant())

    def object(self, recording: RecordingId, channel: int, person: PersonId) -> bytes:
        name = object_name(recording, channel)
        return _patiently(lambda: self._open(name, self.person(person)))

    def names(self) -> Iterator[KeyName]:
        """Yield the name of every key that rests here, in order."""
        return self._shelf.names()

    def rests(self, name: KeyName) -> bool:
        """Tell whether a key of this name rests here, whether or not it opens."""
        return self._shelf.wrapped(name) is not None

    def left_over(self) -> int:
        """Return how many destroyed keys were not overwritten."""
        return self._shelf.left_over()

    def prove(self, name: KeyName, person: PersonId | None) -> None:
        """Open a key and forget it; raise Missing or Tampered. An object's is its person's."""
        if person:
            self._open(name, self.person(person))
        elif name in _BENEATH_ROOT:
            self._open(name, self._root)
        else:
            self._below(name)

    def rewrapped(self) -> dict[KeyName, bytes]:
        """Draw a new tenant key and wrap anew all that lies right beneath it."""
        old, new = self._tenant(), fresh_key(TENANT, self._root)
        under = WrappingKey(new.key)
        found = {TENANT: new.wrapped}
        for name in self._shelf.names():
            if name not in _BENEATH_ROOT and name.purpose != "object":
                found[name] = under.wrap(self._open(name, old), name)
        return found

    def rewrapped_person(
        self, person: PersonId, objects: Iterable[KeyName]
    ) -> dict[KeyName, bytes]:
        """Draw a new key of a person and wrap anew the keys beneath it."""
        old, new = self.person(person), self.new_person(person)
        under = WrappingKey(new.key)
        beneath = {name: under.wrap(self._open(name, old), name) for name in objects}
        return {new.name: new.wrapped} | beneath

    def adopt(self, root: Root) -> None:
        """Open what lies right beneath the root by another root from now on."""
        self._root = root

    def rewrapped_root(self, root: Root) -> dict[KeyName, bytes]:
        """Wrap anew, under another root, what lies right beneath the root."""
        here = [name for name in _BENEATH_ROOT if self._shelf.wrapped(name) is not None]
        return {name: root.wrap(self._open(name, self._root), name) for name in here}

    def _tenant(self) -> WrappingKey:
        return WrappingKey(self._open(TENANT, self._root))

    def _below(self, name: KeyName) -> bytes:
        return _patiently(lambda: self._open(name, self._tenant()))

    def _open(self, name: KeyName, under: Root) -> bytes:
        wrapped = self._shelf.wrapped(name)
        if wrapped is None:
            raise Missing(f"the {name} is destroyed or was never made")
        return under.unwrap(wrapped, name)

    def _hashing(self, purpose: str) -> bytes:
        secret = self._below(HASHING)
        info = f"sottovoce keyed hash v1\n{purpose}".encode()
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(secret)
