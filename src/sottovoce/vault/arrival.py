"""Seal a recording while it arrives, so that nothing rests unsealed, not for a second."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from sottovoce.values.event import Event
from sottovoce.values.ids import RecordingId
from sottovoce.vault.holding import Holding, State
from sottovoce.vault.keys import arrival_name
from sottovoce.vault.part import ARRIVAL, JOB, Part
from sottovoce.vault.seal import SealWriter
from sottovoce.vault.shelf import Parts, Shelf
from sottovoce.vault.sound import Block, SoundWriter


class Arrival:
    """A recording on its way in; ends by ``complete`` or ``abandon``, or is undone later."""

    def __init__(
        self,
        holding: Holding,
        sound: SoundWriter,
        *,
        shelf: Shelf,
        parts: Parts,
        ended: Callable[[Holding], None],
    ) -> None:
        self._holding = holding
        self._sound = sound
        self._shelf = shelf
        self._parts = parts
        self._ended = ended
        self._has_ended = False

    @property
    def id(self) -> RecordingId:
        return self._holding.id

    def write(self, block: Block) -> None:
        """Seal the next block, int16 of shape (channels, frames); raise Unavailable when full."""
        self._sound.write(block)

    def complete(self, *, event: Event) -> int:
        """Make the arrival whole: after this a crash loses nothing; return the entry's index."""
        self._expect_open()
        self._sound.close()
        self._parts.settle(arrival_parts(self._holding))
        arrived = replace(
            self._holding, state=State.ARRIVED, frames=self._sound.frames, arrived_at=event.at
        )
        index = self._shelf.put(arrived, added={}, destroyed=(), event=event)
        self._has_ended = True
        self._ended(arrived)
        return index

    def abandon(self, *, event: Event) -> int:
        """Undo the arrival: no file, key or row of it is left; return the entry's index."""
        self._expect_open()
        self._has_ended = True
        self._sound.discard()
        self._ended(self._holding)  # From here on recover() may undo it, should undo() fail.
        return undo(
            self._holding, event=event, shelf=self._shelf, parts=self._parts, ended=self._ended
        )

    def _expect_open(self) -> None:
        if self._has_ended:
            raise ValueError("the arrival was completed or abandoned already")


def undo(
    holding: Holding,
    *,
    event: Event,
    shelf: Shelf,
    parts: Parts,
    ended: Callable[[Holding], None],
) -> int:
    """Remove what had arrived, destroy its key, and let ``ended`` clear the rest away."""
    # Files first, unlike erasure: they were to be forgotten anyway, and on a full disk the entry
    # can only be written when they are gone.
    parts.prune(holding.id, ())
    undone = holding.tombstone(State.UNDONE, event.at)
    index = shelf.put(undone, added={}, destroyed=(arrival_name(holding.id),), event=event)
    ended(undone)
    return index


def arrival_parts(holding: Holding) -> tuple[Part, ...]:
    """Name the parts of an arrival: its sound, and what is needed to resume the work."""
    return (*parts_of(holding, ARRIVAL), Part(holding.id, JOB, 0))


def parts_of(holding: Holding, name: str) -> tuple[Part, ...]:
    """Name the parts of one name: one a channel while it arrives, one a strand when it is kept."""
    count = holding.channels if name == ARRIVAL else len(holding.persons)
    return tuple(Part(holding.id, name, number) for number in range(count))


def begin_parts(holding: Holding, job: bytes, key: bytes, parts: Parts) -> SoundWriter:
    """Seal the job and begin the sound, or leave no file."""
    try:
        part = Part(holding.id, JOB, 0)
        seal_bytes(job, SealWriter(parts.create(part), key, part))
        return sound_writer(holding, ARRIVAL, [key] * holding.channels, parts)
    except BaseException:
        parts.prune(holding.id, ())
        raise


def seal_bytes(data: bytes, writer: SealWriter) -> None:
    """Seal a small part in one go, or leave nothing."""
    try:
        writer.write(data)
        writer.close()
    except BaseException:
        writer.discard()
        raise


def sound_writer(holding: Holding, name: str, keys: Sequence[bytes], parts: Parts) -> SoundWriter:
    """Begin one sound part a channel, or a strand, each under its key."""
    named = zip(parts_of(holding, name), keys, strict=True)
    return SoundWriter([SealWriter(parts.create(part), key, part) for part, key in named])
