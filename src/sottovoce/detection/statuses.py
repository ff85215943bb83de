"""What is said of immigration and citizenship, and the numbers of proceedings.

Rules:
1. A status that has no other meaning counts wherever it is said; another one (`refugee`) only
   right after words that say it of somebody.
2. A case number has a kind of proceeding between a year and a number.
"""

from sottovoce.detection.shapes import Candidate
from sottovoce.detection.spans import Heard

STATUS, DOCKET = "per.immigration", "leg.docket"
_FIGURES = frozenset("uzotTFh")
_REACH = 3
_LONGEST_NUMBER = 12


def find_statuses(heard: Heard) -> tuple[Candidate, ...]:
    """Return statuses of immigration and citizenship."""
    found: list[Candidate] = []
    for role, confidence in (("status", 0.8), ("status_plain", 0.7)):
        for start, stop in heard.of(role):
            if role == "status_plain" and not _is_said_of_somebody(heard, start):
                continue
            found.append(Candidate(STATUS, start, stop, confidence))
    return tuple(found)


def _is_said_of_somebody(heard: Heard, start: int) -> bool:
    return heard.follows("status_lead", start, reach=_REACH)


def find_dockets(heard: Heard) -> tuple[Candidate, ...]:
    """Return spoken case numbers: `one twenty four c v oh one two three four`."""
    found = []
    for start, stop in heard.of("proceeding"):
        before, after = _back(heard, start), _on(heard, stop)
        cued = heard.is_near("court", before, stop, reach=6)
        enough = start - before >= 1 and after - stop >= (1 if cued else 3)
        if enough and (cued or start - before >= 2):
            found.append(Candidate(DOCKET, before, after, 0.85 if cued else 0.7))
    return tuple(found)


def _back(heard: Heard, i: int) -> int:
    u, signs, j = heard.u, heard.spans.words("docket_signs"), i
    while (
        j > 0
        and i - j < _LONGEST_NUMBER
        and (u.classes[j - 1] in _FIGURES or u.words[j - 1] in signs)
    ):
        j -= 1
    while j < i and u.words[j] in signs:
        j += 1
    return j


def _on(heard: Heard, i: int) -> int:
    u, signs, j = heard.u, heard.spans.words("docket_signs"), i
    while j < min(len(u), i + _LONGEST_NUMBER) and (
        u.classes[j] in _FIGURES or u.words[j] in signs
    ):
        j += 1
    while j > i and u.words[j - 1] in signs:
        j -= 1
    return j
