"""Ages, children, statuses, places and passphrases are found; talk that resembles them is not."""

import pytest
from spoken import spans as said

from sottovoce.detection.find_spans import find_spans
from sottovoce.detection.lexicon import load
from sottovoce.detection.utterance import read

AGES = [
    ("i'm ninety three and i live alone", "ninety three"),
    ("I'm 93 years old.", "93 years old"),
    ("HE IS A 50-YEAR-OLD MALE", "50-YEAR-OLD"),
    ("the patient, aged 54, was seen", "54"),
    ("my son is seven", "seven"),
    ("My mother's eighty two", "eighty two"),
    ("he just turned forty last week", "forty"),
    ("she will be 65 in March", "65"),
    ("the baby is nine months old", "nine months old"),
    ("he's a hundred and two", "a hundred and two"),
    ("three and a half years old", "three and a half years old"),
    ("she's in her nineties", "in her nineties"),
    ("i was 18 when we moved", "18"),
    ("she was diagnosed at 34 with lupus", "34"),
    ("she's gonna be ninety next month", "ninety"),
    ("at the age of twenty seven", "twenty seven"),
]


@pytest.mark.parametrize(("text", "age"), AGES)
def test_an_age_is_found(text: str, age: str) -> None:
    assert said(text, "per.age") == [age]


@pytest.mark.parametrize(
    "text",
    [
        "i'm ten minutes away",
        "i'm one of them",
        "we're five people",
        "our company is 20 years old",
        "a 12 year old whisky please",
        "i'm 100 percent sure",
        "he's six two and plays well",
        "this is for ages 5 to 12",
        "you must be 18 years or older",
        "i'm two blocks from there",
        "it's seven",
        "i have been here for twenty years",
        "she's number one",
        "the car is ten years old",
        "i'm 50 50 on that",
    ],
)
def test_a_number_that_is_no_age_is_left_alone(text: str) -> None:
    assert said(text, "per.age") == []


def test_an_age_that_was_asked_for_may_stand_alone() -> None:
    assert said("ninety three", "per.age", "per.age") == ["ninety three"]
    assert said("ninety three", "per.age") == []


@pytest.mark.parametrize(
    "text",
    [
        "i'm eleven",
        "I'm 12.",
        "i am nine and my mom is out",
        "I'M FOURTEEN",
        "i'm only seven",
        "i'm a minor",
        "i'm in third grade",
        "i'm not eighteen yet",
    ],
)
def test_a_child_that_speaks_is_found(text: str) -> None:
    assert said(text, "per.child")


@pytest.mark.parametrize(
    "text",
    [
        "i'm eighteen",
        "i'm forty",
        "my son is seven",
        "he turned eight",
        "we need a child seat",
        "i'm twelve minutes late",
        "a table for two and a kid",
        "is there a minor charge",
    ],
)
def test_who_is_grown_or_another_is_no_child_that_speaks(text: str) -> None:
    assert said(text, "per.child") == []


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("i'm here on an h one b visa", "h one b visa"),
        ("He has an H-1B visa", "H-1B visa"),
        ("SHE IS A GREEN CARD HOLDER", "GREEN CARD HOLDER"),
        ("i am an asylum seeker", "asylum seeker"),
        ("he is undocumented", "undocumented"),
        ("i overstayed my visa", "overstayed my visa"),
        ("I'm a refugee", "refugee"),
        ("she is a permanent resident", "permanent resident"),
        ("they're in removal proceedings", "removal proceedings"),
        ("i have indefinite leave to remain", "indefinite leave to remain"),
    ],
)
def test_a_status_of_immigration_is_found(text: str, status: str) -> None:
    assert said(text, "per.immigration") == [status]


