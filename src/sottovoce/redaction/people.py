"""Tell who is one person, from the names by which a recording speaks of people.

Rules:
1. A part of a name is of a person whose full name is said in the recording, if there is exactly
   one that it fits; else it is a person of its own. Two are never made one on a guess.
2. Casing, accents, possessives and spellings of one sound do not make another person.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

from sottovoce.redaction.tongue import People

_MOST_KIN = 64
"""Of a part that so many share, more need not be compared to know that it tells nobody apart."""


@dataclass(frozen=True, slots=True)
class Person:
    """A person of a recording: the fullest form of the name, compared by sound."""

    name: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Mention:
    """A name as it is said once: whose it is, and whether a given and a family name are in it."""

    person: Person
    has_given: bool
    has_family: bool


def name_parts(text: str, people: People | None) -> tuple[str, ...]:
    """Return the parts of a name, to be compared: folded, without titles and possessives."""
    words = re.sub(r"[^\w'’]|_", " ", _folded(text)).split()
    if people is None:
        return tuple(re.sub(r"['’]", " ", " ".join(words)).split())
    parts = [_bare(word, people) for word in words]
    kept = [people.sounds.of(part) for part in parts if part and part not in people.titles]
    return tuple(kept)


def mentions(
    names: Iterable[tuple[str, bool]], people: People | None
) -> dict[tuple[str, bool], Mention]:
    """Return whose each name is; a name is its text and whether a title stands before it."""
    parts = {said: name_parts(said[0], people) for said in names}
    links = _Links({name for name in parts.values() if name})
    return {said: links.mention(name, titled=said[1]) for said, name in parts.items() if name}


class _Links:
    """The fullest names of a recording, by their parts."""

    def __init__(self, names: set[tuple[str, ...]]) -> None:
        self._by_part: dict[str, list[tuple[str, ...]]] = {}
        self._fullest: set[tuple[str, ...]] = set()
        # Those with the fewest initials first: `anna k` is a part of `anna kowalski`.
        for name in sorted(names, key=lambda n: (-len(n), sum(len(p) == 1 for p in n), n)):
            if len(name) > 1 and not self._holding(name):
                self._fullest.add(name)
                for part in {*name, *(p[0] for p in name)}:
                    self._by_part.setdefault(part, []).append(name)

    def mention(self, name: tuple[str, ...], *, titled: bool) -> Mention:
        if name in self._fullest:
            return Mention(Person(name), True, True)
        holding = self._holding(name)
        if len(holding) == 1:
            (whole,) = holding
            first = _fits(name[0], whole[0])
            return Mention(Person(whole), first, len(name) > 1 or not first)
        is_full = len(name) > 1
        return Mention(Person(name), is_full or not titled, is_full or titled)

    def _holding(self, name: tuple[str, ...]) -> list[tuple[str, ...]]:
        """Return the fuller names of which a name may be a part; two are enough to know."""
        rarest = min((self._by_part.get(part, []) for part in name), key=len)
        found = []
        for whole in rarest[:_MOST_KIN]:
            if _is_part(name, whole):
                found.append(whole)
            if len(found) > 1:
                break
        return found


def _is_part(name: tuple[str, ...], whole: tuple[str, ...]) -> bool:
    if len(name) > len(whole) or name == whole:
        return False
    rest = iter(whole)
    return all(any(_fits(part, other) for other in rest) for part in name)


def _fits(part: str, whole: str) -> bool:
    return part == whole or (len(part) == 1 and whole.startswith(part))


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in plain if not unicodedata.combining(c))


def _bare(word: str, people: People) -> str:
    for ending in people.possessives:
        if word.endswith(ending) and len(word) > len(ending):
            word = word.removesuffix(ending) + ("s" if ending[0] == "s" else "")
            break
    return word.replace("'", "").replace("’", "")
