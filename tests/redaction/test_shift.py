from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sottovoce.redaction.draw import Draw
from sottovoce.redaction.shift import (
    Day,
    as_iso,
    as_spoken,
    as_written,
    days_of,
    read_date,
    shifted,
)
from sottovoce.redaction.tongue import load_tongue

ENGLISH, SPANISH = load_tongue("en").dates, load_tongue("es").dates
DAYS = st.dates(date(1900, 1, 1), date(2030, 12, 31))
KEYS = st.binary(min_size=32, max_size=32)


def iso(text: str, dates=ENGLISH) -> str | None:
    read = read_date(text.split(), dates, this_year=2026)
    return as_iso(read) if read else None


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("March 14th, 1984", "1984-03-14"),
        ("the fourteenth of march nineteen eighty four", "1984-03-14"),
        ("3/14/1984", "1984-03-14"),
        ("14.3.84", "1984-03-14"),
        ("1984-09-27", "1984-09-27"),
        ("Sept. 9 '84", "1984-09-09"),
        ("Tuesday the 4th of June at 3 pm", "--06-04"),
        ("June 2019", "2019-06"),
        ("march nineteen eighty four", "1984-03"),
        ("march twenty twenty two", "2022-03"),
        ("march twenty eighty four", "1984-03-20"),
        ("july twenty first two thousand five", "2005-07-21"),
        ("may thirty first nineteen oh five", "1905-05-31"),
        ("two thousand and three june the sixth", "2003-06-06"),
    ],
)
def test_a_date_is_read_however_it_is_said(text: str, read: str) -> None:
    assert iso(text) == read


@pytest.mark.parametrize(
    ("text", "read"),
    [("14 de marzo de 1984", "1984-03-14"), ("treinta y uno de mayo", "--05-31")],
)
def test_a_spanish_date_is_read(text: str, read: str) -> None:
    assert iso(text, SPANISH) == read


def test_which_figure_is_the_month_is_the_language_s_to_say() -> None:
    assert (iso("3/4/1984"), iso("3/4/1984", SPANISH)) == ("1984-03-04", "1984-04-03")


@pytest.mark.parametrize(
    "text",
    [
        "june",
        "june 4 5",
        "31st of june",
        "the fourth of the third 1982",
        "may or june 4",
        "2/30/1984",
        "march banana 1984",
        "12 march 2012 14 may",
        "99/99/9999",
        "catorce de marzo de mil",
        "",
    ],
)
def test_what_is_not_surely_a_date_is_not_read(text: str) -> None:
    assert iso(text) is None


@given(DAYS, KEYS)
def test_what_is_written_or_said_of_a_date_is_read_as_that_date(day: date, key: bytes) -> None:
    said = Day(day.year, day.month, day.day)
    texts = [as_written(said, ENGLISH), as_spoken(said, ENGLISH)]

    assert [iso(text) for text in texts] == [day.isoformat()] * 2


@given(st.lists(DAYS, min_size=2, max_size=5), KEYS)
def test_a_shift_keeps_intervals_and_weekdays_and_no_date(days: list[date], key: bytes) -> None:
    by = days_of(Draw(key), "per_1")
    moved = [shifted(Day(d.year, d.month, d.day), by) for d in days]
    dates = [date(m.year, m.month, m.day) for m in moved]

    assert [b - a for a, b in pairwise(dates)] == [b - a for a, b in pairwise(days)]
    assert all(a != b and a.weekday() == b.weekday() for a, b in zip(days, dates, strict=True))
    assert abs(dates[0] - days[0]) <= timedelta(weeks=104)


@given(KEYS)
def test_each_person_has_a_shift_of_its_own(key: bytes) -> None:
    draw = Draw(key)

    assert days_of(draw, "a") == days_of(draw, "a")
    assert len({days_of(draw, f"person {i}") for i in range(50)}) > 25


def test_a_day_of_leap_years_is_shifted_without_a_year_too() -> None:
    assert as_iso(shifted(Day(None, 2, 29), 7)) == "--03-07"
