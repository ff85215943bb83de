"""Say which words of a segment read as numbers, without asking what the number is."""

from sottovoce.detection.lexicon import Lexicon, load, split_words
from sottovoce.values.speech import Segment, Word

_NUMBERS = frozenset("uztThHk")
_WEAK = frozenset("wo")


def number_words(segment: Segment, language: str = "en") -> tuple[tuple[Word, str], ...]:
    """Return the words that read as numbers, with their figures.

    A homophone (`for`, `oh`) counts only beside a number.
    """
    lexicon = load(language)
    read = [_read(word.text, lexicon) for word in segment.words]
    sure = [strength > 1 for _, strength in read]
    return tuple(
        (word, figures)
        for i, (word, (figures, strength)) in enumerate(zip(segment.words, read, strict=True))
        if strength > 1 or (strength == 1 and any(sure[max(0, i - 1) : i + 2]))
    )


def _read(text: str, lexicon: Lexicon) -> tuple[str, int]:
    """Return a word's figures and 2 for a number, 1 for what could be one, 0 for none."""
    figures, strength = "", 0
    for part in split_words(text, lexicon.fold):
        known = lexicon.classes.get(part, "")
        if part.isdigit():
            figures, strength = figures + part, 2
        elif known in _NUMBERS and known:
            figures, strength = figures + lexicon.figures.get(part, ""), 2
        elif known in _WEAK and known:
            figures, strength = figures + lexicon.figures.get(part, ""), max(strength, 1)
    return figures, strength
