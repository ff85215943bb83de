"""Persons of a conversation, and the ways their names are said.

1. A title is no part of a name: in "Dr. Patel" the span is "Patel".
2. A spelled name is a name: "P A T E L" has a span of its own.
"""

from dataclasses import dataclass, field
from random import Random

from talk.pieces import Piece
from talk.stock import Stock

_SURNAME_FIRST = {"chinese", "korean", "japanese", "vietnamese", "hu_HU"}
_JUNIOR = ("Jr.", "Junior", "Senior", "the third")


@dataclass(frozen=True, slots=True)
class Person:
    first: str = field(repr=False)
    last: str = field(repr=False)
    female: bool
    reversed: bool
    nick: str = field(repr=False)


def invent(role: str, stock: Stock, random: Random) -> Person:
    """Invent a person for this role."""
    culture = stock.culture(random)
    female = role in stock.lists["relation.female"] or (
        role not in stock.lists["relation.male"] and random.random() < 0.5
    )
    first = (culture.female if female else culture.male).draw(random)
    if random.random() < 0.12:
        culture = stock.culture(random)
    last = culture.last.draw(random)
    if random.random() < 0.05:
        first = stock.draw("first.words", random)
    if random.random() < 0.06:
        last = stock.draw("last.words", random)
    return Person(
        first,
        last,
        female,
        culture.name in _SURNAME_FIRST and random.random() < 0.2,
        _nick(first, stock),
    )


def _nick(first: str, stock: Stock) -> str:
    return stock.map["nicks"].get(first, first)


def say(person: Person, facet: str, stock: Stock, random: Random) -> list[Piece]:
    """Say a person's name the way that the facet asks for."""
    if facet in _WAYS:
        return _WAYS[facet](person, stock, random)
    raise KeyError(f"there is no way {facet!r} to say a name")


def _full(person: Person, stock: Stock, random: Random) -> list[Piece]:
    chance = random.random()
    if person.reversed:
        return [_name(f"{person.last} {person.first}")]
    if chance < 0.05:
        return [_name(f"{person.first} {random.choice('ABCDEFGHJKLMNPRSTW')}. {person.last}")]
    if chance < 0.10:
        middle = invent("woman" if person.female else "man", stock, random).first
        return [_name(f"{person.first} {middle} {person.last}")]
    if chance < 0.14:
        second = stock.culture(random).last.draw(random)
        mark = "-" if chance < 0.12 else " "
        return [_name(f"{person.first} {person.last}{mark}{second}")]
    if chance < 0.16:
        return [_name(f"{person.first} {person.last} {random.choice(_JUNIOR)}")]
    if chance < 0.18:
        return [_name(f"{person.nick} {person.last}")]
    return [_name(f"{person.first} {person.last}")]


def _name(text: str) -> Piece:
    return Piece(text, "name")


def _first(person: Person, stock: Stock, random: Random) -> list[Piece]:
    return [_name(person.nick if random.random() < 0.15 else person.first)]


def _last(person: Person, stock: Stock, random: Random) -> list[Piece]:
    return [_name(person.last)]


def _any(person: Person, stock: Stock, random: Random) -> list[Piece]:
    way = random.choice((_full, _first, _last))
    return way(person, stock, random)


def _titled(person: Person, stock: Stock, random: Random) -> list[Piece]:
    title = (
        random.choice(("Mrs.", "Ms.", "Miss", "Mrs."))
        if person.female
        else random.choice(("Mr.", "Mr.", "Mister"))
    )
    return [Piece(f"{title} "), *_last(person, stock, random)]


def _doctor(person: Person, stock: Stock, random: Random) -> list[Piece]:
    title = random.choice(("Dr.", "Doctor", "Dr."))
    way = _full if random.random() < 0.2 else _last
    return [Piece(f"{title} "), *way(person, stock, random)]


def _bad(person: Person, stock: Stock, random: Random) -> list[Piece]:
    """Give a name that sounds much like the last name, or quite another one."""
    if random.random() < 0.3:
        return [_name(stock.culture(random).last.draw(random))]
    return [_name(misspell(person.last, stock, random))]


def _bad_first(person: Person, stock: Stock, random: Random) -> list[Piece]:
    if random.random() < 0.4:
        return [_name(invent("woman" if person.female else "man", stock, random).first)]
    return [_name(misspell(person.first, stock, random))]


def _initials(person: Person, stock: Stock, random: Random) -> list[Piece]:
    return [_name(f"{person.first[0]}. {person.last}")]


def _letters(person: Person, stock: Stock, random: Random) -> list[Piece]:
    return [_name(letters(person.last, stock, random))]


def _first_letters(person: Person, stock: Stock, random: Random) -> list[Piece]:
    return [_name(letters(person.first, stock, random))]


_WAYS = {
    "": _full,
    "first": _first,
    "last": _last,
    "any": _any,
    "mr": _titled,
    "dr": _doctor,
    "bad": _bad,
    "badfirst": _bad_first,
    "initials": _initials,
    "spell": _letters,
    "spellfirst": _first_letters,
}
FACETS = frozenset(_WAYS)


def letters(name: str, stock: Stock, random: Random) -> str:
    """Spell a name: M A R T I N, M-A-R-T, m as in mother, mike alpha."""
    characters = [c for c in name.upper() if "A" <= c <= "Z"]
    chance = random.random()
    if chance < 0.5:
        return " ".join(characters)
    if chance < 0.72:
        return "-".join(characters)
    if chance < 0.8:
        return ", ".join(characters)
    words = stock.lists["nato" if chance < 0.9 else "as.in"]
    if chance < 0.86:
        return " ".join(words[ord(c) - 65] for c in characters)
    link = random.choice((" as in ", " for ", " like "))
    return " ".join(
        c + link + words[ord(c) - 65] if random.random() < 0.5 else c for c in characters
    )


def misspell(name: str, stock: Stock, random: Random) -> str:
    """Write a name as one hears it who has not seen it."""
    low = name.lower()
    fits = [pair for pair in stock.map["sound"].items() if pair[0] in low[1:]]
    if not fits:
        return name + random.choice("eshy")
    old, new = random.choice(fits)
    at = low.index(old, 1)
    heard = name[:at] + new + name[at + len(old) :]
    return heard if len(heard) > 1 else name
