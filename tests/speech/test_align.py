from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from sottovoce.speech.align import Times, align_words
from sottovoce.speech.models import Weights
from sottovoce.values.sound import SoundInMemory, Wave
from sottovoce.values.speech import Segment, Span, Word

SOUND = SoundInMemory(8000, (np.zeros(8000 * 20, np.int16),) * 2)


@dataclass
class Scripted:
    """Places each word a tenth of a second after the one before; as many as it is told to."""

    left_out: int = 0
    asked: list[tuple[str, ...]] = field(default_factory=list)
    lengths_s: list[float] = field(default_factory=list)
    weights: Weights = None  # type: ignore[assignment]
    language: str = "en"

    def align(self, wave: Wave, words: Sequence[str]) -> Times:
        self.asked.append(tuple(words))
        self.lengths_s.append(len(wave) / 16_000)
        return tuple((i / 10, i / 10 + 0.1) for i in range(len(words) - self.left_out))


def segment(start_s: float, *texts: str, channel: int = 0) -> Segment:
    words = [Word(start_s + i, start_s + i + 1, t, 0.9, channel) for i, t in enumerate(texts)]
    return Segment(start_s, start_s + len(texts), channel, tuple(words))


def test_words_are_placed_on_the_recordings_clock_and_channel() -> None:
    some = segment(5.0, "one", "two", channel=1)
    placed = align_words(SOUND, [some], some.words[:1], Scripted())

    assert placed == {some.words[0]: Span(5.0, 5.1, 1), some.words[1]: Span(5.1, 5.2, 1)}


def test_only_segments_with_a_telling_word_are_heard() -> None:
    quiet, telling, aligner = segment(1.0, "hello", "there"), segment(5.0, "four"), Scripted()
    align_words(SOUND, [quiet, telling], telling.words, aligner)

    assert aligner.asked == [("four",)]
    assert aligner.lengths_s == [1.0]


def test_a_text_that_does_not_fit_is_not_placed_in_part() -> None:
    some = segment(5.0, "one", "two", "three")

    assert align_words(SOUND, [some], some.words, Scripted(left_out=1)) == {}
    assert align_words(SOUND, [some], some.words, Scripted(left_out=3)) == {}


def test_without_an_aligner_nothing_is_placed() -> None:
    some = segment(5.0, "one")

    assert align_words(SOUND, [some], some.words, None) == {}
