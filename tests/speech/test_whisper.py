import json
import re
from pathlib import Path

import numpy as np
import pytest
import soundfile

from sottovoce.speech.models import demo_whisper, silero
from sottovoce.speech.recogniser import Heard
from sottovoce.speech.segment import stretches
from sottovoce.speech.transcribe import Listeners, hear_stretches, transcribe
from sottovoce.speech.voice import VoiceActivity, as_wave
from sottovoce.speech.whisper import RATE_HZ, Whisper
from sottovoce.values.sound import SoundInMemory, Wave
from sottovoce.values.speech import Span

pytestmark = pytest.mark.slow

SAMPLES = Path(__file__).parents[2] / "samples"
TRUTH = json.loads((SAMPLES / "support-call.truth.json").read_text())
DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@pytest.fixture(scope="module")
def whisper() -> Whisper:
    return Whisper(demo_whisper())


@pytest.fixture(scope="module")
def call() -> SoundInMemory:
    samples, rate_hz = soundfile.read(SAMPLES / "support-call.flac", dtype="int16", always_2d=True)
    return SoundInMemory(rate_hz, tuple(np.ascontiguousarray(c) for c in samples.T))


@pytest.fixture(scope="module")
def pieces(call: SoundInMemory) -> tuple[Span, ...]:
    """Return the first ten stretches of the caller's voice, of very different lengths."""
    voiced = VoiceActivity(silero()).voiced(call, 1)
    return stretches(voiced, duration_s=call.frames / call.rate_hz)[:10]


def card() -> dict:
    return next(span for span in TRUTH["spans"] if span["kind"] == "fin.pan")


def around(call: SoundInMemory, span: dict, air_s: float = 0.3) -> tuple[Wave, float]:
    start = span["start_s"] - air_s
    return as_wave(call, span["channel"], start, span["end_s"] + air_s), start


def plain(heard: Heard) -> list[str]:
    return [re.sub(r"\W", "", word.text.lower()) for word in heard.words]


def test_spoken_digits_come_out_as_words(whisper: Whisper, call: SoundInMemory) -> None:
    (heard,) = whisper.hear([around(call, card())[0]])
    digits = [DIGITS.index(text) for text in plain(heard) if text in DIGITS]

    assert digits == [int(digit["text"]) for digit in card()["digits"]]
    assert not any(re.search(r"\d", word.text) for word in heard.words)


def test_every_digit_has_a_time_of_its_own(whisper: Whisper, call: SoundInMemory) -> None:
    wave, start = around(call, card())
    (heard,) = whisper.hear([wave])
    times = [
        (start + word.start_s, start + word.end_s)
        for word, text in zip(heard.words, plain(heard), strict=True)
        if text in DIGITS
    ]

    for (begin, end), digit in zip(times, card()["digits"], strict=True):
        assert begin < digit["end_s"]
        assert end > digit["start_s"]
        assert end - begin < 1.0
    assert len(set(times)) == len(times)


def test_numbers_that_are_read_as_one_are_words_too(whisper: Whisper, call: SoundInMemory) -> None:
    birth = next(span for span in TRUTH["spans"] if span["kind"] == "per.dob")
    (heard,) = whisper.hear([around(call, birth)[0]])

    assert not any(re.search(r"\d", word.text) for word in heard.words)
    assert len(heard.words) >= 4


def test_words_are_in_order_and_within_their_wave(whisper, call, pieces) -> None:
    for span, heard in hear_stretches(call, pieces, whisper):
        starts = [word.start_s for word in heard.words]
        assert starts == sorted(starts)
        assert all(
            0 <= w.start_s <= w.end_s <= span.end_s - span.start_s + 0.1 for w in heard.words
        )
        assert all(0 <= w.confidence <= 1 for w in heard.words)
        assert all(w.text == w.text.strip() != "" for w in heard.words)


def test_together_and_one_by_one_the_words_are_the_same(whisper, call, pieces) -> None:
    waves = [as_wave(call, s.channel, s.start_s, s.end_s) for s in pieces]
    together = whisper.hear(waves)
    alone = [whisper.hear([wave])[0] for wave in waves]

    assert [plain(h) for h in together] == [plain(h) for h in alone]
    assert len(together) > 8
    for a, b in zip(together, alone, strict=True):
        assert [w.end_s for w in a.words] == pytest.approx([w.end_s for w in b.words], abs=0.15)


def test_answers_are_in_the_order_of_the_waves(whisper, call, pieces) -> None:
    waves = [as_wave(call, s.channel, s.start_s, s.end_s) for s in pieces[:4]]

    assert [plain(h) for h in whisper.hear(waves[::-1])] == [plain(h) for h in whisper.hear(waves)][
        ::-1
    ]


def test_the_same_sound_gives_the_same_words(whisper, call) -> None:
    wave, _ = around(call, card())

    assert whisper.hear([wave]) == whisper.hear([wave])


def test_no_waves_give_nothing(whisper: Whisper) -> None:
    assert whisper.hear([]) == []


@pytest.mark.parametrize("frames", [0, 1, 100])
def test_a_wave_of_almost_nothing_gives_nothing(whisper: Whisper, frames: int) -> None:
    (heard,) = whisper.hear([np.zeros(frames, np.float32)])

    assert heard.words == () or heard.invented


def test_a_wave_of_nothing_among_others_changes_none(whisper, call) -> None:
    wave, _ = around(call, card())
    nothing = np.zeros(0, np.float32)
    heard = whisper.hear([nothing, wave, nothing])

    assert plain(heard[1]) == plain(whisper.hear([wave])[0])
    assert heard[0].words == heard[2].words == ()


@pytest.mark.parametrize("level", [0.0, 0.0005])
def test_silence_and_hum_give_nothing(whisper: Whisper, level: float) -> None:
    at = np.arange(20 * RATE_HZ) / RATE_HZ
    hum = (32767 * level * np.sin(2 * np.pi * 50 * at)).astype(np.int16)
    listeners = Listeners(VoiceActivity(silero()), whisper, whisper)
    transcript = transcribe(SoundInMemory(RATE_HZ, (hum, hum)), listeners, progress=lambda s: None)

    assert (transcript.segments, transcript.voiced, transcript.unexplained) == ((), (), ())


def test_what_is_heard_is_not_in_a_traceback(whisper, call) -> None:
    (heard,) = whisper.hear([around(call, card())[0]])

    assert "four" not in repr(heard)
    assert "four" not in repr(heard.words)
