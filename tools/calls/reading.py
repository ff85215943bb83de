"""How people say numbers, names, dates and addresses of mail: every form a call can hold."""

from collections.abc import Sequence
from itertools import pairwise
from random import Random

from calls.numerals import ORDINALS, TEENS, TENS, UNITS

MONTHS: tuple[str, ...] = ("January", "February", "March", "April", "May", "June", "July")
MONTHS += ("August", "September", "October", "November", "December")
NATO: tuple[str, ...] = (
    "Alpha",
    "Bravo",
    "Charlie",
    "Delta",
    "Echo",
    "Foxtrot",
    "Golf",
    "Hotel",
    "India",
)
NATO += ("Juliet", "Kilo", "Lima", "Mike", "November", "Oscar", "Papa", "Quebec", "Romeo")
NATO += ("Sierra", "Tango", "Uniform", "Victor", "Whiskey", "Xray", "Yankee", "Zulu")
CUES: tuple[str, ...] = (
    "apple",
    "boy",
    "cat",
    "dog",
    "Edward",
    "Frank",
    "George",
    "Henry",
    "igloo",
    "Jack",
)
CUES += ("king", "Larry", "Mary", "Nancy", "orange", "Peter", "queen", "Robert", "Sam", "Tom")
CUES += ("umbrella", "victory", "window", "Xray", "yellow", "zebra")
_CORRECTIONS: tuple[str, ...] = (
    "{wrong}, no, {right}",
    "{wrong}, sorry, {right}",
    "{wrong}, sorry, I meant {right}",
    "{wrong}, I mean {right}",
    "{wrong}, no wait, {right}",
    "{wrong}, make that {right}",
)
_WITH_CORRECTION = 0.2
_WITH_HESITATION = 0.15


def read_number(digits: str, groups: Sequence[int], rng: Random) -> str:
    """Return digits as someone says them, group by group, now and then corrected."""
    manner = rng.choice((_singly, _singly, _with_doubles, _with_doubles, _in_pairs, _roundly))
    zero = rng.choice(("zero", "oh"))
    said = [manner(group, zero) for group in cut_groups(digits, groups)]
    if rng.random() < _WITH_CORRECTION:
        at = rng.randrange(len(said))
        said[at] = _corrected(cut_groups(digits, groups)[at], zero, rng)
    if len(said) > 1 and rng.random() < _WITH_HESITATION:
        said.insert(rng.randrange(1, len(said)), rng.choice(("uh", "um", "let me see")))
    return ", ".join(said)


def cut_groups(digits: str, groups: Sequence[int]) -> list[str]:
    """Cut digits into groups of these lengths; together they must be all of it."""
    if sum(groups) != len(digits):
        raise ValueError(f"groups of {sum(groups)} digits do not fit {len(digits)}")
    starts = [sum(groups[:index]) for index in range(len(groups))]
    return [digits[start : start + size] for start, size in zip(starts, groups, strict=True)]


def read_singly(digits: str, zero: str = "zero") -> str:
    """Return one word for each digit."""
    return _singly(digits, zero)


def _singly(group: str, zero: str) -> str:
    return " ".join(zero if digit == "0" else UNITS[int(digit)] for digit in group)


def _with_doubles(group: str, zero: str) -> str:
    words = []
    index = 0
    while index < len(group):
        run = len(group[index:]) - len(group[index:].lstrip(group[index]))
        take = min(run, 3)
        words.append(("", "", "double ", "triple ")[take] + _singly(group[index], zero))
        index += take
    return " ".join(words)


def _in_pairs(group: str, zero: str) -> str:
    """A digit without a partner comes first, so that it cannot be taken for a unit."""
    odd = len(group) % 2
    pairs = [group[index : index + 2] for index in range(odd, len(group), 2)]
    lead = [_singly(group[:odd], zero)] if odd else []
    return " ".join(lead + [read_pair(pair, zero) for pair in pairs])


def read_pair(pair: str, zero: str = "oh") -> str:
    """Return two digits as one number: `forty one`, `oh five`."""
    if pair[0] == "0":
        return f"double {zero}" if pair == "00" else _singly(pair, zero)
    if pair[0] == "1":
        return TEENS[int(pair) - 10]
    return TENS[int(pair[0])] + (f" {UNITS[int(pair[1])]}" if pair[1] != "0" else "")


def _roundly(group: str, zero: str) -> str:
    if len(group) == 4 and group[1:] == "000" and group[0] != "0":
        return f"{UNITS[int(group[0])]} thousand"
    if len(group) in (3, 4) and group[-2:] == "00" and group[-3] != "0" and group[0] != "0":
        head = group[:-2]
        return f"{read_pair(head) if len(head) == 2 else UNITS[int(head)]} hundred"
    return _in_pairs(group, zero)