@pytest.mark.parametrize(
    "text",
    [
        "i paid with my visa card",
        "my visa ends in four two four two",
        "the green one is a gift card",
        "the refugee crisis of that year",
        "that is a permanent solution",
        "the resident manager will call",
        "do you take visa",
        "the citizens advice office",
    ],
)
def test_cards_and_news_are_no_status(text: str) -> None:
    assert said(text, "per.immigration") == []


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("it is at 51.5074, -0.1278 exactly", "51.5074, -0.1278"),
        ("latitude forty two point three", "latitude forty two point three"),
        (
            "Latitude 42.36, longitude -71.06",
            "Latitude 42.36, longitude -71.06",
        ),
        (
            "forty two point three north seventy one point one west",
            "forty two point three north seventy one point one west",
        ),
        ("42.361 N, 71.057 W", "42.361 N, 71.057 W"),
        ("i'm at the corner of fifth and main", "fifth and main"),
        ("we are on the corner of Elm Street and Oak", "Elm Street and Oak"),
        ("the intersection of 4th and Broadway", "4th and Broadway"),
        ("my what three words is filled count soap", "filled count soap"),
        ("go to ///filled.count.soap", "filled.count.soap"),
    ],
)
def test_an_exact_place_is_found(text: str, place: str) -> None:
    assert said(text, "per.geo") == [place]


@pytest.mark.parametrize(
    "text",
    [
        "at the intersection of technology and finance",
        "she sat at the corner of the room and waited",
        "just around the corner",
        "it went from 3.5 to 4.25",
        "we cut corners and costs",
        "in three words it is good",
        "the north has ten and the west twelve",
        "10.5, 11.5 and 12.5 percent",
        "as long as it takes",
    ],
)
def test_no_exact_place_is_left_alone(text: str) -> None:
    assert said(text, "per.geo") == []


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("my voice is my password", "my voice is my password"),
        ("My voice is my passport.", "My voice is my passport"),
        ("MY VOICE IS MY KEY", "MY VOICE IS MY KEY"),
        ("at this bank my voice is my password", "at this bank my voice is my password"),
        ("please repeat after me blue horses run at midnight", "blue horses run at midnight"),
        ("say the following phrase: seven ships sail slowly", "seven ships sail slowly"),
        ("my passphrase is purple rivers never sleep", "purple rivers never sleep"),
        ("verify me by my voice", "verify me by my voice"),
    ],
)
def test_a_phrase_that_opens_by_voice_is_found(text: str, phrase: str) -> None:
    assert said(text, "bio.passphrase") == [phrase]


def test_what_is_said_after_somebody_is_a_passphrase() -> None:
    lexicon = load()
    u = read("please repeat after me", lexicon)
    asked = find_spans(u, (), lexicon).asks

    assert said("blue horses run at midnight", "bio.passphrase", *asked)


@pytest.mark.parametrize(
    "text",
    [
        "could you repeat that",
        "my voice is a bit hoarse",
        "say hello to your mother",
        "he lost his voice",
        "i will say the following",
        "the password is my dog's name",
        "repeat the order please",
        "after me the deluge",
    ],
)
def test_other_talk_of_voices_is_left_alone(text: str) -> None:
    assert said(text, "bio.passphrase") == []


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("one twenty four c v oh one two three four", "one twenty four c v oh one two three four"),
        ("case number twenty four c r one two three", "twenty four c r one two three"),
        ("it is 1:24-cv-01234", "1:24-cv-01234"),
        ("case 2:23-cr-00456-ABC was sealed", "2:23-cr-00456-ABC"),
        ("Docket number CV-2024-001234", "CV-2024-001234"),
        ("the docket is 24-CV-1234", "24-CV-1234"),
        ("case 2024CF001234", "2024CF001234"),
        ("one colon twenty four dash c v dash oh one two three", None),
    ],
)
def test_a_case_number_is_found(text: str, number: str | None) -> None:
    assert said(text, "leg.docket") == [number or text]


@pytest.mark.parametrize(
    "text",
    [
        "send me your c v please",
        "in case you need 24 of them",
        "i have two cvs and one letter",
        "24-7 service",
        "the score was 3:24",
        "flight ba 2024",
        "in any case it is late",
        "m c hammer has two hits",
    ],
)
def test_other_numbers_are_no_case(text: str) -> None:
    assert said(text, "leg.docket") == []


@pytest.mark.parametrize("text", ["AFZPK7190K", "my pan is ABCPE1234F", "abcpe1234f pan card"])
def test_an_indian_tax_number_is_found(text: str) -> None:
    assert said(text, "per.in_pan")


@pytest.mark.parametrize("text", ["ABCDE1234", "pan with 4 handles", "ABC1234567", "frying pan 12"])
def test_other_codes_are_no_indian_tax_number(text: str) -> None:
    assert said(text, "per.in_pan") == []
