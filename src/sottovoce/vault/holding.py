"""What the vault holds of one recording, in terms that give no one away."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum

from sottovoce.values.ids import PersonId, RecordingId


class State(Enum):
    """Where a recording is in its life (docs/spec/vault.md)."""

    ARRIVING = "arriving"
    ARRIVED = "arrived"
    KEPT = "kept"
    QUARANTINED = "quarantined"
    ERASED = "erased"
    UNDONE = "undone"


NOBODY = PersonId("")
"""Stands for the person of a channel that was erased with its person."""

SETTLED = (State.KEPT, State.QUARANTINED)


@dataclass(frozen=True, slots=True)
class Holding:
    """One recording's row; an erased one has its id, state and times and nothing else.

    ``persons`` has one id for each strand, ``NOBODY`` where it was erased. A strand is a channel,
    or what one person has of it: then ``strands`` says of which channel each is. ``parts`` are the
    names of the parts that make up the kept recording. ``fingerprint`` is a keyed hash of the bytes
    that came. ``unswept`` says that files or traces of keys wait to be cleared away.
    """

    id: RecordingId
    state: State
    begun_at: datetime
    rate_hz: int = 0
    frames: int = 0
    persons: tuple[PersonId, ...] = ()
    parts: tuple[str, ...] = ()
    fingerprint: str = ""
    arrived_at: datetime | None = None
    settled_at: datetime | None = None
    erased_at: datetime | None = None
    unswept: bool = False
    strands: tuple[int, ...] = ()

    @property
    def strand_channels(self) -> tuple[int, ...]:
        """The channel of each strand."""
        return self.strands or tuple(range(len(self.persons)))

    @property
    def channels(self) -> int:
        return max(self.strand_channels, default=-1) + 1

    def strands_of(self, channel: int) -> tuple[int, ...]:
        """Return the strands of a channel, in order."""
        return tuple(s for s, of in enumerate(self.strand_channels) if of == channel)

    @property
    def readable(self) -> tuple[int, ...]:
        """The strands that were not erased with their person."""
        return tuple(c for c, person in enumerate(self.persons) if person != NOBODY)

    def without(self, person: PersonId, at: datetime) -> "Holding":
        """Return what may be remembered when a person is erased from it."""
        left = tuple(NOBODY if one == person else one for one in self.persons)
        if not any(left):
            return self.tombstone(State.ERASED, at)
        return replace(self, persons=left, unswept=True)

    @property
    def duration_s(self) -> float:
        return self.frames / self.rate_hz if self.rate_hz else 0.0

    def tombstone(self, state: State, at: datetime) -> "Holding":
        """Return what may be remembered of it: its id and its times."""
        return Holding(
            id=self.id,
            state=state,
            begun_at=self.begun_at,
            arrived_at=self.arrived_at,
            settled_at=self.settled_at,
            erased_at=at,
            unswept=True,
        )


def canonical_row(holding: Holding) -> bytes:
    """Return what the seal of a row is made over (docs/spec/vault.md)."""
    times = (holding.arrived_at, holding.settled_at, holding.erased_at)
    fields = (
        "sottovoce row v1",
        holding.id,
        holding.state.value,
        text_of(holding.begun_at),
        holding.rate_hz,
        holding.frames,
        holding.parts,
        holding.fingerprint,
        *(text_of(at) if at else None for at in times),
        holding.persons,
        *((holding.strands,) if holding.strands else ()),
    )
    return json.dumps(fields, separators=(",", ":")).encode()


def text_of(at: datetime) -> str:
    """Return a time as it rests in a row."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")
