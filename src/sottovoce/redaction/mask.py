"""Mask spans in sound.

Rules:
1. A mask replaces every sample of its span; nothing of the original is mixed into it.
2. No edge clicks: outside of the span, in its last milliseconds before and its first after it, the
   original fades into the fill and back.
3. A mask is a function of the frame's number, so how the sound is read does not matter.
4. A span past the end, of no channel, or reversed is a programmer's error, never skipped. One that
   begins inside may end up to half a second late, as widening makes it: it is cut at the end.
   One of no length hides the frame it is in.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor

import numpy as np

from sottovoce.redaction.fill import Fill, Silence, Tone
from sottovoce.redaction.marks import Mark
from sottovoce.redaction.profile import Profile
from sottovoce.values.finding import Action, Finding
from sottovoce.values.sound import Samples, Sound, Wave
from sottovoce.values.speech import Span

FADE_S = 0.005
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
        expect_inside(finding, duration_s, channels=channels)
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

    def __init__(self, sound: Sound, spans: Iterable[Span], fill: Fill | None = None) -> None:
        self._sound = sound
        self._fill = fill or Tone(sound.rate_hz)
        hidden = tuple(spans)
        for span in hidden:
            expect_inside(span, sound.frames / sound.rate_hz, channels=sound.channels)
        self._hidden = {
            channel: _frames([s for s in hidden if s.channel == channel], sound)
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

    @property
    def marks(self) -> tuple[Mark, ...]:
        """Return every mask as it is in the sound, in order."""
        return tuple(
            sorted(
                Mark(first, last, channel, self._fill.name(channel, first, last))
                for channel, hidden in self._hidden.items()
                for first, last in hidden
            )
        )

    def read(self, channel: int, start: int, stop: int) -> Samples:
        """Return frames start to stop of one channel, hidden spans replaced."""
        if start < 0:
            raise ValueError("start must be 0 or more")
        samples = self._sound.read(channel, start, stop)
        stop = start + len(samples)
        fade = max(1, round(FADE_S * self.rate_hz))
        near = _near(self._hidden[channel], start - fade, stop + fade)
        if not near or start == stop:
            return samples
        masked = samples.copy()
        for first, last in _stretches(near, fade, start, stop):
            here = slice(first - start, last - start)
            left = _left(near, fade, first, last)
            fill = self._fill.fill(channel, first, last) * self._ends(fade, first, last)
            mixed = samples[here] * left + fill * (1 - left)
            masked[here] = np.rint(np.clip(mixed, -32768, 32767)).astype(np.int16)
        return masked

    def _ends(self, fade: int, first: int, last: int) -> Wave:
        """Return how much of a fill is heard: it is soft at the ends of the recording too."""
        at = np.arange(first, last)
        edge = np.minimum(at + 1, self.frames - at) / (fade + 1)
        return np.minimum(edge, 1).astype(np.float32)


def silenced(sound: Sound, spans: Iterable[Span]) -> MaskedSound:
    """Hide spans by silence: for a listener that a tone would distract, and for burning."""
    return MaskedSound(sound, spans, Silence())


def _stretches(
    near: Sequence[tuple[int, int]], fade: int, start: int, stop: int
) -> list[tuple[int, int]]:
    """Return what of start to stop the masks and their fades touch, joined where they meet."""
    joined: list[tuple[int, int]] = []
    for first, last in near:
        first, last = max(start, first - fade), min(stop, last + fade)
        if joined and first <= joined[-1][1]:
            joined[-1] = joined[-1][0], last
        elif first < last:
            joined.append((first, last))
    return joined


def _left(near: Sequence[tuple[int, int]], fade: int, start: int, stop: int) -> Wave:
    """Return how much of the original is left, frame by frame: 0 in a mask, 1 beyond its fade."""
    left = np.ones(stop - start, np.float32)
    for first, last in near:
        low, high = max(start, first - fade), min(stop, last + fade)
        if low < high:
            at = np.arange(low, high)
            away = np.maximum(np.maximum(first - at, at - last + 1), 0)
            left[low - start : high - start] *= (away / (fade + 1)).astype(np.float32)
    return left


def _near(hidden: Sequence[tuple[int, int]], start: int, stop: int) -> Sequence[tuple[int, int]]:
    low = bisect_right(hidden, start, key=lambda pair: pair[1])
    high = bisect_left(hidden, stop, key=lambda pair: pair[0])
    return hidden[low:high]


def _frames(spans: Iterable[Span], sound: Sound) -> list[tuple[int, int]]:
    """Return the frames of spans of one channel, joined where they overlap or touch."""
    joined: list[tuple[int, int]] = []
    for span in sorted(spans) if sound.frames else ():
        # Outward, so that no part of a sample of the span is left; no span hides nothing.
        first = min(floor(span.start_s * sound.rate_hz), sound.frames - 1)
        last = min(max(ceil(span.end_s * sound.rate_hz), first + 1), sound.frames)
        if joined and first <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], last)
        else:
            joined.append((first, last))
    return joined


def expect_inside(span: Finding | Span, duration_s: float, *, channels: int) -> None:
    """Raise ValueError for what is of no channel, reversed, or more than half a second too late."""
    if not 0 <= span.channel < channels:
        raise ValueError(f"channel must be from 0 to {channels - 1}")
    if not 0 <= span.start_s <= span.end_s:
        raise ValueError("start_s and end_s must be 0 or more and in order")
    if span.start_s > duration_s or span.end_s > duration_s + LATE_S:
        raise ValueError(f"a span must lie within the {duration_s:.3f} s of the recording")
