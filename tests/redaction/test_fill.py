from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sottovoce.redaction.fill import FULL, LEVEL, Clip, Played, Silence, Tone
from sottovoce.redaction.mask import FADE_S, MaskedSound
from sottovoce.values.sound import SoundInMemory
from sottovoce.values.speech import Span

RATE_HZ = 8000
FADE = round(FADE_S * RATE_HZ)


def clip(first: int, frames: int, *, channel: int = 0, seed: int = 0) -> Clip:
    draw = np.random.default_rng(seed)
    return Clip(channel, first, draw.integers(-9000, 9000, frames).astype(np.int16))


def played() -> Played:
    return Played([clip(2000, 300), clip(1000, 500, seed=1), clip(0, 9, channel=1)], Tone(RATE_HZ))


@pytest.mark.parametrize("fill", [Silence(), Tone(RATE_HZ), played()])
@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 3000), max_size=8))
def test_a_fill_is_the_same_however_it_is_asked(fill, cuts: list[int]) -> None:
    pieces = [fill.fill(0, a, b) for a, b in pairwise(sorted({0, 3000, *cuts}))]

    assert np.array_equal(np.concatenate(pieces), fill.fill(0, 0, 3000))


def test_a_clip_is_heard_at_its_place_over_what_is_beneath() -> None:
    one = clip(1000, 500)
    heard = Played([one], Silence()).fill(0, 900, 1600)

    assert np.array_equal(heard[100:600], one.samples)
    assert not heard[:100].any()
    assert not heard[600:].any()


def test_a_clip_is_added_to_the_fill_beneath() -> None:
    heard = played().fill(0, 1000, 1500) - Tone(RATE_HZ).fill(0, 1000, 1500)

    assert np.allclose(heard, clip(1000, 500, seed=1).samples, atol=0.01)


def test_a_clip_of_another_channel_is_not_heard() -> None:
    assert not Played([clip(0, 100, channel=1)], Silence()).fill(0, 0, 100).any()


def test_a_stand_in_is_heard_in_the_mask_only() -> None:
    sound = SoundInMemory(RATE_HZ, (np.full(4000, 77, np.int16),))
    stand_in = clip(900, 2000)
    span = Span(1000 / RATE_HZ, 2000 / RATE_HZ, 0)
    heard = MaskedSound(sound, [span], Played([stand_in], Silence())).read(0, 0, 4000)

    assert np.array_equal(heard[1000:2000], stand_in.samples[100:1100])
    assert set(heard[: 1000 - FADE]) == set(heard[2000 + FADE :]) == {77}


def test_what_is_too_loud_is_cut_and_never_turns_over() -> None:
    sound = SoundInMemory(RATE_HZ, (np.zeros(4000, np.int16),))
    loud = Clip(0, 1000, np.full(1000, 32_767, np.int16))
    heard = MaskedSound(sound, [Span(0.1, 0.3, 0)], Played([loud], Tone(RATE_HZ))).read(0, 0, 4000)

    assert heard[1000:2000].min() > 30_000


def test_the_tone_is_as_loud_as_it_says() -> None:
    assert np.abs(Tone(RATE_HZ).fill(0, 0, RATE_HZ)).max() == pytest.approx(LEVEL * FULL, rel=0.01)


def test_clips_within_one_another_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="clips"):
        Played([clip(0, 100), clip(99, 5)], Silence())


def test_a_clip_before_the_start_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="clips"):
        Played([clip(-1, 100)], Silence())


def test_clips_side_by_side_are_both_heard() -> None:
    one, other = clip(0, 100), clip(100, 50, seed=2)

    assert np.array_equal(
        Played([other, one], Silence()).fill(0, 0, 150),
        np.concatenate([one.samples, other.samples]),
    )
