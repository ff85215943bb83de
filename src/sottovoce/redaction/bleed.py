"""Find where hidden speech is heard on another channel as well: through the air, or as echo.

Rules (docs/decisions/redaction-bleed.md):
1. A span bleeds into a channel where that channel is like it, at some lag from 0.1 s before to
   0.5 s after: the greatest normalised correlation, of samples that were differenced, reaches a
   threshold that was measured on mixes.
2. Where half of the spans of a channel, at least three, are most like another at the same lag, all
   of them bleed into it, however little: chance does not agree, and talk or noise over there only
   hides them from the measure, not from an ear.
3. It is hidden there at its lag, with air on both sides.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median_low

import numpy as np
from numpy.typing import NDArray

from sottovoce.redaction.mask import merge
from sottovoce.values.sound import Sound
from sottovoce.values.speech import Span

ALIKE = 0.09
LEAST_ALIKE = 0.015
AGREE_S = 0.006
FEWEST = 3
EARLIEST_S, LATEST_S = -0.1, 0.5
SHORTEST_S, LONGEST_S = 1.0, 6.0
"""A span is measured with what is around it up to the one, and its middle up to the other."""
AIR_S = 0.1
_RATE_HZ = 8000
_STILL = 1.0


@dataclass(frozen=True, slots=True)
class Likeness:
    """How like a channel is to a span of another: the correlation, and at which lag."""

    alike: float
    lag_s: float


def bled(sound: Sound, hidden: Iterable[Span], *, threshold: float = ALIKE) -> tuple[Span, ...]:
    """Return the spans in which hidden speech is heard on other channels, merged.

    Reads each span once for each pair of channels, so it costs nothing where nothing is hidden.
    """
    if sound.channels < 2:
        return ()
    spans = merge(hidden)
    found: list[Span] = []
    for channel in range(sound.channels):
        mine = [span for span in spans if span.channel == channel]
        for other in range(sound.channels):
            if other != channel and mine:
                found += _into(sound, mine, other, threshold)
    return merge(found)


def reach(span: Span, sound: Sound) -> Iterator[Span]:
    """Yield where on other channels a span could be heard at any lag."""
    start, end = max(0.0, span.start_s + EARLIEST_S - AIR_S), span.end_s + LATEST_S + AIR_S
    for channel in set(range(sound.channels)) - {span.channel}:
        yield Span(start, min(sound.frames / sound.rate_hz, end), channel)


def likeness(sound: Sound, span: Span, other: int) -> Likeness:
    """Measure how like another channel is to a span, at the lag where it is most."""
    middle = (span.start_s + span.end_s) / 2
    half = min(max(span.end_s - span.start_s, SHORTEST_S), LONGEST_S) / 2
    first, last = max(0.0, middle - half), middle + half
    step = max(1, sound.rate_hz // _RATE_HZ)
    rate_hz = sound.rate_hz / step
    before = min(first, -EARLIEST_S)
    here = _differences(sound, span.channel, first, last, step)
    there = _differences(sound, other, first - before, last + LATEST_S, step)
    # Where the recording ends, what would be heard later counts as silence.
    wanted = len(here) + round((before + LATEST_S) * rate_hz)
    alike = _correlation(here, np.pad(there, (0, max(0, wanted - len(there)))))
    if not len(alike):
        return Likeness(0.0, 0.0)
    best = int(np.argmax(alike))
    return Likeness(float(alike[best]), best / rate_hz - before)


def _into(sound: Sound, spans: Sequence[Span], other: int, threshold: float) -> list[Span]:
    measured = [likeness(sound, span, other) for span in spans]
    lags_s = [one.lag_s for one in measured if one.alike >= LEAST_ALIKE]
    usual_s = median_low(lags_s) if lags_s else 0.0
    agreeing = sum(abs(lag_s - usual_s) <= AGREE_S for lag_s in lags_s)
    is_usual = agreeing >= max(FEWEST, len(spans) / 2)
    duration_s = sound.frames / sound.rate_hz
    return [
        _hidden(span, one.lag_s if one.alike >= threshold else usual_s, other, duration_s)
        for span, one in zip(spans, measured, strict=True)
        if is_usual or one.alike >= threshold
    ]


def _hidden(span: Span, lag_s: float, channel: int, duration_s: float) -> Span:
    start = max(0.0, span.start_s + min(0.0, lag_s) - AIR_S)
    return Span(start, min(duration_s, span.end_s + max(0.0, lag_s) + AIR_S), channel)


def _differences(
    sound: Sound, channel: int, first_s: float, last_s: float, step: int
) -> NDArray[np.float64]:
    """Return a stretch at about 8 kHz, its spectrum flattened as that of speech is steep."""
    first = max(0, round(first_s * sound.rate_hz))
    samples = sound.read(channel, first, max(first, round(last_s * sound.rate_hz)))
    whole = samples[: len(samples) // step * step].reshape(-1, step).astype(np.float64)
    return np.diff(whole.mean(axis=1))


def _correlation(here: NDArray[np.float64], there: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how like a stretch is to each as long a stretch of another, 0 to 1."""
    lags = len(there) - len(here) + 1
    energy = float(np.sum(here**2))
    if lags < 1 or energy < _STILL * len(here):
        return np.zeros(0)
    size = 1 << (len(there) + len(here) - 1).bit_length()
    spectrum = np.fft.rfft(there, size) * np.conj(np.fft.rfft(here, size))
    together = np.fft.irfft(spectrum, size)[:lags]
    summed = np.concatenate([[0.0], np.cumsum(there**2)])
    powers = summed[len(here) :] - summed[:lags]
    quiet = powers < _STILL * len(here)
    return np.where(quiet, 0.0, np.abs(together) / np.sqrt(energy * np.maximum(powers, 1.0)))
