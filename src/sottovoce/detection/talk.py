"""What a turn of talk is: an answer, a question, or ordinary talk.

Rules:
1. Hesitations, listening words, openers and corrections count neither as talk nor as a value.
2. A turn that is for the most part figures and letters is an answer (it is bare).
"""

from collections.abc import Sequence

from sottovoce.detection.conversation import Act
from sottovoce.detection.harmless import load_ordinary
from sottovoce.detection.lexicon import Lexicon
from sottovoce.detection.runs import CueHit
from sottovoce.detection.utterance import HARMLESS, Utterance

MATERIAL = frozenset("uzotTFhHkRlncs")
"""Classes of words that may carry a part of a value."""


def act_of(u: Utterance, cues: Sequence[CueHit], lexicon: Lexicon) -> Act:
    """Say what a turn was, for the turns that follow."""
    talk, _, corrects = count(u, lexicon)
    ordinary = load_ordinary(lexicon.language)
    asks = "?" in u.text or len(u) <= ordinary.short or not ordinary.asking.isdisjoint(u.words)
    return Act(tuple(hit.cue for hit in cues), asks=asks, talk=talk, corrects=corrects)


def after_talk(u: Utterance, i: int, lexicon: Lexicon) -> int:
    """Return the first word from i that is no opener and joins nothing."""
    while i < len(u):
        match = lexicon.openers.at(u.words, i) or lexicon.gaps.at(u.words, i)
        if match is None:
            break
        i += match[0]
    return i


def bare_from(u: Utterance, lexicon: Lexicon) -> int:
    """Return where an answer may begin, after its openers."""
    i = 0
    while i < len(u) and (match := lexicon.openers.at(u.words, i)):
        i += match[0]
    return i if i < len(u) else 0


def is_bare(u: Utterance, lexicon: Lexicon) -> bool:
    """Tell whether an utterance is an answer: values, and words that do not count."""
    if MATERIAL.isdisjoint(u.classes):
        return False
    talk, material, _ = count(u, lexicon)
    return material > 0 and talk * 3 <= material


def count(u: Utterance, lexicon: Lexicon) -> tuple[int, int, bool]:
    """Count ordinary words and words that carry a value; tell whether something is corrected."""
    talk = material = skip = 0
    corrects = False
    gaps, openers = lexicon.gaps, lexicon.openers
    for i, (word, kind) in enumerate(zip(u.words, u.classes, strict=True)):
        if i < skip:
            continue
        gap = gaps.at(u.words, i) if word in gaps.by_first else None
        match = gap or (openers.at(u.words, i) if word in openers.by_first else None)
        corrects |= gap is not None and gap[1] == "corrections"
        if kind in MATERIAL:
            material += 1
            continue
        if match is None or kind == HARMLESS:
            talk += kind not in "gwv"
        if match:
            skip = i + match[0]
    return talk, material, corrects
