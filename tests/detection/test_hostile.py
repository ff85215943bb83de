"""Text that nobody says: an answer all the same, and in time that grows with its length."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sottovoce.detection.detect import detect_text, redact_text

TELLING = (
    "my card number is no sorry one two double triple hundred thousand and oh to for a i at dot "
    "com street march may second name this 4111 5 @ . , : / $ % s x nine twenty as in"
)
SAMPLES = [
    "",
    " ",
    "\x00\x00 4111 1111 1111 1111\x00",
    "\u202e1111 1111 1111 1114\u202c",
    "\u05e9\u05dc\u05d5\u05dd 4111111111111111 \u05e9\u05dc\u05d5\u05dd",
    "\U0001f4b3 4111111111111111 \U0001f600",
    "a" * 50_000,
    "@" * 20_000,
    "dot com at " * 5_000,
    "one no " * 5_000,
    "my name is " * 3_000,
    "street " * 5_000,
    "\u0001\u0002\u001b[31m",
    "1" * 50_000,
    "'" * 1_000 + "’" * 1_000,
    "\u00b2\u00bd\u2167 4111",
]


@pytest.mark.parametrize("text", SAMPLES)
def test_strange_text_gets_an_answer(text: str) -> None:
    found = detect_text(text)

    assert all(0 <= a.start < a.end <= len(text) for a in found)
    assert "4111111111111111" not in redact_text(text, found).replace(" ", "")


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=300))
def test_any_text_gets_findings_in_order_and_inside(text: str) -> None:
    found = detect_text(text)

    assert all(a.end <= b.start for a, b in itertools.pairwise(found))
    assert all(0 <= a.start < a.end <= len(text) for a in found)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(TELLING.split()),
        max_size=60,
    )
)
def test_any_mixture_of_telling_words_gets_an_answer(words: list[str]) -> None:
    text = " ".join(words)
    found = detect_text(text)

    assert all(a.end <= b.start for a, b in itertools.pairwise(found))


def test_a_value_across_the_windows_of_a_long_line_is_found_whole() -> None:
    filler = "so we talked about the weather and the garden "
    for shift in range(0, 60, 7):
        text = (
            filler * 340
            + "x" * shift
            + " my card number is 4111 1111 1111 1111 thanks "
            + filler * 400
        )

        assert "1111" not in redact_text(text, detect_text(text))


def test_a_window_boundary_inside_a_long_run_leaves_nothing() -> None:
    text = "one two three four " * 20_000

    assert redact_text(text, detect_text(text)).strip() in {"[CARD]", "[ID]"}
