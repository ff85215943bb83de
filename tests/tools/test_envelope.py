"""Words end where the voice does."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.envelope import Spoken, tighten

RATE_HZ = 8000


def spoken(stretches: list[tuple[float, float]], times: list[tuple[float, float]]) -> Spoken:
    wave = np.zeros(2 * RATE_HZ, np.float32)
    for start_s, end_s in stretches:
        wave[round(start_s * RATE_HZ) : round(end_s * RATE_HZ)] = 0.5
    return Spoken(RATE_HZ, wave, tuple(times))


def test_a_word_gives_up_silence() -> None:
    tight = tighten(spoken([(0.5, 0.7)], [(0.3, 1.1)]))

    assert tight.times == (pytest.approx((0.5, 0.7)),)


def test_a_word_takes_sound_that_its_clock_left_out() -> None:
    tight = tighten(spoken([(0.5, 0.7)], [(0.55, 0.65)]))

    assert tight.times == (pytest.approx((0.5, 0.7)),)


def test_sound_between_two_words_parts_at_the_longest_silence() -> None:
    clock = [(0.5, 0.6), (1.0, 1.1)]
    tight = tighten(spoken([(0.5, 0.66), (0.68, 0.7), (0.9, 1.1)], clock))

    assert tight.times == (pytest.approx((0.5, 0.7)), pytest.approx((0.9, 1.1)))


def test_a_word_without_any_sound_keeps_its_place() -> None:
    tight = tighten(spoken([], [(0.5, 0.7)]))

    assert tight.times == (pytest.approx((0.5, 0.7)),)


@given(st.lists(st.integers(0, 390), min_size=2, max_size=24, unique=True))
def test_all_sound_is_in_words_and_words_stay_apart(borders: list[int]) -> None:
    edges = sorted(borders[: len(borders) // 2 * 2])
    clock = [(a * 0.005, b * 0.005) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    voice = [(a + 0.01, b + 0.02) for a, b in clock]
    tight = tighten(spoken(voice, clock))
    outside = np.ones(2 * RATE_HZ, np.bool_)
    for start_s, end_s in tight.times:
        outside[round(start_s * RATE_HZ) : round(end_s * RATE_HZ)] = False

    assert not np.any(tight.wave[outside])
    assert all(a[1] <= b[0] for a, b in zip(tight.times, tight.times[1:], strict=False))
