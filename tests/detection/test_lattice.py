"""Readings: what words may spell, and the word behind every character."""

import pytest

from sottovoce.detection.lattice import readings
from sottovoce.detection.lexicon import load
from sottovoce.detection.utterance import read

LEXICON = load()


def spelled(text: str, corrected: frozenset[int] = frozenset()) -> list[str]:
    u = read(text, LEXICON)
    return [r.text for r in readings(u, range(len(u)), corrected, LEXICON)]


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("four one one one", "4111"),
        ("forty-one eleven", "4111"),
        ("double five", "55"),
        ("triple nine", "999"),
        ("double oh seven", "007"),
        ("double 5", "55"),
        ("nineteen eighty-four", "1984"),
        ("nineteen oh five", "1905"),
        ("eighteen hundred", "1800"),
        ("one hundred twenty three", "123"),
        ("eight hundred five five five", "800555"),
        ("two thousand five", "2005"),
        ("nought zero o oh", "0000"),
        ("w three bravo", "w3b"),
        ("double l", "ll"),
    ],
)
def test_words_are_read_as_the_characters_they_spell(words: str, value: str) -> None:
    assert spelled(words)[0] == value


def test_tens_and_units_may_be_two_numbers() -> None:
    assert spelled("forty one")[:2] == ["41", "401"]


def test_a_correction_offers_the_value_without_what_it_takes_back() -> None:
    assert "4117" in spelled("four one one six seven", frozenset([4]))
    assert "41167" in spelled("four one one six seven", frozenset([4]))


def test_every_character_points_to_its_word() -> None:
    u = read("four double one twenty one", LEXICON)
    best = readings(u, range(len(u)), frozenset(), LEXICON)[0]

    assert best.text == "41121"
    assert [u.words[i] for i in best.sources] == ["four", "double", "one", "twenty", "one"]


def test_a_very_long_number_has_one_reading() -> None:
    assert spelled("one " * 5_000) == ["1" * 5_000]
