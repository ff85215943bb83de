import json
import re
from pathlib import Path

import numpy as np
import pytest
import soundfile

from sottovoce.speech.models import moonshine, silero
from sottovoce.speech.moonshine import RATE_HZ, SHORTEST_S, Moonshine
from sottovoce.speech.recogniser import Heard
from sottovoce.speech.segment import stretches
from sottovoce.speech.transcribe import hear_again
from sottovoce.speech.voice import VoiceActivity, as_wave
from sottovoce.values.sound import SoundInMemory, Wave
from sottovoce.values.speech import Span

pytestmark = pytest.mark.slow

SAMPLES = Path(__file__).parents[2] / "samples"
TRUTH = json.loads((SAMPLES / "support-call.truth.json").read_text())


@pytest.fixture(scope="module")
def listener() -> Moonshine:
    return Moonshine(moonshine())


@pytest.fixture(scope="module")
def call() -> SoundInMemory:
    samples, rate_hz = soundfile.read(SAMPLES / "support-call.flac", dtype="int16", always_2d=True)
    return SoundInMemory(rate_hz, tuple(np.ascontiguousarray(c) for c in samples.T))


@pytest.fixture(scope="module")
def waves(call: SoundInMemory) -> list[Wave]:
    voiced = VoiceActivity(silero()).voiced(call, 1)
    pieces = stretches(voiced, duration_s=call.frames / call.rate_hz)[:8]
    return [as_wave(call, s.channel, s.start_s, s.end_s) for s in pieces]


def card(call: SoundInMemory) -> Wave:
    span = next(span for span in TRUTH["spans"] if span["kind"] == "fin.pan")
    return as_wave(call, span["channel"], span["start_s"] - 0.3, span["end_s"] + 0.3)


def texts(heard: Heard) -> list[str]:
    return [word.text for word in heard.words]


def test_a_card_number_that_is_audible_is_recovered(listener, call) -> None:
    (heard,) = listener.hear([card(call)])

    digits = re.sub(r"\D", "", " ".join(texts(heard)))
    assert "4242" in digits
    assert "4962" in digits


def test_words_follow_one_another_within_their_wave(listener, waves) -> None:
    for wave, heard in zip(waves, listener.hear(waves), strict=True):
        ends = [0.0, *(w.end_s for w in heard.words)]
        starts = [w.start_s for w in heard.words]
        assert all(s >= e - 1e-6 for s, e in zip(starts, ends, strict=False))
        assert all(w.start_s < w.end_s <= len(wave) / RATE_HZ + 0.1 for w in heard.words)


def test_together_and_one_by_one_the_words_are_the_same(listener, waves) -> None:
    together = listener.hear(waves)

    assert [texts(h) for h in together] == [texts(listener.hear([w])[0]) for w in waves]
    assert sum(len(h.words) for h in together) > 20


def test_what_was_heard_before_changes_nothing(listener, waves) -> None:
    forth = [texts(h) for h in listener.hear(waves)]
    back = [texts(h) for h in listener.hear(waves[::-1])]

    assert back[::-1] == forth


def test_no_waves_give_nothing(listener) -> None:
    assert listener.hear([]) == []


@pytest.mark.parametrize("seconds", [0.0, 0.01, 0.29])
def test_a_wave_too_short_to_be_speech_gives_nothing(listener, call, seconds: float) -> None:
    assert seconds < SHORTEST_S
    assert listener.hear([card(call)[: int(seconds * RATE_HZ)]]) == [Heard(())]


def test_masked_sound_gives_no_digit(listener, call) -> None:
    """Hear what hearing again hears: silence in the place of the number."""
    span = next(span for span in TRUTH["spans"] if span["kind"] == "fin.pan")
    samples = [channel.copy() for channel in call.samples]
    first, last = int(span["start_s"] * call.rate_hz), int(span["end_s"] * call.rate_hz)
    samples[span["channel"]][first - 800 : last + 800] = 0
    masked = SoundInMemory(call.rate_hz, tuple(samples))
    piece = Span(span["start_s"] - 2.0, span["end_s"] + 0.1, span["channel"])
    said = " ".join(w.text for s in hear_again(masked, [piece], listener) for w in s.words)

    assert not re.search(r"\d", said)


def test_loading_says_nothing_on_the_terminal(capfd) -> None:
    Moonshine(moonshine())

    assert capfd.readouterr() == ("", "")


def test_hearing_says_nothing_on_the_terminal(listener, waves, capfd) -> None:
    listener.hear(waves[:1])

    assert capfd.readouterr() == ("", "")


def test_what_is_heard_is_not_in_a_traceback(listener, call) -> None:
    (heard,) = listener.hear([card(call)])

    assert "4242" not in repr(heard)
    assert "4242" not in repr(heard.words)
