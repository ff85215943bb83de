from hypothesis import given, settings
from hypothesis import strategies as st

from sottovoce.redaction.bounds import DOUBT_S, NEAR_S, widen
from sottovoce.values.finding import Finding
from sottovoce.values.speech import Segment, Span, Word

TIME = st.floats(0, 20)


def word(start_s: float, end_s: float, channel: int = 0) -> Word:
    return Word(start_s, end_s, f"w{start_s}", 0.9, channel)


def finding(*words: Word) -> Finding:
    return Finding("fin.pan", words[0].start_s, words[-1].end_s, words[0].channel, 0.9, words)


def widened(some: Finding, *voiced: Span, others: tuple[Word, ...] = ()) -> tuple[float, float]:
    segment = Segment(0.0, 20.0, some.channel, tuple(sorted((*some.words, *others), key=_start)))
    (wide,) = widen([some], voiced, [segment])
    return wide.start_s, wide.end_s


def _start(some: Word) -> float:
    return some.start_s


def test_a_finding_takes_the_borders_of_its_voice() -> None:
    assert widened(finding(word(1.2, 1.8)), Span(1.0, 2.0, 0)) == (1.0, 2.0)


def test_a_border_more_than_half_a_second_away_is_not_its_own() -> None:
    assert widened(finding(word(2.0, 3.0)), Span(1.0, 4.0, 0)) == (2.0, 3.0)


def test_each_side_is_widened_on_its_own() -> None:
    assert widened(finding(word(1.2, 3.0)), Span(1.0, 4.0, 0)) == (1.0, 3.0)


def test_a_word_that_is_not_secret_stops_the_widening() -> None:
    others = word(1.0, 1.3), word(1.8, 2.0)

    assert widened(finding(word(1.4, 1.7)), Span(1.0, 2.0, 0), others=others) == (1.3, 1.8)


def test_a_word_that_overlaps_a_little_makes_it_no_narrower() -> None:
    others = word(1.0, 1.41), word(1.69, 2.0)

    assert widened(finding(word(1.4, 1.7)), Span(1.0, 2.0, 0), others=others) == (1.4, 1.7)


def test_a_word_of_another_finding_stops_nothing() -> None:
    one, two = finding(word(1.4, 1.7)), finding(word(1.7, 1.9))
    segment = Segment(1.0, 2.0, 0, (*one.words, *two.words))
    wide = widen([one, two], [Span(1.2, 2.0, 0)], [segment])

    assert [(f.start_s, f.end_s) for f in wide] == [(1.2, 2.0), (1.2, 2.0)]


def test_voice_and_words_of_another_channel_do_not_matter() -> None:
    some = finding(word(1.2, 1.8))
    other = Segment(1.0, 2.0, 1, (word(1.1, 1.2, 1), word(1.8, 1.9, 1)))
    voiced = [Span(1.0, 2.0, 0), Span(1.19, 1.81, 1)]
    (wide,) = widen([some], voiced, [Segment(1.0, 2.0, 0, some.words), other])

    assert (wide.start_s, wide.end_s) == (1.0, 2.0)


def test_a_word_too_short_to_be_said_is_in_doubt() -> None:
    start, end = widened(finding(word(5.0, 5.02)), others=(word(4.9, 5.0), word(5.02, 5.2)))

    assert start <= 5.0 - DOUBT_S
    assert end >= 5.02 + DOUBT_S


def test_doubt_does_not_reach_before_the_start() -> None:
    assert widened(finding(word(0.1, 0.12)))[0] == 0.0


def test_what_has_no_words_and_no_voice_stays() -> None:
    some = Finding("sys.unexplained", 1.0, 2.0, 0, 1.0, ())

    assert widen([some], [], []) == (some,)
    assert widen([], [Span(0.0, 1.0, 0)], []) == ()


@st.composite
def talks(draw: st.DrawFn) -> tuple[list[Finding], list[Span], list[Segment]]:
    words = []
    for _ in range(draw(st.integers(1, 12))):
        at = draw(TIME)
        words.append(word(at, at + draw(st.floats(0, 1)), draw(st.integers(0, 1))))
    secret = draw(st.lists(st.sampled_from(words), max_size=5))
    voiced = [Span(a, a + draw(st.floats(0, 3)), draw(st.integers(0, 1))) for a in draw(TIMES)]
    by_channel = [Segment(0.0, 30.0, c, tuple(w for w in words if w.channel == c)) for c in (0, 1)]
    return [finding(w) for w in secret], voiced, by_channel


TIMES = st.lists(TIME, max_size=6)


@settings(max_examples=200, deadline=None)
@given(talks())
def test_a_finding_never_becomes_narrower_nor_much_wider(talk) -> None:
    findings, voiced, segments = talk

    for before, after in zip(findings, widen(findings, voiced, segments), strict=True):
        assert 0 <= after.start_s <= before.start_s
        assert before.start_s - after.start_s <= NEAR_S + DOUBT_S + 1e-9
        assert 0 <= after.end_s - before.end_s <= NEAR_S + DOUBT_S + 1e-9
        assert (after.kind, after.words, after.channel) == (
            before.kind,
            before.words,
            before.channel,
        )


def test_ten_thousand_findings_are_widened_in_one_pass_over_the_words() -> None:
    words = [word(i / 2, i / 2 + 0.4) for i in range(20_000)]
    findings = [finding(w) for w in words[::2]]
    voiced = [Span(i / 2 - 0.05, i / 2 + 0.45, 0) for i in range(0, 20_000, 2)]
    wide = widen(findings, voiced, [Segment(0.0, 10_000.0, 0, tuple(words))])

    assert wide[-1].end_s == voiced[-1].end_s
