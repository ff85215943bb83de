"""Things other than persons that talk is filled with, each with its label.

1. A town that follows a street is inside the span of the address; alone it is a place.
2. Figures, dates, e-mails and numbers of any kind are a `value`: none of the other labels.
3. An article in small letters is outside of the span: in "a broken arm" it is "broken arm".
"""

import re
from collections.abc import Callable, Mapping

from talk import addresses, amounts
from talk.draw import Draw
from talk.figures import DAYS
from talk.pieces import Piece

_HOLE = re.compile(r"\{([\w.]+)\}")
_ARTICLE = re.compile(r"(?:an?|the|my) (?=\w)")


def _pattern(text: str, draw: Draw) -> str:
    def hole(match: re.Match[str]) -> str:
        if match[1] == "city":
            return addresses.city(draw)
        if match[1] == "surname":
            return draw.surname()
        return addresses.initials(draw.random) if match[1] == "initials" else draw.one(match[1])

    return _HOLE.sub(hole, text)


def _organisation(name: str, known: float) -> Callable[[Draw], str]:
    """Return what draws a known one in this share of times, or else one by a pattern."""

    def write(draw: Draw) -> str:
        if draw.chance(known):
            return draw.one(f"org.{name}")
        return _pattern(draw.one(f"made.{name}"), draw)

    return write


def _listed(name: str) -> Callable[[Draw], str]:
    return lambda draw: draw.one(name)


def company(draw: Draw) -> str:
    """Name a company that nobody knows."""
    return _pattern(draw.one("made.company"), draw)


def condition(draw: Draw) -> str:
    """Name a condition in lay words or, more rarely, in formal ones."""
    chance = draw.random.random()
    if chance < 0.14 and "condition.formal" in draw.stock.lists:
        return draw.one("condition.formal")
    if chance < 0.6:
        return draw.one("condition")
    if chance < 0.72:
        return draw.one("injury")
    if chance < 0.84:
        return draw.one("mind")
    return draw.one("cancer") if chance < 0.9 else draw.one("symptom")


def medicine(draw: Draw) -> str:
    """Name a medicine by its generic name, its brand, or in lay words."""
    return draw.one("medicine.lay" if draw.chance(0.2) else "medicine")


_BY_LABEL: dict[str, dict[str, Callable[[Draw], str]]] = {
    "place": {
        "city": addresses.city,
        "place": addresses.place,
        **{name: _listed(name) for name in ("state", "country", "county", "neighbourhood")},
        "landmark": _listed("landmark"),
    },
    "address": {"street": addresses.street, "address": addresses.address},
    "organisation": {
        "company": company,
        **{name: _listed(f"org.{name}") for name in ("known", "carrier", "airline", "agency")},
        "team": _listed("org.team"),
        "firm": _organisation("firm", 0.2),
        "hospital": _organisation("hospital", 0.3),
        "school": _organisation("school", 0.3),
        **{
            name: _organisation(name, 0.5)
            for name in (
                "bank",
                "insurer",
                "shop",
                "pharmacy",
                "utility",
                "telecom",
                "restaurant",
                "hotel",
            )
        },
    },
    "condition": {
        "condition": condition,
        **{name: _listed(name) for name in ("injury", "symptom", "mind", "cancer", "chronic")},
        **{name: _listed(name) for name in ("allergy", "illness")},
    },
    "medicine": {"med": medicine, "pill": _listed("medicine.lay")},
    "artist": {"artist": _listed("artist")},
    "value": {
        "zip": addresses.zip_code,
        "date": amounts.date,
        "birth": amounts.birth,
        "year": amounts.year,
        "time": amounts.time,
        "money": amounts.money,
        "millions": amounts.millions,
        "percent": amounts.percent,
        "phone": amounts.phone,
        "code": amounts.code,
        "card": amounts.digits(16),
        "account": amounts.digits(8),
        "ssn": amounts.digits(9),
        "last4": amounts.digits(4),
        "email": amounts.email,
        "dose": amounts.dose,
        "age": amounts.age,
    },
}
_MADE = {name: (make, label) for label, row in _BY_LABEL.items() for name, make in row.items()}


def many(noun: str) -> str:
    """Return the plural of a noun, or the third person of a verb, by rule."""
    if noun.endswith(("s", "x", "ch", "sh")):
        return noun if noun.endswith("s") else noun + "es"
    return noun[:-1] + "ies" if noun.endswith("y") and noun[-2] not in "aeiou" else noun + "s"


def going_on(verb: str) -> str:
    """Return the present participle of a verb, by rule."""
    if verb.endswith("e") and not verb.endswith(("ee", "ie", "be")):
        return verb[:-1] + "ing"
    return verb + "ing"


def gone(verb: str, irregular: Mapping[str, str]) -> str:
    """Return the past of a verb."""
    if verb in irregular:
        return irregular[verb]
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return verb[:-1] + "ied"
    return verb + ("d" if verb.endswith("e") else "ed")


def _small(draw: Draw) -> str:
    return draw.said(draw.number(2, 12) if draw.chance(0.7) else draw.number(13, 90))


_PLAIN: dict[str, Callable[[Draw], str]] = {
    "num": _small,
    "day": lambda draw: draw.random.choice(DAYS),
    **{name: _listed(name) for name in ("thing", "food", "movie", "song", "product", "job")},
    **{name: _listed(name) for name in ("part", "word", "noun", "verb", "adjective", "adverb")},
    **{name: _listed(name) for name in ("colour", "pet", "test", "procedure", "body", "specialty")},
    "nouns": lambda draw: many(draw.one("noun")),
    "verbs": lambda draw: many(draw.one("verb")),
    "verbed": lambda draw: gone(draw.one("verb"), draw.stock.map["irregular"]),
    "verbing": lambda draw: going_on(draw.one("verb")),
}
"""Fillers with no label."""

SLOTS = frozenset({*_MADE, *_PLAIN})


def fill(name: str, draw: Draw) -> list[Piece]:
    """Return something for the slot of this name; `.bare` leaves its article away."""
    name, _, facet = name.partition(".")
    if name in _PLAIN:
        return [Piece(_PLAIN[name](draw))]
    make, label = _MADE[name]
    text = make(draw)
    article = _ARTICLE.match(text) if label != "address" else None
    if not article:
        return [Piece(text, label)]
    labelled = Piece(text[article.end() :], label)
    return [labelled] if facet == "bare" else [Piece(article[0]), labelled]
