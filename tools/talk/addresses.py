"""Places and addresses, in figures or in words."""

from random import Random

from talk.draw import Draw
from talk.figures import digit_words, house_words, ordinal, ordinal_words, words

_CITIES = ("city.own", "city.big", "city.us", "city.us", "city.gb", "city.world")
_SHORT = {
    "Street": "St",
    "Avenue": "Ave",
    "Road": "Rd",
    "Drive": "Dr",
    "Lane": "Ln",
    "Court": "Ct",
    "Boulevard": "Blvd",
    "Place": "Pl",
    "Parkway": "Pkwy",
    "Circle": "Cir",
}
_LETTERS = "ABCDEFG"


def city(draw: Draw) -> str:
    """Name a city, large or small."""
    name = draw.random.choice(_CITIES)
    return draw.one(name if name in draw.stock.lists else "city.own")


def place(draw: Draw) -> str:
    """Name a city, alone or with its state or country, or something larger or smaller."""
    chance = draw.random.random()
    if chance < 0.45:
        return city(draw)
    if chance < 0.6:
        state = draw.one("state" if draw.chance(0.7) else "state.short")
        return f"{city(draw)}{', ' if draw.chance(0.8) else ' '}{state}"
    if chance < 0.7:
        return f"{city(draw)}, {draw.one('country')}"
    lists = ("state", "country", "county", "neighbourhood", "neighbourhood")
    return draw.one(draw.random.choice(lists))


def street(draw: Draw) -> str:
    """Name a street: Oak Ave, North Willow Creek Lane, Route 9, Twelfth Street, Broadway."""
    chance = draw.random.random()
    if chance < 0.04:
        road = draw.random.choice(("Highway", "Route", "County Road", "State Route"))
        return f"{road} {draw.said(draw.number(1, 399))}"
    if chance < 0.07:
        return draw.one("street.bare")
    kind = draw.one("street.often" if draw.chance(0.6) else "street.kind")
    name = _numbered(draw) if chance < 0.18 else _named(draw)
    if draw.chance(0.12):
        name = f"{draw.one('side')} {name}"
    if draw.chance(0.04):
        return name
    if not draw.words and draw.chance(0.3) and kind in _SHORT:
        kind = _SHORT[kind] + ("." if draw.chance(0.3) else "")
    return f"{name} {kind}"


def _numbered(draw: Draw) -> str:
    number = draw.number(1, 149)
    in_words = draw.words or number < 10
    return ordinal_words(number).title() if in_words else ordinal(number)


def _named(draw: Draw) -> str:
    chance = draw.random.random()
    if chance < 0.55:
        return draw.one("street.word")
    if chance < 0.8:
        return draw.surname()
    return f"{draw.one('street.word')} {draw.one('street.second')}"


def house(draw: Draw) -> str:
    """Number a house: 12B, 1204, twelve oh four."""
    low, high = draw.random.choice(((1, 99), (1, 99), (100, 9999), (100, 9999), (10000, 29999)))
    number = draw.number(low, high)
    if not draw.words:
        return (
            f"{number}{draw.random.choice('abcAB') if number < 200 and draw.chance(0.06) else ''}"
        )
    if number > 9999:
        return digit_words(str(number), draw.random)
    return house_words(number, draw.random) + (" B" if number < 200 and draw.chance(0.05) else "")


def unit(draw: Draw) -> str:
    """Name a part of a house: Apt 3B, apartment three, Flat C."""
    kind = draw.one("unit")
    if draw.words and kind.startswith("Apt"):
        kind = "Apartment"
    if draw.chance(0.15):
        return f"{kind} {draw.random.choice(_LETTERS)}"
    if draw.chance(0.35):
        gap = " " if draw.words else ""
        return f"{kind} {draw.said(draw.number(1, 40))}{gap}{draw.random.choice(_LETTERS)}"
    number = draw.number(1, 999 if draw.chance(0.3) else 40)
    return f"{kind} {house_words(number, draw.random) if draw.words else number}"


def zip_code(draw: Draw) -> str:
    """Write a code of five digits, or one with letters as in Britain."""
    if draw.chance(0.7):
        digits = f"{draw.number(501, 99950):05d}"
        return digit_words(digits, draw.random) if draw.words else digits
    letters = draw.random.choices("ABCEGHLMNPRSTW", k=4)
    first, last = draw.number(1, 29), draw.number(1, 9)
    if draw.words:
        return f"{letters[0]} {letters[1]} {words(first)} {words(last)} {letters[2]} {letters[3]}"
    return f"{letters[0]}{letters[1]}{first} {last}{letters[2]}{letters[3]}"


def address(draw: Draw) -> str:
    """Write an address as far as people tell it."""
    mark = ", " if draw.chance(0.75) else " "
    base = _box(draw) if draw.chance(0.05) else _door(draw, mark)
    if draw.chance(0.5):
        return base
    base += f"{mark if draw.chance(0.8) else ' in '}{city(draw)}"
    if draw.chance(0.45):
        base += f"{mark}{draw.one('state' if draw.words or draw.chance(0.5) else 'state.short')}"
    if draw.chance(0.45):
        base += f"{mark if draw.chance(0.1) else ' '}{zip_code(draw)}"
    return base


def _box(draw: Draw) -> str:
    number = str(draw.number(10, 9999))
    said = digit_words(number, draw.random) if draw.words else number
    return f"{draw.random.choice(('PO Box', 'P.O. Box', 'post office box'))} {said}"


def _door(draw: Draw, mark: str) -> str:
    door = f"{house(draw)} {street(draw)}"
    chance = draw.random.random()
    if chance < 0.08:
        return f"{unit(draw)}{mark}{door}"
    return f"{door}{mark}{unit(draw)}" if chance < 0.3 else door


def initials(random: Random) -> str:
    """Write three capitals."""
    return "".join(random.choices("ABCDFGHKLMNPRSTV", k=3))
