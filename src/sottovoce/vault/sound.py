"""Sound in sealed parts, one part a channel, written in blocks and read anywhere."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from sottovoce.values.sound import Samples
from sottovoce.vault.seal import SealReader, SealWriter

Block = NDArray[np.int16]
"""Samples of all channels over a stretch of time, shape (channels, frames)."""

_WIDTH = 2


class SoundWriter:
    """Seal blocks of samples, each channel into its own part."""

    def __init__(self, writers: Sequence[SealWriter]) -> None:
        self._writers = writers
        self.frames = 0

    def write(self, block: Block) -> None:
        """Take the next block, of shape (channels, frames) and type int16."""
        if block.dtype != np.int16 or block.ndim != 2 or len(block) != len(self._writers):
            raise ValueError(f"block must be int16 of shape ({len(self._writers)}, frames)")
        for writer, samples in zip(self._writers, block, strict=True):
            if samples.size:
                writer.write(np.ascontiguousarray(samples, dtype="<i2").data)
        self.frames += block.shape[1]

    def close(self) -> None:
        for writer in self._writers:
            writer.close()

    def discard(self) -> None:
        for writer in self._writers:
            writer.discard()


class SealedSound:
    """A ``values.sound.Sound`` over sealed parts, holding one segment of each in memory.

    A channel without a part, since it was erased, is silent.
    """

    def __init__(self, readers: Mapping[int, SealReader], channels: int, rate_hz: int) -> None:
        self._readers = dict(readers)
        self._channels = channels
        self._rate_hz = rate_hz

    @property
    def rate_hz(self) -> int:
        return self._rate_hz

    @property
    def channels(self) -> int:
        return self._channels

    @property
    def frames(self) -> int:
        return min((reader.size // _WIDTH for reader in self._readers.values()), default=0)

    def read(self, channel: int, start: int, stop: int) -> Samples:
        """Return frames start to stop of one channel; shorter at the end of the recording."""
        if not 0 <= start <= stop:
            raise ValueError("start and stop must be 0 or more and in order")
        stop = min(stop, self.frames)
        size = max(0, stop - start) * _WIDTH
        if channel not in self._readers and channel in range(self._channels):
            return np.zeros(size // _WIDTH, dtype=np.int16)
        data = self._readers[channel].read_at(start * _WIDTH, size)
        return np.frombuffer(data, dtype="<i2").astype(np.int16, copy=False)

    def close(self) -> None:
        for reader in self._readers.values():
            reader.close()
