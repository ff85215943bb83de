"""What detection knows: the words of a language, a tagger, and what comes on top."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from sottovoce.detection.lexicon import Lexicon, load
from sottovoce.detection.tagger import Tagged, Tagger, load_tagger
from sottovoce.detection.tags import LEAST


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Everything that a turn is looked at with; loaded once, shared by all conversations."""

    lexicon: Lexicon
    tagger: Tagger | None = None

    def tags(self, words: Sequence[str], before: Sequence[str]) -> tuple[Tagged, ...]:
        """Return what the tagger marks in words as printed, be it never so unsure."""
        if self.tagger is None:
            return ()
        return self.tagger.tag(words, before=before, least=LEAST)


@cache
def shipped(language: str = "en") -> Knowledge:
    """Load what comes with the package for a language: its words, and its tagger if it has one."""
    lexicon = load(language)
    has_tagger = (files("sottovoce.detection") / f"data/{lexicon.language}/tagger.npz").is_file()
    return Knowledge(lexicon, load_tagger(lexicon.language) if has_tagger else None)


@cache
def rules_only(language: str = "en") -> Knowledge:
    """Load what comes with the package for a language, but no tagger."""
    return Knowledge(load(language))
