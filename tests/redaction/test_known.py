"""Known values are known again; ordinary talk is not taken for them."""

from collections.abc import Sequence

import pytest

from sottovoce.detection.knowledge import shipped
from sottovoce.redaction.known import KnownValues, letters
from sottovoce.redaction.profile import load_profile
from sottovoce.steps.hiding import Reader
from sottovoce.values.finding import Finding
from sottovoce.values.speech import Segment, Word

READER = Reader(load_profile("gdpr-default"), shipped())


def said(text: str, *, start_s: float = 100.0, channel: int = 0) -> Segment:
    words = tuple(
        Word(start_s + 0.4 * i, start_s + 0.4 * i + 0.3, word, 0.9, channel)
        for i, word in enumerate(text.split())
    )
    return Segment(start_s, start_s + 0.4 * len(words), channel, words)


def finding(kind: str, text: str, value: str) -> Finding:
    segment = said(text, start_s=1.0)
    return Finding(kind, segment.start_s, segment.end_s, 0, 0.9, segment.words, value)


def leaks(hidden: Finding, heard: str, *, first: Sequence[Segment] = ()) -> set[str]:
    known = KnownValues.of([hidden], first, READER)
    return {leak.kind for leak in known.leaks([said(heard)])}


CARD = finding("fin.pan", "four two four two", "4242428315274962")
PHONE = finding("per.phone", "five five five zero one four three", "5550143")
CODE = finding("fin.cvv", "three oh five", "305")
NAME = finding("per.name", "Laura Dawson", "laura dawson")
BROWN = finding("per.name", "Oliver Brown", "oliver brown")
PLATE = finding("per.plate", "k d seven four x q p", "kd74xqp")
EMAIL = finding("per.email", "peter dot novak at example dot org", "peter.novak@example.org")
ADDRESS = finding("per.address", "five twenty Quarry Hill", "520 quarry hill")
CONDITION = finding("hlt.dx", "psoriasis", "psoriasis")


@pytest.mark.parametrize(
    ("hidden", "heard"),
    [
        (CARD, "it is eight three one five"),
        (CARD, "it is two eight three nine five two thank you"),
        (CARD, "2831 5274"),
        (PHONE, "call five five zero nine four three"),
        (PHONE, "five five nine zero one four three"),
        (CODE, "the three digits three oh five please"),
        (NAME, "thank you Laura"),
        (NAME, "mister Dawsen speaking"),
        (NAME, "Dawson's"),
        (NAME, "d a w s o n"),
        (BROWN, "mister oliver"),
        (BROWN, "oliver brown"),
        (PLATE, "k d seven four"),
        (PLATE, "D 7 4 X"),
        (PLATE, "k d seven four x u p"),
        (EMAIL, "was that novak at example"),
        (ADDRESS, "down at quarry hill"),
        (CONDITION, "your psoriasis is better"),
    ],
)
def test_a_known_value_is_known_again(hidden: Finding, heard: str) -> None:
    assert hidden.kind in leaks(hidden, heard)


@pytest.mark.parametrize(
    ("hidden", "heard"),
    [
        (CARD, "it is four nine three six one seven"),
        (CARD, "two eight three"),
        (PHONE, "five five nine one two eight seven"),
        (CODE, "three oh five seven two"),
        (CODE, "fifty one"),
        (NAME, "the lawn is green"),
        (NAME, "does soon suit you"),
        (PLATE, "i a m seven"),
        (EMAIL, "an example of that at work"),
        (ADDRESS, "over the hill"),
        (CONDITION, "your invoice is better"),
    ],
)
def test_talk_that_is_no_known_value_is_left_alone(hidden: Finding, heard: str) -> None:
    assert leaks(hidden, heard) == set()


def test_a_colour_that_both_listeners_hear_is_not_the_surname() -> None:
    text = "the brown chairs please"

    assert leaks(BROWN, text, first=[said(text)]) == set()


def test_a_surname_that_is_a_colour_is_a_leak_where_the_first_listener_did_not_hear_it() -> None:
    assert leaks(BROWN, "the brown chairs please") == {"per.name"}
    assert leaks(BROWN, "so brown it is", first=[said("so crown it is")]) == {"per.name"}
    assert leaks(BROWN, "so brown it is", first=[said("so brown it is", start_s=3.0)])


def test_both_parts_of_a_name_are_a_leak_whatever_the_first_listener_heard() -> None:
    text = "oliver brown"

    assert leaks(BROWN, text, first=[said(text)]) == {"per.name"}


def test_a_name_that_is_nothing_else_is_a_leak_though_the_first_listener_left_it_open() -> None:
    text = "thank you laura"

    assert leaks(NAME, text, first=[said(text)]) == {"per.name"}


def test_what_is_compared_is_counted_by_kind() -> None:
    known = KnownValues.of([CARD, NAME, BROWN, Finding("fin.pan", 1, 2, 0, 1, (), "")], (), READER)

    assert dict(known.counts) == {"fin.pan": 1, "per.name": 2}


def test_no_value_is_in_the_repr() -> None:
    known = KnownValues.of([CARD, NAME, PLATE], [said("laura")], READER)

    assert not {"laura", "4242", "kd74"} & set(letters(repr(known)))
    assert "4242" not in repr(known)


def test_the_time_of_a_leak_is_that_of_its_words() -> None:
    known = KnownValues.of([CARD], (), READER)
    (leak,) = known.leaks([said("well eight three one five", start_s=50.0)])

    assert (leak.start_s, leak.end_s) == pytest.approx((50.4, 51.9))
