import numpy as np
import pytest

from sottovoce.redaction.bleed import bled, likeness
from sottovoce.redaction.mask import MaskedSound
from sottovoce.values.sound import SoundInMemory
from sottovoce.values.speech import Span

RATE_HZ = 8000
SECONDS = 30
SECRET = Span(5.0, 7.0, 0)


def talk(*turns: tuple[float, float], seed: int = 0, rate_hz: int = RATE_HZ) -> np.ndarray:
    """Something like speech: noise with the steep spectrum and the syllables of a voice."""
    frames = SECONDS * rate_hz
    draw = np.random.default_rng(seed)
    shape = 1 / (1 + (np.arange(frames // 2 + 1) / SECONDS / 500) ** 2)
    voice = np.fft.irfft(np.fft.rfft(draw.standard_normal(frames)) * shape, frames)
    at = np.arange(frames) / rate_hz
    speaks = sum(((at >= start) & (at < end)).astype(float) for start, end in turns)
    return 2000 * voice / voice.std() * (1 + np.sin(2 * np.pi * 4 * at)) * speaks


def mixed(
    one: np.ndarray, other: np.ndarray, *, gain_db: float, lag_s: float, rate_hz: int = RATE_HZ
) -> SoundInMemory:
    """Two channels with room noise, the first heard on the second."""
    draw = np.random.default_rng(77)
    lag = round(lag_s * rate_hz)
    heard = np.roll(one, lag) * 10 ** (gain_db / 20)
    noise = draw.normal(0, 50, (2, len(one)))
    return SoundInMemory(
        rate_hz, tuple((np.stack([one, other + heard]) + noise).clip(-32768, 32767).astype("<i2"))
    )


def dry(gain_db: float = -200, lag_s: float = 0.0) -> SoundInMemory:
    return mixed(
        talk((1, 9), (15, 20)), talk((10, 14), (21, 28), seed=1), gain_db=gain_db, lag_s=lag_s
    )


@pytest.mark.parametrize("lag_s", [-0.05, 0.0, 0.004, 0.12, 0.3, 0.48])
@pytest.mark.parametrize("gain_db", [-6, -20, -30])
def test_what_bleeds_is_found_at_its_lag(lag_s: float, gain_db: float) -> None:
    (span,) = bled(dry(gain_db, lag_s), [SECRET])

    assert span.channel == 1
    assert span.start_s <= SECRET.start_s + min(0, lag_s) <= span.start_s + 0.15
    assert span.end_s - 0.15 <= SECRET.end_s + max(0, lag_s) <= span.end_s


def test_what_does_not_bleed_is_not_hidden() -> None:
    spans = [SECRET, Span(15.5, 16.0, 0), Span(11.0, 13.0, 1), Span(22.0, 22.3, 1)]

    assert bled(dry(), spans) == ()


def test_two_who_speak_at_once_do_not_bleed() -> None:
    sound = mixed(talk((1, 28)), talk((1, 28), seed=1), gain_db=-200, lag_s=0)

    assert bled(sound, [Span(i, i + 1.5, i % 2) for i in range(2, 26, 3)]) == ()


def test_two_channels_that_are_the_same_are_hidden_together() -> None:
    one = talk((1, 28)).astype(np.int16)
    (span,) = bled(SoundInMemory(RATE_HZ, (one, one)), [SECRET])

    assert (span.channel, span.start_s <= 5.0, span.end_s >= 7.0) == (1, True, True)


def test_where_most_spans_bleed_the_one_under_talk_does_too() -> None:
    """The other speaks over one span, far louder than what bleeds."""
    sound = mixed(talk((1, 28)), 9 * talk((19.5, 23.5), seed=1), gain_db=-26, lag_s=0.1)
    spans = [Span(at, at + 1.0, 0) for at in (3.0, 8.0, 14.0, 20.5, 26.0)]
    found = bled(sound, spans)

    assert likeness(sound, spans[3], 1).alike < 0.09
    assert [round(span.start_s) for span in found] == [3, 8, 14, 20, 26]


def test_what_bleeds_is_not_heard_in_the_masked_sound() -> None:
    one, other = (
        mixed(
            np.where(_within(SECRET), talk((1, 9), seed=seed), talk((1, 9))),
            talk((10, 14), seed=1),
            gain_db=-20,
            lag_s=0.2,
        )
        for seed in (3, 4)
    )
    masked = [
        MaskedSound(sound, [SECRET, *bled(sound, [SECRET])]).read(1, 0, SECONDS * RATE_HZ)
        for sound in (one, other)
    ]

    assert np.array_equal(*masked)


def _within(span: Span) -> np.ndarray:
    at = np.arange(SECONDS * RATE_HZ) / RATE_HZ
    return (at >= span.start_s) & (at < span.end_s)


@pytest.mark.parametrize("rate_hz", [11_025, 44_100])
def test_the_rate_does_not_matter(rate_hz: int) -> None:
    one, other = talk((1, 9), rate_hz=rate_hz), talk((10, 14), seed=1, rate_hz=rate_hz)
    sound = mixed(one, other, gain_db=-20, lag_s=0.1, rate_hz=rate_hz)

    assert [span.channel for span in bled(sound, [SECRET])] == [1]


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_silence_bleeds_nowhere(channels: int) -> None:
    still = SoundInMemory(RATE_HZ, (np.zeros(80_000, np.int16),) * channels)

    assert bled(still, [Span(0.0, 10.0, 0)]) == ()


@pytest.mark.parametrize("span", [Span(0.0, 0.1, 0), Span(29.9, 30.0, 0), Span(0.0, 30.0, 0)])
def test_spans_at_the_ends_are_measured_too(span: Span) -> None:
    sound = mixed(talk((0, 30)), talk((0, 0.001), seed=1), gain_db=-20, lag_s=0.05)
    (found,) = bled(sound, [span])

    assert found.start_s <= span.start_s
    assert min(30.0, span.end_s + 0.05) <= found.end_s <= 30.0


def test_nothing_hidden_bleeds_nowhere() -> None:
    assert bled(dry(-20), []) == ()
