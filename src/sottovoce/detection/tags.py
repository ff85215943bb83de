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

LEAST = 0.15
"""Below this probability a mark says nothing."""
KINDS_OF = {
    "name": "per.name",
    "place": "per.place",
    "organisation": "biz.organisation",
    "condition": "hlt.dx",
    "medicine": "hlt.med",
    "address": "per.address",
}
_SURE = {"address": 0.6, "place": 0.6, "organisation": 0.6}
_ASKED = 0.3
_RULE_IS_SURE = 0.75


def from_tags(u: Utterance, tags: Sequence[Tagged], *, asked: frozenset[str]) -> list[Candidate]:
    """Return the candidates of what is marked surely enough; ``asked`` are labels asked for."""
    found = []
    for tag in tags:
        least = _ASKED if tag.label in asked else _SURE.get(tag.label, 0.5)
        start, stop = _trimmed(u, tag)
        if tag.probability >= least and stop > start:
            kind = KINDS_OF[tag.label]
            value = " ".join(u.words[start:stop])
            found.append(Candidate(kind, start, stop, round(tag.probability, 3), value))
    return found


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
        or c.confidence >= _RULE_IS_SURE
        or not likely.isdisjoint(range(c.start, c.stop))
    ]


def lived_in(u: Utterance, found: Sequence[Candidate], leads: frozenset[str]) -> list[Candidate]:
    """Return places that belong to an address: right after one, or after a lead such as `live in`."""
    ends = {c.stop for c in found if c.kind == "per.address"}
    return [
        replace(c, kind="per.address")
        for c in found
        if c.kind == "per.place" and (c.start in ends or _is_led(u, c.start, leads))
    ]


def _is_led(u: Utterance, i: int, leads: frozenset[str]) -> bool:
    return " ".join(u.words[max(0, i - 2) : i]) in leads or u.words[i - 1 : i] in leads
