from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sottovoce.redaction.mask import MaskedSound
from sottovoce.redaction.room import room_of
from sottovoce.values.sound import SoundInMemory
from sottovoce.values.speech import Span

RATE_HZ = 8000
VOICE, HIDDEN = Span(1.0, 2.0, 0), Span(2.2, 3.0, 0)


def background(seconds: float = 6.0, *, rms: float = 60, seed: int = 0) -> np.ndarray:
    """Noise that falls off with frequency, as rooms do."""
    frames = int(seconds * RATE_HZ)
    white = np.fft.rfft(np.random.default_rng(seed).standard_normal(frames))
    shaped = np.fft.irfft(white / (1 + np.arange(len(white)) / (300 * seconds)), frames)
    return (shaped * rms / shaped.std()).astype(np.int16)


def with_loud(samples: np.ndarray, *spans: Span, seed: int = 5) -> np.ndarray:
    """Return the samples with something loud in some spans."""
    loud = samples.copy()
    for i, span in enumerate(spans):
        here = slice(int(span.start_s * RATE_HZ), int(span.end_s * RATE_HZ))
        drawn = np.random.default_rng([seed, i]).integers(-20_000, 20_000, len(loud[here]))
        loud[here] = drawn.astype(np.int16)
    return loud


def sound(*channels: np.ndarray) -> SoundInMemory:
    return SoundInMemory(RATE_HZ, channels)


def octaves(samples: np.ndarray) -> np.ndarray:
    """Return the level of each octave from 125 Hz on, in dB."""
    power = np.abs(np.fft.rfft(samples)) ** 2 / len(samples)
    hz = np.fft.rfftfreq(len(samples), 1 / RATE_HZ)
    bands = [power[(hz >= low) & (hz < 2 * low)].mean() for low in (125, 250, 500, 1000, 2000)]
    return 10 * np.log10(bands)


def test_room_tone_sounds_like_the_background() -> None:
    quiet = background(20)
    room = room_of(sound(with_loud(quiet, VOICE)), voiced=[VOICE], hidden=[])

    assert octaves(room.fill(0, 0, 4 * RATE_HZ)) == pytest.approx(octaves(quiet), abs=2)
    assert room.name(0, 0, 100) == "room"


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**16), st.integers(0, 2**16))
def test_nothing_of_what_is_hidden_or_said_is_in_the_room(one: int, other: int) -> None:
    rooms = [
        room_of(
            sound(with_loud(background(), VOICE, HIDDEN, seed=seed), background(seed=9)),
            voiced=[VOICE],
            hidden=[HIDDEN],
        )
        for seed in (one, other)
    ]

    for channel in (0, 1):
        assert np.array_equal(*(room.fill(channel, 0, 5 * RATE_HZ) for room in rooms))


def test_no_sample_of_the_original_is_in_a_mask_of_room_tone() -> None:
    sounds = [sound(with_loud(background(), VOICE, HIDDEN, seed=seed)) for seed in (1, 2)]
    masked = [
        MaskedSound(s, [HIDDEN], room_of(s, voiced=[VOICE], hidden=[HIDDEN])).read(
            0, 17_600, 24_000
        )
        for s in sounds
    ]

    assert np.array_equal(*masked)


def test_the_noise_is_drawn_and_not_copied() -> None:
    quiet = background(seed=4)
    room = room_of(sound(quiet), voiced=[], hidden=[])
    drawn, whole = room.fill(0, 0, RATE_HZ), quiet.astype(float)
    drawn = drawn - drawn.mean()
    likeness = np.abs(np.correlate(whole, drawn)) / (drawn.std() * quiet.std() * len(drawn))

    assert likeness.max() < 0.25


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 6 * RATE_HZ), max_size=8))
def test_how_the_noise_is_read_does_not_matter(cuts: list[int]) -> None:
    quiet = sound(background())
    masked = MaskedSound(quiet, [Span(0.2, 5.1, 0)], room_of(quiet, voiced=[], hidden=[]))
    at = sorted({0, masked.frames, *cuts})
    pieces = [masked.read(0, a, b) for a, b in pairwise(at)]

    assert np.array_equal(np.concatenate(pieces), masked.read(0, 0, masked.frames))


def test_the_edges_of_room_tone_do_not_dip() -> None:
    quiet = sound(background(20))
    spans = [Span(i + 0.3, i + 0.6, 0) for i in range(19)]
    masked = MaskedSound(quiet, spans, room_of(quiet, voiced=[], hidden=[])).read(0, 0, 160_000)
    edges = np.concatenate(
        [masked[int(s.start_s * RATE_HZ) - 40 : int(s.start_s * RATE_HZ)] for s in spans]
    )

    assert 20 * np.log10(edges.std() / quiet.samples[0].std()) > -5


def test_two_channels_have_noise_of_their_own() -> None:
    room = room_of(sound(background(), background(rms=200, seed=3)), voiced=[], hidden=[])
    one, other = (room.fill(channel, 0, 4 * RATE_HZ) for channel in (0, 1))

    assert other.std() / one.std() == pytest.approx(200 / 60, rel=0.15)
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.1


def test_where_voice_never_stops_the_fill_is_a_tone() -> None:
    room = room_of(sound(background(), background()), voiced=[Span(0.0, 6.0, 0)], hidden=[])

    assert room.name(0, 0, 100) == "tone"
    assert np.abs(room.fill(0, 0, RATE_HZ)).max() > 1600


def test_a_channel_learns_its_background_while_only_the_other_speaks() -> None:
    talk = [Span(0.0, 3.0, 0), Span(3.0, 6.0, 1)]
    room = room_of(sound(background(), background()), voiced=talk, hidden=[])

    assert [room.name(channel, 0, 100) for channel in (0, 1)] == ["room", "room"]


def test_a_background_of_digital_silence_is_silence() -> None:
    still = np.zeros(6 * RATE_HZ, np.int16)
    room = room_of(sound(with_loud(still, VOICE)), voiced=[VOICE], hidden=[])

    assert not room.fill(0, 0, 6 * RATE_HZ).any()


@pytest.mark.parametrize("frames", [0, 1, 100, 4000])
def test_a_sound_too_short_to_have_a_background_has_a_tone(frames: int) -> None:
    room = room_of(sound(background()[:frames]), voiced=[], hidden=[])

    assert room.name(0, 0, 1) == ("tone" if frames < 4000 else "room")


def test_an_offset_of_the_samples_does_not_become_a_rumble() -> None:
    room = room_of(sound(background() + np.int16(3000)), voiced=[], hidden=[])

    assert room.fill(0, 0, 4 * RATE_HZ).std() < 90
