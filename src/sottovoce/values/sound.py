"""Sound as the stages see it: a window onto samples, wherever they rest."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]
"""One channel of 16-bit samples, shape (frames,)."""

Wave = NDArray[np.float32]
"""One channel of samples from -1 to 1, shape (frames,)."""


class Sound(Protocol):
    """A recording's samples, read a stretch at a time so that length costs no memory."""

    @property
    def rate_hz(self) -> int: ...

    @property
    def channels(self) -> int: ...

    @property
    def frames(self) -> int: ...

    def read(self, channel: int, start: int, stop: int) -> Samples:
        """Return frames start to stop of one channel; shorter at the end of the recording."""
        ...


@dataclass(frozen=True, slots=True)
class SoundInMemory:
    """Samples held in memory: the reference of ``Sound`` and its double in tests."""

    rate_hz: int
    samples: tuple[Samples, ...] = field(repr=False)

    @property
    def channels(self) -> int:
        return len(self.samples)

    @property
    def frames(self) -> int:
        return len(self.samples[0]) if self.samples else 0

    def read(self, channel: int, start: int, stop: int) -> Samples:
        return self.samples[channel][start:stop]


def blocks(sound: Sound, *, block_s: int = 10) -> Iterator[Samples]:
    """Yield a sound block by block, int16 of shape (channels, frames)."""
    step = block_s * sound.rate_hz
    for start in range(0, sound.frames, step):
        yield np.stack([sound.read(c, start, start + step) for c in range(sound.channels)])
