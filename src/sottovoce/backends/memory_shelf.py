"""The vault's ports in memory: the reference of what they promise, and their double in tests."""

import os
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from sottovoce.values.errors import Missing, Unavailable
from sottovoce.values.event import Event
from sottovoce.values.ids import ActorId, PersonId, RecordingId
from sottovoce.vault.holding import NOBODY, Holding, State
from sottovoce.vault.keys import KEY, KeyName, Keys, WrappingKey, service_keys
from sottovoce.vault.part import Part
from sottovoce.vault.seal import Sink, Source, tampered
from sottovoce.vault.shelf import COUNTED, NO_CHANGE, Journal, Resting
from sottovoce.vault.tokens import Change, Posting
from sottovoce.vault.vault import Vault


class MemoryTokens:
    """``vault.tokens.Tokens`` in a dictionary."""

    def __init__(self, holdings: Mapping[RecordingId, Holding] = MappingProxyType({})) -> None:
        """Begin empty; ``holdings`` are those of the shelf that the postings are on."""
        self._holdings = holdings
        self.postings: dict[bytes, Posting] = {}

    def change(self, change: Change) -> None:
        left = {k: p for k, p in self.postings.items() if p.purpose not in change.emptied}
        for label in change.struck:
            left.pop(label, None)
        self.postings = left | {posting.label: posting for posting in change.placed}

    def among(self, labels: Sequence[bytes]) -> Mapping[bytes, Posting]:
        return {label: self.postings[label] for label in labels if label in self.postings}

    def there(self, labels: Sequence[bytes]) -> Collection[bytes]:
        return {label for label in labels if label in self.postings}

    def astray(self, labels: Sequence[bytes]) -> Collection[bytes]:
        return {label for label, posting in self.among(labels).items() if self._is_astray(posting)}

    def _is_astray(self, posting: Posting) -> bool:
        holding = self._holdings.get(posting.recording)
        return holding is None or posting.channel not in holding.readable

    def of_recording(self, recording: RecordingId) -> tuple[Posting, ...]:
        return tuple(posting for posting in self.every() if posting.recording == recording)

    def every(self) -> Iterator[Posting]:
        return iter([self.postings[label] for label in sorted(self.postings)])


class MemoryShelf:
    """``vault.shelf.Shelf``, ``Index`` and ``vault.keys.KeyShelf`` in dictionaries."""

    def __init__(self, *, journal: Journal, service_keys: Mapping[KeyName, bytes]) -> None:
        self._journal = journal
        self._holdings: dict[RecordingId, Holding] = {}
        self._keys = dict(service_keys)
        self.tokens = MemoryTokens(self._holdings)

    def claim(self) -> None:
        """Do nothing: nobody else sees this memory."""

    def put(
        self,
        *holdings: Holding,
        added: Mapping[KeyName, bytes],
        destroyed: Collection[KeyName],
        event: Event,
        rewrapped: Mapping[KeyName, bytes] = MappingProxyType({}),
        tokens: Change = NO_CHANGE,
    ) -> int:
        if taken := set(added) & set(self._keys):
            raise ValueError(f"added must be new keys; the {min(taken)} is there")
        if unknown := set(rewrapped) - set(self._keys):
            raise ValueError(f"rewrapped must be keys that are there; the {min(unknown)} is not")
        index = self._journal.append(event)  # First: when it fails, nothing has changed.
        self._holdings |= {holding.id: holding for holding in holdings}
        self._keys |= {**added, **rewrapped}
        for name in destroyed:
            self._keys.pop(name, None)
        self.tokens.change(tokens)
        return index

    def swept(self, *recordings: RecordingId) -> None:
        for holding in [self._holdings[one] for one in recordings if one in self._holdings]:
            if holding.state is State.UNDONE:
                del self._holdings[holding.id]
            else:
                self._holdings[holding.id] = replace(holding, unswept=False)

    def destroy(self, keys: Collection[KeyName], *, event: Event) -> int:
        index = self._journal.append(event)
        for name in keys:
            self._keys.pop(name, None)
        return index

    def note(self, event: Event) -> int:
        return self._journal.append(event)

    def close(self) -> None:
        """Do nothing: memory goes with the process."""

    def find(self, recording: RecordingId) -> Holding:
        if recording not in self._holdings:
            raise Missing(f"recording {recording} is not in this vault")
        return self._holdings[recording]

    def list(
        self, state: State | None = None, *, after: RecordingId | None = None
    ) -> Iterator[Holding]:
        last = self.find(after) if after else None
        found = (h for h in self._holdings.values() if state in (None, h.state))
        for holding in sorted(found, key=_age):
            if last is None or _age(holding) > _age(last):
                yield holding

    def people(self, *, after: PersonId | None = None) -> Iterator[tuple[PersonId, int]]:
        counts: Counter[PersonId] = Counter()
        for holding in self._holdings.values():
            counts.update(set(holding.persons))
        found = sorted((p, n) for p, n in counts.items() if p > (after or NOBODY))
        yield from ((person, min(n, COUNTED)) for person, n in found)

    def same_bytes(self, fingerprint: str) -> tuple[RecordingId, ...]:
        return tuple(h.id for h in self.list() if fingerprint and h.fingerprint == fingerprint)

    def of_person(self, person: PersonId) -> tuple[Holding, ...]:
        return tuple(holding for holding in self.list() if person in holding.persons)

    def unswept(self) -> tuple[Holding, ...]:
        return tuple(holding for holding in self.list() if holding.unswept)

    def wrapped(self, name: KeyName) -> bytes | None:
        return self._keys.get(name)

    def names(self, purpose: str | None = None) -> Iterator[KeyName]:
        return iter(sorted(n for n in self._keys if purpose in (None, n.purpose)))

    def left_over(self) -> int:
        return 0


