"""What detection knows: the words of a language, and what comes on top."""

from dataclasses import dataclass
from functools import cache

from sottovoce.detection.lexicon import Lexicon, load


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Everything that a turn is looked at with; loaded once, shared by all conversations."""

    lexicon: Lexicon


@cache
def shipped(language: str = "en") -> Knowledge:
    """Load what comes with the package for a language."""
    return Knowledge(load(language))
