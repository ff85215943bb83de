"""An example: the words of one turn, what each of them may be, and the words of the turn before."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sottovoce.detection.phrases import WORD
from sottovoce.detection.tagger import LABELS

NUMBERS = {label: n for n, label in enumerate(LABELS)}
ANY = (1 << len(LABELS)) - 1
PLAIN = 1
"""The bit of a word that is nothing we look for."""


def bit(label: str) -> int:
    return 1 << NUMBERS[label]


@dataclass(frozen=True)
class Example:
    """What each word may be is a set of labels, a bit each: what a set does not label is open."""

    words: tuple[str, ...] = field(repr=False)
    may: tuple[int, ...]
    before: tuple[str, ...] = field(default=(), repr=False)
    group: str = ""
    gold: tuple[tuple[str, int, int], ...] = ()
    """Labelled spans for measuring: the set's own label, first word, end."""

    def runs(self) -> list[tuple[int, int, int]]:
        """Return the runs of words that are surely one label: label, start, stop."""
        found, start = [], 0
        for i in range(1, len(self.may) + 1):
            if i == len(self.may) or self.may[i] != self.may[start]:
                mask = self.may[start]
                if mask != PLAIN and mask & (mask - 1) == 0:
                    found.append((mask.bit_length() - 1, start, i))
                start = i
        return found


def words_of(text: str) -> tuple[str, ...]:
    return tuple(WORD.findall(text))


def example(
    text: str,
    spans: Sequence[tuple[int, int, str, int]],
    *,
    before: str = "",
    group: str = "",
    measured: Sequence[tuple[int, int, str]] = (),
) -> Example:
    """Return an example of a text; spans are start, end, the set's label, and what it may be."""
    places = [(m.start(), m.end()) for m in WORD.finditer(text)]
    may = [PLAIN] * len(places)
    gold = []
    for start, end, label, mask in spans:
        inside = [i for i, (s, e) in enumerate(places) if s < end and e > start]
        for i in inside:
            may[i] = mask if may[i] == PLAIN else may[i] | mask
        if inside and mask & (mask - 1) == 0:
            gold.append((label, inside[0], inside[-1] + 1))
    return Example(words_of(text), tuple(may), words_of(before), group, tuple(gold))
