"""How words sound, roughly, and how alike two of them do (data of a language: ``sounds.toml``).

Rules:
1. Spelling becomes sounds by rules of the data, the longest first; what has no rule is silent.
2. Words sound alike by the edits between their sounds, where sounds that recognisers take for one
   another cost little. Words that sound alike enough have one key but for one consonant.
3. Time for two words is bounded: none is compared beyond its first 40 sounds.
"""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from sottovoce.values.errors import Unfit

LONGEST = 40
_TWICE = re.compile(r"(.)\1+")


@dataclass(frozen=True)
class Sounds:
    """The sounds of one language."""

    similar: float
    similar_if_ordinary: float
    ordinary: frozenset[str] = field(repr=False)
    _spelling: re.Pattern[str] = field(repr=False)
    _rules: Mapping[str, str] = field(repr=False)
    _endings: Mapping[str, tuple[str, ...]] = field(repr=False)
    _keys: Mapping[int, str | None] = field(repr=False)
    _near: Mapping[str, float] = field(repr=False)
    _missing: Mapping[str, float] = field(repr=False)

    def of(self, word: str) -> str:
        """Return how a word in small letters sounds."""
        if not word.isascii():
            word = unicodedata.normalize("NFKD", word)
        said = "".join([self._rules[part] for part in self._spelling.findall(f"^{word}$")])
        return _single(said)[:LONGEST]

    def key(self, sounds: str) -> str:
        """Return the consonants of sounds, those taken for one another as one."""
        return _single(sounds.translate(self._keys))

    def similarity(self, a: str, b: str, *, least: float = 0.0) -> float:
        """Return how alike sounds are: 1 the same, 0 nothing in common, or less than ``least``."""
        longer = max(len(a), len(b))
        if not longer:
            return 1.0
        return 1.0 - min(1.0, self._edits(a, b, (1.0 - least) * longer + 1e-9) / longer)

    def _edits(self, a: str, b: str, most: float) -> float:
        near, missing = self._near, self._missing
        row = [0.0]
        for sound in b:
            row.append(row[-1] + missing[sound])
        for x in a:
            before, without = row, missing[x]
            row = [before[0] + without]
            for j, y in enumerate(b):
                swap = before[j] + (0.0 if x == y else near.get(x + y, 1.0))
                row.append(min(swap, before[j + 1] + without, row[j] + missing[y]))
            if min(row) > most:
                return float(len(a) + len(b))
        return row[-1]

    def stems(self, word: str) -> tuple[str, ...]:
        """Return the words of which a word may be an inflection, itself first."""
        found = [word]
        for cut, put in self._endings.items():
            if word.endswith(cut) and len(word) > len(cut) + 2:
                stem = word[: len(word) - len(cut)]
                found += [stem + ending for ending in put]
                if stem[-1] == stem[-2]:
                    found.append(stem[:-1])
        return tuple(dict.fromkeys(found))


@cache
def load_sounds(language: str = "en") -> Sounds:
    """Read a language's sounds once; raise Unfit if we have none."""
    file = files("sottovoce.detection") / "data" / language / "sounds.toml"
    if not file.is_file():
        raise Unfit("we do not know how words of this language sound")
    return read_sounds(tomllib.loads(file.read_text("utf-8")))


def read_sounds(data: Mapping[str, Any]) -> Sounds:
    """Make sounds of a language's data."""
    rules: dict[str, str] = {"^": "", "$": "", **data["rules"]}
    keys = {ord(sound): key for key, sounds in data["keys"].items() for sound in sounds}
    missing = _missing(data)
    return Sounds(
        similar=data["similar"],
        similar_if_ordinary=data["similar_if_ordinary"],
        ordinary=frozenset(data["ordinary"].split()),
        _spelling=re.compile("|".join(map(re.escape, sorted(rules, key=_reach, reverse=True)))),
        _rules=rules,
        _endings={row["cut"]: tuple(row["put"]) for row in data["ending"]},
        _keys={ord(sound): None for sound in missing} | keys,
        _near=_near(data),
        _missing=missing,
    )


def _reach(spelling: str) -> tuple[int, int]:
    """Return how a rule ranks: by its letters, then by its marks."""
    letters = len(spelling.strip("^$"))
    return letters, len(spelling) - letters


def _near(data: Mapping[str, Any]) -> dict[str, float]:
    """Return what it costs to take one sound for another, the least where it is said twice."""
    costs: dict[str, float] = {}
    for row in data["near"]:
        for group in row["groups"]:
            for a in group:
                for b in group:
                    costs[a + b] = min(row["cost"], costs.get(a + b, 1.0))
    return costs


def _missing(data: Mapping[str, Any]) -> dict[str, float]:
    """Return what it costs that a sound is missing, for every sound that a rule gives."""
    said, vowels = data["missing"], data["vowels"]
    sounds = {sound for rule in data["rules"].values() for sound in rule}
    return {s: said.get(s, said["vowel" if s in vowels else "other"]) for s in sounds}


def _single(sounds: str) -> str:
    """Leave one of sounds that are said twice in a row."""
    return _TWICE.sub(r"\1", sounds)
