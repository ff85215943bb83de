"""Words and phrases of the language data, found in talk by their first word."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d+|[@_+$£€%#]")
Meaning = TypeVar("Meaning")
Fold = Mapping[int, str]


def split_words(text: str, fold: Fold | None = None) -> tuple[str, ...]:
    """Split a phrase of the data into words as utterances are split."""
    low = text.lower()
    return tuple(WORD.findall(low.translate(fold) if fold else low))


@dataclass(frozen=True, slots=True)
class Cue:
    """What announces a value: its kind, the shape of the value and how long it may be."""

    kind: str
    shape: str
    least: int
    most: int


@dataclass(frozen=True)
class Phrases(Generic[Meaning]):
    """Phrases by their first word, the longest first."""

    by_first: Mapping[str, tuple[tuple[tuple[str, ...], Meaning], ...]]

    def at(self, words: tuple[str, ...], i: int) -> tuple[int, Meaning] | None:
        """Return the length and the meaning of the longest phrase that starts at word i."""
        entries = self.by_first.get(words[i])
        if entries is None:
            return None
        for phrase, meaning in entries:
            if len(phrase) == 1 or words[i : i + len(phrase)] == phrase:
                return len(phrase), meaning
        return None

    def keys(self, common: frozenset[str]) -> Iterator[str]:
        """Yield for every phrase its most telling word."""
        for entries in self.by_first.values():
            for phrase, _ in entries:
                yield telling(phrase, common)


def telling(phrase: tuple[str, ...], common: frozenset[str]) -> str:
    """Return the word of a phrase that is the least likely in other talk."""
    return max(phrase, key=lambda word: (word not in common, len(word)))


def phrases(entries: Iterable[tuple[str, Meaning]], fold: Fold | None = None) -> Phrases[Meaning]:
    """Index phrases by first word; of two alike the first counts."""
    index: dict[str, dict[tuple[str, ...], Meaning]] = {}
    for text, meaning in entries:
        words = split_words(text, fold)
        index.setdefault(words[0], {}).setdefault(words, meaning)
    return Phrases(
        {
            first: tuple(sorted(found.items(), key=lambda entry: -len(entry[0])))
            for first, found in index.items()
        }
    )


def joined(first: Phrases[Meaning], second: Phrases[Meaning]) -> Phrases[Meaning]:
    """Put two sets of phrases together; of two alike the first counts."""
    together = dict(second.by_first)
    for word, entries in first.by_first.items():
        said = {phrase for phrase, _ in entries}
        more = [entry for entry in together.get(word, ()) if entry[0] not in said]
        together[word] = tuple(sorted([*entries, *more], key=lambda entry: -len(entry[0])))
    return Phrases(together)
