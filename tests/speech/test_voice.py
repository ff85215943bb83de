import numpy as np
import pytest

from sottovoce.speech.models import silero
from sottovoce.speech.voice import VoiceActivity, as_wave
from sottovoce.values.sound import SoundInMemory


@pytest.fixture(scope="module")
def voice() -> VoiceActivity:
    return VoiceActivity(silero())


def noise(seconds: float, rate_hz: int, level: float = 0.001) -> np.ndarray:
    random = np.random.default_rng(1)
    return (random.normal(0, level, int(seconds * rate_hz)) * 32767).astype(np.int16)


@pytest.mark.parametrize("rate_hz", [8000, 16000, 44100, 192000])
def test_hiss_is_not_voice(voice: VoiceActivity, rate_hz: int) -> None:
    assert voice.voiced(SoundInMemory(rate_hz, (noise(3, rate_hz),)), 0) == ()


def test_a_recording_shorter_than_a_frame_has_no_voice(voice: VoiceActivity) -> None:
    assert voice.voiced(SoundInMemory(8000, (noise(0.01, 8000),)), 0) == ()


def test_the_answer_does_not_depend_on_block_borders(
    voice: VoiceActivity, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = SoundInMemory(16000, (noise(8, 16000, 0.1),))
    whole, _ = voice.measure(sound, 0)
    monkeypatch.setattr("sottovoce.speech.voice._BLOCK_S", 1)

    assert voice.measure(sound, 0)[0] == pytest.approx(whole, abs=1e-4)


def test_a_stretch_is_read_at_sixteen_kilohertz() -> None:
    sound = SoundInMemory(8000, (noise(3, 8000),))

    assert len(as_wave(sound, 0, 1.0, 2.0)) == pytest.approx(16000, abs=2)
