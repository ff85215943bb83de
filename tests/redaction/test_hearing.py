"""Twice the gain and the telephone band, as windows onto a sound."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sottovoce.redaction.hearing import Way, heard_as
from sottovoce.values.sound import SoundInMemory


def tone(hz: float, *, rate_hz: int = 16_000, level: int = 8000, seconds: float = 1.0):
    at = np.arange(int(seconds * rate_hz)) / rate_hz
    return SoundInMemory(rate_hz, ((np.sin(2 * np.pi * hz * at) * level).astype(np.int16),))


def loudness(sound) -> float:
    middle = sound.read(0, sound.rate_hz // 4, sound.rate_hz * 3 // 4).astype(np.float64)
    return float(np.sqrt((middle**2).mean()))


def test_as_it_is_nothing_changes() -> None:
    sound = tone(1000)

    assert heard_as(sound, Way.PLAIN) is sound


def test_twice_the_gain_is_twice_the_loudness() -> None:
    sound = tone(1000, level=5000)

    assert loudness(heard_as(sound, Way.LOUDER)) == pytest.approx(2 * loudness(sound), rel=1e-3)


@pytest.mark.parametrize(
    ("level", "louder"),
    [(32767, 32767), (-32768, -32768), (20000, 32767), (-20000, -32768), (100, 200), (0, 0)],
)
def test_what_is_too_loud_is_cut_and_never_wraps_round(level: int, louder: int) -> None:
    sound = SoundInMemory(8000, (np.full(10, level, np.int16),))

    assert set(heard_as(sound, Way.LOUDER).read(0, 0, 10).tolist()) == {louder}


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 44_100, 48_000])
@pytest.mark.parametrize(
    ("hz", "passes"), [(60, False), (150, False), (500, True), (1000, True), (3000, True)]
)
def test_the_band_of_a_telephone_passes_and_no_other(rate_hz: int, hz: int, passes: bool) -> None:
    sound = tone(hz, rate_hz=rate_hz)
    share = loudness(heard_as(sound, Way.NARROW)) / loudness(sound)

    assert share > 0.95 if passes else share < 0.05


@pytest.mark.parametrize("hz", [3800, 6000])
def test_what_is_above_the_band_is_not_heard(hz: int) -> None:
    sound = tone(hz, rate_hz=16_000)

    assert loudness(heard_as(sound, Way.NARROW)) < 0.05 * loudness(sound)


def test_the_band_has_no_delay() -> None:
    sound = tone(1000)
    passed = heard_as(sound, Way.NARROW).read(0, 4000, 8000).astype(np.int64)

    assert np.abs(passed - sound.read(0, 4000, 8000)).max() < 200


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 3000), min_size=1, max_size=6), st.sampled_from(list(Way)))
def test_how_it_is_read_does_not_matter(cuts: list[int], way: Way) -> None:
    noise = np.random.default_rng(3).normal(0, 12000, 3000).clip(-32768, 32767).astype(np.int16)
    sound = heard_as(SoundInMemory(8000, (noise,)), way)
    edges = sorted({0, *cuts, 3000})
    pieces = [sound.read(0, a, b) for a, b in pairwise(edges)]
    apart = np.concatenate(pieces).astype(np.int64)

    assert np.abs(apart - sound.read(0, 0, 3000)).max() <= 1
    assert len(sound.read(0, 2990, 9000)) == 10
    assert len(sound.read(0, 3000, 9000)) == 0
