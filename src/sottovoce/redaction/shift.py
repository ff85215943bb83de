"""Read dates as they are said, and say them otherwise: shifted by days, or of the year alone.

Rules:
1. A date that is not surely read is not read at all.
2. What a date is shifted by is the same in a whole recording, so that intervals stay.
3. It is shifted by whole weeks, so that a weekday that is said beside it tells nothing.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from sottovoce.redaction.draw import Draw
from sottovoce.redaction.tongue import Dates

_MOST_WEEKS = 104
_YEARS = range(1850, 2150)
_NUMERIC = re.compile(r"(\d{1,4})([/.\-])(\d{1,2})\2(\d{1,4})")
_AHEAD = 10


@dataclass(frozen=True, slots=True)
class Day:
    """A date of which the year or the day may be left out."""

    year: int | None = field(repr=False)
    month: int = field(repr=False)
    day: int | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Number:
    """A number in a date: how many words said it decides what it may be."""

    value: int = field(repr=False)
    is_ordinal: bool = False
    is_figure: bool = False


def days_of(draw: Draw, person: str) -> int:
    """Return by how many days the dates of a person are shifted: whole weeks, never none."""
    weeks = draw.number("weeks", person, 2 * _MOST_WEEKS) - _MOST_WEEKS
    return 7 * (weeks if weeks < 0 else weeks + 1)


def read_date(words: Sequence[str], dates: Dates, *, this_year: int) -> Day | None:
    """Return the date that words say, None where it is not sure which."""
    text = " ".join(words).casefold()
    if found := _NUMERIC.search(text):
        return _in_figures(found, dates, this_year)
    tokens = re.findall(r"[^\W_]+", text)
    stop = next((i for i, token in enumerate(tokens) if token in dates.stops), len(tokens))
    tokens = [t for t in tokens[:stop] if t not in dates.between]
    months = [i for i, token in enumerate(tokens) if token in dates.months]
    if len(months) != 1:
        return None
    before = list(_numbers(tokens[: months[0]], dates))
    after = list(_numbers(tokens[months[0] + 1 :], dates))
    if None in before or None in after:
        return None
    known = [n for n in (*before, *after) if n is not None]
    return _made(dates.months[tokens[months[0]]], known, this_year)


def shifted(said: Day, days: int) -> Day:
    """Return a date so many days later."""
    # Without a year any that is no leap year will do, but for the one day that only those have.
    year = said.year or (2000 if (said.month, said.day) == (2, 29) else 2001)
    moved = date(year, said.month, said.day or 15) + timedelta(days=days)
    return replace(
        said,
        year=moved.year if said.year else None,
        month=moved.month,
        day=moved.day if said.day else None,
    )


def as_iso(said: Day) -> str:
    """Return a date as ISO 8601 writes it, two dashes for a year that is not said."""
    year = f"{said.year:04}" if said.year else "-"
    return f"{year}-{said.month:02}" + (f"-{said.day:02}" if said.day else "")


def as_written(said: Day, dates: Dates) -> str:
    """Return a date as the language writes it."""
    form = "whole" if said.year and said.day else "without_year" if said.day else "without_day"
    name = dates.names[said.month - 1]
    return dates.forms[form].format(month=name, day=said.day, year=said.year)


def as_spoken(said: Day, dates: Dates) -> str:
    """Return a date in words."""
    name, year = dates.names[said.month - 1], year_in_words(said.year or 0, dates)
    if not said.day:
        return f"{name} {year}"
    form = dates.forms["whole_said" if said.year else "without_year_said"]
    return form.format(month=name, ordinal=_ordinal(said.day, dates), day=said.day, year=year)


def year_in_words(year: int, dates: Dates) -> str:
    """Return a year in words where the language says years in pairs, else in figures."""
    if not dates.years_in_pairs:
        return str(year)
    century, rest = divmod(year, 100)
    if 2000 <= year < 2010:
        return (
            number_in_words(2, dates)
            + f" {number_in_words(1000, dates)}"
            + (f" {number_in_words(rest, dates)}" * bool(rest))
        )
    if not rest:
        return f"{number_in_words(century, dates)} {number_in_words(100, dates)}"
    zero = f"{number_in_words(0, dates)} " if rest < 10 else ""
    return f"{number_in_words(century, dates)} {zero}{number_in_words(rest, dates)}"


def number_in_words(value: int, dates: Dates) -> str:
    """Return a number below 100 in words, in figures where the language joins words otherwise."""
    names: dict[int, str] = {}
    for word, number in dates.numbers.items():
        names.setdefault(number, word)
    if not dates.years_in_pairs:
        return str(value)
    return names.get(value) or f"{names[value // 10 * 10]} {names[value % 10]}"


def _in_figures(found: re.Match[str], dates: Dates, this_year: int) -> Day | None:
    first, _, second, third = found.groups()
    if len(first) == 4:
        said = Day(int(first), int(second), int(third))
    elif len(third) in (2, 4) and len(first) <= 2:
        a, b = int(first), int(second)
        is_month = b > 12 or (a <= 12 and dates.month_first)
        month, day = (a, b) if is_month else (b, a)
        said = Day(_full(third, this_year), month, day)
    else:
        return None
    return said if _is_real(said) else None


def _made(month: int, numbers: list[_Number], this_year: int) -> Day | None:
    """Make a date of a month and the numbers about it."""
    match numbers:
        case [_Number(value=year)] if year in _YEARS:
            said = Day(year, month, None)
        case [_Number() as day]:
            said = Day(None, month, day.value)
        case [_Number(value=19 | 20, is_ordinal=False, is_figure=False) as century, rest] if (
            not rest.is_ordinal and century.value * 100 + rest.value <= this_year + _AHEAD
        ):
            said = Day(century.value * 100 + rest.value, month, None)
        case [_Number(value=year), day] if year in _YEARS:
            said = Day(year, month, day.value)
        case [day, year] if year.value >= 10:
            said = Day(_full(str(year.value), this_year), month, day.value)
        case [day, century, rest] if century.value in (18, 19, 20) and rest.value < 100:
            said = Day(century.value * 100 + rest.value, month, day.value)
        case [century, rest, day] if century.value in (18, 19, 20) and rest.value < 100:
            said = Day(century.value * 100 + rest.value, month, day.value)
        case _:
            return None
    return said if _is_real(said) else None


def _is_real(said: Day) -> bool:
    if said.year is not None and said.year not in _YEARS:
        return False
    try:
        date(said.year or 2000, said.month, said.day or 1)
    except ValueError:
        return False
    return True


def _full(year: str, this_year: int) -> int:
    """Return a year of two figures in full: at most some years ahead."""
    if len(year) > 2:
        return int(year)
    full = this_year // 100 * 100 + int(year)
    return full - 100 if full > this_year + _AHEAD else full


def _numbers(tokens: Sequence[str], dates: Dates) -> Iterator[_Number | None]:
    """Yield the numbers that words say, None for a word that says none."""
    i = 0
    while i < len(tokens):
        number, i = _number(tokens, i, dates)
        yield number


def _number(tokens: Sequence[str], i: int, dates: Dates) -> tuple[_Number | None, int]:
    word = tokens[i]
    after = tokens[i + 1] if i + 1 < len(tokens) else ""
    figures = re.fullmatch(r"(\d{1,4})(\D*)", word)
    if figures:
        suffixed = bool(figures[2]) or after in dates.suffixes
        if figures[2] and figures[2] not in dates.suffixes:
            return None, i + 1
        return _Number(int(figures[1]), suffixed, True), i + 1 + (after in dates.suffixes)
    if word in dates.ordinals:
        return _Number(dates.ordinals[word], True), i + 1
    if word not in dates.numbers:
        return None, i + 1
    value = dates.numbers[word]
    if value in range(20, 100, 10) and dates.ordinals.get(after, 10) < 10:
        return _Number(value + dates.ordinals[after], True), i + 2
    return _cardinal(tokens, i, dates)


def _cardinal(tokens: Sequence[str], i: int, dates: Dates) -> tuple[_Number | None, int]:
    """Read `twelve`, `eighty four`, `oh five`, `two thousand four`, `nineteen hundred`."""
    value, i = dates.numbers[tokens[i]], i + 1
    big = dates.numbers.get(tokens[i], 0) if i < len(tokens) else 0
    if big in (100, 1000) and 0 < value < 100:
        if i + 1 < len(tokens) and tokens[i + 1] in dates.numbers:
            rest, i = _cardinal(tokens, i + 1, dates)
            return (_Number(value * big + rest.value) if rest else None), i
        return _Number(value * big), i + 1
    units = dates.numbers.get(tokens[i], 0) if i < len(tokens) else 0
    if (value in range(20, 100, 10) or value == 0) and 0 < units < 10:
        return _Number(value + units), i + 1
    return _Number(value), i


def _ordinal(day: int, dates: Dates) -> str:
    names = {value: word for word, value in dates.ordinals.items()}
    tens = day // 10 * 10
    return names.get(day) or f"{number_in_words(tens, dates)} {names.get(day % 10, day)}"
