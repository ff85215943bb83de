"""An utterance: text, its words with their places, and the class of every word.

Rules:
1. A word is one token of the text, in lower case, folded as its language folds letters.
2. What a recogniser heard beside a word counts where the word itself carries nothing, and then
   only as a homophone does: between others.
"""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sottovoce.detection.lexicon import WORD, Lexicon

HARMLESS = "x"
CUE = "X"
DIGIT = frozenset("uzotTF")
NUMBER = frozenset("uzotTFhHk")
_HEARD_AS_DIGIT = frozenset("uztTw")
_CAPITALS = re.compile(r"(?<![A-Za-z])[A-Z]{2}")
_GLUED = re.compile(r"(?<=\d)[^\W\d_]|[^\W\d_](?=\d)")
_DECIMAL = re.compile(r"\d")
_ALTERNATIVES = 8
_LONGEST_CODE = 5
_LONGEST_CLUSTER = 8
Places = tuple[tuple[int, ...], tuple[int, ...]]  # where words start, and where they end


@dataclass(frozen=True, slots=True)
class Utterance:
    """Words of one stretch of talk, in lower case, with character offsets into ``text``.

    ``alternatives`` gives for some words what else they may have been.
    """

    text: str = field(repr=False)
    words: tuple[str, ...] = field(repr=False)
    starts: tuple[int, ...] = field(repr=False)
    ends: tuple[int, ...] = field(repr=False)
    classes: str = field(repr=False)
    alternatives: Mapping[int, tuple[str, ...]] = field(repr=False, default_factory=dict)

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


def read(
    text: str, lexicon: Lexicon, alternatives: Mapping[int, Sequence[str]] | None = None
) -> Utterance:
    """Split a text into words and classify them; linear in its length.

    ``alternatives`` are by the character at which a word begins.
    """
    spans = [match.span() for match in WORD.finditer(text)]
    words = _words(text, spans, lexicon)
    starts, ends = zip(*spans, strict=True) if spans else ((), ())
    get = lexicon.classes.get
    classes = [get(word, ".") for word in words]
    has_figures = _DECIMAL.search(text) is not None
    if has_figures:
        classes = [
            "F" if word[0].isdecimal() else c for word, c in zip(words, classes, strict=True)
        ]
    if not lexicon.letter_phrases.by_first.keys().isdisjoint(words):
        _mark_letters(words, classes, lexicon)
    _mark_clusters(text, words, (starts, ends), classes, lexicon)
    if lexicon.joiner in words:
        _mark_joiners(words, classes, lexicon)
    heard = _heard(words, starts, classes, alternatives, lexicon) if alternatives else {}
    return Utterance(text, words, starts, ends, "".join(classes), heard)


def _words(text: str, spans: list[tuple[int, int]], lexicon: Lexicon) -> tuple[str, ...]:
    low = text.lower()
    if text.isascii():
        return tuple([low[a:b] for a, b in spans])
    if len(low) != len(text):  # a few letters have two in lower case, and would move the others
        return tuple([_fold(text[a:b], lexicon) for a, b in spans])
    low = low.replace("’", "'").translate(lexicon.fold)
    return tuple([figures(w) if w[0].isdecimal() else w for w in (low[a:b] for a, b in spans)])


def _fold(word: str, lexicon: Lexicon) -> str:
    if word[0].isdecimal():
        return figures(word)
    return word.lower().replace("’", "'").translate(lexicon.fold)


def _mark_letters(words: tuple[str, ...], classes: list[str], lexicon: Lexicon) -> None:
    """Mark letters whose name has several words, such as `double u`."""
    i = 0
    while i < len(words):
        match = lexicon.letter_phrases.at(words, i)
        if match:
            classes[i : i + match[0]] = "n" + "s" * (match[0] - 1)
        i += match[0] if match else 1


def _mark_joiners(words: tuple[str, ...], classes: list[str], lexicon: Lexicon) -> None:
    """Keep as a joiner what makes one number of two; else it is a word, or names a letter."""
    otherwise = "v" if lexicon.joiner in lexicon.letters else "."
    for i, kind in enumerate(classes):
        if kind == "&":
            pair = "".join(classes[max(0, i - 1) : i] + classes[i + 1 : i + 2])
            classes[i] = "&" if pair in lexicon.joins else otherwise


