"""Bend a voice: another pitch and another vocal tract, drawn anew for each recording and channel.

Rules:
1. It is obfuscation only. Who compares voices by machine still finds the speaker far more often
   than by chance (docs/voices.md has the numbers).
2. What is hidden is silenced first, so that nothing of it is smeared into what is left.
3. The sound is bent in pieces that overlap and fade into one another. Pieces lie on a grid, so how
   the sound is read does not matter.
4. How it is bent is drawn from the system's randomness and kept nowhere.
"""

from dataclasses import dataclass
from secrets import SystemRandom
from typing import Protocol

import numpy as np

from sottovoce.values.sound import Samples, Sound, Wave

PIECE_S = 10.0
OVERLAP_S = 0.1
"""Heard in both pieces, faded from one into the other."""

CONTEXT_S = 0.2
"""Given to the bender before and after, and thrown away: its edges are not to be trusted."""


@dataclass(frozen=True, slots=True)
class Bend:
    """How a voice is bent: factors of pitch and of the frequencies of its spectrum."""

    pitch: float
    tract: float


class Bender(Protocol):
    """Takes a voice apart and puts it together otherwise."""

    def bend(self, wave: Wave, rate_hz: int, bend: Bend) -> Wave:
        """Return a wave of the same length."""
        ...


def drawn_bend(chance: SystemRandom | None = None) -> Bend:
    """Draw a bend that is heard: up or down by a sixth to two fifths, the tract by less."""
    chance = chance or SystemRandom()
    up = chance.random() < 0.5
    pitch, tract = chance.uniform(1.18, 1.4), chance.uniform(1.08, 1.18)
    return Bend(pitch, tract) if up else Bend(1 / pitch, 1 / tract)


class BentSound:
    """A sound with the voices of its channels bent; same rate, channels and length."""

    def __init__(self, sound: Sound, bender: Bender, bends: tuple[Bend, ...]) -> None:
        if len(bends) != sound.channels:
            raise ValueError(f"bends must be one a channel, {sound.channels}")
        self._sound, self._bender, self._bends = sound, bender, bends
        self._step = round(PIECE_S * sound.rate_hz)
        self._overlap = round(OVERLAP_S * sound.rate_hz)
        self._made: dict[int, tuple[int, Samples]] = {}
        self._ends: dict[int, tuple[int, Wave]] = {}

    @property
    def rate_hz(self) -> int:
        return self._sound.rate_hz

    @property
    def channels(self) -> int:
        return self._sound.channels

    @property
    def frames(self) -> int:
        return self._sound.frames

    def read(self, channel: int, start: int, stop: int) -> Samples:
        """Return frames start to stop of one channel; shorter at the end of the recording."""
        if start < 0:
            raise ValueError("start must be 0 or more")
        stop = max(start, min(stop, self.frames))
        bent = np.zeros(stop - start, np.int16)
        for index in range(start // self._step, -(-stop // self._step)):
            first = index * self._step
            piece = self._piece(channel, index)
            low, high = max(first, start), min(first + len(piece), stop)
            bent[low - start : high - start] = piece[low - first : high - first]
        return bent

    def _piece(self, channel: int, index: int) -> Samples:
        """Return a piece of the grid, faded in from the one before it as that goes on."""
        if self._made.get(channel, (-1, None))[0] != index:
            self._made[channel] = index, self._faded(channel, index)
        return self._made[channel][1]

    def _faded(self, channel: int, index: int) -> Samples:
        before = self._beyond(channel, index - 1)
        body, beyond = np.split(self._run(channel, index), [self._step])
        self._ends[channel] = index, beyond
        wave = body.copy()
        share = (np.arange(len(before)) + 1) / (len(before) + 1)
        wave[: len(before)] = wave[: len(before)] * share + before * (1 - share)
        samples: Samples = np.rint(np.clip(wave, -1, 1) * 32767).astype(np.int16)
        return samples

    def _beyond(self, channel: int, index: int) -> Wave:
        """Return how a piece goes on into the next, of the same run: another is out of step."""
        known, beyond = self._ends.get(channel, (-1, np.zeros(0, np.float32)))
        if index >= 0 and known != index:
            return self._run(channel, index)[self._step :]
        return beyond if index >= 0 else beyond[:0]

    def _run(self, channel: int, index: int) -> Wave:
        first = index * self._step
        return self._bent(channel, first, min(first + self._step + self._overlap, self.frames))

    def _bent(self, channel: int, first: int, last: int) -> Wave:
        context = round(CONTEXT_S * self.rate_hz)
        begins, ends = max(0, first - context), min(self.frames, last + context)
        wave: Wave = self._sound.read(channel, begins, ends).astype(np.float32)
        wave /= np.float32(32768)
        if not wave.any():
            return wave[first - begins : last - begins]
        bent = self._bender.bend(wave, self.rate_hz, self._bends[channel])
        return bent[first - begins : last - begins]
