from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sottovoce.redaction.bounds import (
    AFTER_VOICE_S,
    BEFORE_VOICE_S,
    LATE_S,
    NEAR_PLACED_S,
    NOISE_S,
    QUIET_S,
    SILENCE_S,
    TOO_SHORT_S,
    UNPLACED_S,
    UNSURE_S,
    widen,
)
from sottovoce.redaction.quiet import Levels
from sottovoce.values.finding import Finding
from sottovoce.values.sound import SoundInMemory
from sottovoce.values.speech import Segment, Span, Word

RATE_HZ = 1000
TIME = st.floats(0, 20)


def sound(*voiced: Span, noisy: bool = False, length_s: float = 30.0) -> Levels:
    """Make a sound that is loud where voice is, in both channels."""
    hiss = np.random.default_rng(7)
    samples = hiss.normal(0, 1500 if noisy else 3, (2, round(length_s * RATE_HZ)))
    for span in voiced:
        part = slice(round(span.start_s * RATE_HZ), round(span.end_s * RATE_HZ))
        samples[span.channel, part] *= 4 if noisy else 1000
    return Levels(SoundInMemory(RATE_HZ, tuple(samples.astype(np.int16))))


def word(start_s: float, end_s: float, channel: int = 0, sure: float = 0.9) -> Word:
    return Word(start_s, end_s, f"w{start_s}", sure, channel)


def finding(*words: Word) -> Finding:
    return Finding("fin.pan", words[0].start_s, words[-1].end_s, words[0].channel, 0.9, words)


def widened(
    some: Finding,
    *voiced: Span,
    others: tuple[Word, ...] = (),
    placed: Mapping[Word, Span] | None = None,
    levels: Levels | None = None,
) -> Finding:
    words = tuple(sorted((*some.words, *others), key=lambda w: w.start_s))
    (wide,) = widen(
        [some],
        voiced,
        [Segment(0.0, 20.0, some.channel, words)],
        placed=placed or {},
        levels=levels or sound(*voiced),
    )
    return wide


def times(some: Finding) -> tuple[float, float]:
    return pytest.approx((some.start_s, some.end_s), abs=1e-6)


def at(some: Word, start_s: float, end_s: float) -> dict[Word, Span]:
    return {some: Span(start_s, end_s, some.channel)}


def test_what_the_aligner_places_and_the_decoder_agrees_with_is_believed() -> None:
    some = word(1.1, 1.85)
    wide = widened(finding(some), Span(0.2, 3.0, 0), placed=at(some, 1.0, 1.8), others=TALK)

    assert 1.0 - QUIET_S - 0.02 <= wide.start_s <= 1.0
    assert 1.8 <= wide.end_s <= 1.8 + QUIET_S + 0.02
    assert wide.doubt_s == 0.0


TALK = word(0.5, 1.0), word(2.0, 2.5)


def test_where_clocks_differ_the_safe_side_is_taken() -> None:
    some = word(1.5, 2.4)
    late = widened(finding(some), Span(0.2, 4.0, 0), placed=at(some, 1.0, 1.6), others=FAR_TALK)
    early = widened(finding(some), Span(0.2, 4.0, 0), placed=at(some, 2.0, 2.9), others=FAR_TALK)

    assert late.start_s <= 1.0
    assert late.end_s >= 2.4
    assert early.start_s <= 1.5
    assert early.end_s >= 2.9


FAR_TALK = word(0.5, 0.9), word(3.2, 3.5)


def test_a_placed_word_takes_the_border_of_its_voice_nearby() -> None:
    some = word(1.1, 1.9)
    wide = widened(finding(some), Span(1.0, 2.0, 0), placed=at(some, 1.05, 1.95))

    assert times(wide) == (1.0, 2.0)


def test_a_placed_word_does_not_take_a_border_far_off() -> None:
    some = word(1.5, 2.5)
    wide = widened(finding(some), Span(1.0, 3.0, 0), placed=at(some, 1.5, 2.5))

    assert times(wide) == (1.5 - NEAR_PLACED_S, 2.5 + NEAR_PLACED_S)


def test_a_word_that_the_decoder_begins_in_silence_begins_with_its_voice() -> None:
    some = word(0.5, 2.6)
    wide = widened(finding(some), Span(1.0, 2.0, 0), placed=at(some, 1.0, 2.0))

    assert times(wide) == (1.0, 2.0)


