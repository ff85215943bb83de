"""Where a sound is quiet, ten milliseconds at a time.

Rules:
1. A frame has two levels: its own, and that of its differences, so that a hum below the voice
   counts for little. What is quiet is judged by the differences; what sounds, by either.
2. Only the stretch that is asked for is read, and 1.5 s around it.
"""

from dataclasses import dataclass, field
from math import ceil

import numpy as np
from numpy.typing import NDArray

from sottovoce.values.sound import Sound

FRAME_S = 0.01
AROUND_S = 1.5
ABOVE_FLOOR_DB = 3.0
"""A frame that sounds is this much above the noise around it;"""
BELOW_LOUD_DB = 25.0
"""and at most this much below what is loud around it."""
LASTING_FRAMES = 4
"""A shorter sound between silences is a click."""
_SILENT = 1e-10

_Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Levels:
    """The levels of a sound's frames."""

    sound: Sound = field(repr=False)

    @property
    def length_s(self) -> float:
        """Return how long the sound is."""
        return self.sound.frames / self.sound.rate_hz

    def quietest(self, channel: int, start_s: float, end_s: float) -> float | None:
        """Return the middle of the quietest frame of a stretch; none if it has no two frames."""
        levels = self._changes(channel, start_s, end_s)
        if len(levels) < 2:
            return None
        first = max(0, int(start_s / FRAME_S))
        return (first + int(np.argmin(_smooth(levels, 3))) + 0.5) * FRAME_S

    def range_db(self, channel: int, start_s: float, end_s: float) -> float:
        """Say how far the loud frames of a stretch are above its quiet ones; 0 where too short."""
        levels = self._changes(channel, start_s, end_s)
        if len(levels) < 5:
            return 0.0
        loud, quiet = np.percentile(_smooth(levels, 5)[2:-2], [95, 5])
        return float(loud - quiet)

    def sounding(self, channel: int, start_s: float, end_s: float) -> tuple[float, float] | None:
        """Return when the first frame of a stretch that sounds begins, and when the last ends."""
        first, last = max(0, int(start_s / FRAME_S)), ceil(end_s / FRAME_S)
        begin = max(0, first - round(AROUND_S / FRAME_S))
        wave = self._wave(channel, begin, last + round(AROUND_S / FRAME_S))
        sounds = _sounds(self._levels(wave)) | _sounds(self._levels(_differences(wave)))
        loud = np.flatnonzero(sounds[first - begin : last - begin])
        if not len(loud):
            return None
        return (first + int(loud[0])) * FRAME_S, (first + int(loud[-1]) + 1) * FRAME_S

    def _changes(self, channel: int, start_s: float, end_s: float) -> _Numbers:
        first, last = max(0, int(start_s / FRAME_S)), int(end_s / FRAME_S)
        return self._levels(_differences(self._wave(channel, first, max(first, last))))

    def _wave(self, channel: int, first: int, last: int) -> _Numbers:
        samples = self.sound.read(channel, first * self._size, last * self._size)
        return samples.astype(np.float64) / 32768

    def _levels(self, wave: _Numbers) -> _Numbers:
        whole = len(wave) // self._size
        frames = wave[: whole * self._size].reshape(whole, self._size)
        levels: _Numbers = 10 * np.log10((frames**2).mean(axis=1) + _SILENT)
        return levels

    @property
    def _size(self) -> int:
        return max(1, round(FRAME_S * self.sound.rate_hz))


def _differences(wave: _Numbers) -> _Numbers:
    return np.diff(wave, prepend=wave[:1])


def _smooth(levels: _Numbers, size: int) -> _Numbers:
    padded = np.pad(levels, size // 2, mode="edge")
    return np.convolve(padded, np.full(size, 1 / size), "valid")


def _sounds(levels: _Numbers) -> NDArray[np.bool_]:
    if not len(levels):
        return np.zeros(0, np.bool_)
    smooth = _smooth(levels, 3)
    quiet, loud = np.percentile(smooth, [10, 95])
    floor, least = quiet + ABOVE_FLOOR_DB, loud - BELOW_LOUD_DB
    if floor > least:
        return np.asarray(smooth > floor)
    return _lasting(smooth > least)


def _lasting(sounds: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Leave out clicks, which in a quiet room are louder than its noise."""
    kept = sounds.copy()
    edges = np.flatnonzero(np.diff(sounds, prepend=False, append=False)).reshape(-1, 2)
    for start, stop in edges[edges[:, 1] - edges[:, 0] < LASTING_FRAMES].tolist():
        kept[start:stop] = False
    return kept
