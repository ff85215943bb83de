import numpy as np
import pytest

from sottovoce.redaction.quiet import Levels
from sottovoce.values.sound import SoundInMemory

RATE_HZ = 8000


def levels(*parts: tuple[float, float]) -> Levels:
    """Make noise of some lengths in seconds and levels, one after another."""
    hiss = np.random.default_rng(7)
    waves = [hiss.normal(0, level, round(length_s * RATE_HZ)) for length_s, level in parts]
    return Levels(SoundInMemory(RATE_HZ, (np.concatenate(waves).astype(np.int16),)))


def test_the_quietest_frame_is_in_the_gap() -> None:
    some = levels((1.0, 3000), (0.03, 30), (1.0, 3000))

    assert some.quietest(0, 0.9, 1.1) == pytest.approx(1.015, abs=0.011)


def test_only_the_stretch_counts() -> None:
    some = levels((1.0, 3000), (1.0, 30), (1.0, 3000))

    assert 0.5 <= (some.quietest(0, 0.5, 0.9) or 0) <= 0.9


@pytest.mark.parametrize("stretch", [(0.5, 0.5), (0.5, 0.51), (0.9, 0.2), (5.0, 6.0)])
def test_a_stretch_of_no_two_frames_has_no_quietest(stretch: tuple[float, float]) -> None:
    assert levels((1.0, 3000)).quietest(0, *stretch) is None


def test_voice_over_silence_ranges_far_and_noise_does_not() -> None:
    assert levels((1.0, 3000), (1.0, 30)).range_db(0, 0.0, 2.0) > 30
    assert levels((2.0, 3000)).range_db(0, 0.0, 2.0) < 6


def test_a_hum_beneath_counts_for_little() -> None:
    at = np.arange(2 * RATE_HZ) / RATE_HZ
    voice = np.random.default_rng(7).normal(0, 3000, len(at)) * (at < 1)
    hum = 1000 * np.sin(2 * np.pi * 50 * at)
    some = Levels(SoundInMemory(RATE_HZ, ((voice + hum).astype(np.int16),)))

    assert some.range_db(0, 0.0, 2.0) > 25


def test_too_little_has_no_range() -> None:
    assert levels((1.0, 3000)).range_db(0, 0.0, 0.03) == 0.0


def test_digital_silence_has_levels_too() -> None:
    silence = Levels(SoundInMemory(RATE_HZ, (np.zeros(RATE_HZ, np.int16),)))

    assert silence.quietest(0, 0.2, 0.4) is not None
    assert silence.range_db(0, 0.0, 1.0) == 0.0


def test_what_sounds_is_found_to_a_frame() -> None:
    some = levels((1.0, 10), (0.5, 3000), (1.0, 10))

    assert some.sounding(0, 0.5, 2.0) == pytest.approx((1.0, 1.5), abs=0.021)


def test_voice_in_noise_sounds_and_the_noise_does_not() -> None:
    some = levels((1.0, 1000), (0.5, 3000), (1.0, 1000))

    assert some.sounding(0, 0.5, 2.0) == pytest.approx((1.0, 1.5), abs=0.021)


def test_a_click_in_silence_does_not_sound() -> None:
    some = levels((0.9, 10), (0.02, 3000), (0.5, 10), (0.5, 3000), (1.0, 10))

    assert some.sounding(0, 0.5, 2.2) == pytest.approx((1.42, 1.92), abs=0.021)


def test_a_soft_end_sounds_over_a_hum() -> None:
    at = np.arange(3 * RATE_HZ) / RATE_HZ
    hum = np.sin(2 * np.pi * 50 * at) * 2000
    hiss = np.random.default_rng(7).normal(0, 1, len(at))
    hiss[RATE_HZ : 2 * RATE_HZ] *= 400
    some = Levels(SoundInMemory(RATE_HZ, ((hum + hiss).astype(np.int16),)))

    assert some.sounding(0, 0.5, 2.5) == pytest.approx((1.0, 2.0), abs=0.021)


@pytest.mark.parametrize("stretch", [(0.5, 0.5), (0.9, 0.2), (5.0, 6.0), (0.0, 1.0)])
def test_where_nothing_sounds_there_is_no_sound(stretch: tuple[float, float]) -> None:
    assert levels((1.0, 0)).sounding(0, *stretch) is None
