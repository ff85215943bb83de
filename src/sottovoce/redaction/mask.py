"""Mask spans in sound.

Rules:
1. A mask replaces every sample of its span; nothing of the original is mixed into it.
2. The tone fades in and out inside the span, so that no edge clicks; the last milliseconds of the
   original before a span, and the first after it, fade as well, outside of the span.
3. A mask is a function of the frame's number, so how the sound is read does not matter.
4. A span past the end, of no channel, or reversed is a programmer's error, never skipped. One that
   begins inside may end up to half a second late, as widening makes it: it is cut at the end.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor

import numpy as np

from sottovoce.redaction.profile import Profile
from sottovoce.values.finding import Action, Finding
from sottovoce.values.sound import Samples, Sound
from sottovoce.values.speech import Span

FADE_S = 0.005
TONE_HZ = 1000
LEVEL = 0.05
LATE_S = 0.5


@dataclass(frozen=True, slots=True)
class Mask:
    """A span to hide, and whether it is burnt in what is kept as well."""

    span: Span
    action: Action


def plan_masks(
    findings: Iterable[Finding],
    profile: Profile,
    *,
    margin_s: float,
    duration_s: float,
    channels: int,
) -> tuple[Mask, ...]:
    """Plan the masks of what the profile hides: wider by a margin, merged, inside the recording.

    Masks of the same action do not overlap; a burnt span may lie in a masked one.
    """
    spans: dict[Action, list[Span]] = {}
    for finding in findings:
        _expect_inside(finding, duration_s, channels=channels)
        action = profile.action(finding.kind)
        if action is not Action.KEEP:
            start, end = max(0.0, finding.start_s - margin_s), finding.end_s + margin_s
            spans.setdefault(action, []).append(Span(start, min(duration_s, end), finding.channel))
    planned = [Mask(s, action) for action, group in spans.items() for s in merge(group)]
    return tuple(sorted(planned, key=lambda mask: (mask.span, mask.action.value)))


def merge(spans: Iterable[Span], *, gap_s: float = 0.0) -> tuple[Span, ...]:
    """Join the spans of each channel that overlap, touch, or leave no more than a gap."""
    joined: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.channel, s.start_s)):
        last = joined[-1] if joined else None
        if last and last.channel == span.channel and span.start_s <= last.end_s + gap_s:
            joined[-1] = Span(last.start_s, max(last.end_s, span.end_s), span.channel)
        else:
            joined.append(span)
    return tuple(sorted(joined))


class MaskedSound:
    """A sound with some spans hidden; same rate, channels and length as the one beneath."""

    def __init__(self, sound: Sound, spans: Iterable[Span], *, level: float = LEVEL) -> None:
        self._sound = sound
        self._level = level
        hidden = tuple(spans)
        for span in hidden:
            _expect_inside(span, sound.frames / sound.rate_hz, channels=sound.channels)
        frames = [_frames(span, sound) for span in merge(hidden)]
        self._hidden = {
            channel: [(a, b) for c, a, b in frames if c == channel and a < b]
            for channel in range(sound.channels)
        }

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
        """Return frames start to stop of one channel, hidden spans replaced."""
        if start < 0:
            raise ValueError("start must be 0 or more")
        samples = self._sound.read(channel, start, stop)
        fade = max(1, round(FADE_S * self.rate_hz))
        near = _near(self._hidden[channel], start - fade, start + len(samples) + fade)
        if not near or not len(samples):
            return samples
        masked = samples.astype(np.float32)
        at = np.arange(start, start + len(samples))
        for first, last in near:
            _fade_around(masked, at, first, last, fade)
        for first, last in near:
            inside = slice(max(0, first - start), max(0, last - start))
            masked[inside] = self._tone(at[inside], first, last, fade)
        rounded: Samples = np.rint(masked).astype(np.int16)
        return rounded

    def _tone(
        self, at: "np.ndarray[tuple[int], np.dtype[np.int64]]", first: int, last: int, fade: int
    ) -> "np.ndarray[tuple[int], np.dtype[np.float32]]":
        tone = np.sin(2 * np.pi * TONE_HZ * (at / self.rate_hz)) * (32767 * self._level)
        edge = np.minimum(at - first + 1, last - at) / (fade + 1)
        return (tone * np.clip(edge, 0, 1)).astype(np.float32)


def silenced(sound: Sound, spans: Iterable[Span]) -> MaskedSound:
    """Hide spans by silence: for a listener that a tone would distract, and for burning."""
    return MaskedSound(sound, spans, level=0.0)


def _fade_around(
    samples: "np.ndarray[tuple[int], np.dtype[np.float32]]",
    at: "np.ndarray[tuple[int], np.dtype[np.int64]]",
    first: int,
    last: int,
    fade: int,
) -> None:
    start = int(at[0])
    before = slice(max(0, first - fade - start), max(0, first - start))
    samples[before] *= ((first - at[before]) / (fade + 1)).astype(np.float32)
    after = slice(max(0, last - start), max(0, last + fade - start))
    samples[after] *= ((at[after] - last + 1) / (fade + 1)).astype(np.float32)


def _near(hidden: Sequence[tuple[int, int]], start: int, stop: int) -> Sequence[tuple[int, int]]:
    low = bisect_right(hidden, start, key=lambda pair: pair[1])
    high = bisect_left(hidden, stop, key=lambda pair: pair[0])
    return hidden[low:high]


def _frames(span: Span, sound: Sound) -> tuple[int, int, int]:
    # Outward, so that no part of a sample of the span is left.
    first, last = floor(span.start_s * sound.rate_hz), ceil(span.end_s * sound.rate_hz)
    return span.channel, max(0, first), min(sound.frames, last)


def _expect_inside(span: Finding | Span, duration_s: float, *, channels: int) -> None:
    if not 0 <= span.channel < channels:
        raise ValueError(f"channel must be from 0 to {channels - 1}")
    if not 0 <= span.start_s <= span.end_s:
        raise ValueError("start_s and end_s must be 0 or more and in order")
    if span.start_s > duration_s or span.end_s > duration_s + LATE_S:
        raise ValueError(f"a span must lie within the {duration_s:.3f} s of the recording")
