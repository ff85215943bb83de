"""What an owner adds: words and writings of their own kinds, and the detectors of others."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator

from sottovoce.detection.lexicon_file import Role
from sottovoce.detection.scene import Scene
from sottovoce.detection.shapes import Candidate
from sottovoce.detection.utterance import Utterance
from sottovoce.values.finding import TextFinding

_SAID = 0.9


def find_added(scene: Scene) -> list[Candidate]:
    """Return what a turn has of an owner's own kinds, said or written."""
    found = list(_said(scene))
    if own := scene.knowledge.checks.own:
        found += from_text(scene.plain, own.written(scene.plain.text))
    found += _listed(scene)
    for detector in scene.knowledge.detectors:
        answer = detector.find(scene.plain.text, language=scene.lexicon.language)
        found += from_text(scene.plain, answer)
    return found


def _said(scene: Scene) -> Iterator[Candidate]:
    said, words = scene.knowledge.own_phrases, scene.plain.words
    for i, word in enumerate(words):
        if word in said.by_first and (match := said.at(words, i)):
            yield Candidate(match[1], i, i + match[0], _SAID)


def _listed(scene: Scene) -> Iterator[Candidate]:
    """Yield the words of an owner's lexicon that are findings; the others are passages."""
    if (own := scene.knowledge.own_words) is None:
        return
    for hit in own.find(scene.plain.words):
        if hit.entry.role is Role.FINDING:
            yield Candidate(hit.entry.kind, hit.start, hit.stop, hit.confidence)


def from_text(u: Utterance, findings: Iterable[TextFinding]) -> Iterator[Candidate]:
    """Yield findings in characters as candidates in words; every word touched is in."""
    for finding in findings:
        start = bisect_right(u.ends, finding.start)
        stop = bisect_left(u.starts, finding.end)
        if start < stop:
            yield Candidate(finding.kind, start, stop, finding.confidence)
