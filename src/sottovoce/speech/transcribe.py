"""Turn a recording's sound into segments of words with times, channel by channel.

Rules:
1. Each channel is heard alone, stretch by stretch of voice.
2. Voice that no word accounts for is kept in the answer: recognisers sometimes drop a whole run
   of spoken digits. The second listener hears it; what it makes out becomes
   words, what it cannot stays unexplained.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from sottovoce.speech.align import Aligner
from sottovoce.speech.explain import unexplained
from sottovoce.speech.recogniser import Heard, Recogniser
from sottovoce.speech.segment import stretches
from sottovoce.speech.voice import VoiceActivity, as_wave
from sottovoce.values.sound import Sound
from sottovoce.values.speech import Segment, Span, Word

Progress = Callable[[float], None]
"""Told how many more seconds of sound have been heard."""

_AT_ONCE = 32


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was heard, in order of time; where voice is; and voice that stays unexplained."""

    segments: tuple[Segment, ...] = field(repr=False)
    voiced: tuple[Span, ...]
    unexplained: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Listeners:
    """The models that hear: where voice is, what is said, the second opinion, and the second clock.

    Without an aligner, as for a language that it does not know, findings are wider.
    """

    voice: VoiceActivity
    first: Recogniser
    second: Recogniser
    aligner: Aligner | None = None


def transcribe(sound: Sound, listeners: Listeners, *, progress: Progress) -> Transcript:
    """Hear every channel of a sound; the memory needed does not grow with its length."""
    segments: list[Segment] = []
    voiced: list[Span] = []
    open_questions: list[Span] = []
    for channel in range(sound.channels):
        spans = listeners.voice.voiced(sound, channel)
        heard = list(_heard(sound, spans, listeners.first, progress))
        more = list(hear_again(sound, unexplained(spans, heard), listeners.second))
        segments += heard + more
        voiced += spans
        # The second listener's words, too, account for no more than they can last: it says
        # something to any noise.
        open_questions += unexplained(spans, [*heard, *more])
    segments.sort(key=lambda segment: (segment.start_s, segment.channel))
    return Transcript(tuple(segments), tuple(voiced), tuple(open_questions))


def hear_stretches(
    sound: Sound, spans: Sequence[Span], recogniser: Recogniser
) -> Iterator[tuple[Span, Heard]]:
    """Yield what a recogniser makes of each span, some at a time."""
    for at in range(0, len(spans), _AT_ONCE):
        group = spans[at : at + _AT_ONCE]
        waves = [as_wave(sound, s.channel, s.start_s, s.end_s) for s in group]
        yield from zip(group, recogniser.hear(waves), strict=True)


def hear_again(sound: Sound, pieces: Sequence[Span], recogniser: Recogniser) -> Iterator[Segment]:
    """Yield what a recogniser makes of pieces of voice, joined and cut as for the first hearing."""
    duration_s = sound.frames / sound.rate_hz
    for channel in range(sound.channels):
        spans = stretches([p for p in pieces if p.channel == channel], duration_s=duration_s)
        for span, heard in hear_stretches(sound, spans, recogniser):
            if heard.words:
                yield as_segment(span, heard)


def as_segment(span: Span, heard: Heard) -> Segment:
    """Place what was heard in a span on the recording's clock."""
    words = tuple(
        Word(
            min(span.end_s, span.start_s + word.start_s),
            min(span.end_s, span.start_s + word.end_s),
            word.text,
            word.confidence,
            span.channel,
        )
        for word in heard.words
        if any(c.isalnum() for c in word.text)
    )
    return Segment(span.start_s, span.end_s, span.channel, words, invented=heard.invented)


def _heard(
    sound: Sound, voiced: Sequence[Span], recogniser: Recogniser, progress: Progress
) -> Iterator[Segment]:
    spans = stretches(voiced, duration_s=sound.frames / sound.rate_hz)
    for span, heard in hear_stretches(sound, spans, recogniser):
        progress(span.end_s - span.start_s)
        if heard.words:
            yield as_segment(span, heard)
