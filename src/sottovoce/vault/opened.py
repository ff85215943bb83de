"""Open a recording that rests sealed: its sound anywhere, its small parts whole."""

from collections.abc import Callable
from types import TracebackType

from sottovoce.values.errors import Missing, Tampered
from sottovoce.vault.holding import SETTLED, Holding
from sottovoce.vault.part import ARRIVAL, AUDIO, JOB, Part
from sottovoce.vault.seal import SealReader
from sottovoce.vault.shelf import Parts
from sottovoce.vault.sound import SealedSound


class Opened:
    """A recording opened for reading; close it, or use it as a context."""

    def __init__(self, holding: Holding, parts: Parts, key: Callable[[int], bytes]) -> None:
        self.holding = holding
        self._parts = parts
        self._keys = {channel: key(channel) for channel in holding.readable}
        self.sound = self._open_sound(AUDIO if holding.state in SETTLED else ARRIVAL)

    @property
    def job(self) -> bytes:
        """What is needed to resume the work; an arrival has it."""
        return self.text(JOB, 0)

    def text(self, name: str, channel: int) -> bytes:
        """Return a small part whole, such as ``words`` of a channel; raise Missing or Tampered."""
        if channel in range(self.holding.channels) and channel not in self._keys:
            raise Missing(f"channel {channel} of {self.holding.id} was erased with its person")
        held = self.holding.parts if self.holding.state in SETTLED else (JOB,)
        if name not in held or channel not in range(self.holding.channels):
            raise Missing(f"recording {self.holding.id} has no part of this name and channel")
        reader = self._open(name, channel)
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
            for channel in self.holding.readable:
                readers[channel] = self._open(name, channel)
            sound = SealedSound(readers, self.holding.channels, self.holding.rate_hz)
            return self._fitting(sound)
        except BaseException:
            for reader in readers.values():
                reader.close()
            raise

    def _fitting(self, sound: SealedSound) -> SealedSound:
        # The row has a seal of its own; that it is this sound's row is seen only here.
        if sound.frames != self.holding.frames:
            raise Tampered(
                f"recording {self.holding.id} has {sound.frames} frames sealed"
                f" and {self.holding.frames} in the index"
            )
        return sound
