"""Dates as they are said and written: with a day in them, or month and year where asked for.

Rules:
1. A day and a month together are a date, in any order, with a year or without.
2. A month alone, a weekday, or a year alone is none.
3. A month that is an ordinary word needs an ordinal, figures or `of` beside it.
4. A month said by its number needs a day before it and a year after it.
5. A date ends in no part of a number: `april thirty three` is all of one.
6. How days and years are said, and what stands between them, is data of the language.
"""

import re

from sottovoce.detection.lexicon import Lexicon
from sottovoce.detection.shapes import Candidate
from sottovoce.detection.utterance import Utterance

_SIGNS = re.compile(r"^\s?[/.\-–]\s?$")


def find_dates(u: Utterance, *, month_and_year: bool, lexicon: Lexicon) -> tuple[Candidate, ...]:
    """Return the dates of an utterance; with a month and a year alone if that is asked for."""
    found: list[Candidate] = []
    stop = 0
    telling = lexicon.glance.dated
    for i, (word, kind) in enumerate(zip(u.words, u.classes, strict=True)):
        if i < stop or (kind not in "FtTuz" and word not in telling):
            continue
        span = None
        if word in lexicon.months or word in lexicon.weak_months:
            span = _around_month(u, i, stop, month_and_year=month_and_year, lexicon=lexicon)
        else:
            span = _of_ordinals(u, i, lexicon) or _written(u, i)
        if span:
            stop = _whole_number(u, span[1])
            found.append(Candidate("per.dob", span[0], stop, span[2], _value(u, span[0], stop)))
    return tuple(found)


def _whole_number(u: Utterance, stop: int) -> int:
    """Take the figure after `thirty` as well: `april thirty three` is a month and a year."""
    is_cut = stop < len(u) and u.classes[stop - 1] == "T" and u.classes[stop] == "u"
    return stop + is_cut


def _value(u: Utterance, start: int, stop: int) -> str:
    return " ".join(u.words[start:stop])


def _around_month(
    u: Utterance, i: int, floor: int, *, month_and_year: bool, lexicon: Lexicon
) -> tuple[int, int, float] | None:
    weak = u.words[i] in lexicon.weak_months
    if found := _year_first(u, i, floor, weak=weak, lexicon=lexicon):
        return found
    start = _day_before(u, i, floor, weak=weak, lexicon=lexicon)
    stop = i + 1
    if start is None:
        stop = _day_after(u, i + 1, weak=weak, lexicon=lexicon)
    if start is None and stop == i + 1:
        year = _year(u, i + 1, lexicon, short=month_and_year)
        glued = i > floor and u.words[i - 1][0].isdecimal() and len(u.words[i - 1]) in {3, 4}
        if year > i + 1 and glued and u.words[i + 1][0].isdecimal():  # `2012 may 2014`: 20 12
            return i - 1, year, 0.6
        return (i, year, 0.7) if month_and_year and year > i + 1 else None
    year = _year(u, stop, lexicon, short=True)
    return (i if start is None else start, year, 0.9 if year > stop else 0.75)


def _year_first(
    u: Utterance, i: int, floor: int, *, weak: bool, lexicon: Lexicon
) -> tuple[int, int, float] | None:
    """Read `two thousand and three june the sixth` around month i."""
    stop = _day_after(u, i + 1, weak=weak, lexicon=lexicon)
    if stop == i + 1:
        return None
    for j in range(max(floor, i - 5), i):
        if u.words[j] not in lexicon.year_joins and _year(u, j, lexicon, short=False) == i:
            return j, stop, 0.9
    return None


def _day_before(u: Utterance, i: int, floor: int, *, weak: bool, lexicon: Lexicon) -> int | None:
    """Return where `the fourth of` begins before month i."""
    j = i - 1
    of = j >= floor and u.words[j] in lexicon.of
    if of:
        j -= 1
    if j >= floor and u.words[j] in lexicon.ordinal_suffixes and j and u.classes[j - 1] in "Fx":
        j -= 1
    for k in (j - 2, j - 1, j):
        length = _day(u, k, lexicon) if k >= floor else 0
        if (
            length
            and k + length > j
            and (not weak or of or u.words[j] in lexicon.ordinals or _is_day_figure(u.words[j]))
        ):
            lead = k > floor and u.words[k - 1] in lexicon.the and of
            return k - 1 if lead else k
    return None


def _day_after(u: Utterance, i: int, *, weak: bool, lexicon: Lexicon) -> int:
    """Return the end of `[the] fourth` from word i, or i if there is none."""
    j = i + 1 if i < len(u) and u.words[i] in lexicon.the else i
    length = _day(u, j, lexicon)
    if not length or "\n" in u.gap(j):
        return i
    last = u.words[j + length - 1]
    sure = last in lexicon.ordinals or u.words[j][0].isdecimal()
    if weak and not sure:
        return i
    if not sure and _year(u, j, lexicon, short=False) >= j + 2:  # `march nineteen eighty four`
        return i
    end = j + length
    if end < len(u) and u.words[end] in lexicon.ordinal_suffixes:
        end += 1
    return end


def _is_day_figure(word: str) -> bool:
    return word[0].isdecimal() and len(word) <= 2 and 1 <= int(word) <= 31


