"""Numbers in talk that are nobody's value: ranges, times of day, numbered things.

Rules:
1. Only short numbers are harmless, of at most two figures on either side; a longer one may be a
   part of a value whatever stands beside it.
2. What stands between other figures is never harmless.
3. The words are data of the language; a language without them has no harmless numbers.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from sottovoce.detection.utterance import HARMLESS, Utterance

_SHORT = re.compile(r"Tu|[utTF]")
_VALUE = frozenset("uzotTFhRlnc")


@dataclass(frozen=True, slots=True)
class Ordinary:
    """What a language tells of turns: how one asks, and what of it is harmless."""

    asking: frozenset[str] = frozenset()
    short: int = 0
    recent_year: int = 2016
    labels: frozenset[str] = frozenset()
    range_leads: frozenset[str] = frozenset()
    range_parts: frozenset[str] = frozenset()
    clock_parts: frozenset[str] = frozenset()
    clock_firsts: frozenset[str] = frozenset()
    lived: frozenset[str] = frozenset()


@cache
def load_ordinary(language: str) -> Ordinary:
    """Read a language's `ordinary.toml` once; a language without one has nothing harmless."""
    path = files("sottovoce.detection") / "data" / language / "ordinary.toml"
    if not path.is_file():
        return Ordinary()
    data: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))  # checked by building Ordinary
    asking, harmless = data["asking"], data["harmless"]
    return Ordinary(
        asking=frozenset(asking["words"]),
        short=asking["short"],
        recent_year=data["dates"]["recent_year"],
        lived=frozenset(data["places"]["lived"]),
        **{name: frozenset(words) for name, words in harmless.items()},
    )


def mark_harmless(u: Utterance, classes: list[str], ordinary: Ordinary) -> None:
    """Mark the short numbers of ranges, times and numbered things in an utterance's classes."""
    for i, word in enumerate(u.words):
        if word in ordinary.range_leads:
            _mark_range(u, classes, i, ordinary)
        elif word in ordinary.clock_parts:
            _mark_clock(u, classes, i, ordinary)
        if word in ordinary.labels:
            _mark_label(u, classes, i)


def _number(classes: list[str], u: Utterance, i: int) -> int:
    """Return the end of a short number from word i, or i if there is none."""
    match = _SHORT.match("".join(classes[i : i + 2]))
    if not match or (classes[i] == "F" and len(u.words[i]) > 2):
        return i
    return i + match.end()


def _alone(classes: list[str], start: int, stop: int) -> bool:
    """Tell whether no other figure or letter stands beside words start to stop."""
    beside = classes[max(0, start - 1) : start] + classes[stop : stop + 1]
    return _VALUE.isdisjoint(beside)


def _mark(classes: list[str], start: int, stop: int) -> None:
    classes[start:stop] = HARMLESS * (stop - start)


def _mark_range(u: Utterance, classes: list[str], i: int, ordinary: Ordinary) -> None:
    first = _number(classes, u, i + 1)
    if first == i + 1 or first >= len(u) or u.words[first] not in ordinary.range_parts:
        return
    second = _number(classes, u, first + 1)
    if second > first + 1 and _alone(classes, i + 1, second):
        _mark(classes, i + 1, second)


def _mark_clock(u: Utterance, classes: list[str], i: int, ordinary: Ordinary) -> None:
    stop = _number(classes, u, i + 1)
    if stop == i + 1:
        return
    if i and u.words[i - 1] in ordinary.clock_firsts and _alone(classes, i - 1, stop):
        _mark(classes, i - 1, stop)
        return
    for start in (i - 2, i - 1):
        number = start >= 0 and _number(classes, u, start) == i
        said_so = u.words[i] in ordinary.clock_parts - ordinary.range_parts
        if number and said_so and _alone(classes, start, stop):
            _mark(classes, start, stop)
            return


def _mark_label(u: Utterance, classes: list[str], i: int) -> None:
    stop = _number(classes, u, i + 1)
    if stop > i + 1 and _alone(classes, i + 1, stop) and u.gap(i + 1).strip(" ") == "":
        _mark(classes, i + 1, stop)
