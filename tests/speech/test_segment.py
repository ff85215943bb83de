from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sottovoce.speech.segment import AIR_S, LONGEST_S, stretches
from sottovoce.values.speech import Span


def spans(*pairs: tuple[float, float]) -> list[Span]:
    return [Span(start, end, 0) for start, end in pairs]


def test_voice_with_short_pauses_is_heard_together() -> None:
    found = stretches(spans((1, 2), (2.5, 3)), duration_s=10)

    assert [(s.start_s, s.end_s) for s in found] == [(0.8, 3.2)]


def test_voice_with_a_long_pause_is_heard_apart() -> None:
    found = stretches(spans((1, 2), (2.7, 3)), duration_s=10)

    assert len(found) == 2


def test_air_never_takes_from_a_neighbours_voice() -> None:
    found = stretches(spans((0, 8), (8.1, 16)), duration_s=16)

    assert found[0].end_s == pytest.approx(8.05)
    assert found[1].start_s == pytest.approx(8.05)


def test_a_voice_without_a_gap_is_cut_where_it_must_be() -> None:
    found = stretches(spans((0, 40)), duration_s=40)

    assert all(s.end_s - s.start_s <= LONGEST_S for s in found)
    assert found[0].start_s == 0
    assert found[-1].end_s == 40


def test_silence_gives_nothing_to_hear() -> None:
    assert stretches([], duration_s=3600) == ()


gaps = st.floats(0.11, 3)
lengths = st.floats(0.06, 30)


@given(st.lists(st.tuples(gaps, lengths), min_size=1, max_size=40))
def test_every_moment_of_voice_is_heard_once(parts: list[tuple[float, float]]) -> None:
    at, voiced = 0.0, []
    for gap, length in parts:
        voiced.append(Span(at + gap, at + gap + length, 0))
        at += gap + length
    found = stretches(voiced, duration_s=at)

    assert all(s.end_s - s.start_s <= LONGEST_S + 2 * AIR_S + 1e-9 for s in found)
    assert all(a.end_s <= b.start_s + 1e-9 for a, b in pairwise(found))
    for span in voiced:
        covered = sum(
            max(0, min(s.end_s, span.end_s) - max(s.start_s, span.start_s)) for s in found
        )
        assert covered == pytest.approx(span.end_s - span.start_s)
