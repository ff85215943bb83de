"""The voices: their clocks agree with their sound."""

import numpy as np
import pytest
import soxr
from numpy.typing import NDArray

from calls.envelope import Spoken, tighten
from calls.voices import VOICE_NAMES, Voice, open_voice

SAID = ("My", "code", "is", "two", "six", "oh", "seven", "three", "six", "zero", "seven.")


def voice_or_skip(name: str) -> Voice:
    try:
        return open_voice(name)
    except RuntimeError as error:
        pytest.skip(str(error))


def long_hisses(spoken: Spoken) -> NDArray[np.bool_]:
    """Return for each 5 ms whether it is in 30 ms or more that lie over 4 kHz, as an s does."""
    wave = soxr.resample(spoken.wave, spoken.rate_hz, 16000)
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(wave, 80), 160)[::80]
    power = np.abs(np.fft.rfft(frames * np.hanning(160), axis=1)) ** 2
    high = power[:, 40:].sum(axis=1) > 0.5 * power.sum(axis=1)
    long = np.zeros(len(high), np.bool_)
    for at in range(len(high) - 5):
        long[at : at + 6] |= high[at : at + 6].all()
    return long


@pytest.mark.parametrize("name", VOICE_NAMES)
def test_a_voice_knows_when_it_says_each_word(name: str) -> None:
    spoken = tighten(voice_or_skip(name).say(SAID, pace=1.0, seed=1))

    assert len(spoken.times) == len(SAID)
    assert all(0.05 < end_s - start_s < 0.9 for start_s, end_s in spoken.times)
    assert all(a[1] <= b[0] for a, b in zip(spoken.times, spoken.times[1:], strict=False))


@pytest.mark.parametrize("name", ["heart", "heart-high", "espeak-us", "flite-slt", "festival-slt"])
def test_an_s_begins_when_the_truth_says_so(name: str) -> None:
    spoken = tighten(voice_or_skip(name).say(SAID, pace=1.0, seed=1))
    hiss = long_hisses(spoken)
    starts = np.flatnonzero(hiss & ~np.roll(hiss, 1)) * 0.005
    said = [
        start_s for word, (start_s, _) in zip(SAID, spoken.times, strict=True) if word[0] == "s"
    ]

    assert max(np.abs(starts - start_s).min() for start_s in said) < 0.04


@pytest.mark.parametrize("name", ["heart", "flite-slt", "festival-slt"])
def test_an_s_ends_when_the_truth_says_so(name: str) -> None:
    words = ("My", "code", "is", "six", "oh", "six", "one", "six", "eight", "six", "nine.")
    spoken = tighten(voice_or_skip(name).say(words, pace=1.0, seed=1))
    hiss = long_hisses(spoken)
    ends = np.flatnonzero(hiss & ~np.roll(hiss, -1)) * 0.005
    said = [end_s for word, (_, end_s) in zip(words, spoken.times, strict=True) if word == "six"]

    assert max(np.abs(ends - end_s).min() for end_s in said) < 0.04


def test_the_same_seed_gives_the_same_sound() -> None:
    voice = voice_or_skip("heart-low")
    first = voice.say(SAID, pace=1.1, seed=4)
    second = voice.say(SAID, pace=1.1, seed=4)

    assert np.array_equal(first.wave, second.wave)
    assert first.times == second.times


def test_a_lone_capital_is_read_as_a_letter() -> None:
    voice = voice_or_skip("heart")
    letter = voice.say(("The", "letter", "A,", "please."), pace=1.0, seed=1)
    article = voice.say(("The", "letter", "a,", "please."), pace=1.0, seed=1)

    assert letter.length_s != article.length_s


def test_an_unknown_voice_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(ValueError, match="heart, heart-low"):
        open_voice("nobody")
