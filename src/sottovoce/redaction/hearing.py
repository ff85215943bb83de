"""Hear a sound in other ways than it is: at twice the gain, and as a telephone line would pass it.

Rules:
1. What somebody could make audible with a knob must not be left: a listener that hears nothing of
   a sound as it is may hear what is quiet in it, or what lies under a rumble or a hiss.
2. At twice the gain what is too loud is cut at full scale; it never wraps round.
3. Each way is a window onto the sound beneath, of the same rate, channels and length; how it is
   read does not matter.
"""

from enum import Enum
from functools import cache

import numpy as np
from numpy.typing import NDArray

from sottovoce.values.sound import Samples, Sound

GAIN = 2
BAND_HZ = (300.0, 3400.0)
"""What a telephone line passes (ITU-T G.712)."""
_EDGE_HZ = 150.0
_LOUDEST = 32767


class Way(Enum):
    """How the second listener hears a sound; the values are for receipts."""

    PLAIN = "plain"
    LOUDER = "gain-2"
    NARROW = "band-300-3400"


def heard_as(sound: Sound, way: Way) -> Sound:
    """Return a window onto a sound as it is heard in a way."""
    if way is Way.LOUDER:
        return _Louder(sound)
    return _Narrow(sound) if way is Way.NARROW else sound


class _Window:
    """What all windows onto a sound have of it."""

    def __init__(self, sound: Sound) -> None:
        self._sound = sound

    @property
    def rate_hz(self) -> int:
        return self._sound.rate_hz

    @property
    def channels(self) -> int:
        return self._sound.channels

    @property
    def frames(self) -> int:
        return self._sound.frames


class _Louder(_Window):
    def read(self, channel: int, start: int, stop: int) -> Samples:
        """Return frames start to stop of one channel at twice the gain."""
        louder = self._sound.read(channel, start, stop).astype(np.int32) * GAIN
        cut: Samples = np.clip(louder, -_LOUDEST - 1, _LOUDEST).astype(np.int16)
        return cut


class _Narrow(_Window):
    def read(self, channel: int, start: int, stop: int) -> Samples:
        """Return frames start to stop of one channel, band-limited without delay."""
        kernel = _kernel(self.rate_hz)
        half = len(kernel) // 2
        first, last = max(0, start - half), min(self.frames, stop + half)
        stop = min(self.frames, stop)
        if start >= stop:
            return np.zeros(0, np.int16)
        around = self._sound.read(channel, first, last).astype(np.float64)
        passed = _convolved(around, kernel)[start - first + half :][: stop - start]
        cut: Samples = np.clip(np.rint(passed), -_LOUDEST - 1, _LOUDEST).astype(np.int16)
        return cut


def _convolved(wave: NDArray[np.float64], kernel: NDArray[np.float64]) -> NDArray[np.float64]:
    # By Fourier transform: a kernel at 48 kHz has more than a thousand taps.
    size = 1 << (len(wave) + len(kernel) - 2).bit_length()
    product = np.fft.rfft(wave, size) * np.fft.rfft(kernel, size)
    return np.fft.irfft(product, size)


@cache
def _kernel(rate_hz: int) -> NDArray[np.float64]:
    """Return a linear-phase band pass of odd length: a windowed sinc, 150 Hz wide at its edges."""
    half = round(3.3 * rate_hz / _EDGE_HZ / 2)
    at = np.arange(-half, half + 1)
    low, high = (2 * min(edge, 0.49 * rate_hz) / rate_hz for edge in BAND_HZ)
    ideal = high * np.sinc(high * at) - low * np.sinc(low * at)
    return np.asarray(ideal * np.hamming(2 * half + 1), np.float64)
