"""What talk is filled with: our own lists, and those of packages where these are installed.

1. The same stock, seed and number give the same talk. Own lists alone need nothing installed.
2. From packages come names of persons and places and formal names of conditions; README.md says
   which, and under what licence.
"""

import re
from bisect import bisect
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import accumulate
from pathlib import Path
from random import Random

LISTS = Path(__file__).parent / "lists"


@dataclass(frozen=True, slots=True)
class Weighted:
    """Words, some of them more often than others."""

    words: tuple[str, ...]
    sums: tuple[float, ...] = field(repr=False)

    def draw(self, random: Random) -> str:
        """Draw a word by weight, or, one time in five, any word."""
        if random.random() < 0.2:
            return random.choice(self.words)
        return self.words[
            min(bisect(self.sums, random.random() * self.sums[-1]), len(self.words) - 1)
        ]


@dataclass(frozen=True, slots=True)
class Culture:
    """Names that go together."""

    name: str
    weight: float
    female: Weighted
    male: Weighted
    last: Weighted


@dataclass(frozen=True, slots=True)
class Stock:
    lists: dict[str, tuple[str, ...]]
    cultures: tuple[Culture, ...]
    weights: tuple[float, ...]
    map: dict[str, dict[str, str]]

    def draw(self, name: str, random: Random) -> str:
        """Draw one of the list of this name."""
        row = self.lists[name]
        return row[int(random.random() * len(row))]

    def culture(self, random: Random) -> Culture:
        """Draw a culture by weight."""
        found = bisect(self.weights, random.random() * self.weights[-1])
        return self.cultures[min(found, len(self.cultures) - 1)]


def weighted(pairs: Iterable[tuple[str, float]]) -> Weighted:
    """Put words and their weights together."""
    rows = [(word, weight) for word, weight in pairs if word]
    return Weighted(tuple(word for word, _ in rows), tuple(accumulate(w for _, w in rows)))


def even(words: Iterable[str]) -> Weighted:
    """Put words together, each as often as the others."""
    return weighted((word, 1.0) for word in dict.fromkeys(words))


def read_lists(folder: Path = LISTS) -> dict[str, tuple[str, ...]]:
    """Read our own lists: `[name]`, then entries, one a line or between ` / `."""
    lists: dict[str, list[str]] = {}
    for path in sorted(folder.glob("*.txt")):
        name = path.stem
        for line in _lines(path):
            if header := re.fullmatch(r"\[([\w.]+)\]", line):
                name = header[1]
            else:
                lists.setdefault(name, []).extend(filter(None, re.split(r"\s*/\s*", line)))
    return {name: tuple(dict.fromkeys(row)) for name, row in lists.items()}


def _lines(path: Path) -> Iterator[str]:
    for line in path.read_text("utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            yield line.strip()


def own_cultures(folder: Path = LISTS) -> list[Culture]:
    """Read our own lists of names: `[culture weight]`, then lines `f:`, `m:`, `l:`."""
    cultures: dict[tuple[str, float], dict[str, list[str]]] = {}
    rows: dict[str, list[str]] = {}
    for line in _lines(folder / "people.names"):
        if header := re.fullmatch(r"\[(\w+) ([\d.]+)\]", line):
            rows = cultures.setdefault((header[1], float(header[2])), {"f": [], "m": [], "l": []})
        else:
            letter, _, words = line.partition(":")
            rows[letter] += [word.replace("_", " ") for word in words.split()]
    return [
        Culture(name, weight, even(rows["f"]), even(rows["m"]), even(rows["l"]))
        for (name, weight), rows in cultures.items()
    ]


def build(lists: dict[str, tuple[str, ...]], cultures: Sequence[Culture]) -> Stock:
    """Put lists and cultures together."""
    pairs = {
        name: {left: right for left, _, right in (word.partition("=") for word in row)}
        for name, row in lists.items()
        if all("=" in word for word in row)
    }
    return Stock(lists, tuple(cultures), tuple(accumulate(c.weight for c in cultures)), pairs)


@cache
def own() -> Stock:
    """Return our own lists and nothing else."""
    return build(read_lists(), own_cultures())


@cache
def full() -> Stock:
    """Return our own lists with those of the packages of requirements.txt."""
    from talk import packages

    lists = read_lists()
    for name, row in packages.lists().items():
        lists[name] = tuple(dict.fromkeys([*lists.get(name, ()), *row]))
    return build(lists, [*own_cultures(), *packages.cultures()])
