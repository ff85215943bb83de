import pytest
from spoken import call

from sottovoce.detection.awaited import awaited
from sottovoce.detection.knowledge import known
from sottovoce.detection.lexicon import load

AGENT, CALLER = 0, 1


def where(*turns: tuple[int, str]) -> list[tuple[str, str]]:
    places = awaited(call(*turns), load())
    return [(place.kind, " ".join(word.text for word in place.words)) for place in places]


def test_a_question_awaits_its_value_in_the_next_turn_of_another() -> None:
    turns = (AGENT, "what is your postcode?"), (AGENT, "take your time"), (CALLER, "it is cold ham")

    assert where(*turns) == [("per.postcode", "cold ham")]


def test_a_turn_that_ends_with_a_cue_asks() -> None:
    turns = (
        (AGENT, "thank you very much for all that and the expiration date"),
        (CALLER, "a thirsty one"),
    )

    assert where(*turns) == [("fin.expiry", "a thirsty one")]


def test_a_cue_in_the_answer_awaits_what_comes_after_it() -> None:
    turns = (AGENT, "when were you born?"), (CALLER, "well I was born on a mild evening")

    assert where(*turns) == [("per.dob", "on a mild evening")]


@pytest.mark.parametrize("word", ["sure", "right"])
def test_a_word_alone_is_not_the_answer_yet(word: str) -> None:
    turns = (AGENT, "what is your postcode?"), (CALLER, word), (AGENT, "yes"), (CALLER, "cold ham")

    assert where(*turns)[-1] == ("per.postcode", "cold ham")


def test_what_comes_after_the_answer_is_awaited_no_more() -> None:
    turns = (
        (AGENT, "what is your postcode?"),
        (CALLER, "cold ham"),
        (AGENT, "how was the journey?"),
        (CALLER, "so it goes"),
    )

    assert where(*turns) == [("per.postcode", "cold ham")]


def test_both_on_one_channel_answer_in_the_next_turn() -> None:
    assert where((0, "what is your postcode?")) == []
    assert where() == []


def test_talk_awaits_nothing() -> None:
    assert where((AGENT, "how was the journey?"), (CALLER, "it rained all the way")) == []


@pytest.mark.parametrize(
    ("language", "kinds"),
    [
        pytest.param("es", [], id="a language of its own"),
        pytest.param("de", ["per.postcode"], id="one that we do not know, read like English"),
    ],
)
def test_a_question_in_english_under_another_language(language: str, kinds: list[str]) -> None:
    talk = call((AGENT, "what is your postcode?"), (CALLER, "cold ham"))

    assert [place.kind for place in awaited(talk, known(language).lexicon)] == kinds
