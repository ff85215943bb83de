"""The voice that says stand-ins: the same each time, and understood by the recogniser."""

import numpy as np
import pytest
import soxr

from sottovoce.redaction.spoken import LEVEL, prepared

pytest.importorskip("hibari", reason="no synthetic voice is installed")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def voice():
    from sottovoce.backends.hibari_synthesiser import HibariSynthesiser

    return HibariSynthesiser()


def test_a_stand_in_sounds_the_same_each_time(voice) -> None:
    one, other = (voice.say("Tavorra Oskorrow", pace=1.0, rate_hz=8000) for _ in range(2))

    assert (one == other).all()
    assert 0.5 * 8000 < len(one) < 3 * 8000


def test_a_faster_pace_is_shorter(voice) -> None:
    slow, fast = (
        len(prepared(voice, "one two three four", pace=pace, rate_hz=16000)) for pace in (1.0, 1.25)
    )

    assert fast < 0.95 * slow


def test_the_weights_have_a_digest_and_the_voice_a_language(voice) -> None:
    assert len(voice.digest) == 64
    assert (voice.name, voice.language) == ("hibari-heart", "en")


def test_a_stand_in_is_understood(voice) -> None:
    from sottovoce.speech import models
    from sottovoce.speech.whisper import Whisper

    samples = prepared(
        voice, "my number is five five five, zero one four two", pace=1.0, rate_hz=8000
    )
    wave = soxr.resample(samples.astype(np.float32) / 32768, 8000, 16000).astype(np.float32)
    (heard,) = Whisper(models.demo_whisper()).hear([wave])
    text = " ".join(word.text for word in heard.words).lower()

    assert np.sqrt(np.mean((samples / 32768.0) ** 2)) == pytest.approx(LEVEL, rel=0.3)
    assert "five five five" in text.replace(",", "").replace("-", " ")
