"""``redaction.light_voice.Bender`` on the WORLD vocoder (Morise et al. 2016), by pyworld."""

from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

from sottovoce.redaction.light_voice import Bend
from sottovoce.values.errors import Unavailable
from sottovoce.values.sound import Wave

_LEAST_HZ = 16_000
"""WORLD's measure of breath needs sound above 3 kHz; slower sound is made faster for it."""


class WorldBender:
    """Bends pitch and spectrum of a voice."""

    def __init__(self) -> None:
        try:
            import pyworld
        except ImportError as error:
            raise Unavailable(
                "what bends voices is not installed", hint="pip install 'sottovoce[voices]'"
            ) from error
        self._world: Any = pyworld

    def bend(self, wave: Wave, rate_hz: int, bend: Bend) -> Wave:
        """Return the wave with another pitch and spectrum, of the same length."""
        fast = max(rate_hz, _LEAST_HZ)
        raised = soxr.resample(wave.astype(np.float64), rate_hz, fast)
        bent = self._bend(raised, fast, bend)
        lowered = soxr.resample(bent, fast, rate_hz)
        return _of_length(lowered, len(wave))

    def _bend(self, wave: NDArray[np.float64], rate_hz: int, bend: Bend) -> NDArray[np.float64]:
        pitch, times = self._world.dio(wave, rate_hz)
        pitch = self._world.stonemask(wave, pitch, times, rate_hz)
        spectrum = self._world.cheaptrick(wave, pitch, times, rate_hz)
        breath = self._world.d4c(wave, pitch, times, rate_hz)
        warped = _warped(spectrum, bend.tract), _warped(breath, bend.tract)
        bent: NDArray[np.float64] = self._world.synthesize(pitch * bend.pitch, *warped, rate_hz)
        return bent


def _warped(spectrum: NDArray[np.float64], tract: float) -> NDArray[np.float64]:
    """Move what is at a frequency to that frequency times ``tract``; shape (frames, bins)."""
    bins = np.arange(spectrum.shape[1]) / tract
    low = np.minimum(bins.astype(np.int64), spectrum.shape[1] - 1)
    high = np.minimum(low + 1, spectrum.shape[1] - 1)
    share = (bins - low).clip(0, 1)
    warped: NDArray[np.float64] = spectrum[:, low] * (1 - share) + spectrum[:, high] * share
    return np.ascontiguousarray(warped)


def _of_length(wave: NDArray[np.float64], frames: int) -> Wave:
    padded = np.zeros(frames, np.float32)
    padded[: min(frames, len(wave))] = wave[:frames]
    return padded
