"""What can be found in a language that detection does not know: figures, and nothing else.

Rules:
1. It fails closed: every run of figures in any script, every word with a figure in it, and the
   words for the digits where they are known (`data/digits.toml`) are found.
2. It is never complete: names, dates in words and numbers above nine stay. The profile decides
   what follows from that: quarantine, or go on with the figures masked.
3. Time grows with the length of the text and no faster.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from sottovoce.detection.lexicon import normalised
from sottovoce.detection.spot import Spot

KIND = "per.other_unique"
_TOKEN = re.compile(r"[^\W_](?:[^\W_]|[\u0300-\u036f\u0900-\u0903\u093a-\u094f\u200c\u200d])*")
_BETWEEN = 4  # characters between two pieces of one run, such as a space, a comma, a hyphen


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a text; ``complete`` tells whether nothing else can be sensitive in it."""

    spots: tuple[Spot, ...] = field(repr=False)
    complete: bool = False


@dataclass(frozen=True, slots=True)
class DigitWords:
    """Words for the digits; weak ones are other words too."""

    strong: frozenset[str] = frozenset()
    weak: frozenset[str] = frozenset()


def find_unsupported(text: str, language: str = "") -> Figures:
    """Return every run of figures in a text, and of digits in words where these are known.

    Without a language the words of all that are known count.
    """
    words = _digit_words(normalised(language))
    return Figures(tuple(_spot(text, run) for run in _runs(text, words)))


@cache
def _digit_words(language: str) -> DigitWords:
    path = files("sottovoce.detection") / "data" / "digits.toml"
    data: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))  # checked by building DigitWords
    rows = [row for name, row in data.items() if name == language or not language]
    return DigitWords(
        frozenset(word for row in rows for word in row["words"]),
        frozenset(word for row in rows for word in row["weak"]),
    )


def _runs(text: str, words: DigitWords) -> Iterator[list[re.Match[str]]]:
    """Yield the tokens of each run that holds a figure or a word that is surely a digit."""
    run: list[re.Match[str]] = []
    for token in _TOKEN.finditer(text):
        if run and not _follows(text, run[-1], token):
            yield from _sure(run, words)
            run = []
        if _is_digit(token.group(), words):
            run.append(token)
        elif run:
            yield from _sure(run, words)
            run = []
    yield from _sure(run, words)


def _sure(run: list[re.Match[str]], words: DigitWords) -> Iterator[list[re.Match[str]]]:
    weak = sum(token.group().lower() in words.weak for token in run)
    if run and (weak < len(run) or weak > 1):
        yield run


def _follows(text: str, left: re.Match[str], right: re.Match[str]) -> bool:
    return right.start() - left.end() <= _BETWEEN and "\n" not in text[left.end() : right.start()]


def _is_digit(word: str, words: DigitWords) -> bool:
    folded = word.lower()
    return folded in words.strong or folded in words.weak or any(c.isnumeric() for c in word)


def _spot(text: str, run: list[re.Match[str]]) -> Spot:
    start, end = run[0].start(), run[-1].end()
    sources = tuple(i for token in run for i in range(token.start(), token.end()))
    value = "".join(text[i] for i in sources)
    return Spot(KIND, start, end, 0.5, value, sources)