def test_a_word_that_the_clocks_place_in_silence_ends_with_its_sound() -> None:
    some = word(0.7, 2.4)
    wide = widened(finding(some), Span(0.9, 2.2, 0), placed=at(some, 0.7, 2.4), levels=SHORTER)

    assert times(wide) == (1.0 - SILENCE_S, 2.0 + SILENCE_S)


SHORTER = sound(Span(1.0, 2.0, 0))


def test_where_the_aligner_places_silence_that_sounds_a_little_of_it_is_taken() -> None:
    some = word(0.7, 2.4)
    everywhere = sound(Span(0.5, 2.6, 0))
    wide = widened(finding(some), Span(1.0, 2.0, 0), placed=at(some, 0.7, 2.4), levels=everywhere)

    assert times(wide) == (1.0 - BEFORE_VOICE_S, 2.0 + AFTER_VOICE_S)


def test_a_click_in_silence_is_no_voice() -> None:
    some = word(0.7, 2.4)
    clicks = sound(Span(0.8, 0.82, 0), Span(1.0, 2.0, 0), Span(2.2, 2.22, 0))
    wide = widened(finding(some), Span(0.8, 2.3, 0), placed=at(some, 0.7, 2.4), levels=clicks)

    assert times(wide) == (1.0 - SILENCE_S, 2.0 + SILENCE_S)


def test_a_word_that_no_aligner_places_takes_its_voice_up_to_half_a_second_off() -> None:
    assert times(widened(finding(word(1.4, 1.8)), Span(1.0, 2.2, 0))) == (1.0, 2.2)


def test_a_word_that_no_aligner_places_is_in_doubt_beside_another() -> None:
    wide = widened(finding(word(1.4, 1.8)), Span(0.2, 3.0, 0), others=(word(1.0, 1.4), TALK[1]))

    assert wide.start_s <= 1.4 - LATE_S - UNPLACED_S
    assert wide.end_s >= 1.8 + UNPLACED_S
    assert wide.doubt_s == UNPLACED_S


def test_an_end_is_in_the_quietest_frame_before_the_next_word() -> None:
    some, pause = word(1.0, 1.8), Span(1.82, 1.84, 0)
    levels = sound(Span(0.5, pause.start_s, 0), Span(pause.end_s, 3.0, 0))
    others = word(0.5, 1.0), word(1.85, 2.5)
    wide = widened(
        finding(some), Span(0.5, 3.0, 0), placed=at(some, 1.0, 1.8), others=others, levels=levels
    )

    assert pause.start_s <= wide.end_s <= pause.end_s


def test_a_word_too_short_to_be_said_is_in_more_doubt() -> None:
    others = word(4.5, 5.0), word(5.02, 5.5)
    wide = widened(finding(word(5.0, 5.02)), Span(4.0, 6.0, 0), others=others)

    assert wide.start_s <= 5.0 - TOO_SHORT_S
    assert wide.end_s >= 5.02 + TOO_SHORT_S
    assert wide.doubt_s == TOO_SHORT_S


def test_a_neighbour_badly_understood_may_belong_to_the_finding() -> None:
    some, voice = word(1.0, 1.8), Span(0.2, 3.0, 0)
    sure = word(0.5, 1.0), word(1.8, 2.5)
    unsure = word(0.5, 1.0, sure=0.48), word(1.8, 2.5, sure=0.48)
    plain = widened(finding(some), voice, placed=at(some, 1.0, 1.8), others=sure)
    wide = widened(finding(some), voice, placed=at(some, 1.0, 1.8), others=unsure)

    assert wide.start_s == pytest.approx(plain.start_s - UNSURE_S)
    assert wide.end_s == pytest.approx(plain.end_s + UNSURE_S)
    assert wide.doubt_s == UNSURE_S


def test_neighbours_that_were_guessed_are_taken_whole() -> None:
    some, voice = word(3.0, 3.8), Span(0.2, 6.0, 0)
    others = (
        word(0.4, 1.0),
        word(1.0, 1.7, sure=0.2),
        word(2.2, 2.9, sure=0.1),
        word(3.9, 4.5, sure=0.9),
        word(4.5, 5.0, sure=0.1),
    )
    placed = {w: Span(w.start_s, w.end_s, 0) for w in (some, *others)}
    wide = widened(finding(some), voice, placed=placed, others=others)

    assert wide.start_s == pytest.approx(1.0, abs=NOISE_S + 0.01)
    assert wide.end_s <= 4.0
    assert wide.doubt_s == pytest.approx(2.0, abs=0.1)


