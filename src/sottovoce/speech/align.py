"""Place the words of a text in a wave, by a clock of another kind than the recogniser's.

Rules (docs/decisions/timing-is-safety.md):
1. The words are not heard again: the aligner is told them, and says only when they are said.
2. Only stretches with a finding are placed: elsewhere nothing hangs on a quarter of a second.
3. A text that does not fit its wave is not placed, and never placed in part: who asks then has one
   clock less.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol

from sottovoce.speech.models import Weights
from sottovoce.speech.voice import as_wave
from sottovoce.values.sound import Sound, Wave
from sottovoce.values.speech import Segment, Span, Word

Times = tuple[tuple[float, float], ...]
"""When each word begins and ends, in seconds from the start of its wave."""


class Aligner(Protocol):
    """Says when words that are known are said in a wave of at most 28 s at 16 kHz."""

    @property
    def weights(self) -> Weights: ...

    @property
    def language(self) -> str: ...

    def align(self, wave: Wave, words: Sequence[str]) -> Times:
        """Return the times of all words, in order; of none if they do not fit the wave."""
        ...


def align_words(
    sound: Sound, segments: Iterable[Segment], telling: Iterable[Word], aligner: Aligner | None
) -> dict[Word, Span]:
    """Return where the aligner places the words of the segments that hold any telling word.

    Without an aligner nothing is placed, and neither are the words of a text that does not fit.
    """
    if aligner is None:
        return {}
    wanted, placed = set(telling), dict[Word, Span]()
    for segment in segments:
        if not wanted.isdisjoint(segment.words):
            placed.update(_placed(sound, segment, aligner))
    return placed


def _placed(sound: Sound, segment: Segment, aligner: Aligner) -> dict[Word, Span]:
    wave = as_wave(sound, segment.channel, segment.start_s, segment.end_s)
    times = aligner.align(wave, [word.text for word in segment.words])
    if len(times) != len(segment.words):
        return {}
    return {
        word: Span(segment.start_s + start, segment.start_s + end, segment.channel)
        for word, (start, end) in zip(segment.words, times, strict=True)
    }
