"""Text that nobody says: an answer all the same, and in time that grows with its length."""

import itertools
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sottovoce.detection.detect import TextDetector, detect_text, redact_text
from sottovoce.detection.knowledge import rules_only

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


PATTERNS = (
    "at ",
    "dot ",
    "at dot com ",
    "double double ",
    "double triple five ",
    "one hundred hundred ",
    "hundred thousand million ",
    "my card number is ",
    "my name is and your date of birth ",
    "no sorry no sorry ",
    "one no sorry ",
    "7",
    "4111 ",
    "4 1 1 1 ",
    "oh ",
    "a ",
    "a as in ",
    "alpha bravo ",
    "street ",
    "1 street ",
    "may the first of may ",
    "twenty twenty ",
    "point five percent dollars ",
    "@",
    "a.b@",
    "+1 (",
    "-",
    "'",
    "é",
    "\u202e",
    "\U0001f4b3",
    " ",
    "\t \u00a0",
    "Jane Doe ",
    "JANE ",
    "dr mrs ",
    "diabetes of the ",
    "privileged legal advice ",
    "the password is ",
    "x ray ",
)
"""What is repeated without an end: words that begin something, join something, or mean nothing."""


@pytest.mark.parametrize("unit", PATTERNS)
def test_twice_the_text_is_twice_the_work(unit: str) -> None:
    detector = TextDetector(rules_only())
    repeat(detector, unit, 2_000)
    less = steps(lambda: repeat(detector, unit, 18_000))
    more = steps(lambda: repeat(detector, unit, 36_000))

    assert more < 2.5 * less + 2_000


@pytest.mark.slow
@pytest.mark.parametrize("unit", PATTERNS)
def test_eight_times_the_text_does_not_take_much_more_than_eight_times_as_long(unit: str) -> None:
    """Twice the time is no square; a machine that is busy has three tries."""
    detector = TextDetector(rules_only())
    repeat(detector, unit, 10_000)
    less = min(cpu_s(lambda: repeat(detector, unit, 20_000)) for _ in range(3))
    tries = (cpu_s(lambda: repeat(detector, unit, 160_000)) for _ in range(3))

    assert any(more < 16 * less + 0.25 for more in tries)


def repeat(detector: TextDetector, unit: str, size: int) -> None:
    """Look at a line of a size as a conversation of its own."""
    detector.detect("")
    detector.detect(unit * (size // len(unit)))


def steps(run: Callable[[], None]) -> int:
    """Count the calls that Python makes, of its own functions and of others: no clock is asked."""
    count = 0

    def step(*_: object) -> None:
        nonlocal count
        count += 1

    before = sys.getprofile()
    sys.setprofile(step)
    try:
        run()
    finally:
        sys.setprofile(before)
    return count


def cpu_s(run: Callable[[], None]) -> float:
    start = time.process_time()
    run()
    return time.process_time() - start


def answered(given: bytes, *, within_s: float = 60) -> list[dict[str, object]]:
    """Return what the command prints for bytes, a line for each line."""
    told = subprocess.run(
        [sys.executable, "-m", "sottovoce.cli.main", "detect", "-"],
        input=given,
        capture_output=True,
        check=True,
        timeout=within_s,
        env={"PYTHONPATH": str(Path(__file__).parents[2] / "src"), "PATH": ""},
    )
    assert told.stderr == b""
    return [json.loads(line) for line in told.stdout.decode().splitlines()]


def test_any_bytes_get_one_answer_a_line() -> None:
    rng = Random(11)  # noqa: S311 - the same bytes from the same seed
    lines = [rng.randbytes(rng.randrange(200)).replace(b"\n", b"") for _ in range(400)]
    lines += [b"", b"\xff\xfe4111 1111 1111 1111", b"\xe2\x80\xae" * 50, b"\x00" * 50, b"\r"]
    answers = answered(b"\n".join(lines) + b"\n")

    assert len(answers) == len(lines)
    assert [a["redacted"] for a in answers[400:402]] == ["", "\ufffd\ufffd[CARD]"]
    for line, answer in zip(lines, answers, strict=True):
        text = line.removesuffix(b"\r").decode("utf-8", "replace")
        assert all(0 <= f["start"] < f["end"] <= len(text) for f in answer["findings"])


@pytest.mark.parametrize(
    "text",
    [
        "my card number is \u200f4111 1111 1111 1111\u200e",
        "\u202bmy card number is 4111 1111 1111 1111\u202c",
        "\U0001f600 my card number is 4111\u00a01111\u20091111\u30001111 \U0001f600",
        "my card number is \t4111\v1111\f1111\x1f1111",
        "my card number is \uff14\uff11\uff11\uff11 1111 1111 1111",
        "my card number is \u0664\u0661\u0661\u0661 1111 1111 1111",
        "my card number is 4111\u20111111\u20131111\u20141111",
        "my card number is 4\u200b1\u200b1\u200b1 1111 1111 1111",
        "my card\u0000number is 4111 1111 1111 1111",
        "MY CARD NUMBER IS 4111 1111 1111 1111",
    ],
)
def test_a_number_dressed_in_strange_signs_is_found(text: str) -> None:
    inside = {i for f in detect_text(text) for i in range(f.start, f.end)}

    assert all(i in inside for i in range(len(text)) if text[i].isdigit())


@pytest.mark.slow
@pytest.mark.parametrize(
    "unit",
    [
        b"so we talked about the weather and the garden and had a cup of tea then ",
        b"x",
        b"\xff",
        b"7" * 60 + b" ",
    ],
)
def test_ten_megabytes_on_one_line_get_one_answer(unit: bytes) -> None:
    line = unit * (10_000_000 // len(unit))
    answers = answered(b"my card number is 4111 1111 1111 1111 " + line + b"\n", within_s=900)

    assert len(answers) == 1
    assert "4111" not in answers[0]["redacted"][:200]
