"""From what the tagger marks to candidates, and from its doubt to better judgement of rules.

Rules:
1. A name, a condition, a medicine or an address that the tagger is sure of is found.
2. After a question for it, less is enough.
3. A rule that is unsure of a name needs the tagger's half-belief; a sure one does not.
4. A place that follows an address, or words of living there, belongs to the address.
"""

from collections.abc import Sequence
from dataclasses import replace

from sottovoce.detection.shapes import Candidate
from sottovoce.detection.tagger import Tagged
from sottovoce.detection.utterance import CUE, Utterance

DOUBT = 0.15
"""A rule's guess at a name with less than this probability is none."""
ASKED = 0.3
"""Where something is asked for, this probability is enough."""
KINDS_OF = {
    "name": "per.name",
    "place": "per.place",
    "organisation": "biz.organisation",
    "condition": "hlt.dx",
    "medicine": "hlt.med",
    "address": "per.address",
}
_MOST = 0.8  # a rule that is surer names what both find
_FIGURES = frozenset("uzotTFhkRx")
RULE_IS_SURE = 0.75
SURE = {
    "name": 0.6,
    "place": 0.6,
    "organisation": 0.6,
    "condition": 0.5,
    "medicine": 0.5,
    "address": 0.6,
}
"""The mean probability of its words from which on a mark counts."""


def from_tags(
    u: Utterance, tags: Sequence[Tagged], asked: frozenset[str] = frozenset()
) -> list[Candidate]:
    """Return the candidates of what is marked surely enough; figures alone are for the rules.

    Where a label is ``asked`` for, less is enough.
    """
    found = []
    for tag in tags:
        start, stop = _trimmed(u, tag)
        least = ASKED if tag.label in asked else SURE[tag.label]
        if tag.probability < least or all(u.classes[i] in _FIGURES for i in range(start, stop)):
            continue
        value = " ".join(u.words[start:stop])
        confidence = min(_MOST, round(tag.probability, 3))
        found.append(Candidate(KINDS_OF[tag.label], start, stop, confidence, value))
    return found


def beside(tagged: Sequence[Candidate], sure: Sequence[Candidate]) -> list[Candidate]:
    """Cut out of what is tagged the words of what rules of another kind are sure of."""
    taken = {i: c.kind for c in sure if c.confidence >= _MOST for i in range(c.start, c.stop)}
    if not taken:
        return list(tagged)
    left = []
    for c in tagged:
        free = [i for i in range(c.start, c.stop) if taken.get(i, c.kind) == c.kind]
        left += [replace(c, start=run[0], stop=run[-1] + 1) for run in _runs(free)]
    return left


def _runs(places: Sequence[int]) -> list[list[int]]:
    runs: list[list[int]] = []
    for i in places:
        if runs and runs[-1][-1] == i - 1:
            runs[-1].append(i)
        else:
            runs.append([i])
    return runs


def _trimmed(u: Utterance, tag: Tagged) -> tuple[int, int]:
    """Leave out the words of a cue at either end."""
    start, stop = tag.start, tag.stop
    while start < stop and u.classes[start] == CUE:
        start += 1
    while stop > start and u.classes[stop - 1] == CUE:
        stop -= 1
    return start, stop


def believed(candidates: Sequence[Candidate], tags: Sequence[Tagged]) -> list[Candidate]:
    """Leave out the names that a rule is unsure of and the tagger does not believe."""
    likely = {i for tag in tags if tag.label == "name" for i in range(tag.start, tag.stop)}
    return [
        c
        for c in candidates
        if c.kind != "per.name"
        or c.confidence >= RULE_IS_SURE
        or not likely.isdisjoint(range(c.start, c.stop))
    ]


def lived_in(u: Utterance, found: Sequence[Candidate], leads: frozenset[str]) -> list[Candidate]:
    """Return places that belong to an address: right after one, or after `live in`."""
    ends = {c.stop for c in found if c.kind == "per.address"}
    return [
        replace(c, kind="per.address")
        for c in found
        if c.kind == "per.place" and (c.start in ends or _is_led(u, c.start, leads))
    ]


def _is_led(u: Utterance, i: int, leads: frozenset[str]) -> bool:
    return " ".join(u.words[max(0, i - 2) : i]) in leads
