"""Sound in sealed parts, one part a channel, written in blocks and read anywhere."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from types import MappingProxyType

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

    A channel is the sum of its strands, modulo 2^16, and silent where it has none or where one is
    erased that had a share: ``noise`` says, for a strand, in which frames that is, in order.
    """

    def __init__(
        self,
        readers: Mapping[int, SealReader],
        strands: Sequence[Sequence[int]],
        rate_hz: int,
        noise: Mapping[int, Sequence[range]] = MappingProxyType({}),
    ) -> None:
        """``strands`` says of each channel which they are."""
        self._readers = dict(readers)
        self._strands = strands
        self._rate_hz = rate_hz
        self._noise = noise
        self._stops = {strand: [one.stop for one in some] for strand, some in noise.items()}

    @property
    def rate_hz(self) -> int:
        return self._rate_hz

    @property
    def channels(self) -> int:
        return len(self._strands)

    @property
    def frames(self) -> int:
        return min((reader.size // _WIDTH for reader in self._readers.values()), default=0)

    def read(self, channel: int, start: int, stop: int) -> Samples:
        """Return frames start to stop of one channel; shorter at the end of the recording."""
        if not 0 <= start <= stop:
            raise ValueError("start and stop must be 0 or more and in order")
        stop = max(start, min(stop, self.frames))
        there = [strand for strand in self._strands[channel] if strand in self._readers]
        if len(there) == 1:
            return self._strand(there[0], start, stop)
        whole = np.zeros(stop - start, dtype=np.int16)
        for strand in there:
            whole += self._strand(strand, start, stop)
        return whole

    def _strand(self, strand: int, start: int, stop: int) -> Samples:
        size = (stop - start) * _WIDTH
        data = self._readers[strand].read_at(start * _WIDTH, size)
        samples = np.frombuffer(data, dtype="<i2").astype(np.int16, copy=False)
        noise = self._noise.get(strand, ())
        for number in range(bisect_right(self._stops.get(strand, ()), start), len(noise)):
            if noise[number].start >= stop:
                break
            samples[max(0, noise[number].start - start) : noise[number].stop - start] = 0
        return samples

    def close(self) -> None:
        for reader in self._readers.values():
            reader.close()
