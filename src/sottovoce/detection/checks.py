"""What values look like, whatever the language: patterns, checksums, shapes without a cue.

Rules:
1. Everything is data (`data/checks.toml`); a validator is named there and imported when needed.
2. A checksum raises confidence; it never vetoes.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import import_module
from importlib.resources import files
from typing import Any

import phonenumbers

from sottovoce.detection.own_kinds import OwnKinds


@dataclass(frozen=True, slots=True)
class Check:
    """How a value of a kind is checked."""

    module: str = ""
    pattern: str = ""
    prefix: str = ""
    varied: bool = False
    regions: tuple[str, ...] = ()

    def passes(self, value: str) -> bool:
        """Tell whether a value, in small letters and figures, is one of its kind."""
        if self.pattern and not re.fullmatch(self.pattern, value):
            return False
        if self.varied and len(set(value)) < 2:
            return False
        if self.regions:
            return any(_is_possible(value, region) for region in self.regions)
        return not self.module or bool(import_module(self.module).is_valid(self.prefix + value))


@dataclass(frozen=True, slots=True)
class Code:
    """A code of letters and figures that is told without a cue."""

    kind: str
    pattern: re.Pattern[str]
    checked: float
    plain: float | None = None
    least_words: int = 0


@dataclass(frozen=True, slots=True)
class Number:
    """A number that is told without a cue, by its length and its groups."""

    kind: str
    sizes: frozenset[int]
    over: int
    groups: frozenset[tuple[int, ...]]
    plus: bool
    checked: float
    plain: float | None = None

    def fits(self, size: int, groups: tuple[int, ...], *, plus: bool) -> bool:
        """Tell whether a number of this size and grouping is one of these."""
        sized = size in self.sizes or (self.over and size > self.over)
        return (
            bool(sized) and (plus or not self.plus) and (not self.groups or groups in self.groups)
        )


@dataclass(frozen=True, slots=True)
class Checks:
    """All checks and shapes, an owner's own included."""

    by_kind: Mapping[str, Check]
    codes: tuple[Code, ...]
    numbers: tuple[Number, ...]
    own: OwnKinds | None = None

    def passes(self, kind: str, value: str) -> bool:
        """Tell whether a kind has a check and the value passes it."""
        if self.own and kind in self.own:
            return self.own.match(kind, value).passed
        check = self.by_kind.get(kind)
        return check is not None and check.passes(value)

    def recognise(self, value: str) -> tuple[str, float] | None:
        """Return which of the owner's own kinds a value is of, and how sure that is."""
        return self.own.recognise(value) if self.own else None


@cache
def load_checks() -> Checks:
    """Read `data/checks.toml` once."""
    path = files("sottovoce.detection") / "data" / "checks.toml"
    data: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))  # checked by building Checks
    return Checks(
        by_kind={kind: _check(row) for kind, row in data["check"].items()},
        codes=tuple(Code(**{**row, "pattern": re.compile(row["pattern"])}) for row in data["code"]),
        numbers=tuple(_number(row) for row in data["number"]),
    )


def _check(row: Mapping[str, Any]) -> Check:
    return Check(**{**row, "regions": tuple(row.get("regions", ()))})


def _number(row: Mapping[str, Any]) -> Number:
    return Number(
        kind=row["kind"],
        sizes=frozenset(row.get("sizes", ())),
        over=row.get("over", 0),
        groups=frozenset(tuple(group) for group in row.get("groups", ())),
        plus=row.get("plus", False),
        checked=row["checked"],
        plain=row.get("plain"),
    )


@lru_cache(maxsize=1024)
def _is_possible(value: str, region: str) -> bool:
    """Tell whether a numbering plan knows a number."""
    try:
        number = phonenumbers.parse(value, region)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_possible_number(number)