def test_a_neighbour_that_was_guessed_but_is_far_off_is_let_be() -> None:
    some, voice = word(3.0, 3.8), Span(2.9, 3.9, 0)
    wide = widened(finding(some), voice, others=(word(1.5, 2.2, sure=0.1), word(4.6, 5, sure=0.1)))

    assert times(wide) == (2.9, 3.9)


def test_noise_is_doubt() -> None:
    some, voice = word(1.1, 1.9), Span(1.0, 2.0, 0)
    wide = widened(
        finding(some), voice, placed=at(some, 1.05, 1.95), levels=sound(voice, noisy=True)
    )

    assert wide.start_s == pytest.approx(1.0 - NOISE_S, abs=0.021)
    assert wide.end_s == pytest.approx(2.0 + NOISE_S, abs=0.021)
    assert wide.doubt_s == NOISE_S


def test_a_short_word_that_stands_alone_beside_a_number_may_be_its_digit() -> None:
    some, alone = word(3.0, 3.4), word(2.0, 2.4, sure=0.7)
    number = replace(finding(some), value="123")
    name = replace(finding(some), value="ada")

    assert widened(number, others=(alone,)).start_s <= alone.start_s
    assert widened(name, others=(alone,)).start_s > alone.end_s


@pytest.mark.parametrize(
    "other",
    [word(2.0, 2.4, sure=0.95), word(1.6, 2.4, sure=0.7), word(1.6, 2.0, sure=0.7)],
    ids=["well understood", "long", "far off"],
)
def test_another_word_beside_a_number_is_none_of_it(other: Word) -> None:
    number = replace(finding(word(3.0, 3.4)), value="123")

    assert widened(number, others=(other,)).start_s > other.end_s


def test_doubt_does_not_reach_before_the_start() -> None:
    assert widened(finding(word(0.1, 0.12))).start_s == 0.0


def test_voice_and_words_of_another_channel_do_not_matter() -> None:
    some = word(1.2, 1.8)
    other = Segment(1.0, 2.0, 1, (word(1.1, 1.2, 1), word(1.8, 1.9, 1)))
    voiced = [Span(1.0, 2.0, 0), Span(1.19, 1.81, 1)]
    (wide,) = widen(
        [finding(some)],
        voiced,
        [Segment(1.0, 2.0, 0, (some,)), other],
        placed=at(some, 1.1, 1.9),
        levels=sound(*voiced),
    )

    assert times(wide) == (1.0, 2.0)


def test_a_word_of_another_finding_stops_nothing() -> None:
    one, two = word(1.4, 1.7), word(1.7, 1.9)
    voiced = [Span(1.3, 2.0, 0)]
    wide = widen(
        [finding(one), finding(two)],
        voiced,
        [Segment(1.0, 2.0, 0, (one, two))],
        placed={},
        levels=sound(*voiced),
    )

    assert times(wide[0]) == (1.3, 2.0)
    assert times(wide[1]) == (1.3, 2.0)


def test_what_has_no_words_becomes_no_narrower() -> None:
    some = Finding("sys.unexplained", 1.0, 2.0, 0, 1.0, ())
    wide = widened(some, Span(1.2, 1.8, 0))

    assert times(wide) == (1.0 - UNPLACED_S, 2.0 + UNPLACED_S)


def test_what_has_no_words_takes_the_border_of_its_voice() -> None:
    some = Finding("sys.unexplained", 1.2, 1.8, 0, 1.0, ())
    wide = widened(some, Span(1.0, 2.0, 0))

    assert times(wide) == (1.0 - UNPLACED_S, 2.0 + UNPLACED_S)


def test_no_findings_are_none() -> None:
    assert widen([], [Span(0.0, 1.0, 0)], [], placed={}, levels=sound()) == ()


