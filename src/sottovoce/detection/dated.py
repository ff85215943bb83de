"""Which dates of a turn are of birth, which of expiry, and which of anything else.

Rules:
1. A cue or a question names the date. Without one a date with a year in which a speaker may have
   been born is of birth, and so is a turn that is nothing but a whole date.
2. Any other day is a date of something else, which is a quiet kind.
3. A date that is plainly one is no part of a number; `five november` in a code spells something.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from sottovoce.detection.dates import find_dates
from sottovoce.detection.harmless import load_ordinary
from sottovoce.detection.lattice import readings
from sottovoce.detection.lexicon import Lexicon
from sottovoce.detection.runs import REACH
from sottovoce.detection.scene import Scene, spells
from sottovoce.detection.shapes import ANY_DATE, Candidate
from sottovoce.detection.utterance import HARMLESS, Utterance

_DATED = frozenset({"date", "month"})
_LETTERS = frozenset("lnc")
_LAST_YEAR = re.compile(r"(?:1[89]|20)\d\d$")


def name_dates(scene: Scene) -> list[Candidate]:
    """Return the dates of a turn, each under its kind."""
    u, cues = scene.plain, scene.cues
    open_dates = [cue for cue in scene.conversation.open if cue.shape in _DATED]
    wanted = bool(open_dates) or any(hit.cue.shape in _DATED for hit in cues)
    found = []
    for date in find_dates(u, month_and_year=wanted, lexicon=scene.lexicon):
        near = [h.cue for h in cues if h.stop <= date.start and date.start - h.stop <= REACH]
        dated = [cue for cue in near or open_dates if cue.shape in _DATED]
        born = date.start == 0 and date.stop == len(u) and date.confidence >= 0.85
        born = born or _is_old(u, date, scene.lexicon)
        kind = dated[-1].kind if dated else date.kind if born else ANY_DATE
        found.append(replace(date, kind=kind))
    return found


def without(scene: Scene, dates: Sequence[Candidate]) -> Scene:
    """Return the scene in which dates that are plainly dates carry no number."""
    classes = list(scene.u.classes)
    for date in dates:
        if _is_plain(scene, date):
            classes[date.start : date.stop] = HARMLESS * (date.stop - date.start)
    return replace(scene, u=replace(scene.u, classes="".join(classes)))


def _is_plain(scene: Scene, c: Candidate) -> bool:
    if not _has_month(scene.u, c, scene.lexicon):
        return not scene.eager and c.kind == ANY_DATE
    kinds = scene.u.classes
    beside = kinds[max(0, c.start - 1) : c.start] + kinds[c.stop : c.stop + 1]
    spelled = any(spells(scope) for scope in scene.asked) or not _LETTERS.isdisjoint(beside)
    return c.confidence >= 0.7 and not (spelled and c.kind == ANY_DATE)


def _has_month(u: Utterance, c: Candidate, lexicon: Lexicon) -> bool:
    words = u.words[c.start : c.stop]
    return any(
        w in lexicon.months or w in lexicon.weak_months or w in lexicon.ordinals for w in words
    )


def _is_old(u: Utterance, date: Candidate, lexicon: Lexicon) -> bool:
    """Tell whether a date has a year in which a speaker may have been born."""
    places = [i for i in range(date.start, date.stop) if u.classes[i] in "uzotTFhk"]
    choices = readings(u, places, frozenset(), lexicon) if places else ()
    recent = load_ordinary(lexicon.language).recent_year
    years = [int(m.group()) for r in choices if (m := _LAST_YEAR.search(r.text))]
    return any(1880 <= year < recent for year in years) or (not years and date.confidence >= 0.85)
