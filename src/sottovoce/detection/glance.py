"""Tell by one look at the words of a turn that nothing can be found in it; most talk ends here.

Rules:
1. A word that announces a value, or is one, needs a closer look; a phrase (`what is it under`) only
   where all of it is there.
2. A few numbers with four figures in all are nothing by themselves; with a month, an ordinal or
   a street's word they may be a date or an address.
3. A word that follows a speaker's name (`from`, `here`) needs a phrase before it that leads to one,
   and a word that is no ordinary one.
4. Words that spell letters need a second one, or a number; a name that is an ordinary word needs a
   turn of few words.
5. Words in capitals in the midst of a sentence are nothing if they are ordinary words.
6. It never looks away from what a closer look would find; what it lets pass costs time only.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from sottovoce.detection.phrases import WORD, Fold, Phrases

_CAPITALS = re.compile(r"(?<=\w)[,;:]?\s{1,3}([^\W\d_a-z]\w*)")
_GLUED = re.compile(r"\d[^\W\d_]|[^\W\d_]\d")
_FIGURES = re.compile(r"\d+")
_DATE = re.compile(r"\d\s?[/.\-–]\s?\d{1,2}\s?[/.\-–]")
MOST_FIGURES = 4
MOST_FIGURES_KNOWN = 2
_NAME_WORDS = 5
_FIRST_WORDS = 10
_SHORT = 4


@dataclass(frozen=True, slots=True)
class Glance:
    """What a first look knows of a language."""

    sure: frozenset[str]
    phrases: Mapping[str, tuple[tuple[int, tuple[str, ...]], ...]]
    numbers: Mapping[str, int]
    most_numbers: int
    frequent: frozenset[str]
    dated: frozenset[str]
    alike: frozenset[str]
    filling: frozenset[str]
    beside: frozenset[str]
    spelling: frozenset[str]
    ambiguous: frozenset[str]
    followers: frozenset[str]
    leads: Phrases[str]
    plain: frozenset[str]
    watched: frozenset[str]
    cluster: re.Pattern[str]
    fold: Fold = field(repr=False, default_factory=dict)

    def ordinary(self, text: str, *, most_figures: int = MOST_FIGURES) -> list[str] | None:
        """Return the words of a text in which nothing can be found, or None.

        ``most_figures`` is how many figures say nothing; fewer do where values are known already.
        """
        low = text.lower()
        words = WORD.findall(low if text.isascii() else low.replace("’", "'").translate(self.fold))
        hits = self.watched.intersection(words)
        if not self.sure.isdisjoint(hits) or "@" in text:
            return None
        clusters = len(self.cluster.findall(low))
        if clusters > 1 or (clusters and (hits or _FIGURES.search(text))):
            return None  # `sw one a one a a`
        if not self.ambiguous.isdisjoint(words) and self._is_short(words):
            return None
        telling = hits or _FIGURES.search(text)
        if telling and (
            self._is_number(text, words, hits, most_figures) or self._is_said(text, words, hits)
        ):
            return None
        return None if self._is_named(text) else words

    def _is_number(
        self, text: str, words: Sequence[str], hits: frozenset[str], most_figures: int
    ) -> bool:
        written = _FIGURES.findall(text)
        often = sum(map(words.count, hits & self.frequent))
        said = [self.numbers[w] for w in words if w in self.numbers] if hits else []
        spelled = sum(map(words.count, hits & self.spelling))
        if not written and not said and often < 2:
            dated = sum(map(words.count, hits & self.dated))
            return spelled > 1 or dated + often > 1 or (often > 0 and self._is_spelled(words))
        if len(written) + len(said) > self.most_numbers or often > 2:
            return True
        figures = sum(map(len, written)) + sum(said) + often
        if figures > most_figures or (figures > most_figures - 2 and self._is_alike(words)):
            return True
        near = spelled or not self.beside.isdisjoint(hits)
        glued = _GLUED.search(text) or _DATE.search(text)
        return bool(near) or glued is not None or self._is_spelled(words)

    def _is_short(self, words: Sequence[str]) -> bool:
        """Tell whether a turn may be nothing but a name and what is said around it."""
        return sum(word not in self.filling for word in words) <= _SHORT

    def _is_spelled(self, words: Sequence[str]) -> bool:
        """Tell whether letters stand among numbers: `one a one`, `twenty i twenty`."""
        numbers = letters = 0
        for word in words:
            counts, letter = self._counts(word), len(word) == 1 and word.isalpha()
            if not counts and not letter:
                numbers = letters = 0
            numbers, letters = numbers + counts, letters + letter
            if numbers and letters and numbers + letters > 2:
                return True
        return False

    def _is_alike(self, words: Sequence[str]) -> bool:
        """Tell whether an answer of hardly more than numbers may have a homophone for one more."""
        counting = sum(map(self._counts, words))
        talk = len(words) - counting - sum(w in self.filling or w in self.alike for w in words)
        if talk * 3 > counting + 2:
            return False
        return any(
            (a in self.alike and self._counts(b)) or (b in self.alike and self._counts(a))
            for a, b in pairwise(words)
        )

    def _counts(self, word: str) -> bool:
        return word in self.numbers or word in self.frequent or word.isdecimal()

    def _is_said(self, text: str, words: Sequence[str], hits: frozenset[str]) -> bool:
        said = tuple(words)
        if any(_holds(said, word, self.phrases[word]) for word in hits & self.phrases.keys()):
            return True
        followers = hits & self.followers
        return bool(followers) and self._follows_name(text, said, followers)

    def _follows_name(self, text: str, words: tuple[str, ...], followers: frozenset[str]) -> bool:
        is_cased = not text.islower()
        for i in (i for i, word in enumerate(words) if word in followers):
            first = max(0, i - _NAME_WORDS - 2)
            if self.plain.issuperset(words[first:i]):
                continue
            named = is_cased or not self.ambiguous.isdisjoint(words[first:i])
            if named and i < _FIRST_WORDS:
                return True
            leads = (self.leads.at(words, j) for j in range(first, i))
            if any(lead is not None for lead in leads):
                return True
        return False

    def _is_named(self, text: str) -> bool:
        if text.islower():
            return False
        capitals = {word.lower().translate(self.fold) for word in _CAPITALS.findall(text)}
        return not capitals <= self.plain


def _holds(
    words: tuple[str, ...], word: str, phrases: Sequence[tuple[int, tuple[str, ...]]]
) -> bool:
    """Tell whether words hold one of the phrases that have a word at an offset."""
    places = [i for i, other in enumerate(words) if other == word]
    return any(
        i >= offset and words[i - offset : i - offset + len(phrase)] == phrase
        for offset, phrase in phrases
        for i in places
    )