@st.composite
def talks(draw: st.DrawFn) -> tuple[list[Finding], list[Span], list[Segment], dict[Word, Span]]:
    words = []
    for _ in range(draw(st.integers(1, 12))):
        start = draw(TIME)
        words.append(word(start, start + draw(st.floats(0, 1)), draw(st.integers(0, 1))))
    secret = draw(st.lists(st.sampled_from(words), max_size=5))
    voiced = [Span(a, a + draw(st.floats(0, 3)), draw(st.integers(0, 1))) for a in draw(TIMES)]
    by_channel = [Segment(0.0, 30.0, c, tuple(w for w in words if w.channel == c)) for c in (0, 1)]
    placed = {}
    for some in draw(st.lists(st.sampled_from(words), max_size=8)):
        start = max(0.0, some.start_s + draw(st.floats(-0.6, 0.6)))
        placed[some] = Span(start, start + draw(st.floats(0.03, 1)), some.channel)
    return [finding(w) for w in secret], voiced, by_channel, placed


TIMES = st.lists(TIME, max_size=6)
BURSTS = sound(*(Span(i, i + 0.5, c) for i in range(28) for c in (0, 1)))


@settings(max_examples=500, deadline=None)
@given(talks())
def test_no_voice_that_sounds_and_all_clocks_give_to_a_finding_is_left_out(talk) -> None:
    findings, voiced, segments, placed = talk
    wide = widen(findings, voiced, segments, placed=placed, levels=BURSTS)

    for before, after in zip(findings, wide, strict=True):
        (some,) = before.words
        place = placed.get(some, Span(some.start_s, some.end_s, some.channel))
        start, end = max(some.start_s, place.start_s), min(some.end_s, place.end_s)
        left = [
            span
            for span in voiced
            if span.channel == some.channel and span.start_s < end and start < span.end_s
        ]
        loud = [
            (max(start, span.start_s, i), min(end, span.end_s, i + 0.5))
            for span in left
            for i in range(28)
            if max(start, span.start_s, i) < min(end, span.end_s, i + 0.5)
        ]
        assert all(after.start_s <= first + 0.021 for first, _ in loud)
        assert all(after.end_s >= last - 0.021 for _, last in loud)
        assert 0 <= after.start_s <= after.end_s
        assert (after.kind, after.words, after.channel) == (
            before.kind,
            before.words,
            before.channel,
        )


@settings(max_examples=200, deadline=None)
@given(talks())
def test_no_finding_reaches_much_beyond_its_clocks_among_words_that_were_understood(talk) -> None:
    findings, voiced, segments, placed = talk

    for after in widen(findings, voiced, segments, placed=placed, levels=BURSTS):
        (some,) = after.words
        place = placed.get(some, Span(some.start_s, some.end_s, some.channel))
        assert after.start_s >= max(0.0, min(some.start_s, place.start_s) - 1.2)
        assert after.end_s <= max(some.end_s, place.end_s) + 1.2


def test_ten_thousand_findings_are_widened_in_one_pass_over_the_words() -> None:
    words = [word(i / 2, i / 2 + 0.4) for i in range(20_000)]
    findings = [finding(w) for w in words[::2]]
    voiced = [Span(i / 2 - 0.05, i / 2 + 0.45, 0) for i in range(0, 20_000, 2)]
    levels = sound(length_s=10_000.0)
    wide = widen(
        findings, voiced, [Segment(0.0, 10_000.0, 0, tuple(words))], placed={}, levels=levels
    )

    assert wide[-1].end_s >= voiced[-1].end_s


BREATH = tuple(word(4.4 + 0.4 * i, 4.7 + 0.4 * i, sure=s) for i, s in enumerate((0.9, 0.9, 0.04)))


@pytest.mark.parametrize(
    ("others", "value", "is_taken"),
    [
        pytest.param(BREATH, "4111", True, id="guessed all in all"),
        pytest.param(BREATH, "ada", False, id="beside a name"),
        pytest.param((*BREATH[:2], word(5.2, 5.5)), "4111", False, id="understood"),
        pytest.param(
            (*BREATH, word(5.6, 5.8), word(5.9, 6.1), word(6.2, 6.5)), "4111", False, id="long"
        ),
        pytest.param(
            tuple(replace(w, start_s=w.start_s + 2, end_s=w.end_s + 2) for w in BREATH),
            "4111",
            False,
            id="far",
        ),
    ],
)
def test_what_is_said_in_one_breath_beside_a_number_is_its_own_if_it_was_guessed(
    others: tuple[Word, ...], value: str, is_taken: bool
) -> None:
    some = replace(finding(word(3.0, 3.8)), value=value)
    wide = widened(some, Span(2.9, 3.9, 0), Span(4.3, 8.6, 0), others=others)

    assert (wide.end_s >= BREATH[-1].end_s) == is_taken
