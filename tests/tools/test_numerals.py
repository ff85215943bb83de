"""Which digits words carry, and how digits are said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.chance import chance
from calls.numerals import Numeral, find_numerals
from calls.reading import read_date, read_email, read_number, spell

MENDING = {"no", "sorry", "mean", "meant", "make"}


def digits_said(said: str) -> str:
    return "".join(numeral.digits for numeral in find_numerals(said.split()))


@pytest.mark.parametrize(
    ("said", "digits"),
    [
        ("four one one one", "4111"),
        ("double four triple oh seven", "440007"),
        ("forty one eleven", "4111"),
        ("twenty oh five", "2005"),
        ("twenty, four", "204"),
        ("eight hundred, five hundred", "800500"),
        ("forty one hundred", "4100"),
        ("two thousand", "2000"),
        ("two thousand six", "2006"),
        ("two thousand eighteen", "2018"),
        ("two thousand, six", "20006"),
        ("March seventeenth, nineteen eighty four", "171984"),
        ("the thirty first of May", "31"),
        ("one five two six, no, seven", "15267"),
        ("nothing at all", ""),
        ("double or quits", ""),
        ("a double", ""),
    ],
)
def test_words_carry_these_digits(said: str, digits: str) -> None:
    assert digits_said(said) == digits


def test_a_numeral_knows_its_words() -> None:
    found = find_numerals(["code", "double", "four", "forty", "one."])

    assert found == (Numeral("44", 1, 2), Numeral("41", 3, 4))


@given(st.text("0123456789", min_size=1, max_size=19), st.integers(1, 5), st.integers())
def test_whatever_way_a_number_is_said_its_digits_come_back(
    digits: str, size: int, seed: int
) -> None:
    groups = [len(digits[at : at + size]) for at in range(0, len(digits), size)]
    said = read_number(digits, groups, chance(seed))

    assert digits_said(said) == digits or MENDING & set(said.replace(",", "").split())


def test_some_numbers_are_corrected_and_end_in_the_right_digits() -> None:
    said = [read_number("317", (3,), chance(seed)) for seed in range(200)]
    mended = [one for one in said if MENDING & set(one.replace(",", "").split())]

    assert 20 <= len(mended) <= 60
    assert all(len(digits_said(one)) > 3 for one in mended)


def test_groups_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="do not fit 3"):
        read_number("317", (2, 2), chance(1))


@given(st.integers(1930, 2035), st.integers(1, 12), st.integers(1, 28), st.integers())
def test_a_date_says_its_day_and_the_end_of_its_year(
    year: int, month: int, day: int, seed: int
) -> None:
    digits = digits_said(read_date(year, month, day, chance(seed)))

    assert str(day) in digits
    assert digits.endswith(f"{year % 100:02d}")


def test_a_name_is_spelled_plainly_with_cues_and_by_radio() -> None:
    said = {spell("Bo", chance(seed)) for seed in range(50)}

    assert said == {
        "B, O",
        "B as in boy, O as in orange",
        "B for Bravo, O for Oscar",
        "Bravo Oscar",
    }


def test_a_mail_address_is_said_sign_by_sign() -> None:
    said = read_email("nora_lind84", "example.com")

    assert said == "nora underscore lind eighty four, at example dot com"
