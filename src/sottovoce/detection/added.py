"""What an owner adds: words and writings of their own kinds, and the detectors of others."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator

from sottovoce.detection.knowledge import Knowledge
from sottovoce.detection.lexicon_file import Role
from sottovoce.detection.shapes import Candidate
from sottovoce.detection.utterance import Utterance
from sottovoce.values.finding import TextFinding

_SAID = 0.9


def find_added(u: Utterance, knowledge: Knowledge) -> list[Candidate]:
    """Return what a turn has of an owner's own kinds, said or written, in any language."""
    found = [*_said(u, knowledge), *_listed(u, knowledge)]
    if own := knowledge.checks.own:
        found += from_text(u, own.written(u.text))
    for detector in knowledge.detectors:
        found += from_text(u, detector.find(u.text, language=knowledge.language))
    return found


def _said(u: Utterance, knowledge: Knowledge) -> Iterator[Candidate]:
    said = knowledge.own_phrases
    for i, word in enumerate(u.words):
        if word in said.by_first and (match := said.at(u.words, i)):
            yield Candidate(match[1], i, i + match[0], _SAID)


def _listed(u: Utterance, knowledge: Knowledge) -> Iterator[Candidate]:
    """Yield the words of an owner's lexicon that are findings; the others are passages."""
    if (own := knowledge.own_words) is None:
        return
    for hit in own.find(u.words):
        if hit.entry.role is Role.FINDING:
            yield Candidate(hit.entry.kind, hit.start, hit.stop, hit.confidence)


def from_text(u: Utterance, findings: Iterable[TextFinding]) -> Iterator[Candidate]:
    """Yield findings in characters as candidates in words; every word touched is in."""
    for finding in findings:
        start = bisect_right(u.ends, finding.start)
        stop = bisect_left(u.starts, finding.end)
        if start < stop:
            yield Candidate(finding.kind, start, stop, finding.confidence)
