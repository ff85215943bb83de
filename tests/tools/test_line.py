"""What the line does to sound."""

import numpy as np
import pytest

from calls.envelope import Wave, step_power, voiced_steps
from calls.line import at_level, through_mu_law, to_band, with_noise
from calls.script import Band


def tone(hz: float, rate_hz: int, seconds: float = 1.0) -> Wave:
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    return (0.5 * np.sin(2 * np.pi * hz * time_s)).astype(np.float32)


def level_db(wave: Wave) -> float:
    return float(10 * np.log10(np.mean(np.square(wave, dtype=np.float64)) + 1e-12))


@pytest.mark.parametrize(
    ("hz", "passes"), [(100, False), (1000, True), (3000, True), (3900, False)]
)
def test_a_telephone_lets_only_its_band_through(hz: float, passes: bool) -> None:
    heard = to_band(tone(hz, 24000), 24000, Band.TELEPHONE)

    assert len(heard) == 8000
    assert (level_db(heard) > -12) is passes
    assert passes or level_db(heard) < -30


def test_a_word_does_not_move_on_the_line() -> None:
    wave = np.zeros(24000, np.float32)
    wave[12000:14400] = tone(1000, 24000, 0.1)
    heard = to_band(wave, 24000, Band.TELEPHONE)
    lit = np.flatnonzero(voiced_steps(step_power(heard, 8000))) * 0.005

    assert lit[0] == pytest.approx(0.5, abs=0.011)
    assert lit[-1] == pytest.approx(0.6, abs=0.011)


def test_mu_law_has_255_steps_and_stays_near() -> None:
    wave = np.linspace(-1, 1, 100_000, dtype=np.float32)
    heard = through_mu_law(wave)

    assert len(np.unique(heard)) == 255
    assert np.all(np.abs(heard - wave) <= 0.024 * np.abs(wave) + 0.0002)


def test_noise_lies_as_far_under_the_voice_as_asked() -> None:
    wave = np.concatenate((np.zeros(8000, np.float32), tone(1000, 8000) * np.float32(0.2)))
    heard = with_noise(wave, 8000, snr_db=20.0, seed=1)

    assert level_db(wave[8000:]) - level_db(heard - wave) == pytest.approx(20.0, abs=0.1)
    assert np.array_equal(heard, with_noise(wave, 8000, snr_db=20.0, seed=1))
    assert not np.array_equal(heard, with_noise(wave, 8000, snr_db=20.0, seed=2))


def test_silence_stays_silence() -> None:
    silence = np.zeros(8000, np.float32)

    assert not at_level(silence, 8000, -20.0).any()
    assert not with_noise(silence, 8000, snr_db=20.0, seed=1).any()


def test_the_level_is_that_of_the_voice_and_never_clips() -> None:
    wave = np.concatenate((np.zeros(8000, np.float32), tone(1000, 8000)))

    assert level_db(at_level(wave, 8000, -26.0)[8000:]) == pytest.approx(-26.0, abs=0.05)
    assert np.abs(at_level(wave, 8000, 6.0)).max() <= 0.98
