"""What is heard in place of what is hidden.

Rules:
1. A fill is a function of channel and frame number: how the sound is read does not matter.
2. A fill holds nothing of what it hides; it is never given the samples beneath a mask.
3. Stand-ins are added to the fill beneath them, and are heard only where a mask is.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from sottovoce.values.sound import Samples, Wave

TONE_HZ = 1000
LEVEL = 0.05
"""The tone's amplitude; full scale is 1."""

FULL = 32767


class Fill(Protocol):
    """What is heard where the original is hidden."""

    def fill(self, channel: int, start: int, stop: int) -> Wave:
        """Return frames start to stop of a channel in 16-bit steps, shape (stop - start,).

        Frames are numbered from the start of the recording and may be any of it; the sound that
        is masked decides which are heard, and fades. What exceeds 16 bits is cut by it as well.
        """
        ...

    def name(self, channel: int, first: int, last: int) -> str:
        """Return what fills a hidden span: tone, silence, room or voice (docs/spec/marks.md)."""
        ...


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing."""

    def fill(self, channel: int, start: int, stop: int) -> Wave:
        """Return zeros."""
        return np.zeros(max(0, stop - start), np.float32)

    def name(self, channel: int, first: int, last: int) -> str:
        """Return ``silence``."""
        return "silence"


@dataclass(frozen=True, slots=True)
class Tone:
    """A sine of 1000 Hz, the same on every channel."""

    rate_hz: int
    level: float = LEVEL

    def fill(self, channel: int, start: int, stop: int) -> Wave:
        """Return the sine; its phase is 0 at frame 0."""
        at = np.arange(start, stop) / self.rate_hz
        tone: Wave = (np.sin(2 * np.pi * TONE_HZ * at) * (FULL * self.level)).astype(np.float32)
        return tone

    def name(self, channel: int, first: int, last: int) -> str:
        """Return ``tone``."""
        return "tone"


@dataclass(frozen=True, slots=True)
class Clip:
    """Some sound to be heard at a place: a channel, its first frame, its samples.

    It is played as it is: one that should not click begins and ends softly.
    """

    channel: int
    first: int
    samples: Samples = field(repr=False)

    @property
    def last(self) -> int:
        """Return the frame after its last."""
        return self.first + len(self.samples)


class Played:
    """Clips added to the fill beneath them; what a clip has outside of every mask is not heard.

    Raises ValueError when two clips of a channel overlap.
    """

    def __init__(self, clips: Iterable[Clip], beneath: Fill) -> None:
        self._beneath = beneath
        self._clips: dict[int, list[Clip]] = {}
        for clip in sorted(clips, key=lambda clip: (clip.channel, clip.first)):
            before = self._clips.setdefault(clip.channel, [])
            if clip.first < 0 or (before and clip.first < before[-1].last):
                raise ValueError("clips must begin at frame 0 or later, none within another")
            before.append(clip)

    def fill(self, channel: int, start: int, stop: int) -> Wave:
        """Return what is beneath with the clips added."""
        filled = self._beneath.fill(channel, start, stop)
        for clip in self._near(channel, start, stop):
            first, last = max(start, clip.first), min(stop, clip.last)
            filled[first - start : last - start] += clip.samples[
                first - clip.first : last - clip.first
            ]
        return filled

    def name(self, channel: int, first: int, last: int) -> str:
        """Return ``voice`` where a clip is heard, else what is beneath."""
        is_voice = bool(self._near(channel, first, last))
        return "voice" if is_voice else self._beneath.name(channel, first, last)

    def _near(self, channel: int, start: int, stop: int) -> Sequence[Clip]:
        clips = self._clips.get(channel, [])
        low = bisect_right(clips, start, key=lambda clip: clip.last)
        return clips[low : bisect_left(clips, stop, key=lambda clip: clip.first)]
