"""Tell by one look at the words of a turn that nothing can be found in it; most talk ends here.

Rules:
1. A word that announces a value, or is one, needs a closer look; a phrase (`what is it under`) only
   where all of it is there.
2. A few numbers with four figures in all are nothing by themselves; with a month, an ordinal or
   a street's word they may be a date or an address.
3. A word that follows a speaker's name (`from`, `here`) needs a phrase before it that leads to one.
4. Words that spell letters need a second one, or a number; a name that is an ordinary word needs a
   turn of few words.
5. Words in capitals in the midst of a sentence are nothing if they are ordinary words.
6. It never looks away from what a closer look would find; what it lets pass costs time only.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sottovoce.detection.phrases import WORD, Fold, Phrases

_CAPITALS = re.compile(r"(?<=\w)[,;:]?\s{1,3}([^\W\d_a-z]\w*)")
_GLUED = re.compile(r"\d[^\W\d_]|[^\W\d_]\d")
_FIGURES = re.compile(r"\d+")
_DATE = re.compile(r"\d\s?[/.\-–]\s?\d{1,2}\s?[/.\-–]")
_MOST_FIGURES = 4
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
    placed: frozenset[str]
    spelling: frozenset[str]
    ambiguous: frozenset[str]
    followers: frozenset[str]
    leads: Phrases[str]
    plain: frozenset[str]
    watched: frozenset[str]
    vowels: frozenset[str]
    fold: Fold = field(repr=False, default_factory=dict)

    def ordinary(self, text: str) -> list[str] | None:
        """Return the words of a text in which nothing can be found, or None."""
        low = text.lower()
        words = WORD.findall(low if text.isascii() else low.replace("’", "'").translate(self.fold))
        hits = self.watched.intersection(words)
        if not self.sure.isdisjoint(hits) or "@" in text:
            return None
        if len(words) <= _SHORT and not self.ambiguous.isdisjoint(words):
            return None
        telling = hits or _FIGURES.search(text)
        if telling and (self._is_number(text, words, hits) or self._is_said(text, words, hits)):
            return None
        return None if self._is_named(text) else words

    def _is_number(self, text: str, words: Sequence[str], hits: frozenset[str]) -> bool:
        written = _FIGURES.findall(text)
        often = sum(map(words.count, hits & self.frequent))
        said = [self.numbers[w] for w in words if w in self.numbers] if hits else []
        spelled = sum(map(words.count, hits & self.spelling))
        if not written and not said and often < 2:
            if spelled > 1:
                return True
            dated = hits & self.dated
            return bool(dated) and (often > 0 or sum(map(words.count, dated)) > 1)
        if len(written) + len(said) > self.most_numbers or often > 2:
            return True
        if sum(map(len, written)) + sum(said) + often > _MOST_FIGURES:
            return True
        near = spelled or not (self.dated | self.placed).isdisjoint(hits)
        glued = _GLUED.search(text) or _DATE.search(text)
        return bool(near) or glued is not None or self._is_spelled(words)

    def _is_spelled(self, words: Sequence[str]) -> bool:
        """Tell whether letters stand among the words: `sw one a one a a`."""
        return any(len(w) <= 3 and w.isalpha() and self.vowels.isdisjoint(w) for w in words)

    def _is_said(self, text: str, words: Sequence[str], hits: frozenset[str]) -> bool:
        for word in hits:
            for offset, phrase in self.phrases.get(word, ()):
                if _holds(words, word, offset, phrase):
                    return True
        followers = hits & self.followers
        return bool(followers) and self._follows_name(text, tuple(words), followers)

    def _follows_name(self, text: str, words: tuple[str, ...], followers: frozenset[str]) -> bool:
        is_cased = not text.islower()
        for i, word in enumerate(words):
            if word not in followers:
                continue
            if is_cased and i < _FIRST_WORDS:
                return True
            for j in range(max(0, i - _NAME_WORDS - 2), i):
                lead = self.leads.at(words, j)
                if lead and j + lead[0] <= i:
                    return True
        return False

    def _is_named(self, text: str) -> bool:
        if text.islower():
            return False
        capitals = {word.lower().translate(self.fold) for word in _CAPITALS.findall(text)}
        return not capitals <= self.plain


def _holds(words: Sequence[str], word: str, offset: int, phrase: tuple[str, ...]) -> bool:
    """Tell whether words hold a phrase that has a word at an offset."""
    i = -1
    for _ in range(words.count(word)):
        i = words.index(word, i + 1)
        start = i - offset
        if start >= 0 and tuple(words[start : start + len(phrase)]) == phrase:
            return True
    return False