def _day(u: Utterance, i: int, lexicon: Lexicon) -> int:
    """Return how many words from i name a day of a month, or 0."""
    if not 0 <= i < len(u):
        return 0
    word, after = u.words[i], u.words[i + 1] if i + 1 < len(u) else ""
    if word in lexicon.ordinals or _is_day_figure(word):
        return 1
    if lexicon.figures.get(word) in {"20", "30"} and lexicon.ordinals.get(after, 10) < 10:
        return 2
    kinds = u.classes[i : i + 3]
    if kinds[:2] in {"zu", "ou"}:
        return 2
    for length in (_tens_and_units(kinds, lexicon), 1):
        if length and kinds[0] in "utT" and _sum(u, i, length, lexicon) <= 31:
            return length
    return 0


def _tens_and_units(kinds: str, lexicon: Lexicon) -> int:
    if kinds[:2] == "T&":
        return 3
    return 2 if kinds[:2] == "Tu" and not lexicon.tens_joined else 0


def _sum(u: Utterance, i: int, length: int, lexicon: Lexicon) -> int:
    return sum(int(lexicon.figures.get(word, "0")) for word in u.words[i : i + length])


def _year(u: Utterance, i: int, lexicon: Lexicon, *, short: bool) -> int:
    """Return the end of a year said from word i, or i if there is none."""
    start = i
    while start < len(u) and u.words[start] in lexicon.year_joins and start < i + 2:
        start += 1
    if start >= len(u):
        return i
    short = short and (start == i or u.words[start - 1] in lexicon.short_year_joins)
    if u.classes[start] in "Fx" and u.words[start][0].isdecimal():
        length = _written_year(u.words[start : start + 2], short=short)
        return start + length if length else i
    said = lexicon.long_year.match(u.classes, start)
    said = said or (lexicon.short_year.match(u.classes, start) if short else None)
    return said.end() if said else i


def _written_year(words: tuple[str, ...], *, short: bool) -> int:
    """Return how many of these figures are a year: `1984`, `19 84`, and `84` after a day."""
    size, century = len(words[0]), words[0][:2]
    if (size == 4 and century in {"18", "19", "20"}) or (size == 5 and century in {"19", "20"}):
        return 1
    if size == 2 and len(words) == 2 and len(words[1]) == 2 and words[1][0].isdecimal():
        return 2
    return int(short and size == 2)


def _of_ordinals(u: Utterance, i: int, lexicon: Lexicon) -> tuple[int, int, float] | None:
    """Read `the fourth of the third nineteen eighty two`."""
    first = _ordinal(u, i, lexicon)
    if not first:
        return _of_numbers(u, i, lexicon) if lexicon.numbered_months else None
    j = i + first
    if j + 1 >= len(u) or u.words[j] not in lexicon.of:
        return None
    j += 1 + (u.words[j + 1] in lexicon.the)
    second = _ordinal(u, j, lexicon)
    if not second:
        return None
    year = _year(u, j + second, lexicon, short=True)
    return i, year, 0.85 if year > j + second else 0.6


def _of_numbers(u: Utterance, i: int, lexicon: Lexicon) -> tuple[int, int, float] | None:
    """Read `cuatro del tres del ochenta y dos`."""
    j = i + _day(u, i, lexicon)
    if j == i or j + 1 >= len(u) or u.words[j] not in lexicon.of:
        return None
    month = _day(u, j + 1, lexicon)
    if not month or _number(u, j + 1, month, lexicon) > 12:
        return None
    stop = j + 1 + month
    year = _year(u, stop, lexicon, short=True)
    return (i, year, 0.85) if year > stop else None


def _number(u: Utterance, i: int, length: int, lexicon: Lexicon) -> int:
    return int(u.words[i]) if u.words[i].isdecimal() else _sum(u, i, length, lexicon)


def _ordinal(u: Utterance, i: int, lexicon: Lexicon) -> int:
    if i >= len(u):
        return 0
    after = u.words[i + 1] if i + 1 < len(u) else ""
    if u.words[i] in lexicon.ordinals:
        return 1
    if _is_day_figure(u.words[i]) and after in lexicon.ordinal_suffixes:
        return 2
    return 2 if lexicon.figures.get(u.words[i]) in {"20", "30"} and after in lexicon.ordinals else 0


def _written(u: Utterance, i: int) -> tuple[int, int, float] | None:
    """Read `09/27/1984`, `27.9.84`, `1984-09-27`."""
    parts = u.words[i : i + 3]
    if len(parts) < 3 or not all(p[0].isdecimal() for p in parts):
        return None
    sign = u.gap(i + 1)
    if not _SIGNS.match(sign) or sign != u.gap(i + 2) or _glued(u, i, sign):
        return None
    sizes = tuple(len(p) for p in parts)
    a, b, c = (int(p[:4]) for p in parts)
    day_first = (
        sizes[0] <= 2
        and sizes[1] <= 2
        and sizes[2] in {2, 4}
        and max(a, b) <= 31
        and min(a, b) in range(1, 13)
    )
    year_first = sizes[0] == 4 and sizes[1] <= 2 and sizes[2] <= 2 and 1 <= b <= 12 and 1 <= c <= 31
    return (i, i + 3, 0.85) if day_first or year_first else None


def _glued(u: Utterance, i: int, sign: str) -> bool:
    """Tell whether the three figures are a part of a longer run of the same sign."""
    before = i > 0 and u.gap(i) == sign and u.words[i - 1][0].isdecimal()
    after = i + 3 < len(u) and u.gap(i + 3) == sign and u.words[i + 3][0].isdecimal()
    return before or after
