"""Invent stand-ins that read as the real ones would: names, places, numbers.

Rules:
1. Values are served in an order that the key decides, so that the result does not tell which was
   said first; where two draw the same, the second draws again.
2. What is taken: what another value has, what is said anywhere in the recording, and for numbers
   the last four figures of any that was said.
3. After some draws in vain there is nothing: the value is numbered instead.
"""

import re
from collections.abc import Iterable, Sequence

from sottovoce.redaction.draw import Draw
from sottovoce.redaction.likeness import NAME, Named
from sottovoce.redaction.reserved import MARK, reserved
from sottovoce.redaction.say import say
from sottovoce.redaction.tongue import Tongue
from sottovoce.values.finding import Finding
from sottovoce.values.speech import Segment

_DRAWS = 32
_HOUSES = 300

Invented = tuple[str, tuple[str, ...]]
"""What is shown, and the ways in which it is said."""


class Inventor:
    """Holds what is invented for the values of one recording."""

    def __init__(
        self,
        named: Iterable[Named],
        hidden: Iterable[Finding],
        segments: Sequence[Segment],
        draw: Draw,
        tongue: Tongue,
    ) -> None:
        self._tongue = tongue
        self._draws = [draw.again(attempt) for attempt in range(_DRAWS)]
        self._taken = _said(segments, hidden)
        self._endings = {core[-4:] for core in self._taken if core.isdecimal() and len(core) > 3}
        values = {(one.kind, one.value) for one in named}
        self._made: dict[tuple[str, str], tuple[str, ...]] = {}
        for kind, value in sorted(
            values, key=lambda v: draw.number("order", "\n".join(v), 1 << 64)
        ):
            if made := self._invented(kind, value):
                self._made[kind, value] = made

    def of(self, named: Named) -> Invented | None:
        """Return what stands for a value or a part of it, None where it is to be numbered."""
        made = self._made.get((named.kind, named.value))
        if made is None:
            return None
        if named.kind == NAME:
            return self._name(made, named)
        if len(made) == 1:
            return made[0], (made[0],)
        text, core = made
        if named.part:
            start, stop = named.part
            said = core[max(0, len(core) + start) : len(core) + stop]
            # The code of a country that a stand-in lacks is numbered.
            return (said, (say(said, self._tongue),)) if said else None
        is_number = core.isdecimal() and len(core) > 8 and "." not in text
        short = (say(core[-4:], self._tongue),) if is_number else ()
        return text, (say(text.replace(MARK, f"{MARK.lower()} "), self._tongue), *short)

    def _name(self, made: tuple[str, ...], named: Named) -> Invented:
        given, family = made
        parts = [given] * named.has_given + [family] * named.has_family
        text = " ".join(parts)
        ending = self._tongue.people.possessives[0] if named.is_possessive else ""
        short = (parts[0] + ending,) if len(parts) > 1 else ()
        return text + ending, (text + ending, *short)

    def _invented(self, kind: str, value: str) -> tuple[str, ...] | None:
        """Draw until something is free; return its parts: of a number the text and the figures."""
        for draw in self._draws:
            if kind == NAME:
                made, cores = self._person(value, draw), 2
            elif kind in _LISTED:
                made, cores = (_listed(kind, value, draw, self._tongue),), 1
            else:
                form = reserved(kind, value, draw, self._tongue.places.towns)
                if form is None:
                    return None
                made, cores = (form.text, form.core), 0
            keys = {_key(part) for part in (made[:cores] if cores else made[1:])}
            if self._is_free(keys):
                self._taken |= keys
                return made
        return None

    def _person(self, value: str, draw: Draw) -> tuple[str, ...]:
        people = self._tongue.people
        gender = people.gender(value.split()[0])
        given = draw.one("given", value, people.invented[gender])
        return given, draw.one("family", value, people.families)

    def _is_free(self, keys: set[str]) -> bool:
        ends = {key[-4:] for key in keys if key.isdecimal() and len(key) > 8}
        return keys.isdisjoint(self._taken) and ends.isdisjoint(self._endings)


def _listed(kind: str, value: str, draw: Draw, tongue: Tongue) -> str:
    places = tongue.places
    if kind == "per.address":
        house = 1 + draw.number("house", value, _HOUSES)
        street = draw.one("street", value, places.streets)
        return places.address.format(house=house, street=street)
    return draw.one(kind, value, places.towns if kind == "per.place" else places.organisations)


def _said(segments: Sequence[Segment], hidden: Iterable[Finding]) -> set[str]:
    """Return all that is said, word by word, and the values of what is hidden, as letters."""
    words = {_key(part) for s in segments for w in s.words for part in w.text.split()}
    return words | {_key(finding.value) for finding in hidden if finding.value}


def _key(text: str) -> str:
    return re.sub(r"[\W_]", "", text).casefold()


_LISTED = frozenset(("per.address", "per.place", "biz.organisation"))
