"""What detection knows: the words of a language, a tagger, and what an owner adds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from importlib.resources import files

from sottovoce.detection.checks import Checks, load_checks
from sottovoce.detection.lexicon import Lexicon, load
from sottovoce.detection.own_kinds import OwnKinds
from sottovoce.detection.phrases import Phrases, joined, phrases
from sottovoce.detection.spans import hot_endings, hot_words
from sottovoce.detection.tagger import Tagged, Tagger, load_tagger
from sottovoce.detection.tags import LEAST
from sottovoce.values.kinds import KINDS, Kind


@dataclass(frozen=True)
class Knowledge:
    """Everything that a turn is looked at with; loaded once, shared by all conversations.

    ``own_phrases`` are words of an owner that are sensitive themselves, each with its kind.
    """

    lexicon: Lexicon
    checks: Checks = field(default_factory=load_checks)
    tagger: Tagger | None = None
    own_phrases: Phrases[str] = field(default_factory=lambda: Phrases({}))

    @cached_property
    def hot_spans(self) -> frozenset[str]:
        """Return the words without one of which, and without figures, no short span is found."""
        return hot_words(self.lexicon.language)

    @cached_property
    def hot_endings(self) -> tuple[str, ...]:
        """Return the endings of words that have the same force."""
        return hot_endings(self.lexicon.language)

    def tags(self, words: Sequence[str], before: Sequence[str]) -> tuple[Tagged, ...]:
        """Return what the tagger marks in words as printed, be it never so unsure."""
        if self.tagger is None:
            return ()
        return self.tagger.tag(words, before=before, least=LEAST)

    @property
    def kinds(self) -> Mapping[str, Kind]:
        """Return all kinds, an owner's own included, by their ids."""
        own = self.checks.own.kinds if self.checks.own else ()
        return {**KINDS, **{kind.id: kind for kind in own}}

    def with_own_kinds(self, own: OwnKinds) -> "Knowledge":
        """Return what is known when an owner's kinds are added."""
        lexicon, said = self.lexicon, phrases(own.phrases, self.lexicon.fold)
        cues = phrases(own.cues, lexicon.fold)
        hot = {*cues.keys(lexicon.common), *said.keys(lexicon.common)}
        return replace(
            self,
            lexicon=replace(lexicon, cues=joined(cues, lexicon.cues), hot=lexicon.hot | hot),
            checks=replace(self.checks, own=own),
            own_phrases=said,
        )


@cache
def shipped(language: str = "en") -> Knowledge:
    """Load what comes with the package for a language: its words, and its tagger if it has one."""
    lexicon = load(language)
    has_tagger = (files("sottovoce.detection") / f"data/{lexicon.language}/tagger.npz").is_file()
    return Knowledge(lexicon, tagger=load_tagger(lexicon.language) if has_tagger else None)


@cache
def rules_only(language: str = "en") -> Knowledge:
    """Load what comes with the package for a language, but no tagger."""
    return Knowledge(load(language))
