"""Make room tone: noise that sounds like a recording's own background.

Rules:
1. What is learnt of the recording is a smooth spectrum a channel, of frames in which no channel has
   voice and nothing is hidden; of these, of the quietest quarter.
2. The noise is drawn. No sample of the recording is in it, and nothing that is hidden has any
   influence on it.
3. Where there are too few such frames, those count in which only the channel itself has no voice;
   where these are too few as well, the channel has the tone. A background that is digital silence
   is silence.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from sottovoce.redaction.fill import Fill, Tone
from sottovoce.redaction.mask import merge
from sottovoce.values.sound import Samples, Sound, Wave, blocks
from sottovoce.values.speech import Span

WINDOW_S = 0.032
AROUND_S = 0.1
"""How long before and after voice a frame is not taken for background: breath and echo."""
LEAST_S = 0.5
"""A background is learnt from at least as much."""
QUIETEST = 0.25
LONG_S, EVERY = 60, 3
"""Of a recording longer than a minute every third frame is measured."""
LOOP_S = 4
"""The noise repeats after so long; masks are seldom longer."""

_LOUDEST_DB = 100
_LOWEST_HZ = 40
_SMOOTH_HZ, _SMOOTH_PART = 125, 0.25


@dataclass(frozen=True, slots=True)
class Room:
    """Noise in the spectrum of each channel's background; tone where there is none.

    The same spectra and seed give the same noise. It needs no secrecy: nothing is beneath it.
    """

    rate_hz: int
    loops: tuple[Wave | None, ...] = field(repr=False)

    def fill(self, channel: int, start: int, stop: int) -> Wave:
        """Return the noise of a channel, which repeats after four seconds."""
        loop = self.loops[channel]
        if loop is None:
            return Tone(self.rate_hz).fill(channel, start, stop)
        return loop[np.arange(start, stop) % len(loop)]

    def name(self, channel: int, first: int, last: int) -> str:
        """Return ``room``, or ``tone`` where there is no background to be like."""
        return "tone" if self.loops[channel] is None else "room"


def room_of(sound: Sound, *, voiced: Iterable[Span], hidden: Iterable[Span], seed: int = 0) -> Fill:
    """Learn the background of each channel and draw its noise; reads the sound once, blockwise."""
    listened = _Background(sound, tuple(voiced), merge(hidden))
    at = 0
    for block in blocks(sound):
        listened.hear(block, at)
        at += block.shape[1]
    loops = (
        _loop(spectrum, sound.rate_hz, np.random.default_rng([seed, channel]))
        for channel, spectrum in enumerate(listened.spectra())
    )
    return Room(sound.rate_hz, tuple(loops))


class _Background:
    """Sums of the power spectra of quiet frames, sorted by how loud they are."""

    def __init__(self, sound: Sound, voiced: Sequence[Span], hidden: Sequence[Span]) -> None:
        self._rate_hz = sound.rate_hz
        self._window = max(16, round(WINDOW_S * sound.rate_hz))
        is_long = sound.frames > LONG_S * sound.rate_hz
        self._hop = self._window * (EVERY if is_long else 1)
        busy = [Span(s.start_s - AROUND_S, s.end_s + AROUND_S, s.channel) for s in voiced]
        here = [[s for s in busy if s.channel == c] for c in range(sound.channels)]
        self._busy = [_Busy([*busy, *hidden]), *(_Busy([*own, *hidden]) for own in here)]
        self._strict = [_Tally(self._window) for _ in range(sound.channels)]
        self._lenient = [_Tally(self._window) for _ in range(sound.channels)]

    def hear(self, block: Samples, at: int) -> None:
        """Take the whole frames of a block that begins at frame ``at``."""
        count = (block.shape[1] - self._window) // self._hop + 1
        if count < 1:
            return
        starts_s = (at + np.arange(count) * self._hop) / self._rate_hz
        ends_s = starts_s + self._window / self._rate_hz
        quiet_everywhere = self._busy[0].is_free(starts_s, ends_s)
        for channel, samples in enumerate(block):
            frames = sliding_window_view(samples, self._window)[:: self._hop]
            is_free = self._busy[channel + 1].is_free(starts_s, ends_s)
            self._strict[channel].add(frames[quiet_everywhere])
            self._lenient[channel].add(frames[is_free & ~quiet_everywhere])

    def spectra(self) -> list[NDArray[np.float64] | None]:
        """Return the power spectrum of each channel's background, None where there is none."""
        least = max(1, int(LEAST_S * self._rate_hz) // self._hop)
        found = []
        for strict, lenient in zip(self._strict, self._lenient, strict=True):
            tally = strict if strict.frames >= least else strict.with_those_of(lenient)
            found.append(tally.quietest(least) if tally.frames >= least else None)
        return found


class _Busy:
    """Stretches in which a frame is no background, whichever channel they are on."""

    def __init__(self, spans: Iterable[Span]) -> None:
        joined = merge(Span(s.start_s, s.end_s, 0) for s in spans)
        self._starts = np.array([s.start_s for s in joined])
        self._ends = np.array([s.end_s for s in joined])

    def is_free(
        self, starts_s: NDArray[np.float64], ends_s: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        """Say of each stretch whether nothing is in it."""
        begun = np.searchsorted(self._starts, ends_s, side="left")
        ended = np.searchsorted(self._ends, starts_s, side="right")
        free: NDArray[np.bool_] = begun == ended
        return free


class _Tally:
    """Power spectra added up by loudness, a row a decibel; silent frames are only counted."""

    def __init__(self, window: int) -> None:
        self._shape = np.hanning(window + 1)[:-1].astype(np.float32)
        self._counts = np.zeros(_LOUDEST_DB, np.int64)
        self._power = np.zeros((_LOUDEST_DB, window // 2 + 1))
        self._silent = 0

    @property
    def frames(self) -> int:
        return int(self._counts.sum()) + self._silent

    def add(self, frames: NDArray[np.int16]) -> None:
        """Add frames, shape (count, window)."""
        loud = frames[frames.any(axis=1)].astype(np.float32)
        self._silent += len(frames) - len(loud)
        if not len(loud):
            return
        level_db = 10 * np.log10(np.mean(loud**2, axis=1)) + 10
        rows = np.clip(level_db, 0, _LOUDEST_DB - 1).astype(np.int64)
        spectra = np.abs(np.fft.rfft(loud * self._shape, axis=1)) ** 2 / np.sum(self._shape**2)
        for row in np.unique(rows):
            self._power[row] += spectra[rows == row].sum(axis=0, dtype=np.float64)
        self._counts += np.bincount(rows, minlength=_LOUDEST_DB)

    def with_those_of(self, other: "_Tally") -> "_Tally":
        """Return both together."""
        both = _Tally(len(self._shape))
        both._counts, both._power = self._counts + other._counts, self._power + other._power
        both._silent = self._silent + other._silent
        return both

    def quietest(self, least: int) -> NDArray[np.float64]:
        """Return the mean power spectrum of the quietest frames; white noise has its variance."""
        if 2 * self._silent >= self.frames:
            return np.zeros(self._power.shape[1])
        wanted = max(least, QUIETEST * self._counts.sum())
        rows = int(np.searchsorted(np.cumsum(self._counts), wanted)) + 1
        mean: NDArray[np.float64] = self._power[:rows].sum(axis=0) / self._counts[:rows].sum()
        return mean


def _loop(
    spectrum: NDArray[np.float64] | None, rate_hz: int, draw: np.random.Generator
) -> Wave | None:
    """Draw noise of a power spectrum that can be repeated without a seam."""
    if spectrum is None:
        return None
    frames = LOOP_S * rate_hz
    white = np.fft.rfft(draw.standard_normal(frames))
    hz = np.arange(len(white)) / LOOP_S
    at_hz = np.linspace(0, rate_hz / 2, len(spectrum))
    gain = np.sqrt(np.interp(hz, at_hz, _smooth(spectrum, at_hz)))
    gain[hz < _LOWEST_HZ] = 0
    return np.fft.irfft(white * gain, frames).astype(np.float32)


def _smooth(spectrum: NDArray[np.float64], hz: NDArray[np.float64]) -> NDArray[np.float64]:
    """Average over neighbours: 125 Hz to both sides, higher up a quarter of the frequency."""
    step = hz[1] - hz[0]
    reach = np.ceil(np.maximum(_SMOOTH_HZ, _SMOOTH_PART * hz) / step).astype(np.int64)
    at = np.arange(len(spectrum))
    # What lies about 0 Hz is an offset of the samples, no background.
    low, high = np.maximum(at - reach, 2), np.minimum(at + reach + 1, len(spectrum))
    low = np.minimum(low, high - 1)
    summed = np.concatenate([[0.0], np.cumsum(spectrum)])
    mean: NDArray[np.float64] = (summed[high] - summed[low]) / (high - low)
    return mean
