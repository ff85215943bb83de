"""Hear a channel while it goes on: where voice was of late, and the words of it.

Rules:
1. What is answered depends on the samples up to now and on what was asked before, nothing else.
2. Voice is heard from where its stretch began; of a long stretch the last seconds, from a word's
   beginning. A stretch that is over is heard once more, and then no more.
3. Work and memory do not grow with the length of the stream.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sottovoce.speech.recogniser import Recogniser
from sottovoce.speech.segment import AIR_S, grouped
from sottovoce.speech.transcribe import as_segment
from sottovoce.speech.voice import FRAME_S, VoiceActivity, as_wave
from sottovoce.values.sound import Samples, Sound
from sottovoce.values.speech import Segment, Span, Word

LOOK_BACK_S = 8.0
"""How far back voice is looked for: enough to know the background it stands out from."""
LONGEST_HEARD_S = 6.0


@dataclass(frozen=True, slots=True)
class Window:
    """The last part of a sound, its frames counted from where it begins."""

    sound: Sound
    first: int

    @property
    def rate_hz(self) -> int:
        return self.sound.rate_hz

    @property
    def channels(self) -> int:
        return self.sound.channels

    @property
    def frames(self) -> int:
        return self.sound.frames - self.first

    def read(self, channel: int, start: int, stop: int) -> Samples:
        return self.sound.read(channel, start + self.first, stop + self.first)


@dataclass(frozen=True, slots=True)
class LateHearing:
    """What was heard of one channel of late: where voice was, and the words in stretches of it."""

    voiced: tuple[Span, ...]
    segments: tuple[Segment, ...] = field(repr=False)


class LiveEar:
    """Hears one channel again and again as it goes on."""

    def __init__(self, channel: int, voice: VoiceActivity, recogniser: Recogniser) -> None:
        self._channel = channel
        self._voice = voice
        self._recogniser = recogniser
        self._known: dict[Span, Segment | None] = {}

    def hear(self, sound: Sound, from_s: float, settled: Sequence[Word]) -> LateHearing:
        """Return what can be heard by now of the voice that goes beyond a time.

        ``settled`` are the words that are decided, of which some may still be heard.
        """
        now_s = sound.frames / sound.rate_hz
        voiced = self._voiced(sound, now_s)
        spans = [
            self._stretch(group, now_s, settled)
            for group in grouped(voiced)
            if group[-1].end_s > from_s
        ]
        self._known = {span: self._segment(sound, span, now_s) for span in spans}
        segments = tuple(segment for segment in self._known.values() if segment)
        return LateHearing(voiced, segments)

    def _voiced(self, sound: Sound, now_s: float) -> tuple[Span, ...]:
        frame = round(FRAME_S * sound.rate_hz)
        first = max(0, sound.frames - round(LOOK_BACK_S * sound.rate_hz)) // frame * frame
        at_s = first / sound.rate_hz
        found = self._voice.voiced(Window(sound, first), self._channel)
        return tuple(Span(s.start_s + at_s, s.end_s + at_s, s.channel) for s in found)

    def _stretch(self, group: Sequence[Span], now_s: float, settled: Sequence[Word]) -> Span:
        start_s, end_s = group[0].start_s - AIR_S, min(now_s, group[-1].end_s + AIR_S)
        if now_s - start_s > LONGEST_HEARD_S:
            start_s = _beginning(group, settled, now_s - LONGEST_HEARD_S)
        return Span(max(0.0, start_s), end_s, self._channel)

    def _segment(self, sound: Sound, span: Span, now_s: float) -> Segment | None:
        if (known := self._same(span)) and span.end_s < now_s:
            return self._known[known]
        wave = as_wave(sound, span.channel, span.start_s, span.end_s)
        heard = self._recogniser.hear([wave])[0]
        return as_segment(span, heard) if heard.words else None

    def _same(self, span: Span) -> Span | None:
        """Return the stretch heard before that is this one but for a frame or two."""
        near = (
            s
            for s in self._known
            if abs(s.start_s - span.start_s) <= 2 * FRAME_S
            and abs(s.end_s - span.end_s) <= 2 * FRAME_S
        )
        return next(near, None)


def _beginning(group: Sequence[Span], settled: Sequence[Word], from_s: float) -> float:
    """Return where to begin to hear a long stretch: at a piece of voice, else at a word."""
    pieces = [span.start_s for span in group[1:] if from_s <= span.start_s <= from_s + 2]
    words = [word.start_s for word in settled if from_s <= word.start_s <= from_s + 2]
    return min(pieces or words, default=from_s)
