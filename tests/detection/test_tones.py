"""What is typed on a keypad is found, to the hundredth of a second; other sounds are not."""

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dialled as d
from sottovoce.detection.keypad import HIGH_HZ, KEYS, LOW_HZ
from sottovoce.detection.keystrokes import keystrokes
from sottovoce.detection.tones import GAP_S, find_entries, find_tones
from sottovoce.redaction.mask import MaskedSound
from sottovoce.values.finding import Finding
from sottovoce.values.sound import SoundInMemory
from sottovoce.values.speech import Span

CLOSE_S = 0.012
CARD = "4007000000027"


def sound(*waves: d.Wave, rate_hz: int = 8_000) -> SoundInMemory:
    return SoundInMemory(
        rate_hz, tuple((wave.clip(-1, 1) * 32767).astype(np.int16) for wave in waves)
    )


def typed(keys: str, *, rate_hz: int = 8_000, seed: int = 1, **manner: float) -> d.Dialled:
    return d.dial(keys, d.Manner(**manner), rate_hz=rate_hz, draw=random.Random(seed))  # noqa: S311


def of(one: d.Dialled) -> tuple[Finding, ...]:
    return find_tones(sound(one.wave, rate_hz=one.rate_hz))


def expect_exact(one: d.Dialled, findings: tuple[Finding, ...]) -> None:
    (finding,) = findings

    assert (finding.kind, finding.value) == ("fin.dtmf", one.keys)
    assert finding.start_s == pytest.approx(one.whole.start_s, abs=CLOSE_S)
    assert finding.end_s == pytest.approx(one.whole.end_s, abs=CLOSE_S)


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 16_000, 44_100, 48_000])
def test_every_key_is_found_at_its_time_at_any_rate(rate_hz: int) -> None:
    one = typed("123A456B789C*0#D", rate_hz=rate_hz)

    expect_exact(one, of(one))


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6))
def test_whatever_is_typed_within_the_limits_of_telephones_is_found(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 - keys to be found again
    one = d.dial(d.drawn_keys(draw), d.drawn_manner(draw), rate_hz=8_000, draw=draw)

    expect_exact(one, of(one))


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda one: d.in_noise(one, 10, np.random.default_rng(3)), id="noise"),
        pytest.param(lambda one: d.clipped(one, 20), id="clipped"),
        pytest.param(lambda one: d.coded(one, "pcm_mulaw", "wav", rate_hz=8_000), id="mu-law"),
        pytest.param(
            lambda one: d.coded(one, "libopus", "ogg", rate_hz=48_000, bps=24_000), id="Opus"
        ),
        pytest.param(
            lambda one: d.coded(one, "libmp3lame", "mp3", rate_hz=44_100, bps=64_000), id="MP3"
        ),
    ],
)
def test_what_lines_and_files_do_to_tones_does_not_hide_them(make) -> None:  # type: ignore[no-untyped-def]
    one = make(typed(CARD, twist_db=-4.0, off=0.01, tone_s=0.08, pause_s=0.07))

    expect_exact(one, of(one))


@pytest.mark.parametrize("level_db", [-30.0, -45.0])
def test_quiet_tones_are_found(level_db: float) -> None:
    one = typed("3051", level_db=level_db)

    expect_exact(one, of(one))


@pytest.mark.parametrize("key", "123A456B789C*0#D")
def test_a_single_key_of_forty_milliseconds_is_found(key: str) -> None:
    assert [finding.value for finding in of(typed(key, tone_s=0.04))] == [key]


def test_keys_with_short_pauses_are_one_entry_and_others_are_several() -> None:
    near, far = typed("305", pause_s=GAP_S - 0.1), typed("305", pause_s=GAP_S + 0.1)

    assert [finding.value for finding in of(near)] == ["305"]
    assert [finding.value for finding in of(far)] == ["3", "0", "5"]


def doubtful(level_db: float) -> d.Wave:
    """Return a key's tone too far off to be one by itself."""
    return d.tone("8", d.Manner(level_db=level_db, off=0.021, tone_s=0.06), 8_000)


def test_what_is_too_doubtful_is_no_entry_however_much_there_is_of_it() -> None:
    pause = np.zeros(800)
    wave = np.concatenate([pause, *[part for _ in range(9) for part in (doubtful(-15), pause)]])

    assert [stroke.weight for stroke in keystrokes(sound(wave), 0)] == [0] * 9
    assert find_tones(sound(wave)) == ()


@pytest.mark.parametrize("times", [1, 3])
def test_what_is_doubtful_makes_an_entry_longer_only_where_it_is_as_loud(times: int) -> None:
    one = typed("305" * times)
    near = {
        level_db: of(
            replace(one, wave=np.concatenate([one.wave, doubtful(level_db), np.zeros(80)]))
        )
        for level_db in (-14, -34)
    }

    assert [finding.value for finding in near[-14]] == [one.keys + "8"]
    assert [finding.value for finding in near[-34]] == [one.keys]
    assert near[-34][0].end_s == pytest.approx(one.whole.end_s, abs=CLOSE_S)


def passing(key: str, seconds: float, glide: float) -> d.Wave:
    """Return a voice's harmonics of which two are a key's for a moment, while they go by."""
    row, column = divmod(KEYS.index(key), 4)
    at = np.arange(round(seconds * 8_000)) / 8_000
    pitch = 1 + glide * (at - seconds / 2)
    parts = {LOW_HZ[row]: 0.2, HIGH_HZ[column]: 0.14, 230.0: 0.1, 1900.0: 0.05}
    wave = sum(a * np.sin(2 * np.pi * hz * np.cumsum(pitch) / 8_000) for hz, a in parts.items())
    return np.asarray(wave * np.sin(np.pi * at / seconds))


