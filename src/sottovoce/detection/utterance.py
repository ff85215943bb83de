"""An utterance: text, its words with their places, and the class of every word."""

import unicodedata
from dataclasses import dataclass, field

from sottovoce.detection.lexicon import WORD, Lexicon

HARMLESS = "x"
CUE = "X"
DIGIT = frozenset("uzotTF")


@dataclass(frozen=True, slots=True)
class Utterance:
    """Words of one stretch of talk, in lower case, with character offsets into ``text``."""

    text: str = field(repr=False)
    words: tuple[str, ...] = field(repr=False)
    starts: tuple[int, ...] = field(repr=False)
    ends: tuple[int, ...] = field(repr=False)
    classes: str = field(repr=False)

    def __len__(self) -> int:
        return len(self.words)

    def gap(self, i: int) -> str:
        """Return what is written between word i - 1 and word i."""
        return self.text[self.ends[i - 1] : self.starts[i]] if 0 < i < len(self.words) else ""

    def capital(self, i: int) -> bool:
        """Tell whether word i is written with a capital and a small letter after it."""
        raw = self.text[self.starts[i] : self.ends[i]]
        return raw[0].isupper() and (len(raw) == 1 or not raw[1:].isupper())


def figures(word: str) -> str:
    """Return digits of any script as 0 to 9."""
    return word if word.isascii() else "".join(str(unicodedata.digit(c)) for c in word)


def read(text: str, lexicon: Lexicon) -> Utterance:
    """Split a text into words and classify them; linear in its length."""
    matches = list(WORD.finditer(text))
    words = tuple(_fold(m.group()) for m in matches)
    starts = tuple(m.start() for m in matches)
    ends = tuple(m.end() for m in matches)
    get = lexicon.classes.get
    classes = [get(word) or ("F" if word[0].isdecimal() else ".") for word in words]
    _mark_clusters(text, words, starts, ends, classes, lexicon)
    return Utterance(text, words, starts, ends, "".join(classes))


def _fold(word: str) -> str:
    return figures(word) if word[0].isdecimal() else word.lower().replace("’", "'")


def _mark_clusters(
    text: str,
    words: tuple[str, ...],
    starts: tuple[int, ...],
    ends: tuple[int, ...],
    classes: list[str],
    lexicon: Lexicon,
) -> None:
    """Mark letters written together: capitals in mixed text, or glued to a figure (`8TX`)."""
    shouted = text.isupper()
    for i, word in enumerate(words):
        if classes[i] != "." or not 2 <= len(word) <= 5 or not word.isalpha():
            continue
        glued_before = i > 0 and ends[i - 1] == starts[i] and classes[i - 1] == "F"
        glued_after = (
            i + 1 < len(words) and ends[i] == starts[i + 1] and words[i + 1][0].isdecimal()
        )
        if glued_before and (word in lexicon.ordinal_suffixes or word in lexicon.units):
            continue
        capitals = (
            not shouted and word not in lexicon.common and text[starts[i] : ends[i]].isupper()
        )
        unsayable = (
            len(word) <= 3 and lexicon.vowels.isdisjoint(word) and not _is_short_form(word, lexicon)
        )
        bank = len(word) == 4 and _follows_country(words, starts, ends, classes, i)
        if glued_before or glued_after or capitals or unsayable or bank:
            classes[i] = "c"


def _follows_country(
    words: tuple[str, ...],
    starts: tuple[int, ...],
    ends: tuple[int, ...],
    classes: list[str],
    i: int,
) -> bool:
    """Tell whether word i stands where an IBAN has its bank: after two letters and two figures."""
    if i < 2 or classes[i - 1] != "F" or classes[i - 2] != "c":
        return False
    return len(words[i - 1]) == len(words[i - 2]) == 2 and ends[i - 2] == starts[i - 1]


def _is_short_form(word: str, lexicon: Lexicon) -> bool:
    """Tell whether a word without a vowel is a written short form, such as `mr` or `rd`."""
    return (
        word in lexicon.titles
        or word in lexicon.streets
        or word in lexicon.ordinal_suffixes
        or word in lexicon.units
        or word in lexicon.states
    )
