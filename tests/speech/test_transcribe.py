from pathlib import Path

import numpy as np
import pytest

from sottovoce.speech.models import Weights
from sottovoce.speech.recogniser import Heard, HeardWord
from sottovoce.speech.transcribe import Listeners, transcribe
from sottovoce.values.sound import SoundInMemory
from sottovoce.values.speech import Span


class Scripted:
    """Answers each wave with the next of some answers."""

    weights = Weights(Path(), "scripted", "0" * 64)

    def __init__(self, *answers: Heard) -> None:
        self.answers = list(answers)
        self.lengths: list[int] = []

    def hear(self, waves):
        self.lengths += [len(wave) for wave in waves]
        return [self.answers.pop(0) if self.answers else Heard(()) for _ in waves]


class Voiced:
    """Says where voice is, without listening."""

    def __init__(self, *spans: Span) -> None:
        self.spans = spans

    def voiced(self, sound, channel):
        return tuple(span for span in self.spans if span.channel == channel)


def words(*texts: str, each_s: float = 0.5) -> Heard:
    return Heard(
        tuple(HeardWord(i * each_s, (i + 1) * each_s, text, 0.9) for i, text in enumerate(texts))
    )


def quiet(seconds: float, channels: int = 1, rate_hz: int = 8000) -> SoundInMemory:
    silence = np.zeros(int(seconds * rate_hz), np.int16)
    return SoundInMemory(rate_hz, (silence,) * channels)


def heard(sound, voice, first, second=None):
    listeners = Listeners(voice, first, second or Scripted())
    return transcribe(sound, listeners, progress=lambda seconds: None)


def test_words_stand_on_the_clock_of_the_recording() -> None:
    transcript = heard(quiet(30), Voiced(Span(10.0, 11.0, 0)), Scripted(words("good", "morning")))

    (segment,) = transcript.segments
    assert segment.start_s == pytest.approx(9.8)
    assert [round(w.start_s, 2) for w in segment.words] == [9.8, 10.3]


def test_each_channel_is_heard_alone() -> None:
    voice = Voiced(Span(1.0, 2.0, 0), Span(1.5, 2.5, 1))
    transcript = heard(quiet(5, channels=2), voice, Scripted(words("a", "b"), words("c", "d")))

    assert [s.channel for s in transcript.segments] == [0, 1]
    assert {w.channel for w in transcript.segments[1].words} == {1}


def test_silence_is_never_given_to_a_recogniser() -> None:
    first = Scripted(words("thank", "you"))
    transcript = heard(quiet(600), Voiced(), first)

    assert transcript.segments == ()
    assert first.lengths == []


def test_dropped_voice_is_heard_by_the_second_listener() -> None:
    voice = Voiced(Span(1.0, 3.4, 0))
    transcript = heard(
        quiet(10), voice, Scripted(words("card", "is")), Scripted(words("four", "one", "one"))
    )

    said = [w.text for s in transcript.segments for w in s.words]
    assert said == ["card", "is", "four", "one", "one"]
    assert transcript.unexplained == ()


def test_a_word_of_the_second_listener_does_not_explain_seconds_of_voice() -> None:
    voice = Voiced(Span(1.0, 7.0, 0))
    transcript = heard(
        quiet(10), voice, Scripted(words("card", "is")), Scripted(words("you", each_s=5.0))
    )

    assert sum(s.end_s - s.start_s for s in transcript.unexplained) > 2.0


def test_a_full_stop_is_not_a_word() -> None:
    transcript = heard(quiet(10), Voiced(Span(1.0, 5.0, 0)), Scripted(words(".", "...")))

    assert [w.text for s in transcript.segments for w in s.words] == []
    assert transcript.unexplained == (Span(1.0, 5.0, 0),)


def test_voice_that_neither_understands_stays_unexplained() -> None:
    transcript = heard(quiet(10), Voiced(Span(1.0, 5.0, 0)), Scripted(words("card", "is")))

    (left,) = transcript.unexplained
    assert left.end_s == 5.0
    assert left.start_s > 1.5


def test_words_never_end_after_the_sound() -> None:
    transcript = heard(quiet(2), Voiced(Span(1.0, 2.0, 0)), Scripted(words("a", each_s=9.0)))

    assert transcript.segments[0].words[0].end_s <= 2.0
