"""What stand-ins need of a language: names, places, dates, and how figures are said.

Rule: everything of a language is data in ``data/<language>``; a language without it has numbered
placeholders only.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import product

NEITHER = "n"
_DOUBLED = re.compile(r"([^\W\d])\1")


@dataclass(frozen=True, slots=True)
class People:
    """How names are compared, and what invented ones are made of.

    ``given`` says of the sound of a given name which gender it tells, ``invented`` has given names
    by gender.
    """

    possessives: tuple[str, ...]
    titles: frozenset[str]
    sounds: "Sounds"
    given: Mapping[str, str]
    invented: Mapping[str, tuple[str, ...]]
    families: tuple[str, ...]

    def gender(self, sound: str) -> str:
        """Return what a given name tells of gender: f, m or n."""
        return self.given.get(sound, NEITHER)


@dataclass(frozen=True, slots=True)
class Sounds:
    """Which spellings sound alike: whole names by a table, others by patterns."""

    same: Mapping[str, str]
    patterns: tuple[tuple[re.Pattern[str], str], ...]

    def of(self, part: str) -> str:
        """Return one spelling for all that sound as a part of a name does."""
        said = self.same.get(part, part)
        if len(said) < 2:
            return said
        for found, put in self.patterns:
            said = found.sub(put, said)
        return _DOUBLED.sub(r"\1", said)


@dataclass(frozen=True, slots=True)
class Places:
    """Invented places, and what is coarse enough to be said of real ones."""

    towns: tuple[str, ...]
    streets: tuple[str, ...]
    address: str
    organisations: tuple[str, ...]
    regions: Mapping[str, str]
    abbreviations: Mapping[str, str]
    postcode_lengths: tuple[int, ...]
    postcode_said: int
    sparse: frozenset[str]
    instead: str


@dataclass(frozen=True, slots=True)
class Dates:
    """How dates are read, written and said."""

    numbers: Mapping[str, int]
    ordinals: Mapping[str, int]
    months: Mapping[str, int]
    names: tuple[str, ...]
    suffixes: tuple[str, ...]
    between: frozenset[str]
    stops: frozenset[str]
    month_first: bool
    forms: Mapping[str, str]
    years_in_pairs: bool


@dataclass(frozen=True, slots=True)
class Tongue:
    """All that stand-ins need of one language."""

    code: str
    people: People
    places: Places
    dates: Dates
    digits: tuple[str, ...]
    signs: Mapping[str, str]
    oldest: str
    oldest_said: str


@cache
def load_tongue(code: str) -> Tongue | None:
    """Return the data of a language, None where there is none."""
    folder = files("sottovoce.redaction") / "data" / code
    if not re.fullmatch(r"[a-z]{2,3}", code) or not folder.is_dir():
        return None
    said = _table(code, "said")
    return Tongue(
        code,
        _people(_table(code, "people")),
        _places(_table(code, "places")),
        _dates(said),
        tuple(said["digits"]),
        said["signs"],
        said["oldest"],
        said["oldest_said"],
    )


# The files are ours and their shape is tested, so their values need no check of type.
def _table(code: str, name: str) -> dict:  # type: ignore[type-arg]
    path = files("sottovoce.redaction") / "data" / code / f"{name}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _people(data: dict) -> People:  # type: ignore[type-arg]
    made = data["invented"]
    same = {word: group[0] for group in data["variants"]["groups"] for word in group}
    pairs = tuple((re.compile(found), put) for found, put in data["sounds"]["pairs"])
    sounds = Sounds(same, pairs)
    return People(
        possessives=tuple(data["possessives"]),
        titles=frozenset(data["titles"]),
        sounds=sounds,
        given={
            sounds.of(word): gender
            for gender, text in data["given"].items()
            for word in text.split()
        },
        invented={g: _joined(made["first"], made[g]) for g in ("f", "m", NEITHER)},
        families=_joined(made["family_first"], made["family_last"]),
    )


def _places(data: dict) -> Places:  # type: ignore[type-arg]
    made, codes = data["invented"], data["postcodes"]
    regions = {name.casefold(): name for name in data["regions"]}
    regions |= {town: region for region, towns in data["towns"].items() for town in towns}
    return Places(
        towns=_joined(made["first"], made["towns"]),
        streets=_joined(made["first"], made["streets"]),
        address=made["address"],
        organisations=_joined(made["first"], made["organisations"]),
        regions=regions,
        abbreviations={short: name for name, short in data["regions"].items() if short},
        postcode_lengths=tuple(codes["lengths"]),
        postcode_said=codes["said"],
        sparse=frozenset(codes["sparse"]),
        instead=codes["instead"],
    )


def _dates(said: dict) -> Dates:  # type: ignore[type-arg]
    dates = said["dates"]
    forms = ("whole", "without_year", "without_day", "whole_said", "without_year_said")
    return Dates(
        numbers=said["numbers"],
        ordinals=said["ordinals"],
        months=said["months"],
        names=tuple(dates["names"]),
        suffixes=tuple(dates["suffixes"]),
        between=frozenset((*dates["between"], *dates["weekdays"])),
        stops=frozenset(dates["stops"]),
        month_first=dates["month_first"],
        forms={form: dates[form] for form in forms},
        years_in_pairs=dates["years_in_pairs"],
    )


def _joined(first: list[str], last: list[str]) -> tuple[str, ...]:
    return tuple(a + b for a, b in product(first, last))
