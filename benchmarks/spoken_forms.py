"""Ways to say a value: words, and which of them carry a part of it.

Written without a look at what detection knows: these are ways people talk, not ways we read.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

from spoken_values import CODES, MONTHS, NUMBERS, Value

UNITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
TEENS = (
    *("ten", "eleven", "twelve", "thirteen", "fourteen"),
    *("fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
ORDINALS = {1: "first", 2: "second", 3: "third", 5: "fifth", 8: "eighth", 9: "ninth", 12: "twelfth"}
ALPHABET = (
    *("alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india"),
    *("juliet", "kilo", "lima", "mike", "november", "oscar", "papa", "quebec", "romeo"),
    *("sierra", "tango", "uniform", "victor", "whiskey", "x-ray", "yankee", "zulu"),
)
EXAMPLES = (
    *("apple", "boy", "cat", "dog", "edward", "frank", "george", "harry", "ink", "john"),
    *("king", "london", "mary", "nancy", "orange", "peter", "queen", "robert", "sugar"),
    *("tom", "uncle", "victor", "william", "xylophone", "yellow", "zebra"),
)
NATO = {word[0].upper(): word for word in ALPHABET}
AS_IN = {word[0].upper(): word for word in EXAMPLES}
FILLERS = ("um", "uh", "er", "let me see", "and then", "hang on")


@dataclass(frozen=True, slots=True)
class Said:
    """A word, and whether it carries a part of the value."""

    word: str = field(repr=False)
    carries: bool = True


Way = Callable[[str, Random], list[Said]]


def _all(words: Sequence[str]) -> list[Said]:
    return [Said(word) for word in words]


def filler(words: str) -> list[Said]:
    """Return words that carry nothing."""
    return [Said(word, carries=False) for word in words.split()]


def singly(group: str, rng: Random) -> list[Said]:
    return _all([UNITS[int(d)] for d in group])


def with_oh(group: str, rng: Random) -> list[Said]:
    zero = rng.choice(("oh", "o"))
    return _all([zero if d == "0" else UNITS[int(d)] for d in group])


def repeats(group: str, rng: Random) -> list[Said]:
    words: list[str] = []
    at = 0
    while at < len(group):
        run = len(group[at:]) - len(group[at:].lstrip(group[at]))
        run = min(run, 3)
        words += [*([("", "", "double", "triple")[run]] if run > 1 else []), UNITS[int(group[at])]]
        at += run
    return _all(words)


def pairs(group: str, rng: Random) -> list[Said]:
    words: list[str] = []
    odd = len(group) % 2
    if odd:
        words.append(UNITS[int(group[0])])
    for at in range(odd, len(group), 2):
        words += pair(group[at : at + 2])
    return _all(words)


def pair(two: str) -> list[str]:
    """Say two digits as one number."""
    tens, unit = int(two[0]), int(two[1])
    if tens == 0:
        return ["oh", UNITS[unit] if unit else "oh"]
    if tens == 1:
        return [TEENS[unit]]
    return [TENS[tens], *([UNITS[unit]] if unit else [])]


def hundreds(group: str, rng: Random) -> list[Said]:
    if len(group) == 3 and group[0] != "0":
        head, tail = [UNITS[int(group[0])], "hundred"], group[1:]
    elif len(group) == 4 and group[:2] > "10" and group[1] != "0":
        head, tail = [*pair(group[:2]), "hundred"], group[2:]
    else:
        return singly(group, rng)
    if tail == "00":
        return _all(head)
    low = [UNITS[int(tail[1])]] if tail[0] == "0" else pair(tail)
    between = filler("and") if rng.random() < 0.5 else []
    return [*_all(head), *between, *_all(low)]


def figures(group: str, rng: Random) -> list[Said]:
    return [Said(group)]


def figures_singly(group: str, rng: Random) -> list[Said]:
    return _all(list(group))


def glued(group: str, rng: Random) -> list[Said]:
    return [Said("-".join(group))]


def mixed(group: str, rng: Random) -> list[Said]:
    words: list[Said] = []
    at = 0
    while at < len(group):
        size = rng.choice((1, 1, 2, 3))
        part = group[at : at + size]
        words += rng.choice((figures, singly, with_oh))(part, rng)
        at += size
    return words


def with_fillers(group: str, rng: Random) -> list[Said]:
    words = singly(group, rng)
    at = rng.randrange(1, len(words)) if len(words) > 1 else 0
    return [*words[:at], *filler(rng.choice(FILLERS)), *words[at:]]


def corrected(group: str, rng: Random) -> list[Said]:
    words = singly(group, rng)
    at = rng.randrange(len(words))
    wrong = Said(rng.choice([u for u in UNITS if u != words[at].word]))
    excuse = rng.choice(("no sorry", "sorry i meant", "no wait", "i mean", "scratch that"))
    return [*words[:at], wrong, *filler(excuse), *words[at:]]


DIGIT_WAYS: dict[str, Way] = {
    "one by one": singly,
    "with oh": with_oh,
    "double and triple": repeats,
    "teens and tens": pairs,
    "hundreds": hundreds,
    "groups of figures": figures,
    "figures one by one": figures_singly,
    "figures with dashes": glued,
    "words and figures": mixed,
    "with fillers": with_fillers,
    "corrected": corrected,
}


def letters(group: str, rng: Random) -> list[Said]:
    return _each(group, rng, lambda c: _all([c.lower()]))


def nato(group: str, rng: Random) -> list[Said]:
    return _each(group, rng, lambda c: _all([NATO[c]]))


def as_in(group: str, rng: Random) -> list[Said]:
    link = rng.choice(("as in", "for", "like"))
    return _each(group, rng, lambda c: [Said(c.lower()), *filler(link), Said(AS_IN[c])])


def capitals(group: str, rng: Random) -> list[Said]:
    return [Said(group)]


def _each(group: str, rng: Random, say: Callable[[str], list[Said]]) -> list[Said]:
    words: list[Said] = []
    for c in group:
        words += say(c) if c.isalpha() else singly(c, rng)
    return words


CODE_WAYS: dict[str, Way] = {
    "letters one by one": letters,
    "spelling alphabet": nato,
    "letter as in word": as_in,
    "groups of capitals": capitals,
}


def _email_parts(value: Value, say_digits: Way, rng: Random) -> list[Said]:
    signs = {".": "dot", "_": "underscore", "-": rng.choice(("dash", "hyphen")), "@": "at"}
    words: list[Said] = []
    part = ""
    for c in value.groups[0] + " ":
        if c.isalpha():
            part += c
            continue
        words += [Said(part)] if part else []
        part = ""
        if c.isdigit():
            words += say_digits(c, rng)
        elif c != " ":
            words += filler(signs[c])
    return words


def email_said(value: Value, rng: Random) -> list[Said]:
    return _email_parts(value, singly, rng)


def email_spelled(value: Value, rng: Random) -> list[Said]:
    local, host = value.groups[0].split("@")
    spelled: list[Said] = []
    for said in _email_parts(Value(value.name, value.kinds, (local,)), singly, rng):
        is_word = said.carries and said.word not in UNITS
        spelled += _all(list(said.word)) if is_word else [said]
    return [*spelled, *filler("at"), *_email_parts(Value("", value.kinds, (host,)), singly, rng)]


def email_written(value: Value, rng: Random) -> list[Said]:
    return [Said(value.groups[0])]


EMAIL_WAYS = {
    "at and dot": email_said,
    "spelled, at and dot": email_spelled,
    "written": email_written,
}


def year_said(year: str, rng: Random) -> list[Said]:
    if year.startswith("20"):
        low = year[2:]
        tail = pair(low) if low > "09" else ([UNITS[int(low)]] if low != "00" else [])
        return [*_all(["two", "thousand"]), *(filler("and") if tail else []), *_all(tail)]
    return _all([*pair(year[:2]), *pair(year[2:])])


def ordinal(day: int) -> list[str]:
    """Return a day of the month as it is said."""
    if day in ORDINALS:
        return [ORDINALS[day]]
    if day < 20:
        return [(UNITS + TEENS)[day] + "th"]
    if day % 10 == 0:
        return [TENS[day // 10][:-1] + "ieth"]
    return [TENS[day // 10], *ordinal(day % 10)]


def _month_first(value: Value, rng: Random) -> list[Said]:
    year, month, day = value.groups
    return [*_all([MONTHS[int(month) - 1], *ordinal(int(day))]), *year_said(year, rng)]


def _day_first(value: Value, rng: Random) -> list[Said]:
    year, month, day = value.groups
    said = [*filler("the"), *_all(ordinal(int(day))), *filler("of")]
    return [*said, Said(MONTHS[int(month) - 1]), *year_said(year, rng)]


def _numbers(value: Value, rng: Random) -> list[Said]:
    year, month, day = value.groups
    two = [pair(month), pair(f"{int(day):02d}")]
    rng.shuffle(two)
    return _all([*two[0], *two[1], *pair(year[2:])])


def _slashes(value: Value, rng: Random) -> list[Said]:
    year, month, day = value.groups
    return [Said(rng.choice((f"{month}/{day}/{year}", f"{day}.{month}.{year}")))]


def _year_first(value: Value, rng: Random) -> list[Said]:
    year, month, day = value.groups
    said = [*year_said(year, rng), Said(MONTHS[int(month) - 1])]
    return [*said, *filler("the"), *_all(ordinal(int(day)))]


def _written_month(value: Value, rng: Random) -> list[Said]:
    year, month, day = value.groups
    return _all([MONTHS[int(month) - 1].title(), f"{day},", year])


DATE_WAYS = {
    "month, day, year": _month_first,
    "the day of the month": _day_first,
    "numbers in pairs": _numbers,
    "figures and slashes": _slashes,
    "year first": _year_first,
    "month and figures": _written_month,
}


def _expiry_numbers(value: Value, rng: Random) -> list[Said]:
    month, year = value.groups
    return _all([*pair(month), *pair(year[2:])])


def _expiry_month(value: Value, rng: Random) -> list[Said]:
    month, year = value.groups
    return [Said(MONTHS[int(month) - 1]), *_all([*pair("20"), *pair(year[2:])])]


def _expiry_figures(value: Value, rng: Random) -> list[Said]:
    month, year = value.groups
    return [Said(f"{month}/{year[2:]}")]


EXPIRY_WAYS = {
    "numbers in pairs": _expiry_numbers,
    "month and year": _expiry_month,
    "figures and slashes": _expiry_figures,
}


def ways(name: str) -> tuple[str, ...]:
    """Return the ways in which values of a name can be said."""
    if name in NUMBERS:
        return tuple(DIGIT_WAYS)
    if name in CODES:
        return tuple(CODE_WAYS)
    return tuple({"email": EMAIL_WAYS, "dob": DATE_WAYS, "expiry": EXPIRY_WAYS}[name])


def say(value: Value, way: str, rng: Random) -> list[list[Said]]:
    """Return a value said in a way, group by group."""
    if value.name in OTHER_WAYS:
        return [OTHER_WAYS[value.name][way](value, rng)]
    if value.name in CODES:
        chosen = CODE_WAYS[way]
        digits = figures if way == "groups of capitals" else singly
        return [(digits if g.isdigit() else chosen)(g, rng) for g in value.groups]
    return _number_groups(value, way, rng)


OTHER_WAYS = {"email": EMAIL_WAYS, "dob": DATE_WAYS, "expiry": EXPIRY_WAYS}


def _number_groups(value: Value, way: str, rng: Random) -> list[list[Said]]:
    once = way in ("corrected", "with fillers")
    plain = rng.choice((singly, with_oh)) if once else DIGIT_WAYS[way]
    special = rng.randrange(len(value.groups))
    return [
        (DIGIT_WAYS[way] if once and at == special else plain)(group, rng)
        for at, group in enumerate(value.groups)
    ]
