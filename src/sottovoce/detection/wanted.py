"""From what a person wants found to what detection knows."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from sottovoce.detection.detector import Guarded
from sottovoce.detection.knowledge import Knowledge, guarded, known
from sottovoce.detection.own_kinds import OwnKinds, load_own_kinds
from sottovoce.detection.owner_lexicon import load_lexicon
from sottovoce.values.errors import Unfit


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person wants found: in which language, and what of their own on top."""

    language: str = "en"
    kinds: Path | None = None
    lexicon: Path | None = None


def own_kinds(wanted: Wanted) -> OwnKinds:
    """Read the kinds that an owner adds; none if there is no file."""
    if wanted.kinds is None:
        return OwnKinds()
    return load_own_kinds(wanted.kinds, guarded=guarded(known(wanted.language).lexicon))


def knowledge(wanted: Wanted, own: OwnKinds, detectors: Iterable[Guarded] = ()) -> Knowledge:
    """Load what detection works with: a language, an owner's kinds and words, others' detectors."""
    found = known(wanted.language)
    if own.kinds:
        found = found.with_own_kinds(own)
    words = load_lexicon(wanted.lexicon, language=found.language) if wanted.lexicon else None
    if words and (strange := sorted(words.kinds - found.kinds.keys())):
        raise Unfit(
            f"the lexicon has the kind {strange[0]}, which is not in the kinds file",
            hint="give the file that defines it with --kinds",
        )
    return replace(found, detectors=tuple(detectors), own_words=words)
