"""Every form in which a value is said or written is found, and nothing else of its line."""

import itertools

import pytest

from sottovoce.detection.detect import detect_text, redact_text

SAID = [
    (
        "my card number is four one one one, 1111 one one one one, 1 1 1 1",
        "my card number is [CARD]",
    ),
    ("4111 1111 1111 1112", "[CARD]"),
    ("4-1-1-1-1-1-1-1-1-1-1-1-1-1-1-1", "[CARD]"),
    ("4,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1", "[CARD]"),
    ("FORTY-ONE ELEVEN ELEVEN ELEVEN ELEVEN ELEVEN ELEVEN ELEVEN", "[CARD]"),
    ("four triple one double one double one double one double one double one double one", "[CARD]"),
    ("four one one one one one one one nine eight. seven six five four three two", "[CARD]"),
    (
        "my card is for one one one won two three for five six seven ate nine oh one to",
        "my card is [CARD]",
    ),
    ("it ends in nine nine one two", "it ends in [CARD]"),
    (
        "four one one two, no, sorry, one one, um, let me see, two two two two three three three",
        "[CARD]",
    ),
    ("the three digits on the back are seven four oh", "the three digits on the back are [CVV]"),
    ("one two three is my security code", "[CVV] is my security code"),
    ("cvv 123", "cvv [CVV]"),
    ("the pin is one two three four", "the pin is [PIN]"),
    ("expiry oh nine twenty seven", "expiry [EXPIRY]"),
    ("it expires september twenty seven", "it expires [EXPIRY]"),
    ("expires 09/27", "expires [EXPIRY]"),
    ("my social is one two three, four five, six seven eight nine", "my social is [SSN]"),
    ("666-12-3456", "[SSN]"),
    ("the last four of my social is six seven eight nine", "the last four of my social is [SSN]"),
    (
        "call me back at six one seven, double five, five, oh one two three",
        "call me back at [PHONE]",
    ),
    ("it's 212-555-0123", "it's [PHONE]"),
    ("(212) 555-0123", "([PHONE]"),
    ("+44 20 7946 0958", "[PHONE]"),
    ("plus one two one two five five five oh one two three", "[PHONE]"),
    ("eight hundred five five five oh one nine nine", "[PHONE]"),
    ("account number 1 2 3 4 5 6 7", "account number [ACCOUNT]"),
    ("routing number oh two one oh oh oh oh two one", "routing number [ROUTING]"),
    (
        "g b eighty-two w e s t one two three four five six nine eight "
        "seven six five four three two",
        "[IBAN]",
    ),
    ("GB82 WEST 1234 5698 7654 32", "[IBAN]"),
    ("sort code twenty, forty, sixty", "sort code [SORTCODE]"),
    ("i was born on march fourth nineteen eighty-two", "i was born on [DATE]"),
    ("the fourth of the third eighty two", "the [DATE]"),
    ("date of birth oh three oh four eighty two", "date of birth [DATE]"),
    ("23rd of May 1932", "[DATE]"),
    ("on 1984-09-27", "on [DATE]"),
    ("august twenty second nineteen sixty nine", "[DATE]"),
    ("write to jane dot doe underscore one at gmail dot com", "write to [EMAIL]"),
    ("my email is jane dot doe at example dot com thanks", "my email is [EMAIL] thanks"),
    ("jane.doe+spam@example.co.uk", "[EMAIL]"),
    ("my zip code is nine oh two one oh", "my zip code is [POSTCODE]"),
    ("S W one A one A A", "[POSTCODE]"),
    ("SW1A 1AA", "[POSTCODE]"),
    ("my postcode is s for sugar w one a one a a", "my postcode is [POSTCODE]"),
    ("i live at twelve oh four north elm street, apartment three b", "i live at [ADDRESS]"),
    ("it is 235 West 46th Street", "it is [ADDRESS]"),
    ("p o box one two three four", "[ADDRESS]"),
    (
        "my name is jane doe and i'm calling about my bill",
        "my name is [NAME] and i'm calling about my bill",
    ),
    ("this is john smith speaking", "this is [NAME] speaking"),
    ("this is zubeda speaking", "this is [NAME] speaking"),
    ("doctor patel will see you", "doctor [NAME] will see you"),
    ("last name n a n c y", "last name [NAME]"),
    ("N as in Nancy, G as in George, u y e n", "[NAME]"),
    ("november golf uniform yankee echo november", "[NAME]"),
    ("double l e w e l l y n", "[NAME]"),
    ("j o hn s o n", "[NAME]"),
    ("kie r a n mu r p hy", "[NAME]"),
    ("l 84 7 qu", "[POSTCODE]"),
    ("member id a b c one two three four five", "member id [MEMBER]"),
    ("policy number h o four four one two nine", "policy number [POLICY]"),
    ("medical record number seven seven eight eight nine nine", "medical record number [MRN]"),
    ("order number 7 7 8 8 9", "order number [ID]"),
    ("A B, twelve, thirty-four, fifty-six, C", "[NINO]"),
    ("my password is blue horse seven", "my password is [PASSWORD]"),
    ("five five five one two", "[ID]"),
    ("\u0664\u0661\u0661\u0661 1111 1111 1111", "[CARD]"),
    ("4\u200b1\u200b1\u200b1 1111 1111 1111", "[CARD]"),
]


@pytest.mark.parametrize(("said", "redacted"), SAID)
def test_a_value_is_found_in_every_form(said: str, redacted: str) -> None:
    assert redact_text(said, detect_text(said)) == redacted


def test_a_checksum_raises_confidence_and_never_vetoes() -> None:
    right, wrong = (detect_text(f"my card number is 4111 1111 1111 111{d}") for d in "12")

    assert [f.kind for f in right] == [f.kind for f in wrong] == ["fin.pan"]
    assert right[0].confidence > wrong[0].confidence


def test_findings_are_in_order_and_do_not_overlap() -> None:
    text = "jane doe, 4111 1111 1111 1111, cvv 123, 12 elm street, jane@example.com, 212-555-0123"
    found = detect_text(text)

    assert len(found) >= 5
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))


def test_a_checksum_raises_confidence_without_a_cue_too() -> None:
    right, wrong = (detect_text(f"4111 1111 1111 111{d}") for d in "12")

    assert right[0].confidence > wrong[0].confidence >= 0.5


def test_a_misheard_verification_value_is_found_by_a_piece_of_it() -> None:
    (finding,) = detect_text("The security code is X, a five")

    assert finding.kind == "fin.cvv"
    assert "The security code is X, a five"[finding.start : finding.end] == "X, a five"


def test_a_misheard_street_name_is_found_between_its_number_and_street() -> None:
    (finding,) = detect_text("So it goes to nine, one three, see their avenue.")

    assert finding.kind == "per.address"
