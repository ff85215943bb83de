"""Conditions of health by their names, and the codes of diagnoses.

Rules:
1. A name that is nothing else is a condition; words that say more of it (`severe`, `left`) belong
   to it.
2. A name that is also an ordinary word, or only letters, needs talk of health nearby.
3. A part of the body and what may be wrong with it make a condition (`left knee pain`).
4. An unknown word with the ending of a condition is one.
"""

from sottovoce.detection.quantities import quantity_at
from sottovoce.detection.shapes import Candidate
from sottovoce.detection.spans import Heard

DX = "hlt.dx"
_REACH = 8
_LONGEST_COMPOUND = 6


def find_conditions(heard: Heard) -> tuple[Candidate, ...]:
    """Return conditions by their names."""
    found = [*_named(heard), *_compounds(heard), *_by_ending(heard)]
    return tuple(_joined(found))


def _joined(found: list[Candidate]) -> list[Candidate]:
    joined: list[Candidate] = []
    for c in sorted(found, key=lambda c: (c.start, -c.stop)):
        last = joined[-1] if joined else None
        if last is None or c.start >= last.stop:
            joined.append(c)
        else:
            stop, sure = max(last.stop, c.stop), max(last.confidence, c.confidence)
            joined[-1] = Candidate(DX, last.start, stop, sure)
    return joined


def _named(heard: Heard) -> list[Candidate]:
    found = []
    for start, stop in heard.of("condition"):
        if all(len(word) == 1 for word in heard.u.words[start:stop]):
            if not _is_spelled(heard, start, stop) and _is_health(heard, start, stop):
                found.append(Candidate(DX, start, stop, 0.7))
            continue
        found.append(Candidate(DX, _with_modifiers(heard, start), stop, 0.85))
    for start, stop in heard.of("condition_plain"):
        if heard.starts("not_condition", stop - 1) == stop - 1 and _is_health(heard, start, stop):
            found.append(Candidate(DX, _with_modifiers(heard, start), stop, 0.65))
    return found


def _is_spelled(heard: Heard, start: int, stop: int) -> bool:
    """Tell whether letters stand among others that are spelled."""
    beside = heard.u.classes[max(0, start - 1) : start] + heard.u.classes[stop : stop + 1]
    return any(kind in "lnuztTF" for kind in beside)


def _is_health(heard: Heard, start: int, stop: int) -> bool:
    return DX in heard.awaited or heard.is_near("health_talk", start, stop, reach=_REACH)


def _compound_start(heard: Heard, start: int) -> int:
    words, modifiers = heard.u.words, heard.spans.words("modifiers")
    body, j = heard.spans.words("body"), start
    while j > 0 and start - j < _LONGEST_COMPOUND and not heard.is_break(j):
        if words[j - 1] not in modifiers and words[j - 1] not in body:
            break
        j -= 1
    return j


def _with_modifiers(heard: Heard, start: int) -> int:
    """Walk back over words that say more of a condition."""
    u, spans = heard.u, heard.spans
    j = _compound_start(heard, start)
    while j < start and u.words[j] in spans.words("trimmed"):
        j += 1
    return j


def _compounds(heard: Heard) -> list[Candidate]:
    found = []
    u, spans = heard.u, heard.spans
    for start, stop in heard.of("head"):
        j = _compound_start(heard, start)
        if not spans.words("body").isdisjoint(u.words[j:start]):
            found.append(Candidate(DX, _with_modifiers(heard, start), stop, 0.75))
    return found


def _by_ending(heard: Heard) -> list[Candidate]:
    hits = heard.of("condition_ending")
    return [Candidate(DX, _with_modifiers(heard, start), stop, 0.75) for start, stop in hits]


def find_codes(heard: Heard) -> tuple[Candidate, ...]:
    """Return spoken codes of diagnoses: `f thirty two point one`."""
    found = []
    for _, point in (*heard.of("point"), *heard.of("dot")):
        i = point - 2
        while i > 0 and point - i < 4 and heard.u.classes[i - 1] in "T":
            i -= 1
        q = quantity_at(heard, i) if i > 0 else None
        if q is None or not q.is_decimal or not 10 <= q.value < 100 or q.pieces > 1:
            continue
        cued = heard.is_near("code_cue", i, i, reach=_REACH)
        if heard.u.classes[i - 1] in ("lnvc" if cued else "ln") and len(heard.u.words[i - 1]) <= 8:
            found.append(Candidate(DX, i - 1, q.stop, 0.85 if cued else 0.7))
    return tuple(found)
