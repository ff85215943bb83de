"""A question is closed by its answer: talk that moves on is left alone."""

import pytest

from sottovoce.detection.detect import TextDetector, redact_text


def redacted(*turns: str) -> list[str]:
    detector = TextDetector()
    return [redact_text(turn, detector.detect(turn)) for turn in turns]


@pytest.mark.parametrize(
    "talk",
    [
        "two of the six cups were broken",
        "your order arrives in two weeks between eight and twelve in the morning",
        "the flight leaves from gate forty one at ten past six",
        "our offices are open from nine to five monday to friday",
        "the kettle is a brook and i have been a customer for eleven years",
        "good i will come by at half past two",
        "which one is cheaper",
        "that is fine i can wait a week or two",
        "okay one moment please",
    ],
)
@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("what is your account number", "eight eight two oh seven one nine"),
        ("what is your iban", "d e two one one two three four five six seven eight nine oh"),
        ("and the security code", "seven four two"),
        ("how do you spell your last name", "n o v a k"),
        ("what is your date of birth", "oh three oh four eighty two"),
    ],
)
def test_talk_after_an_answer_is_left_alone(question: str, answer: str, talk: str) -> None:
    turns = redacted(question, answer, "great thank you", talk)

    assert "[" in turns[1]
    assert turns[2:] == ["great thank you", talk]


def test_the_rest_of_a_value_is_found_after_its_first_part_was_confirmed() -> None:
    turns = redacted(
        "can you read me the card number", "four oh one two", "yes", "eight eight", "okay", "one"
    )

    assert turns[1::2] == ["[CARD]", "[CARD]", "[CARD]"]


def test_a_correction_is_found_after_talk_moved_on() -> None:
    turns = redacted(
        "what is your account number",
        "eight eight two oh seven",
        "thank you very much for that one",
        "sorry i meant nine",
    )

    assert turns[3].endswith("[ACCOUNT]")


def test_a_mention_is_no_question() -> None:
    turns = redacted(
        "i would like to renew my policy for one more year and then see what happens",
        "of course let me open your file",
        "it is a plan with seven options for the two of us",
    )

    assert turns[2] == "it is a plan with seven options for the two of us"


@pytest.mark.parametrize(
    "talk", ["the fifth of november is fine", "can we meet on march 2nd", "on 12/04/2024 we moved"]
)
def test_a_day_of_an_event_is_no_date_of_birth(talk: str) -> None:
    assert redacted(talk) == [talk]


@pytest.mark.parametrize(
    ("talk", "hidden"),
    [
        ("i was born on the fifth of november", "i was born on [DATE]"),
        ("the fifth of november nineteen eighty one", "[DATE]"),
        ("march 4th 1962", "[DATE]"),
    ],
)
def test_a_day_of_birth_is_found(talk: str, hidden: str) -> None:
    assert redacted(talk) == [hidden]


def test_a_value_in_pieces_is_found_from_its_first_piece_on() -> None:
    assert redacted(
        "my routing number is zero two one", "okay", "zero zero", "zero oh two one"
    ) == [
        "my routing number is [ROUTING]",
        "okay",
        "[ROUTING]",
        "[ROUTING]",
    ]


@pytest.mark.parametrize(
    "said", ["two thousand and three june the sixth", "nineteen thirty four july the tenth"]
)
def test_a_date_with_its_year_first_is_found_whole(said: str) -> None:
    assert redacted("my date of birth is " + said) == ["my date of birth is [DATE]"]


def test_the_last_piece_of_a_value_is_found_be_it_short() -> None:
    turns = redacted("my national insurance number is q q", "okay", "two six seven three", "c")
    assert turns[1:] == ["okay", "[NINO]", "[NINO]"]

    turns = redacted("what is the sort code", "four oh", "okay", "six nine that's it")
    assert turns[1::2] == ["[SORTCODE]", "[SORTCODE] that's it"]


@pytest.mark.parametrize(
    ("said", "hidden"),
    [
        ("my password is correct horse battery staple", "my password is [PASSWORD]"),
        ("my password is swordfish nine", "my password is [PASSWORD]"),
        ("my password is not working", "my password is not working"),
    ],
)
def test_a_password_is_hidden_from_its_first_word_on(said: str, hidden: str) -> None:
    assert redacted(said) == [hidden]
