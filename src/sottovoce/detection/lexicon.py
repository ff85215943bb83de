"""The words of a language, read from its data folder; no rule in the code knows a language.

Every word that can carry a value has one class, a single character, so that an utterance becomes a
string of classes and one compiled pass finds where to look:
``u`` one to nine, ``z`` zero, ``o`` oh, ``t`` ten to nineteen and other whole numbers below a
hundred, ``T`` twenty to ninety, ``h`` hundred, ``H`` hundreds as one word (`doscientos`), ``k``
thousand and more, ``w`` a homophone of a digit, ``R`` double or triple, ``F`` figures, ``l`` a
letter, ``n`` a word that spells a letter, ``v`` an ordinary word that may name a letter, ``c``
letters written together, ``s`` a word that only says which letter was meant, ``g`` a hesitation,
``&`` what joins two parts of one number, ``.`` anything else.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from sottovoce.detection.folder import fields_of
from sottovoce.detection.glance import Glance
from sottovoce.detection.phrases import WORD, Cue, Fold, Phrases, phrases, split_words
from sottovoce.values.errors import Unfit

__all__ = [
    "WORD",
    "Cue",
    "Lexicon",
    "Phrases",
    "languages",
    "load",
    "normalised",
    "phrases",
    "split_words",
    "supports",
]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Everything that detection knows of one language."""

    language: str
    classes: Mapping[str, str]
    figures: Mapping[str, str]
    letters: Mapping[str, str]
    letter_phrases: Phrases[str]
    fold: Fold
    repeats: Mapping[str, int]
    frequent: frozenset[str]
    hundreds: frozenset[str]
    thousands: Mapping[str, int]
    joiner: str
    joins: frozenset[str]
    tens_joined: bool
    decimal: str
    group: str
    points: frozenset[str]
    ordinals: Mapping[str, int]
    ordinal_suffixes: frozenset[str]
    units: frozenset[str]
    between_units: frozenset[str]
    currency: frozenset[str]
    percent: frozenset[str]
    half_days: Phrases[str]
    time_marks: frozenset[str]
    clock_leads: frozenset[str]
    months: Mapping[str, int]
    weak_months: Mapping[str, int]
    of: frozenset[str]
    the: frozenset[str]
    year_joins: frozenset[str]
    year_leads: frozenset[str]
    short_year_joins: frozenset[str]
    long_year: re.Pattern[str]
    short_year: re.Pattern[str]
    numbered_months: bool
    cues: Phrases[Cue]
    gaps: Phrases[str]
    denials: frozenset[str]
    openers: Phrases[str]
    spelled_by: Phrases[str]
    signs: Mapping[str, str]
    at: frozenset[str]
    dot: frozenset[str]
    email_joins: frozenset[str]
    endings: frozenset[str]
    providers: frozenset[str]
    acronyms: frozenset[str]
    vowels: frozenset[str]
    streets: frozenset[str]
    weak_streets: frozenset[str]
    street_first: bool
    number_words: frozenset[str]
    directions: frozenset[str]
    street_names: frozenset[str]
    unit_words: frozenset[str]
    boxes: Phrases[str]
    states: frozenset[str]
    name_cues: Phrases[str]
    titles: frozenset[str]
    followers: frozenset[str]
    particles: frozenset[str]
    possessives: tuple[str, ...]
    place_leads: frozenset[str]
    given: frozenset[str]
    family: frozenset[str]
    ambiguous: frozenset[str]
    surnames: frozenset[str]
    common: frozenset[str]
    hot: frozenset[str]
    glance: Glance

    def without_possessive(self, word: str) -> str:
        """Return a word without an ending that is no part of a name."""
        ending = next((e for e in self.possessives if word.endswith(e)), "")
        return word.removesuffix(ending)


def normalised(language: str) -> str:
    """Return the language of a code: `en` of `en-US`, `es` of `es_MX`."""
    return re.split(r"[-_.@]", language.strip().lower(), maxsplit=1)[0]


@cache
def languages() -> tuple[str, ...]:
    """Return the languages that have a folder, in order."""
    data = files("sottovoce.detection") / "data"
    return tuple(
        sorted(folder.name for folder in data.iterdir() if (folder / "numbers.toml").is_file())
    )


def supports(language: str) -> bool:
    """Tell whether detection knows a language; where it does not, see `unsupported`."""
    return normalised(language) in languages()


def load(language: str = "en") -> Lexicon:
    """Read a language's folder once."""
    return _load(normalised(language))


@cache
def _load(language: str) -> Lexicon:
    if language not in languages():
        raise Unfit(
            f"detection knows {len(languages())} languages and this is none of them",
            hint=f"use one of {', '.join(languages())}, or let the profile decide about others",
        )
    fields: dict[str, Any] = fields_of(language)  # each field is built of its own type
    return Lexicon(language=language, **fields)