def _corrected(group: str, zero: str, rng: Random) -> str:
    """Say a wrong digit and mend it, or say the whole group again."""
    at = rng.randrange(len(group))
    wrong = str((int(group[at]) + rng.randrange(1, 10)) % 10)
    form = rng.choice(_CORRECTIONS)
    if rng.random() < 0.5:
        slip = _singly(group[:at] + wrong, zero)
        mended = form.format(wrong=slip, right=_singly(group[at], zero))
        return ", ".join(part for part in (mended, _singly(group[at + 1 :], zero)) if part)
    slip = _singly(group[:at] + wrong + group[at + 1 :], zero)
    return form.format(wrong=slip, right=_singly(group, zero))


def read_year(year: int, rng: Random) -> str:
    """Return a year: `nineteen eighty four`, `two thousand six`, `twenty oh six`."""
    century, rest = divmod(year, 100)
    if century == 20 and rng.random() < 0.5:
        return "two thousand" + (f" {_cardinal(rest)}" if rest else "")
    return f"{_cardinal(century)} {read_pair(f'{rest:02d}') if rest else 'hundred'}"


def _cardinal(number: int) -> str:
    return UNITS[number] if number < 10 else read_pair(str(number))


def read_day(day: int) -> str:
    """Return the day of a month: `seventeenth`, `twenty first`."""
    if day <= 20:
        return ORDINALS[day]
    return "thirtieth" if day == 30 else f"{TENS[day // 10]} {ORDINALS[day % 10]}"


def read_date(year: int, month: int, day: int, rng: Random) -> str:
    """Return a date in one of the forms of speech, American or British."""
    short = read_pair(f"{year % 100:02d}")
    return rng.choice(
        (
            f"{MONTHS[month - 1]} {read_day(day)}, {read_year(year, rng)}",
            f"the {read_day(day)} of {MONTHS[month - 1]}, {read_year(year, rng)}",
            f"{MONTHS[month - 1]} {read_day(day)}, {short}",
            f"{_cardinal(month)}, {_cardinal(day)}, {short}",
            f"{read_pair(f'{month:02d}')}, {read_pair(f'{day:02d}')}, {read_year(year, rng)}",
        )
    )


def read_expiry(month: int, year: int, rng: Random) -> str:
    """Return the month and year on a card."""
    short = f"{year % 100:02d}"
    return rng.choice(
        (
            f"{MONTHS[month - 1]} {read_pair(short)}",
            f"{MONTHS[month - 1]}, {read_year(year, rng)}",
            f"{read_pair(f'{month:02d}')}, {read_pair(short)}",
            f"{_singly(f'{month:02d}', 'oh')}, {_singly(short, 'oh')}",
            f"{_singly(f'{month:02d}', 'zero')}, {read_year(year, rng)}",
        )
    )


def read_letters(text: str) -> str:
    """Return letters and digits one by one: `Q X four`."""
    return " ".join(UNITS[int(c)] if c.isdigit() else c.upper() for c in text if c.isalnum())


def spell(name: str, rng: Random) -> str:
    """Return a name letter by letter: plain, with cues, or in the NATO alphabet."""
    letters = name.upper()
    manner = rng.randrange(4)
    if manner == 0:
        return ", ".join(letters)
    if manner == 1:
        return ", ".join(f"{c} as in {_cue(CUES, c)}" for c in letters)
    if manner == 2:
        return ", ".join(f"{c} for {_cue(NATO, c)}" for c in letters)
    return " ".join(_cue(NATO, c) for c in letters)


def _cue(words: Sequence[str], letter: str) -> str:
    return words[ord(letter) - ord("A")]


def read_email(local: str, domain: str) -> str:
    """Return a mail address: `nora dot lind eighty four, at example dot com`."""
    signs = {".": "dot", "_": "underscore", "-": "dash"}
    words = []
    for part in _parts(local):
        words.append(signs.get(part) or (read_pair(part) if part.isdigit() else part))
    return f"{' '.join(words)}, at {domain.replace('.', ' dot ')}"


def _parts(local: str) -> list[str]:
    """Cut at signs and before digits; a pair of digits stays together."""
    parts = [local[0]]
    for before, sign in pairwise(local):
        if (before.isalpha() and sign.isalpha()) or (before.isdigit() and sign.isdigit()):
            parts[-1] += sign
        else:
            parts.append(sign)
    return parts
