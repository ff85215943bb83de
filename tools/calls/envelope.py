"""Where there is voice in clean speech, by energy."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Wave = NDArray[np.float32]
STEP_S = 0.005
BELOW_LOUD_DB = 38.0


@dataclass(frozen=True, slots=True)
class Spoken:
    """Speech without noise and, for each word said, its start and end in seconds."""

    rate_hz: int
    wave: Wave = field(repr=False)
    times: tuple[tuple[float, float], ...] = field(repr=False)

    @property
    def length_s(self) -> float:
        return len(self.wave) / self.rate_hz


def step_power(wave: Wave, rate_hz: int) -> NDArray[np.float64]:
    """Return the mean power of each step of 5 ms; the last one is filled with silence."""
    step = round(STEP_S * rate_hz)
    steps = -(-len(wave) // step)
    padded = np.zeros(steps * step, np.float64)
    padded[: len(wave)] = wave
    return np.asarray(np.square(padded).reshape(steps, step).mean(axis=1))


def voiced_steps(power: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which steps are less than 38 dB under the loud ones."""
    if not power.any():
        return np.zeros(len(power), np.bool_)
    loud = np.quantile(power[power > 0], 0.95)
    return np.asarray(power > loud * 10 ** (-BELOW_LOUD_DB / 10))


def tighten(spoken: Spoken) -> Spoken:
    """Move the words' ends to where the voice really starts and stops.

    A word gives up silence at its ends, and takes the sound between it and its neighbour that
    a voice's own clock left to nobody. Words that did not overlap do not overlap after it.
    """
    power = step_power(spoken.wave, spoken.rate_hz)
    voiced = voiced_steps(power)
    inner = [_shrink(voiced, *_steps(start, end)) for start, end in spoken.times]
    outer = _share(power, voiced, inner)
    limit = spoken.length_s
    times = tuple((start * STEP_S, min(end * STEP_S, limit)) for start, end in outer)
    return Spoken(spoken.rate_hz, spoken.wave, times)


def _steps(start_s: float, end_s: float) -> tuple[int, int]:
    return round(start_s / STEP_S), round(end_s / STEP_S)


def _shrink(voiced: NDArray[np.bool_], start: int, end: int) -> tuple[int, int]:
    lit = np.flatnonzero(voiced[start:end])
    if not len(lit):
        return start, max(end, start + 1)
    return start + int(lit[0]), start + int(lit[-1]) + 1


def _share(
    power: NDArray[np.float64], voiced: NDArray[np.bool_], words: list[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Give the sound around and between words to them."""
    starts = [start for start, _ in words]
    ends = [end for _, end in words]
    for index in range(len(words) + 1):
        left = ends[index - 1] if index else 0
        right = starts[index] if index < len(words) else len(voiced)
        lit = left + np.flatnonzero(voiced[left:right])
        if not len(lit):
            continue
        # Before the first word and after the last there is only one side to give it to.
        cut = 0 if index == 0 else len(lit)
        if 0 < index < len(words):
            cut = _cut(power, lit, left, right)
        if cut > 0:
            ends[index - 1] = int(lit[cut - 1]) + 1
        if cut < len(lit):
            starts[index] = int(lit[cut])
    return list(zip(starts, ends, strict=True))


def _cut(power: NDArray[np.float64], lit: NDArray[np.int64], left: int, right: int) -> int:
    """Part the sound at the longest silence in it; without one, where it is quietest."""
    gaps = np.diff(np.concatenate(([left - 1], lit, [right])))
    return int(np.argmax(gaps)) if gaps.max() > 1 else int(np.argmin(power[lit]))
