"""Figures, dates, times, numbers and e-mails, in figures or in words."""

from collections.abc import Callable

from talk.draw import Draw
from talk.figures import DAYS, MONTHS, digit_words, ordinal, ordinal_words, words, year_words
from talk.people import invent, letters

_PARTS = ("", "", " pm", " am", " p.m.", " in the evening", " in the morning", " tonight")
_DOSES = (5, 10, 20, 25, 40, 50, 75, 100, 150, 200, 250, 300, 400, 500, 600, 800, 1000)


def month_day(draw: Draw) -> str:
    """Say a day of a month: May third, 3rd of May, the third of May."""
    month, day = draw.random.choice(MONTHS), draw.number(1, 28)
    said = ordinal_words(day) if draw.words else draw.random.choice((ordinal(day), str(day)))
    if draw.chance(0.3):
        return f"{'the ' if draw.words or draw.chance(0.5) else ''}{said} of {month}"
    return f"{month} {'the ' if draw.words and draw.chance(0.1) else ''}{said}"


def date(draw: Draw) -> str:
    """Say a date without its year, or print it whole."""
    if draw.chance(0.12) and not draw.words:
        return f"{draw.number(1, 12):02d}/{draw.number(1, 28):02d}/{draw.number(1940, 2027)}"
    if draw.chance(0.15):
        day = draw.number(1, 31)
        return f"the {ordinal_words(day) if draw.words else ordinal(day)}"
    if draw.chance(0.2):
        return f"{draw.random.choice(DAYS)} {month_day(draw)}"
    return month_day(draw)


def birth(draw: Draw) -> str:
    """Say a date with its year."""
    number = draw.number(1931, 2016)
    if draw.chance(0.15) and not draw.words:
        return f"{draw.number(1, 12)}/{draw.number(1, 28)}/{str(number)[-2:]}"
    if draw.chance(0.12) and draw.words:
        parts = (draw.number(1, 12), draw.number(1, 28), number % 100)
        return " ".join(words(part) for part in parts)
    said = year_words(number, draw.random) if draw.words else str(number)
    return f"{month_day(draw)}{' ' if draw.words else ', '}{said}"


def year(draw: Draw) -> str:
    """Say a year."""
    number = draw.number(1962, 2026)
    return year_words(number, draw.random) if draw.words else str(number)


def time(draw: Draw) -> str:
    """Say a time of day."""
    hour, minute = draw.number(1, 12), draw.random.choice((0, 0, 15, 30, 30, 45, 10, 20))
    part = draw.random.choice(_PARTS)
    if not draw.words and draw.chance(0.8):
        return (f"{hour}" if minute == 0 and part else f"{hour}:{minute:02d}") + part
    if minute == 0:
        return words(hour) + draw.random.choice((part, " o'clock", ""))
    if minute == 30 and draw.chance(0.4):
        return f"half past {words(hour)}"
    if minute in (15, 45) and draw.chance(0.4):
        return f"{'quarter past' if minute == 15 else 'quarter to'} {words(hour)}"
    return f"{words(hour)} {words(minute)}{part}"


def money(draw: Draw) -> str:
    """Say an amount of money."""
    low, high, step = draw.random.choice(((3, 99, 1), (100, 999, 1), (1, 60, 50)))
    whole, cents = draw.number(low, high) * step, draw.number(1, 99)
    coin = draw.random.choice(("dollars", "dollars", "pounds", "euros", "bucks"))
    if draw.words:
        if draw.chance(0.3):
            return f"{words(whole)} {coin} and {words(cents)} cents"
        bare = draw.chance(0.2) and cents > 9
        return f"{words(whole)} {words(cents)}" if bare else f"{words(whole)} {coin}"
    sign = {"pounds": "£", "euros": "€"}.get(coin, "$")
    if draw.chance(0.5):
        return f"{sign}{whole:,}.{cents:02d}"
    return f"{sign}{whole:,}" if draw.chance(0.6) else f"{whole} {coin}"


def millions(draw: Draw) -> str:
    """Say an amount as companies have it."""
    whole, part = draw.number(1, 980), draw.number(1, 9)
    size = draw.random.choice(("million", "million", "billion"))
    if not draw.words:
        return f"${whole}.{part} {size}"
    half = f" point {words(part)}" if draw.chance(0.5) else ""
    return f"{words(whole)}{half} {size}{'' if half else ' dollars'}"


def percent(draw: Draw) -> str:
    """Say a share."""
    whole, part, has_part = draw.number(1, 60), draw.number(1, 9), draw.chance(0.4)
    if draw.words:
        return f"{words(whole)}{f' point {words(part)}' if has_part else ''} percent"
    return f"{whole}{f'.{part}' if has_part else ''}{draw.random.choice(('%', ' percent'))}"


def digits(count: int) -> Callable[[Draw], str]:
    """Return what writes so many digits."""

    def write(draw: Draw) -> str:
        row = "".join(draw.random.choices("0123456789", k=count))
        if draw.words:
            return digit_words(row, draw.random)
        if count > 8 and draw.chance(0.5):
            return " ".join(row[at : at + 4] for at in range(0, count, 4))
        return row

    return write


def phone(draw: Draw) -> str:
    """Say a number of a telephone that is nobody's."""
    groups = (str(draw.number(201, 989)), "555", f"{draw.number(0, 9999):04d}")
    if draw.words:
        mark = ", " if draw.chance(0.3) else " "
        return mark.join(digit_words(group, draw.random) for group in groups)
    shapes = ("{0}-{1}-{2}", "({0}) {1}-{2}", "{0} {1} {2}", "{0}{1}{2}", "{1}-{2}")
    return draw.random.choice(shapes).format(*groups)


def code(draw: Draw) -> str:
    """Write letters and then digits."""
    capitals = draw.random.choices("ABCDEFGHJKLMNPRSTUVWXYZ", k=draw.number(1, 3))
    row = "".join(draw.random.choices("0123456789", k=draw.number(3, 6)))
    if draw.words:
        return f"{' '.join(capitals)} {digit_words(row, draw.random)}"
    return f"{''.join(capitals)}{draw.random.choice(('', '-', ' '))}{row}"


def email(draw: Draw) -> str:
    """Write an e-mail address, or say it."""
    person = invent("", draw.stock, draw.random)
    first, last = (_plain(part) for part in (person.first, person.last))
    number = draw.random.choice(("", "", str(draw.number(1, 99))))
    shapes = (f"{first}{last}", f"{first}.{last}", f"{first[0]}{last}", f"{first}_{last}", first)
    stem = draw.random.choice((*shapes, _plain(draw.one("thing"))))
    domain = draw.one("mail.domain")
    if not draw.words:
        return f"{stem}{number}@{domain}"
    if draw.chance(0.1):
        stem = letters(stem, draw.stock, draw.random).lower()
    said = stem.replace(".", " dot ").replace("_", " underscore ")
    tail = f" {words(int(number))}" if number else ""
    return f"{said}{tail} at {domain.replace('.', ' dot ')}"


def _plain(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum())


def dose(draw: Draw) -> str:
    """Say how much of a medicine."""
    number = draw.random.choice(_DOSES)
    if draw.words:
        return f"{words(number)} {draw.random.choice(('milligrams', 'milligram', 'units'))}"
    return f"{number}{draw.random.choice((' mg', 'mg', ' milligrams', ' units'))}"


def age(draw: Draw) -> str:
    """Say how old somebody is."""
    said = draw.said(draw.number(2, 94))
    old = " year old" if draw.words else "-year-old"
    return said + draw.random.choice((" years old", "", "", old))
