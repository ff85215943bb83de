"""Speak the redacted words anew, so that nobody's voice is left in the sound.

Rules (docs/decisions/redaction-voices.md):
1. The sound is made of redacted words, their times and a synthetic voice; of the original only its
   rate, its channels and its length.
2. A line is what was said between two pauses or masks, and not long. It begins when it began, and
   ends before the next.
3. Which voice reads a channel says nothing of whose it was: the number of the channel decides.
4. Where something is hidden, masks are put over it as over any other sound.
"""

from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

import numpy as np

from sottovoce.redaction.spoken import prepared
from sottovoce.redaction.synthesiser import Synthesiser
from sottovoce.redaction.timeline import Timeline
from sottovoce.redaction.transcript import RedactedTranscript
from sottovoce.redaction.words import RedactedWord
from sottovoce.values.sound import Samples, Sound

PAUSE_S = 0.35
"""From this gap on between two words the next begins a line, at its own time."""

LATE_S = 0.3
"""A reading may last this much longer than was wanted, where nothing follows."""

BETWEEN_S = 0.05

LONGEST_S = 12.0
"""A line is not longer, so that a reading does not run away from its times."""

REMEMBERED = 64
"""So many readings are kept: those of a block of sound are asked for together."""

FASTEST, SLOWEST = 1.9, 0.75
"""Beyond these a reading is no longer understood, or drags."""

_NEAR = 0.1


@dataclass(frozen=True, slots=True)
class Room:
    """How long a reading is to last, and the most it may, in frames."""

    wanted: int
    most: int


@dataclass(frozen=True, slots=True)
class Line:
    """Words to be read in one breath, and when they were said."""

    start_s: float
    end_s: float
    channel: int
    text: str = field(repr=False)


class SpokenSound:
    """A sound of the same form in which redacted words are read by synthetic voices.

    Between the lines it is silent. A line is read aloud when its time is asked for, and the last
    ones are remembered, so memory does not grow with the recording.
    """

    def __init__(
        self, form: Sound, transcript: RedactedTranscript, synthesiser: Synthesiser
    ) -> None:
        self.rate_hz, self.channels, self.frames = form.rate_hz, form.channels, form.frames
        self._synthesiser = synthesiser
        self._plans: dict[int, list[_Plan]] = {}
        for plan in _plans(transcript, form):
            self._plans.setdefault(plan.line.channel, []).append(plan)
        self._read: OrderedDict[_Plan, Samples] = OrderedDict()

    def read(self, channel: int, start: int, stop: int) -> Samples:
        """Return frames start to stop of one channel; shorter at the end of the recording."""
        if start < 0:
            raise ValueError("start must be 0 or more")
        stop = max(start, min(stop, self.frames))
        spoken = np.zeros(stop - start, np.int16)
        for plan in self._near(channel, start, stop):
            samples = self._aloud(plan)
            first, last = max(start, plan.first), min(stop, plan.first + len(samples))
            if first < last:
                spoken[first - start : last - start] = samples[
                    first - plan.first : last - plan.first
                ]
        return spoken

    def _near(self, channel: int, start: int, stop: int) -> Sequence["_Plan"]:
        plans = self._plans.get(channel, [])
        low = bisect_right(plans, start, key=lambda plan: plan.first + plan.room.most)
        return plans[low : bisect_left(plans, stop, key=lambda plan: plan.first)]

    def _aloud(self, plan: "_Plan") -> Samples:
        if plan not in self._read:
            self._read[plan] = read_aloud(
                plan.line.text,
                self._synthesiser,
                voice=plan.line.channel % self._synthesiser.voices,
                rate_hz=self.rate_hz,
                room=plan.room,
            )
            if len(self._read) > REMEMBERED:
                self._read.popitem(last=False)
        return self._read[plan]


@dataclass(frozen=True, slots=True)
class _Plan:
    """A line, its first frame, and how long its reading is to last."""

    line: Line = field(repr=False)
    first: int
    room: Room


def lines(transcript: RedactedTranscript) -> tuple[Line, ...]:
    """Return what is to be read, in order, channel by channel; hidden words are not."""
    found: list[Line] = []
    masked = Timeline(transcript.masked)
    for channel in range(transcript.channels):
        words = sorted(
            (w for s in transcript.segments if s.channel == channel for w in s.words),
            key=lambda word: word.start_s,
        )
        found += (_line(run, channel) for run in _runs(words, channel, masked))
    return tuple(found)


def _runs(
    words: Iterable[RedactedWord], channel: int, masked: Timeline
) -> Iterator[Sequence[RedactedWord]]:
    run: list[RedactedWord] = []
    for word in words:
        if run and (word.masked or _parted(run, word, channel, masked)):
            yield run
            run = []
        if not word.masked:
            run.append(word)
    if run:
        yield run


def _parted(
    run: Sequence[RedactedWord], word: RedactedWord, channel: int, masked: Timeline
) -> bool:
    """Say whether a word begins a line: after a pause or a mask, or when the line is long."""
    before = run[-1]
    if word.start_s - before.end_s >= PAUSE_S or word.end_s - run[0].start_s > LONGEST_S:
        return True
    middles = (before.start_s + before.end_s) / 2, (word.start_s + word.end_s) / 2
    return bool(masked.reached(min(middles), max(middles), channel))


def _line(run: Sequence[RedactedWord], channel: int) -> Line:
    end = max(word.end_s for word in run)
    return Line(run[0].start_s, end, channel, " ".join(word.text for word in run))


def read_aloud(
    text: str, synthesiser: Synthesiser, *, voice: int, rate_hz: int, room: Room
) -> Samples:
    """Return a text said, as long as is wanted where that can be understood.

    Never longer than ``room.most``; empty where the text has no sound. Pace keeps the pitch; only
    what is too long at the fastest pace is squeezed.
    """
    said = prepared(synthesiser, text, pace=1.0, rate_hz=rate_hz, voice=voice)
    pace = min(FASTEST, max(SLOWEST, len(said) / max(1, room.wanted)))
    if len(said) and abs(pace - 1) > _NEAR:
        said = prepared(synthesiser, text, pace=pace, rate_hz=rate_hz, voice=voice)
    return _squeezed(said, max(0, room.most))


def _squeezed(samples: Samples, most: int) -> Samples:
    if len(samples) <= most:
        return samples
    at = np.linspace(0, len(samples) - 1, most)
    squeezed: Samples = np.rint(np.interp(at, np.arange(len(samples)), samples)).astype(np.int16)
    return squeezed


def _plans(transcript: RedactedTranscript, form: Sound) -> Iterator[_Plan]:
    masked, found = Timeline(transcript.masked), lines(transcript)
    for line, following in zip_longest(found, found[1:]):
        first, room = _frame(line.start_s, form), _room(line, following, masked, form)
        if room.most > 0:
            yield _Plan(line, first, room)


def _room(line: Line, following: Line | None, masked: Timeline, form: Sound) -> Room:
    latest = line.end_s + LATE_S
    ends = [form.frames / form.rate_hz, latest]
    if following is not None and following.channel == line.channel:
        ends.append(following.start_s - BETWEEN_S)
    reached = masked.reached(line.start_s, latest, line.channel)
    ends += [span.start_s for span in reached if span.start_s > line.start_s][:1]
    first = _frame(line.start_s, form)
    most = int(min(ends) * form.rate_hz) - first
    return Room(min(_frame(line.end_s, form) - first, most), most)


def _frame(at_s: float, form: Sound) -> int:
    return round(at_s * form.rate_hz)
