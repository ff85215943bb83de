"""The ports of the vault: rows, wrapped keys, sealed bytes, and the journal of events.

A method that changes state takes ``event``: state and entry commit together or not at all.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from sottovoce.values.event import Event
from sottovoce.values.ids import PersonId, RecordingId
from sottovoce.vault.holding import Holding, State
from sottovoce.vault.keys import KeyName
from sottovoce.vault.part import Part
from sottovoce.vault.seal import Sink, Source
from sottovoce.vault.tokens import Change

NO_CHANGE = Change()
COUNTED = 1000
"""The recordings of a person are counted up to so many: who is on each is no dearer to list."""


class Journal(Protocol):
    """Where events are written, inside the transaction that is open."""

    def append(self, event: Event) -> int:
        """Write the event and return the index of its entry."""
        ...


class Shelf(Protocol):
    """Rows and wrapped keys, changed together."""

    def claim(self) -> None:
        """Become the one who works in this vault, or raise Unavailable; safe to repeat."""
        ...

    def put(
        self,
        *holdings: Holding,
        added: Mapping[KeyName, bytes],
        destroyed: Collection[KeyName],
        event: Event,
        rewrapped: Mapping[KeyName, bytes] = MappingProxyType({}),
        tokens: Change = NO_CHANGE,
    ) -> int:
        """Place or replace holdings, add and destroy wrapped keys; return the entry's index.

        The destroyed keys are overwritten, and so are those that come wrapped anew. A key that was
        there already is never added. A posting that is placed under a label that is there takes the
        place of the other.
        """
        ...

    def swept(self, *recordings: RecordingId) -> None:
        """Clear every trace of destroyed keys, then remember that nothing of them is left to clear.

        With no recording only traces are cleared. An undone holding is forgotten altogether.
        Raises Unavailable while a reader still needs the old pages; the holding then stays
        unswept.
        """
        ...

    def destroy(self, keys: Collection[KeyName], *, event: Event) -> int:
        """Overwrite keys that no holding needs, and what is left over of others; say so."""
        ...

    def note(self, event: Event) -> int:
        """Write an event that changes no state and return its entry's index."""
        ...

    def close(self) -> None: ...


class Index(Protocol):
    """What is held, to look at; needs no claim."""

    def find(self, recording: RecordingId) -> Holding:
        """Return the holding or raise Missing."""
        ...

    def list(
        self, state: State | None = None, *, after: RecordingId | None = None
    ) -> Iterator[Holding]:
        """Yield the holdings, oldest first, all or those in one state, or those after one.

        Memory is flat, and the first come at once. What changes meanwhile is given as it was or as
        it is. Raises Missing when the one that is named is not there.
        """
        ...

    def people(self, *, after: PersonId | None = None) -> Iterator[tuple[PersonId, int]]:
        """Yield every person who has a channel, in order, with how many recordings.

        They are counted up to ``COUNTED``, which stands for that many or more.
        """
        ...

    def same_bytes(self, fingerprint: str) -> tuple[RecordingId, ...]:
        """Return the recordings that came from the same bytes, oldest first."""
        ...

    def of_person(self, person: PersonId) -> tuple[Holding, ...]:
        """Return the holdings that have a channel of this person, oldest first."""
        ...

    def unswept(self) -> tuple[Holding, ...]: ...


@dataclass(frozen=True, slots=True)
class Resting:
    """A file of the vault: which part it is, None for a stranger's, and whether it is settled."""

    part: Part | None
    settled: bool


class Parts(Protocol):
    """Sealed bytes, one stream a part."""

    def create(self, part: Part) -> Sink:
        """Begin a part aside, where no reader finds it; one left from a crash is replaced."""
        ...

    def settle(self, parts: Sequence[Part]) -> None:
        """Put parts in place that were created and closed, durably."""
        ...

    def open(self, part: Part) -> Source:
        """Open a settled part; raise Tampered when it is gone."""
        ...

    def prune(self, recording: RecordingId, spare: Collection[str]) -> None:
        """Remove every part of a recording but those with the spared names; safe to repeat."""
        ...

    def remove(self, part: Part) -> None:
        """Remove one part, settled or aside; safe to repeat."""
        ...

    def resting(self) -> Iterator[Resting]:
        """Yield all that rests, settled or aside, a stranger's file too."""
        ...
