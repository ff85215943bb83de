"""What detection knows: the words of a language, a tagger, and what an owner adds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from importlib.resources import files

from sottovoce.detection.checks import Checks, load_checks
from sottovoce.detection.detector import Guarded
from sottovoce.detection.lexicon import Lexicon, load, normalised, supports
from sottovoce.detection.own_kinds import OwnKinds
from sottovoce.detection.owner_lexicon import OwnerLexicon
from sottovoce.detection.passages import PassageReader
from sottovoce.detection.phrases import Phrases, joined, phrases
from sottovoce.detection.spans import Spans
from sottovoce.detection.spans import load as load_spans
from sottovoce.detection.tagger import Tagged, Tagger, load_tagger
from sottovoce.values.kinds import KINDS, MUST_BURN, Kind


@dataclass(frozen=True)
class Knowledge:
    """Everything that a turn is looked at with; loaded once, shared by all conversations.

    ``unknown`` is the code of a language that detection does not know, if that is what is spoken;
    ``detectors`` are those of others, which the owner named.
    ``own_phrases`` are words of an owner that are sensitive themselves, each with its kind.
    """

    lexicon: Lexicon
    checks: Checks = field(default_factory=load_checks)
    tagger: Tagger | None = None
    own_phrases: Phrases[str] = field(default_factory=lambda: Phrases({}))
    detectors: tuple[Guarded, ...] = ()
    own_words: OwnerLexicon | None = None
    unknown: str = ""

    @property
    def language(self) -> str:
        return self.unknown or self.lexicon.language

    @property
    def is_complete(self) -> bool:
        """Tell whether the language is known; where it is not, only figures are found."""
        return not self.unknown

    def passage_reader(self) -> PassageReader:
        """Return a reader for one conversation."""
        return PassageReader(self.language, self.own_words)

    @property
    def is_added_to(self) -> bool:
        """Tell whether an owner's kinds, words or detectors must look at every turn."""
        return bool(self.checks.own or self.detectors or self.own_words)

    @cached_property
    def spans(self) -> Spans:
        """Return what the language's short spans are found by."""
        return load_spans(self.lexicon.language)

    def tags(
        self, words: Sequence[str], before: Sequence[str], least: float | None = None
    ) -> tuple[Tagged, ...]:
        """Return what the tagger marks in words as printed; by its own bounds, or by one bound."""
        if self.tagger is None:
            return ()
        return self.tagger.tag(words, before=before, least=least)

    @cached_property
    def kinds(self) -> Mapping[str, Kind]:
        """Return all kinds, an owner's own included, by their ids."""
        own = self.checks.own.kinds if self.checks.own else ()
        return {**KINDS, **{kind.id: kind for kind in own}}

    def with_own_kinds(self, own: OwnKinds) -> "Knowledge":
        """Return what is known when an owner's kinds are added."""
        lexicon, said = self.lexicon, phrases(own.phrases, self.lexicon.fold)
        cues = phrases(own.cues, lexicon.fold)
        return replace(
            self,
            lexicon=replace(lexicon, cues=joined(cues, lexicon.cues)),
            checks=replace(self.checks, own=own),
            own_phrases=said,
        )


def guarded(lexicon: Lexicon) -> tuple[str, ...]:
    """Return the cues of what may not be kept at all, which no owner may take for another kind."""
    return tuple(
        " ".join(phrase)
        for entries in lexicon.cues.by_first.values()
        for phrase, cue in entries
        if cue.kind in MUST_BURN
    )


def unknown(language: str) -> Knowledge:
    """Return what is known of a language that has no support: figures."""
    return Knowledge(load(), unknown=normalised(language) or "und")


def known(language: str) -> Knowledge:
    """Load what there is for a language, be it next to nothing."""
    return shipped(normalised(language)) if supports(language) else unknown(language)


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
