"""Speak the redacted words anew, so that nobody's voice is left in the sound.

Rules (docs/decisions/redaction-voices.md):
1. The sound is made of redacted words, their times and a synthetic voice; of the original only its
   rate, its channels and its length.
2. A line is what was said between two pauses or masks. It begins when it began, and ends before
   the next.
3. Which voice reads a channel says nothing of whose it was: the number of the channel decides.
4. Where something is hidden, masks are put over it as over any other sound.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

import numpy as np

from sottovoce.redaction.fill import Clip, Played, Silence
from sottovoce.redaction.spoken import prepared
from sottovoce.redaction.synthesiser import Synthesiser
from sottovoce.redaction.transcript import RedactedTranscript
from sottovoce.redaction.words import RedactedWord
from sottovoce.values.sound import Samples, Sound
from sottovoce.values.speech import Span

PAUSE_S = 0.35
"""From this gap on between two words the next begins a line, at its own time."""

LATE_S = 0.3
"""A reading may last this much longer than was wanted, where nothing follows."""

BETWEEN_S = 0.05


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

    Between the lines it is silent. Memory grows with the talk: two bytes a frame that is spoken.
    """

    def __init__(
        self, form: Sound, transcript: RedactedTranscript, synthesiser: Synthesiser
    ) -> None:
        self.rate_hz, self.channels, self.frames = form.rate_hz, form.channels, form.frames
        self._played = Played(_clips(lines(transcript), transcript, form, synthesiser), Silence())

    def read(self, channel: int, start: int, stop: int) -> Samples:
        """Return frames start to stop of one channel; shorter at the end of the recording."""
        stop = max(start, min(stop, self.frames))
        samples: Samples = self._played.fill(channel, start, stop).astype(np.int16)
        return samples


def lines(transcript: RedactedTranscript) -> tuple[Line, ...]:
    """Return what is to be read, in order, channel by channel; hidden words are not."""
    found: list[Line] = []
    for channel in range(transcript.channels):
        words = sorted(
            (w for s in transcript.segments if s.channel == channel for w in s.words),
            key=lambda word: word.start_s,
        )
        found += (_line(run, channel) for run in _runs(words))
    return tuple(found)


def _runs(words: Iterable[RedactedWord]) -> Iterator[Sequence[RedactedWord]]:
    run: list[RedactedWord] = []
    for word in words:
        if run and (word.masked or word.start_s - run[-1].end_s >= PAUSE_S):
            yield run
            run = []
        if not word.masked:
            run.append(word)
    if run:
        yield run


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


def _clips(
    found: Sequence[Line], transcript: RedactedTranscript, form: Sound, synthesiser: Synthesiser
) -> Iterator[Clip]:
    for line, following in zip_longest(found, found[1:]):
        room = _room(line, following, transcript.masked, form)
        if room.most > 0:
            samples = read_aloud(
                line.text,
                synthesiser,
                voice=line.channel % synthesiser.voices,
                rate_hz=form.rate_hz,
                room=room,
            )
            yield Clip(line.channel, _frame(line.start_s, form), samples)


def _room(line: Line, following: Line | None, masked: Sequence[Span], form: Sound) -> Room:
    ends = [form.frames / form.rate_hz, line.end_s + LATE_S]
    if following is not None and following.channel == line.channel:
        ends.append(following.start_s - BETWEEN_S)
    ends += [s.start_s for s in masked if s.channel == line.channel and s.start_s > line.start_s]
    first = _frame(line.start_s, form)
    most = int(min(ends) * form.rate_hz) - first
    return Room(min(_frame(line.end_s, form) - first, most), most)


def _frame(at_s: float, form: Sound) -> int:
    return round(at_s * form.rate_hz)
