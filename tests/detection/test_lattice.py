"""Readings: what words may spell, and the word behind every character."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sottovoce.detection.detect import detect_text
from sottovoce.detection.lattice import Reading, readings
from sottovoce.detection.lexicon import load
from sottovoce.detection.runs import find_cues, find_runs, mark
from sottovoce.detection.utterance import read

LEXICON = load()
ONES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
TEENS = [
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
TENS = ["_", "_", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


def spelled(text: str, corrected: frozenset[int] = frozenset()) -> list[str]:
    u = read(text, LEXICON)
    return [r.text for r in readings(u, range(len(u)), corrected, LEXICON)]


def heard(text: str, alternatives: dict[int, tuple[str, ...]] | None = None) -> list[Reading]:
    """Read a text as an awaited answer: its runs, then the readings of them all together."""
    plain = read(text, LEXICON, alternatives)
    u = mark(plain, find_cues(plain, LEXICON), eager=True, lexicon=LEXICON)
    (run,) = find_runs(u, eager=True, lexicon=LEXICON)
    return list(readings(u, run.atoms, run.corrections, LEXICON))


def below_hundred(n: int) -> str:
    if n < 20:
        return (ONES + TEENS)[n]
    return TENS[n // 10] + (f" {ONES[n % 10]}" if n % 10 else "")


def said(n: int, joiner: str = "") -> str:
    """Say a number below a million in English."""
    if n < 100:
        return below_hundred(n)
    size, name = (100, "hundred") if n < 1000 else (1000, "thousand")
    rest = n % size
    link = f" {joiner}" if joiner and 0 < rest < 100 else ""
    return f"{said(n // size, joiner)} {name}" + (f"{link} {said(rest, joiner)}" if rest else "")


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
        ("thirty three hundred", "3300"),
        ("a hundred and five", "105"),
        ("twelve hundred thirty four", "1234"),
        ("treble nine", "999"),
        ("double eleven", "1111"),
        ("fortyone eleven", "4111"),
        ("4 one 1 1", "4111"),
        ("4-1-1-1", "4111"),
        ("4.1.1.1", "4111"),
        ("4111, 1111", "41111111"),
        ("twenty oh five", "2005"),
        ("double u three x ray", "w3x"),
        ("two million five hundred thousand", "2500000"),
    ],
)
def test_words_are_read_as_the_characters_they_spell(words: str, value: str) -> None:
    assert heard(words)[0].text == value


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("one hundred and five", "105"),
        ("five hundred and twelve thousand", "512000"),
        ("four to too for ate one", "422481"),
        ("one two three fourth five", "12345"),
    ],
)
def test_what_joins_and_what_sounds_alike_is_read_too(words: str, value: str) -> None:
    assert heard(words)[0].text == value


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("four one one seven no seven two", "41172"),
        ("four one one six sorry i meant seven", "4117"),
        ("one two three four scratch that five", "1235"),
        ("four five make that six", "46"),
        ("four one nine not nine five", "415"),
        ("four one two let me start again six five five three", "6553"),
    ],
)
def test_a_correction_is_read_as_meant_among_others(words: str, value: str) -> None:
    assert value in [r.text for r in heard(words)]


@settings(max_examples=300, deadline=None)
@given(st.integers(1, 999_999), st.sampled_from(["", "and"]))
def test_every_number_is_read_as_it_is_said(n: int, joiner: str) -> None:
    assert heard(said(n, joiner))[0].text == str(n)


@st.composite
def spoken(draw: st.DrawFn) -> tuple[str, str]:
    """Draw a number of four to sixteen figures and one way to say it, by its groups of two."""
    value, words = "", []
    for _ in range(draw(st.integers(2, 8))):
        pair = draw(st.text("0123456789", min_size=2, max_size=2))
        ways = [f"{ONES[int(pair[0])]} {ONES[int(pair[1])]}", pair]
        if pair[0] == "0":
            ways.append(f"oh {ONES[int(pair[1])]}")
        elif pair[0] != "1" or value[-1:] != "0":
            ways.append(below_hundred(int(pair)))
        if pair[0] == pair[1]:
            ways.append(f"double {ONES[int(pair[0])]}")
        value += pair
        words.append(draw(st.sampled_from(ways)))
    return value, ", ".join(words)


@settings(max_examples=400, deadline=None)
@given(spoken())
def test_every_way_to_say_a_number_reads_back(drawn: tuple[str, str]) -> None:
    value, words = drawn

    assert value in [r.text for r in heard(words)], words


@settings(max_examples=200, deadline=None)
@given(spoken())
def test_every_character_has_its_word(drawn: tuple[str, str]) -> None:
    for reading in heard(drawn[1]):
        assert len(reading.sources) == len(reading.text)
        assert list(reading.sources) == sorted(reading.sources)


def test_what_else_a_word_may_have_been_is_a_reading() -> None:
    text = "four one hate nine two"

    assert heard(text, {9: ("ate", "eight")})[0].text == "41892"
    assert "4192" not in [r.text for r in heard(text, {9: ("eight",)})]


def test_what_else_a_figure_may_have_been_costs_more() -> None:
    texts = [r.text for r in heard("four one five nine two", {9: ("nine",)})]

    assert texts[0] == "41592"
    assert "41992" in texts


def test_a_decimal_is_no_value_and_an_address_of_a_network_is_none_of_it() -> None:
    assert detect_text("it was three point one four one five nine overall") == ()
    assert detect_text("my ip address is one nine two point one six eight point one point one")


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
