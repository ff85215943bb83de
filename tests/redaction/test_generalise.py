import pytest

from sottovoce.redaction.generalise import age_of, may_be_oldest, postcode_of, region_of
from sottovoce.redaction.tongue import load_tongue

ENGLISH, SPANISH = load_tongue("en"), load_tongue("es")
FIGURES = frozenset(ENGLISH.dates.numbers)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("7", 7),
        ("89", 89),
        ("90", 90),
        ("93", 90),
        ("104", 90),
        ("0.5", 0),
        ("89.9", 89),
        ("", None),
        ("old", None),
        ("131", None),
        ("-4", None),
        ("1e2", None),
        ("٩٣", 90),
    ],
)
def test_an_age_over_89_is_90(value: str, said: int | None) -> None:
    assert age_of(value) == said


@pytest.mark.parametrize(("year", "is_oldest"), [(1936, True), (1937, False), (2000, False)])
def test_a_year_that_may_tell_of_an_age_over_89_is_known(year: int, is_oldest: bool) -> None:
    assert may_be_oldest(year, 2026) is is_oldest


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("94103", "941"),
        ("941031234", "941"),
        ("03601", "000"),
        ("89301", "000"),
        ("20301", "000"),
        ("9410", None),
        ("941034", None),
        ("SW1A1AA", None),
        ("", None),
    ],
)
def test_of_a_zip_code_three_figures_are_said_where_many_live(value: str, said) -> None:
    assert postcode_of(value, ENGLISH.places) == said


def test_the_seventeen_prefixes_of_the_guidance_are_all_known() -> None:
    said = "036 059 063 102 203 556 692 790 821 823 830 831 878 879 884 890 893"

    assert [p for p in said.split() if postcode_of(f"{p}01", ENGLISH.places) != "000"] == []


def test_a_spanish_postal_code_is_not_read_as_a_zip_code() -> None:
    assert postcode_of("28013", SPANISH.places) is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("Portland, Oregon", "Oregon"),
        ("14 Elm Street, Springfield, Illinois 62704", "Illinois"),
        ("forty two oak avenue apartment five boston massachusetts", "Massachusetts"),
        ("oak avenue albany new york one two two one oh", "New York"),
        ("Boston", "Massachusetts"),
        ("new orleans", "Louisiana"),
        ("Texas", "Texas"),
        ("Springfield, MA", "Massachusetts"),
        ("12 Elm Street, Charleston, West Virginia", "West Virginia"),
    ],
)
def test_of_a_place_its_state_is_said(words: str, said: str) -> None:
    assert region_of(words.split(), ENGLISH.places, FIGURES) == said


@pytest.mark.parametrize(
    "words",
    [
        "Springfield",
        "Kansas City",
        "1600 Pennsylvania Avenue",
        "42 Virginia",
        "forty two Georgia",
        "Michigan City",
        "let me in",
        "come in",
        "or",
        "Paris",
        "",
        "62704",
        "Washington",
    ],
)
def test_of_a_place_that_is_not_sure_nothing_is_said(words: str) -> None:
    assert region_of(words.split(), ENGLISH.places, FIGURES) is None
