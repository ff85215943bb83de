"""Open a recording that rests sealed: its sound anywhere, its small parts whole."""

from collections.abc import Callable, Iterable, Iterator
from types import TracebackType

from sottovoce.values.errors import Missing, Tampered
from sottovoce.vault.holding import SETTLED, Holding
from sottovoce.vault.part import ARRIVAL, AUDIO, JOB, Part
from sottovoce.vault.seal import SealReader
from sottovoce.vault.shelf import Parts
from sottovoce.vault.sound import SealedSound
from sottovoce.vault.strands import OWN, TURNS, Stretch, join, read_turns


class Opened:
    """A recording opened for reading; close it, or use it as a context."""

    def __init__(self, holding: Holding, parts: Parts, key: Callable[[int], bytes]) -> None:
        self.holding = holding
        self._parts = parts
        self._is_kept = holding.state in SETTLED
        there = holding.readable if self._is_kept else range(holding.channels)
        self._keys = {number: key(number) for number in there}
        self.sound = self._open_sound(AUDIO if holding.state in SETTLED else ARRIVAL)

    @property
    def job(self) -> bytes:
        """What is needed to resume the work; an arrival has it."""
        return self.text(JOB, 0)

    def text(self, name: str, number: int) -> bytes:
        """Return a small part whole; raise Missing or Tampered.

        ``number`` is the strand's for ``words`` and ``turns``, and the channel's for all else: that
        belongs to all strands of the channel and is gone with any of them.
        """
        strands = self._whose(name, number)
        held = self.holding.parts if self._is_kept else (JOB,)
        if name not in held or not strands:
            raise Missing(f"recording {self.holding.id} has no part of this name and channel")
        if any(strand not in self._keys for strand in strands):
            raise Missing(f"channel {number} of {self.holding.id} was erased with its person")
        return join([self._whole(name, strand) for strand in strands])

    def common(self, name: str) -> dict[int, bytes]:
        """Return the texts of the channels whose strands are all there, by channel."""
        numbers = range(self.holding.channels)
        whole = [c for c in numbers if all(s in self._keys for s in self._whose(name, c))]
        return {channel: self.text(name, channel) for channel in whole}

    def masked(self, channel: int) -> tuple[range, ...]:
        """Return the frames of a channel that are silent since they went with a person."""
        strands = self.holding.strands_of(channel)
        gone = {*range(len(self.holding.persons))} - {*self._keys}
        if not self._is_kept or not gone.intersection(strands):
            return ()
        there = [strand for strand in strands if strand in self._keys]
        said = sorted(turn for strand in there for turn in self._turns(strand))
        return tuple(_between([turn for turn in said if not gone & {*turn.owners}], self.holding))

    def _whose(self, name: str, number: int) -> tuple[int, ...]:
        if not self._is_kept or name in OWN or not self.holding.strands:
            return (number,) if number in range(len(self.holding.persons)) else ()
        return self.holding.strands_of(number)

    def _whole(self, name: str, strand: int) -> bytes:
        reader = self._open(name, strand)
        try:
            return bytes(reader.read_at(0, reader.size))
        finally:
            reader.close()

    def close(self) -> None:
        """Let go of the files; a second call does nothing."""
        self.sound.close()

    def __enter__(self) -> "Opened":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _open(self, name: str, channel: int) -> SealReader:
        part = Part(self.holding.id, name, channel)
        source = self._parts.open(part)
        try:
            return SealReader(source, self._keys[channel], part)
        except BaseException:
            source.close()
            raise

    def _open_sound(self, name: str) -> SealedSound:
        readers: dict[int, SealReader] = {}
        try:
            for number in self._keys:
                readers[number] = self._open(name, number)
            numbers = range(self.holding.channels)
            strands = [self.holding.strands_of(c) if self._is_kept else (c,) for c in numbers]
            sound = SealedSound(readers, strands, self.holding.rate_hz, self._noise())
            return self._fitting(sound)
        except BaseException:
            for reader in readers.values():
                reader.close()
            raise

    def _noise(self) -> dict[int, tuple[range, ...]]:
        """Return where a strand has a share of what went with another strand."""
        if not (self._is_kept and self.holding.strands):
            return {}
        gone = set(range(len(self.holding.persons))) - set(self._keys)
        return {
            strand: tuple(range(s.start, s.stop) for s in self._turns(strand) if gone & {*s.owners})
            for strand in self._keys
        }

    def _turns(self, strand: int) -> tuple[Stretch, ...]:
        """Return where a strand has something, and with whom it shares it."""
        return read_turns(self._whole(TURNS, strand)) if self.holding.strands else ()

    def _fitting(self, sound: SealedSound) -> SealedSound:
        # The row has a seal of its own; that it is this sound's row is seen only here.
        if sound.frames != self.holding.frames:
            raise Tampered(
                f"recording {self.holding.id} has {sound.frames} frames sealed"
                f" and {self.holding.frames} in the index"
            )
        return sound


def _between(there: Iterable[Stretch], holding: Holding) -> Iterator[range]:
    """Return the frames that are in none of these stretches, which are in order."""
    last = 0
    for stretch in (*there, Stretch(holding.frames, holding.frames, ())):
        if last < stretch.start:
            yield range(last, stretch.start)
        last = max(last, stretch.stop)
