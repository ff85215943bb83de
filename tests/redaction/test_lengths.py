from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sottovoce.redaction.lengths import COARSE, FINE, PLAUSIBLE, bits_left, bucket_ms, lengthen
from sottovoce.redaction.mask import merge
from sottovoce.values.speech import Span

SPANS = st.lists(
    st.builds(
        lambda at, length, channel: Span(at, min(60.0, at + length), channel),
        st.floats(0, 59),
        st.floats(0, 6),
        st.integers(0, 1),
    ),
    max_size=8,
)
ALLOWED = (
    {round(1000 * FINE**step) for step in range(13)}
    | {1000 * s for s in range(8, 61)}
    | {bucket_ms(1000 * 2**step, COARSE) for step in range(8)}
)


def lengthened(spans, voiced=(), *, duration_s: float = 60.0) -> tuple[Span, ...]:
    return lengthen(spans, voiced, duration_s=duration_s, channels=2)


def length_ms(span: Span) -> int:
    return round((span.end_s - span.start_s) * 1000)


@settings(max_examples=100, deadline=None)
@given(SPANS, SPANS)
def test_every_mask_is_as_long_as_a_bucket_or_the_recording(spans, voiced) -> None:
    for span in lengthened(spans, voiced):
        assert length_ms(span) in ALLOWED | {60_000}


@settings(max_examples=100, deadline=None)
@given(SPANS, SPANS)
def test_nothing_that_was_hidden_is_shown(spans, voiced) -> None:
    longer = lengthened(spans, voiced)

    for span in spans:
        assert any(
            m.channel == span.channel and m.start_s <= span.start_s and span.end_s <= m.end_s
            for m in longer
        )
    assert len(longer) <= len(merge(spans))
    for channel in (0, 1):
        mine = [m for m in longer if m.channel == channel]
        assert all(a.end_s < b.start_s for a, b in pairwise(mine))
        assert all(0 <= m.start_s < m.end_s <= 60.0 for m in mine)


@pytest.mark.parametrize("length_s", [2.05, 2.7, 3.6, 4.0])
def test_in_silence_four_digits_and_ten_look_alike(length_s: float) -> None:
    (mask,) = lengthened([Span(20.0, 20.0 + length_s, 0)])

    assert length_ms(mask) == 4000


def test_a_mask_grows_into_silence_before_it_grows_into_voice() -> None:
    voiced = [Span(10.0, 15.0, 0), Span(20.0, 30.0, 0)]
    (mask,) = lengthened([Span(13.0, 15.2, 0)], voiced)

    assert (mask.start_s, mask.end_s) == (13.0, 17.0)


def test_within_voice_the_length_is_of_the_finer_ladder() -> None:
    (mask,) = lengthened([Span(13.0, 15.3, 0)], [Span(0.0, 60.0, 0)])

    assert length_ms(mask) == round(1000 * FINE**5)


def test_masks_that_meet_are_one_that_grows_again() -> None:
    (mask,) = lengthened([Span(10.0, 11.9, 0), Span(11.95, 13.1, 0)])

    assert length_ms(mask) == 4000


def test_a_recording_shorter_than_its_bucket_is_hidden_whole() -> None:
    assert lengthened([Span(0.4, 0.6, 0)], duration_s=0.75) == (Span(0.0, 0.75, 0),)


def test_the_other_channel_has_no_say() -> None:
    span = [Span(20.0, 22.5, 0)]

    assert lengthened(span, [Span(0.0, 60.0, 1)]) == lengthened(span)


def test_a_mask_as_long_as_a_bucket_stays() -> None:
    assert lengthened([Span(20.0, 22.0, 0)]) == (Span(20.0, 22.0, 0),)


@pytest.mark.parametrize("kind", [*PLAUSIBLE, "net.token"])
def test_a_coarse_bucket_tells_less_than_a_fine_one(kind: str) -> None:
    assert 0 <= bits_left(kind, 4.0) <= bits_left(kind, FINE**5) < 4.5


def test_the_bits_are_those_of_the_buckets() -> None:
    # Of one deviation of a mean at a border, half the masks fall on each side.
    assert bits_left("per.phone", 4.0) == pytest.approx(0.895, abs=0.01)
