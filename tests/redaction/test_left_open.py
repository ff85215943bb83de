import pytest

from sottovoce.redaction.left_open import LeftOpen
from sottovoce.values.finding import Finding
from sottovoce.values.speech import Segment, Word

ORDINARY = {"it", "is", "said", "number", "four", "till"}
ALIKE = {frozenset(("till", "dill"))}


class Language:
    """A small language: ordinary words, numbers, and words that sound alike."""

    def numbers(self, segment: Segment) -> tuple[tuple[Word, str], ...]:
        return tuple((word, "4") for word in segment.words if word.text == "four")

    def is_common(self, word: str) -> bool:
        return word in ORDINARY

    def is_ordinary(self, word: str) -> bool:
        return word in ORDINARY

    def sounds(self, word: str) -> str:
        return word

    def sound_alike(self, word: str, other: str) -> bool:
        return frozenset((word, other)) in ALIKE


def said(*texts: str, start_s: float = 5.0, sure: float = 0.95, channel: int = 0) -> list[Word]:
    return [
        Word(start_s + 0.4 * i, start_s + 0.4 * (i + 1), text, sure, channel)
        for i, text in enumerate(texts)
    ]


def left_open(words: list[Word], *findings: Finding) -> LeftOpen:
    segment = Segment(0.0, 60.0, 0, tuple(words))
    return LeftOpen.of(findings, [segment], Language())


def name(*texts: str, start_s: float = 5.0, channel: int = 0) -> Finding:
    words = said(*texts, start_s=start_s, channel=channel)
    return Finding("per.name", words[0].start_s, words[-1].end_s, channel, 0.9, tuple(words))


def test_a_name_where_surely_ordinary_words_were_heard_is_contradicted() -> None:
    assert left_open(said("it", "is", "said")).contradicts(name("Fell", start_s=5.5))


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(said("it", "is", "said", sure=0.7), id="unsure words"),
        pytest.param(said("it", "Quill"), id="a word that is not ordinary"),
        pytest.param(said("it", "...!"), id="no letters"),
        pytest.param(said("it", "is", start_s=9.0), id="words elsewhere"),
        pytest.param(said("it", "is", channel=1), id="words of another channel"),
        pytest.param([], id="no words"),
    ],
)
def test_a_name_is_not_contradicted_by(words: list[Word]) -> None:
    assert not left_open(words).contradicts(name("Ann", "Fell"))


def test_words_of_a_finding_contradict_nothing() -> None:
    words = said("it", "is")
    hidden = Finding("per.name", 5.0, 5.8, 0, 0.9, tuple(words))

    assert not left_open(words, hidden).contradicts(name("Ann"))


@pytest.mark.parametrize("text", ["Till", "till,", "Dill"])
def test_a_word_that_may_be_the_name_itself_does_not_contradict_it(text: str) -> None:
    assert not left_open(said("till")).contradicts(name(text))


def test_a_number_that_was_left_open_is_known_there_and_nowhere_else() -> None:
    known = left_open(said("number", "four"))

    assert known.has_number("4", said("four", start_s=5.6)[0])
    assert not known.has_number("4", said("four", start_s=8.0)[0])
    assert not known.has_number("7", said("four", start_s=5.6)[0])
    assert not known.has_number("4", said("four", start_s=5.6, channel=1)[0])


def test_nothing_said_is_in_its_repr() -> None:
    assert "number" not in repr(left_open(said("number", "four")))
