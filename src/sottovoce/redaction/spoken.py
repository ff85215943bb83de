"""Say stand-ins in the sound, where what they stand for was hidden.

Rules:
1. What is said is made of stand-ins only, and placed by times that the transcript shows anyway.
2. A stand-in is heard inside the hidden span and nowhere else. One that does not fit, said faster,
   is said in a shorter form; where none fits, the span stays as it is.
3. It is put in after hearing again: what listens for leaks hears the span silent.
4. Beneath a voice there is no tone.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from math import ceil, floor

import numpy as np

from sottovoce.redaction.fill import Clip, Fill, Played
from sottovoce.redaction.mask import merge
from sottovoce.redaction.standins import StandIn
from sottovoce.redaction.synthesiser import Synthesiser
from sottovoce.values.finding import Finding
from sottovoce.values.sound import Samples, Wave
from sottovoce.values.speech import Span

PACES = (1.0, 1.25)
"""How fast a stand-in may be said; faster, a recogniser hears few of the figures any more."""

EDGE_S = 0.03
LEVEL = 0.06
"""The mean level of a stand-in; full scale is 1. That of who spoke would tell something of them."""

_QUIET = 0.01
_FADE_S = 0.005
_LOUDEST = 0.9
_FULL = 32767


def spoken_over(
    beneath: Fill,
    stands_for: Mapping[Finding, StandIn],
    hidden: Iterable[Span],
    *,
    rate_hz: int,
    synthesiser: Synthesiser,
) -> Fill:
    """Return a fill in which the stand-ins that fit are said, over another.

    It holds the sound of each different stand-in that is said once.
    """
    voice, rooms = _Voice(synthesiser, rate_hz), _Rooms(stands_for)
    clips: list[Clip] = []
    hushed: list[tuple[int, int, int]] = []
    for span in merge(hidden):
        said = [c for room, forms in rooms.of(span) if (c := voice.clip(room, forms))]
        clips += said
        if said:
            hushed.append(_frames(span, rate_hz))
    return Played(clips, _Hushed(beneath, hushed))


class _Rooms:
    """The stretch of a hidden span that each stand-in may have, and how it may be said."""

    def __init__(self, stands_for: Mapping[Finding, StandIn]) -> None:
        self._stands_for = stands_for
        self._waiting: dict[int, list[Finding]] = {}
        for finding in sorted(stands_for, key=lambda f: (f.start_s, f.end_s), reverse=True):
            self._waiting.setdefault(finding.channel, []).append(finding)

    def of(self, span: Span) -> Iterator[tuple[Span, tuple[str, ...]]]:
        """Yield the rooms in a span; spans are asked for in order.

        Each has the time until the next begins, the first what is before it too.
        """
        waiting = self._waiting.get(span.channel, [])
        inside: list[Finding] = []
        while waiting and waiting[-1].start_s < span.end_s:
            finding = waiting.pop()
            if finding.end_s > span.start_s:
                inside.append(finding)
        starts = [span.start_s, *(max(span.start_s, f.start_s) for f in inside[1:]), span.end_s]
        for finding, (start, end) in zip(inside, pairwise(starts), strict=False):
            room = Span(start + EDGE_S, end - EDGE_S, span.channel)
            if room.start_s < room.end_s:
                yield room, self._stands_for[finding].said


class _Voice:
    """Says stand-ins as fast as they must be, each form and pace once."""

    def __init__(self, synthesiser: Synthesiser, rate_hz: int) -> None:
        self._synthesiser = synthesiser
        self._rate_hz = rate_hz
        self._said: dict[tuple[str, float], Samples] = {}

    def clip(self, room: Span, forms: Sequence[str]) -> Clip | None:
        """Return the fullest form at the easiest pace that fits, in the middle of its room."""
        first, last = round(room.start_s * self._rate_hz), round(room.end_s * self._rate_hz)
        for form in forms:
            for pace in PACES:
                samples = self._samples(form, pace)
                if 0 < len(samples) <= last - first:
                    begins = first + (last - first - len(samples)) // 2
                    return Clip(room.channel, begins, samples)
        return None

    def _samples(self, form: str, pace: float) -> Samples:
        if (form, pace) not in self._said:
            self._said[form, pace] = prepared(
                self._synthesiser, form, pace=pace, rate_hz=self._rate_hz
            )
        return self._said[form, pace]


def prepared(
    synthesiser: Synthesiser, text: str, *, pace: float, rate_hz: int, voice: int = 0
) -> Samples:
    """Return a text said at our level, without quiet before and after it."""
    said = synthesiser.say(text, pace=pace, rate_hz=rate_hz, voice=voice)
    return _levelled(_trimmed(said), rate_hz)


def _trimmed(wave: Wave) -> Wave:
    """Return a wave without the quiet at its ends."""
    loud = np.flatnonzero(np.abs(wave) > _QUIET * np.abs(wave).max(initial=0.0))
    return wave[loud[0] : loud[-1] + 1] if len(loud) else wave[:0]


def _levelled(wave: Wave, rate_hz: int) -> Samples:
    """Return a wave at our level, soft at its ends."""
    if not len(wave):
        return wave.astype(np.int16)
    mean = float(np.sqrt(np.mean(wave.astype(np.float64) ** 2)))
    loudest = float(np.abs(wave).max())
    gain = min(LEVEL / mean, _LOUDEST / loudest)
    at = np.arange(len(wave))
    edge = np.minimum(at + 1, len(wave) - at) / max(1, round(_FADE_S * rate_hz))
    soft: Samples = np.rint(wave * np.minimum(edge, 1) * gain * _FULL).astype(np.int16)
    return soft


class _Hushed:
    """A fill that has no tone in some stretches, given as channel, first and last frame."""

    def __init__(self, beneath: Fill, stretches: Iterable[tuple[int, int, int]]) -> None:
        self._beneath = beneath
        self._stretches: dict[int, list[tuple[int, int]]] = {}
        for channel, first, last in sorted(stretches):
            self._stretches.setdefault(channel, []).append((first, last))

    def fill(self, channel: int, start: int, stop: int) -> Wave:
        """Return what is beneath, silence for a tone."""
        filled = self._beneath.fill(channel, start, stop)
        for first, last in self._near(channel, start, stop):
            if self._beneath.name(channel, first, last) == "tone":
                filled[max(0, first - start) : max(0, last - start)] = 0
        return filled

    def name(self, channel: int, first: int, last: int) -> str:
        """Return what the fill beneath says."""
        return self._beneath.name(channel, first, last)

    def _near(self, channel: int, start: int, stop: int) -> Sequence[tuple[int, int]]:
        stretches = self._stretches.get(channel, [])
        low = bisect_right(stretches, start, key=lambda pair: pair[1])
        return stretches[low : bisect_left(stretches, stop, key=lambda pair: pair[0])]


def _frames(span: Span, rate_hz: int) -> tuple[int, int, int]:
    # With the milliseconds in which the original fades, so that no tone is left of them.
    more = _FADE_S * rate_hz + 2
    first, last = span.start_s * rate_hz - more, span.end_s * rate_hz + more
    return span.channel, max(0, floor(first)), ceil(last)