def _heard(
    words: tuple[str, ...],
    starts: tuple[int, ...],
    classes: list[str],
    alternatives: Mapping[int, Sequence[str]],
    lexicon: Lexicon,
) -> dict[int, tuple[str, ...]]:
    """Return what else words may have been, and class those that carry something only so."""
    heard: dict[int, tuple[str, ...]] = {}
    for i, start in enumerate(starts):
        others = [_fold(w.strip(), lexicon) for w in alternatives.get(start, ()) if w.strip()]
        kinds = {w: _class(w, lexicon) for w in others[:_ALTERNATIVES] if w != words[i]}
        carried = tuple(w for w, kind in kinds.items() if kind in "uztTwFolnv")
        if not carried:
            continue
        heard[i] = carried
        if classes[i] in ".g":
            digits = any(kinds[w] in "uztTwF" for w in carried)
            classes[i] = "w" if digits else "v"
    return heard


def _class(word: str, lexicon: Lexicon) -> str:
    return "F" if word.isdecimal() else lexicon.classes.get(word, ".")


def _mark_clusters(
    text: str,
    words: tuple[str, ...],
    places: Places,
    classes: list[str],
    lexicon: Lexicon,
) -> None:
    """Mark letters written together: capitals in mixed text, or glued to a figure (`8TX`)."""
    starts, ends = places
    shouted, has_figures = text.isupper(), "F" in classes
    for i in _doubtful(text, words, places, lexicon, has_figures=has_figures):
        word = words[i]
        if classes[i] != "." or not 2 <= len(word) <= _LONGEST_CLUSTER or not word.isalpha():
            continue
        if len(word) > _LONGEST_CODE:
            classes[i] = "c" if has_figures and _is_between_figures(words, places, i) else "."
            continue
        capitals = not shouted and _is_capitals(text[starts[i] : ends[i]], word, lexicon)
        if capitals or (len(word) <= 3 and _is_unsayable(word, lexicon)):
            classes[i] = "c"
        if has_figures:
            _mark_glued(words, places, classes, i, lexicon)


def _doubtful(
    text: str, words: tuple[str, ...], places: Places, lexicon: Lexicon, *, has_figures: bool
) -> Sequence[int]:
    """Return the words that may be letters written together; few are in ordinary talk."""
    if not text.isascii():
        return range(len(words))
    starts = places[0]
    found = {bisect_left(starts, m.start()) for m in _CAPITALS.finditer(text)}
    if has_figures:
        glued = {bisect_right(starts, m.start()) - 1 for m in _GLUED.finditer(text)}
        found |= glued | {i + 2 for i in glued}  # an IBAN's bank stands two words after its country
    short = {w for w in set(words) if 1 < len(w) <= 3 and lexicon.vowels.isdisjoint(w)}
    if short:
        found.update(i for i, word in enumerate(words) if word in short)
    return sorted(i for i in found if i < len(words))


def _is_capitals(written: str, word: str, lexicon: Lexicon) -> bool:
    return written.isupper() and word not in lexicon.common and word.isalpha()


def _mark_glued(
    words: tuple[str, ...],
    places: Places,
    classes: list[str],
    i: int,
    lexicon: Lexicon,
) -> None:
    starts, ends = places
    before = i > 0 and ends[i - 1] == starts[i] and classes[i - 1] == "F"
    after = i + 1 < len(words) and ends[i] == starts[i + 1] and words[i + 1][0].isdecimal()
    if before and (words[i] in lexicon.ordinal_suffixes or words[i] in lexicon.units):
        classes[i] = "."
    elif before or after or (len(words[i]) == 4 and _follows_country(words, places, classes, i)):
        classes[i] = "c"


def _is_between_figures(words: tuple[str, ...], places: Places, i: int) -> bool:
    """Tell whether word i is written in the midst of figures, as in `800101HDFRRL09`."""
    starts, ends = places
    if not 0 < i < len(words) - 1 or not words[i].isalpha():
        return False
    glued = ends[i - 1] == starts[i] and ends[i] == starts[i + 1]
    return glued and words[i - 1][0].isdecimal() and words[i + 1][0].isdecimal()


def _follows_country(
    words: tuple[str, ...],
    places: Places,
    classes: list[str],
    i: int,
) -> bool:
    """Tell whether word i stands where an IBAN has its bank: after two letters and two figures."""
    if i < 2 or classes[i - 1] != "F" or classes[i - 2] != "c":
        return False
    return len(words[i - 1]) == len(words[i - 2]) == 2 and places[1][i - 2] == places[0][i - 1]


def _is_unsayable(word: str, lexicon: Lexicon) -> bool:
    consonants = lexicon.vowels.isdisjoint(word) and word.isalpha()
    return consonants and not _is_short_form(word, lexicon)


def _is_short_form(word: str, lexicon: Lexicon) -> bool:
    """Tell whether a word without a vowel is a written short form, such as `mr` or `rd`."""
    return (
        word in lexicon.titles
        or word in lexicon.streets
        or word in lexicon.ordinal_suffixes
        or word in lexicon.units
        or word in lexicon.states
    )
