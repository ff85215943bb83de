"""Signs of passages: the phrases of a language's data, and what each says.

Rules:
1. The longest phrase at a word wins, and of those of one kind that overlap the heaviest. Nothing
   begins within a harmless phrase (``privileged to`` is no privilege).
2. Phrases that weaken, end or hide are only sought where there is a sign.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cache
from importlib.resources import files
from typing import Any

from sottovoce.detection.phrasing import Phrasing, parse, telling


class What(Enum):
    """What a phrase does."""

    SIGN = "sign"
    WEAKENS = "weakens"
    ENDS = "ends"
    HARMLESS = "harmless"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a phrase says: a sign of a kind with a weight, or what weakens, ends or hides signs.

    ``about`` is the kind of a sign, the name of a weakener, or the beginning of the kinds ended.
    ``row`` is the pattern's place in the data: what is alike is alternatives of one pattern.
    """

    what: What
    about: str = ""
    reason: str = ""
    weight: float = 0.0
    row: int = 0


@dataclass(frozen=True, slots=True)
class Topic:
    """How passages of a kind behave: how far they reach, and what weakens their signs."""

    kind: str
    lead: int
    reach: int
    goes_on: int
    weakened_by: frozenset[str]


@dataclass(frozen=True, slots=True)
class Weakener:
    """How far a weakening phrase reaches, in words, and what it leaves of a sign's weight."""

    before: int
    after: int
    leaves: float


@dataclass(frozen=True, slots=True)
class Signs:
    """All that is known of passages in one language.

    Talk without a word of ``hot`` has no sign; without one of ``closing`` nothing ends in it.
    """

    phrases: Phrasing[Meaning] = field(repr=False)
    hot: frozenset[str] = field(repr=False)
    closing: frozenset[str] = field(repr=False)
    hesitations: frozenset[str]
    topics: Mapping[str, Topic]
    other_topic: Topic
    weakeners: Mapping[str, Weakener]
    open_at: float
    near_turns: int
    near: int

    def topic(self, kind: str) -> Topic:
        """Return how passages of a kind behave, an owner's kinds too."""
        return self.topics.get(kind, self.other_topic)


_NONE: Mapping[str, Any] = {
    "common": "",
    "frequent": "",
    "hesitations": (),
    "sets": {},
    "topic": (),
    "other_topic": {"lead": 0, "reach": 300, "goes_on": 2, "weakened_by": ()},
    "weakener": (),
    "harmless": (),
    "end": (),
    "sign": (),
    "reading": {"open_at": 1.0, "near_turns": 0, "near": 0},
}


@cache
def load_signs(language: str = "en") -> Signs:
    """Read a language's passages once; a language that has none has no signs."""
    path = files("sottovoce.detection") / "data" / language / "passages.toml"
    return read_signs(tomllib.loads(path.read_text("utf-8")) if path.is_file() else _NONE)


def read_signs(data: Mapping[str, Any]) -> Signs:
    """Make signs of a language's data; raise ValueError where a pattern cannot be read."""
    phrases: Phrasing[Meaning] = Phrasing()
    told: dict[What, set[str]] = {what: set() for what in What}
    common, frequent = frozenset(data["common"].split()), frozenset(data["frequent"].split())
    for pattern, meaning in _entries(data):
        parts = parse(pattern, data["sets"])
        phrases.add(parts, meaning)
        if meaning.what in (What.SIGN, What.ENDS):
            told[meaning.what] |= telling(parts, common, frequent)
    reading = data["reading"]
    return Signs(
        phrases=phrases,
        hot=frozenset(told[What.SIGN]),
        closing=frozenset(told[What.ENDS]),
        hesitations=frozenset(data["hesitations"]),
        topics={kind: _topic(kind, t) for t in data["topic"] for kind in t["kinds"]},
        other_topic=_topic("", data["other_topic"]),
        weakeners={
            w["name"]: Weakener(w["before"], w["after"], w["leaves"]) for w in data["weakener"]
        },
        open_at=reading["open_at"],
        near_turns=reading["near_turns"],
        near=reading["near"],
    )


def _topic(kind: str, table: Mapping[str, Any]) -> Topic:
    weakened_by = frozenset(table["weakened_by"])
    return Topic(kind, table["lead"], table["reach"], table["goes_on"], weakened_by)


def _entries(data: Mapping[str, Any]) -> Iterator[tuple[str, Meaning]]:
    rows: list[tuple[Sequence[str], Meaning]] = [(data["harmless"], Meaning(What.HARMLESS))]
    rows += [(w["phrases"], Meaning(What.WEAKENS, w["name"])) for w in data["weakener"]]
    rows += [(e["phrases"], Meaning(What.ENDS, kinds)) for e in data["end"] for kinds in e["of"]]
    for s in data["sign"]:
        rows.append((s["phrases"], Meaning(What.SIGN, s["kind"], s["reason"], s["weight"])))
    for patterns, meaning in rows:
        for row, pattern in enumerate(patterns):
            yield pattern, replace(meaning, row=row) if meaning.what is What.SIGN else meaning