def _age(holding: Holding) -> tuple[datetime, RecordingId]:
    return holding.begun_at, holding.id


class _MemorySink:
    """Bytes being written."""

    def __init__(self, aside: dict[Part, bytearray], part: Part) -> None:
        self._aside = aside
        self._part = part
        self._closed = False
        aside[part] = bytearray()

    def write(self, data: memoryview) -> None:
        self._aside[self._part] += data

    def close(self) -> None:
        self._closed = True

    def discard(self) -> None:
        if not self._closed:
            self._aside.pop(self._part, None)


class _MemorySource:
    """Bytes read at any place."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.size = len(data)

    def read_into(self, offset: int, view: memoryview) -> int:
        piece = self._data[offset : offset + len(view)]
        view[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        """Do nothing."""


class MemoryParts:
    """``vault.shelf.Parts`` in dictionaries."""

    def __init__(self) -> None:
        self._aside: dict[Part, bytearray] = {}
        self._settled: dict[Part, bytes] = {}

    def create(self, part: Part) -> Sink:
        return _MemorySink(self._aside, part)

    def settle(self, parts: Sequence[Part]) -> None:
        for part in parts:
            if part not in self._aside:
                raise Unavailable(f"the part {part} was not created")
            self._settled[part] = bytes(self._aside.pop(part))

    def open(self, part: Part) -> Source:
        if part not in self._settled:
            raise tampered(part)
        return _MemorySource(self._settled[part])

    def prune(self, recording: RecordingId, spare: Collection[str]) -> None:
        for part in [part for part in self._aside if part.recording == recording]:
            del self._aside[part]
        for part in [part for part in self._settled if part.recording == recording]:
            if part.name not in spare:
                del self._settled[part]

    def remove(self, part: Part) -> None:
        self._aside.pop(part, None)
        self._settled.pop(part, None)

    def resting(self) -> Iterator[Resting]:
        yield from [Resting(part, settled=False) for part in self._aside]
        yield from [Resting(part, settled=True) for part in self._settled]


def memory_vault(*, journal: Journal, clock: Callable[[], datetime], actor: ActorId) -> Vault:
    """Make a vault that is gone with the process."""
    root = WrappingKey(os.urandom(KEY))
    shelf = MemoryShelf(journal=journal, service_keys=service_keys(root))
    return Vault(
        shelf=shelf,
        index=shelf,
        tokens=shelf.tokens,
        parts=MemoryParts(),
        keys=Keys(root, shelf),
        clock=clock,
        actor=actor,
    )