@pytest.mark.parametrize(("seconds", "glide"), [(0.25, 0.8), (0.35, 0.5)])
def test_a_voice_that_passes_by_a_key_is_none_however_often(seconds: float, glide: float) -> None:
    pause = np.zeros(2_000)
    voices = [passing(key, seconds, glide) for key in "5850258"]
    wave = np.concatenate([part for voice in voices for part in (voice, pause)])

    assert find_tones(sound(wave)) == ()


def test_an_entry_is_sure_by_two_clear_tones_and_tells_when_each_sounds() -> None:
    one, two = typed("3"), typed("30")
    (lone,), (sure,) = (find_entries(sound(typed.wave)) for typed in (one, two))

    assert (lone.is_sure, sure.is_sure) == (False, True)
    assert [tone.start_s for tone in sure.tones] == pytest.approx(
        [tone.start_s for tone in two.tones], abs=CLOSE_S
    )
    assert "30" not in repr(sure)


def test_tones_on_the_border_of_a_block_are_found_once() -> None:
    one = typed("90210", tone_s=0.05, pause_s=0.05)
    for late in (238_000, 239_600, 239_999, 240_300):
        wave = np.concatenate([np.zeros(late - len(one.wave) // 2), one.wave])
        (finding,) = find_tones(sound(wave))

        assert finding.value == one.keys


def test_an_entry_has_one_word_which_is_its_placeholder() -> None:
    (finding,) = of(typed(CARD))
    (word,) = finding.words

    assert (word.text, word.start_s, word.end_s) == ("[DTMF]", finding.start_s, finding.end_s)
    assert CARD not in repr(finding)


def tones(*hz: float, seconds: float = 3.0) -> d.Wave:
    at = np.arange(round(seconds * 8_000)) / 8_000
    return np.sum([0.1 * np.sin(2 * np.pi * one * at) for one in hz], axis=0)


@pytest.mark.parametrize(
    "wave",
    [
        pytest.param(np.zeros(24_000), id="silence"),
        pytest.param(np.random.default_rng(1).normal(0, 0.1, 80_000), id="noise"),
        pytest.param(tones(1_000), id="our mask"),
        pytest.param(tones(941), id="one tone of the low group"),
        pytest.param(tones(1_336), id="one tone of the high group"),
        pytest.param(tones(350, 440), id="dial tone"),
        pytest.param(tones(480, 620), id="busy tone"),
        pytest.param(tones(440, 480), id="ringing"),
        pytest.param(tones(697 * 1.04, 1_209 * 1.04), id="4 % off"),
        pytest.param(np.zeros(0), id="nothing"),
        pytest.param(np.zeros(100), id="next to nothing"),
    ],
)
def test_other_sounds_are_no_keys(wave: d.Wave) -> None:
    assert find_tones(sound(wave)) == ()


@pytest.mark.parametrize("late_s", [0.0, 0.12, 0.25])
def test_tones_that_come_through_to_another_channel_are_found_there(late_s: float) -> None:
    one = typed("30514242")
    hiss = np.random.default_rng(2).normal(0, 0.01, len(one.wave))
    through = np.roll(one.wave, round(late_s * 8_000)) / 40 + hiss
    here, there = find_tones(sound(one.wave, through))

    assert (here.channel, there.channel) == (0, 1)
    assert there.start_s <= one.whole.start_s + late_s + CLOSE_S
    assert there.end_s >= one.whole.end_s + late_s - CLOSE_S


def test_a_channel_to_which_nothing_comes_through_is_left_alone() -> None:
    one = typed("30514242")
    hiss = np.random.default_rng(2).normal(0, 0.01, len(one.wave))

    assert [finding.channel for finding in find_tones(sound(one.wave, hiss))] == [0]


def test_the_same_tones_on_two_channels_are_read_once_on_each() -> None:
    one = typed(CARD)

    assert [f.value for f in find_tones(sound(one.wave, one.wave))] == [CARD, CARD]


def test_nothing_is_found_under_a_mask() -> None:
    one = typed(CARD)
    masked = MaskedSound(sound(one.wave), [one.whole])

    assert find_tones(masked) == ()


def test_talk_over_the_tones_does_not_hide_the_entry() -> None:
    """Tones within vowels: harmonics of 120 Hz that come and go."""
    one = typed(CARD, tone_s=0.12)
    at = np.arange(len(one.wave)) / one.rate_hz
    vowel = sum(np.sin(2 * np.pi * 120 * n * at) / n for n in range(1, 25))
    talk = vowel * (1 + np.sin(2 * np.pi * 3 * at))
    (finding,) = of(d.beside(one, talk, 3))

    assert finding.start_s <= one.whole.start_s + CLOSE_S
    assert finding.end_s >= one.whole.end_s - CLOSE_S


def test_whoever_hears_less_than_a_tone_hears_none() -> None:
    """A mask that leaves a hundredth of a second leaves nothing that can be read."""
    one = typed("7", tone_s=0.2)
    cut = replace(one.whole, start_s=one.whole.start_s + 0.01)

    assert find_tones(MaskedSound(sound(one.wave), [Span(cut.start_s, cut.end_s, 0)])) == ()
