"""Measure how loud a sound is along its length, for drawing it."""

import numpy as np
from numpy.typing import NDArray

from sottovoce.values.sound import Samples, Sound, blocks

BINS = 1000
"""How many stretches a sound is cut into: about one a pixel of a page."""

_FULL = 32768


def peaks(sound: Sound, *, bins: int = BINS) -> tuple[tuple[float, ...], ...]:
    """Return for each channel the greatest sample of each of ``bins`` equal stretches, 0 to 1.

    The sound is read once, block by block. A sound of fewer frames has a stretch a frame.
    """
    bins = min(bins, sound.frames)
    # Stretch k begins at the first frame f with f * bins // frames == k.
    starts = -(-np.arange(bins, dtype=np.int64) * sound.frames // max(1, bins))
    highest = np.zeros((sound.channels, bins), dtype=np.int32)
    at = 0
    for block in blocks(sound):
        first = int(np.searchsorted(starts, at, side="right")) - 1
        last = int(np.searchsorted(starts, at + block.shape[1], side="left"))
        cuts = np.maximum(starts[first:last] - at, 0)
        for channel, samples in enumerate(block):
            here = highest[channel, first:last]
            np.maximum(here, _greatest(samples, cuts), out=here)
        at += block.shape[1]
    return tuple(tuple((channel / _FULL).tolist()) for channel in highest)


def _greatest(samples: Samples, cuts: NDArray[np.int64]) -> NDArray[np.int32]:
    above = np.maximum.reduceat(samples, cuts).astype(np.int32)
    below = np.minimum.reduceat(samples, cuts).astype(np.int32)
    return np.maximum(above, -below)
