"""Sound that passes by: kept as long as it is needed, and no longer.

Rules:
1. Frames have the numbers they have in the whole stream, so a mask is the same whenever it is put.
2. What was let go of cannot be read again; asking for it is a programmer's error.
"""

import numpy as np
from numpy.typing import NDArray

from sottovoce.values.sound import Samples

Block = NDArray[np.int16]
"""Samples of all channels, shape (channels, frames)."""


class PassingSound:
    """The last part of a stream as a ``Sound``; ``frames`` are all that came so far."""

    def __init__(self, rate_hz: int, channels: int) -> None:
        self._rate_hz = rate_hz
        self._kept: Block = np.zeros((channels, 0), np.int16)
        self._new: list[Block] = []
        self._first = 0
        self._frames = 0

    @property
    def rate_hz(self) -> int:
        return self._rate_hz

    @property
    def channels(self) -> int:
        return len(self._kept)

    @property
    def frames(self) -> int:
        return self._frames

    @property
    def first(self) -> int:
        """Return the number of the first frame that is still kept."""
        return self._first

    def write(self, block: Block) -> None:
        """Take in the next frames of all channels."""
        if block.ndim != 2 or len(block) != self.channels or block.dtype != np.int16:
            raise ValueError(f"a block must be int16 of shape ({self.channels}, frames)")
        self._new.append(block.copy())  # the caller may fill the same array again
        self._frames += block.shape[1]

    def read(self, channel: int, start: int, stop: int) -> Samples:
        """Return frames start to stop of one channel; shorter at the end of what came so far."""
        self._join()
        if start < self._first:
            raise ValueError(f"frames before {self._first} are gone; asked for {start}")
        samples: Samples = self._kept[channel, start - self._first : max(stop - self._first, 0)]
        return samples

    def forget(self, before: int) -> None:
        """Let go of the frames before this one."""
        self._join()
        before = min(max(before, self._first), self._frames)
        self._kept = self._kept[:, before - self._first :].copy()
        self._first = before

    def _join(self) -> None:
        if self._new:
            self._kept = np.concatenate([self._kept, *self._new], axis=1)
            self._new.clear()
