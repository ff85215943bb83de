"""Decide on every run of figures and letters of a turn: is it a value, and of what kind."""

import re
from bisect import bisect_right
from dataclasses import replace

from sottovoce.detection.conversation import Conversation
from sottovoce.detection.lattice import Reading, readings
from sottovoce.detection.lexicon import Lexicon
from sottovoce.detection.names import spelled
from sottovoce.detection.runs import REACH, Run, find_runs, is_amount
from sottovoce.detection.scene import Scene
from sottovoce.detection.shapes import Candidate, Expectation, Scope, decide
from sottovoce.detection.talk import after_talk
from sottovoce.detection.utterance import CUE, Utterance

_REACH_BACK = 5
_CUES_HEARD = 6


def find_values(scene: Scene) -> list[Candidate]:
    """Return the values of a turn; every word of a value is in its candidate."""
    u, cues = scene.u, scene.cues
    found: list[Candidate] = []
    reached = {hit: hit.stop for hit in cues}
    for run in find_runs(u, eager=scene.eager, lexicon=scene.lexicon):
        split = bisect_right(cues, run.start, key=lambda hit: hit.start)
        before, after = cues[max(0, split - _CUES_HEARD) : split], cues[split : split + 2]
        near = [hit for hit in reversed(before) if 0 <= run.start - reached[hit] <= REACH]
        behind = [h for h in after if not near and 0 <= h.start - run.stop <= _REACH_BACK]
        scopes = tuple(Scope(hit.cue) for hit in near + behind) + scene.asked
        run = _with_homophones(u, run, scene.lexicon) if scopes or scene.bare else run
        if candidate := _value(scene, run, scopes):
            found.append(candidate)
            reached |= dict.fromkeys(near, run.stop)
    return found


def _value(scene: Scene, run: Run, scopes: tuple[Scope, ...]) -> Candidate | None:
    u, bare, lexicon = scene.u, scene.bare, scene.lexicon
    choices = readings(u, run.atoms, run.corrections, lexicon)
    if not choices[0].text:
        return None
    asked = any(s.expectation is Expectation.ASKED for s in scopes)
    if _is_dated(u, run, choices, lexicon) and not asked:
        return None
    if is_amount(u, run.atoms) and not bare and (not scopes or scopes[0].cue.shape != "month"):
        return None
    if letters := spelled(u, run, _as_letters(u, run, choices), scopes, bare=bare, lexicon=lexicon):
        return letters
    known = _recalled(run, choices, scene.conversation, bare=bare)
    if known and (not scopes or not scopes[0].cue.kind):
        return known
    checks, goes_on = scene.knowledge.checks, _goes_on(u, run, lexicon)
    if candidate := decide(u, run, choices, scopes, bare=bare, checks=checks, goes_on=goes_on):
        return candidate
    return known


def _goes_on(u: Utterance, run: Run, lexicon: Lexicon) -> bool:
    """Tell whether a turn ends in what is right after a cue: the rest may be in the next turn."""
    if run.stop < len(u) or CUE not in u.classes[: run.start]:
        return False
    return after_talk(u, u.classes.rindex(CUE, 0, run.start) + 1, lexicon) >= run.start


def _recalled(
    run: Run, choices: tuple[Reading, ...], conversation: Conversation, *, bare: bool
) -> Candidate | None:
    """Take a run for what it repeats."""
    for reading in choices[:3]:
        if kind := conversation.recall(reading.text, bare=bare):
            return Candidate(kind, run.start, run.stop, 0.7, reading.text, reading.sources)
    return None


def _as_letters(u: Utterance, run: Run, choices: tuple[Reading, ...]) -> str:
    """Read `o` as a letter where nothing but letters stands beside it."""
    if any(u.classes[a] in "uztTFw" for a in run.atoms):
        return choices[0].text
    return next((r.text for r in choices if r.text.isalpha()), choices[0].text)


def _is_dated(u: Utterance, run: Run, choices: tuple[Reading, ...], lexicon: Lexicon) -> bool:
    """Tell whether a run is a year after a word such as `since`."""
    year = any(re.fullmatch(r"(?:1[89]|20)\d\d", r.text) for r in choices[:2])
    return year and run.start > 0 and u.words[run.start - 1] in lexicon.year_leads


def _with_homophones(u: Utterance, run: Run, lexicon: Lexicon) -> Run:
    """Take in a homophone at either edge where nothing else explains it."""
    if len(run.atoms) < 2:
        return run
    start, stop, atoms = run.start, run.stop, run.atoms
    ends = stop + 1 >= len(u) or lexicon.gaps.at(u.words, stop + 1) or u.gap(stop + 1).strip()
    if stop < len(u) and u.classes[stop] == "w" and ends:
        stop, atoms = stop + 1, (*atoms, stop)
    leads = start < 2 or u.classes[start - 2] == CUE or lexicon.openers.at(u.words, start - 2)
    if start > 0 and u.classes[start - 1] == "w" and leads:
        start, atoms = start - 1, (start - 1, *atoms)
    return replace(run, start=start, stop=stop, atoms=atoms)
