"""Show no time that lies inside a mask: it would tell how long what is hidden really is."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import replace
from typing import Protocol

from sottovoce.redaction.mask import merge
from sottovoce.redaction.transcript import RedactedTranscript, ShownFinding, ShownPassage
from sottovoce.redaction.words import RedactedSegment, RedactedWord
from sottovoce.values.speech import Span


def coarse(transcript: RedactedTranscript) -> RedactedTranscript:
    """Move every time that lies inside a mask to the mask's border.

    What is hidden takes the whole mask's time; words that are shown end before it, or begin after.
    """
    edges = _Edges(transcript.masked)
    segments = [_segment(segment, edges) for segment in transcript.segments]
    findings = [_finding(finding, edges) for finding in transcript.findings]
    return replace(
        transcript,
        segments=tuple(sorted(segments, key=lambda s: (s.start_s, s.channel))),
        findings=tuple(sorted(findings, key=lambda f: (f.start_s, f.end_s, f.channel))),
        passages=tuple(_passage(shown, edges) for shown in transcript.passages),
    )


class _Timed(Protocol):
    @property
    def start_s(self) -> float: ...

    @property
    def end_s(self) -> float: ...


class _Edges:
    """The masks of each channel, to find the one that a time lies in."""

    def __init__(self, masked: Iterable[Span]) -> None:
        self._lines: dict[int, list[Span]] = {}
        for span in merge(masked):
            self._lines.setdefault(span.channel, []).append(span)

    def outward(self, timed: _Timed, channel: int) -> tuple[float, float]:
        """Return the times of something hidden, which its masks lengthen."""
        first, last = self._around(timed, channel)
        return first.start_s if first else timed.start_s, last.end_s if last else timed.end_s

    def inward(self, timed: _Timed, channel: int) -> tuple[float, float]:
        """Return the times of something shown, which masks shorten."""
        first, last = self._around(timed, channel)
        start = first.end_s if first else timed.start_s
        return start, max(start, last.start_s if last else timed.end_s)

    def _around(self, timed: _Timed, channel: int) -> tuple[Span | None, Span | None]:
        return self._at(timed.start_s, channel), self._at(timed.end_s, channel)

    def _at(self, at: float, channel: int) -> Span | None:
        line = self._lines.get(channel, [])
        i = bisect_right(line, at, key=lambda span: span.start_s) - 1
        return line[i] if i >= 0 and at <= line[i].end_s else None


def _segment(segment: RedactedSegment, edges: _Edges) -> RedactedSegment:
    words = tuple(_word(word, segment.channel, edges) for word in segment.words)
    start, end = edges.outward(segment, segment.channel)
    return replace(segment, words=words, start_s=start, end_s=end)


def _word(word: RedactedWord, channel: int, edges: _Edges) -> RedactedWord:
    start, end = (edges.outward if word.masked else edges.inward)(word, channel)
    return replace(word, start_s=start, end_s=end)


def _finding(finding: ShownFinding, edges: _Edges) -> ShownFinding:
    start, end = edges.outward(finding, finding.channel)
    return replace(finding, start_s=start, end_s=end)


def _passage(shown: ShownPassage, edges: _Edges) -> ShownPassage:
    start, end = edges.outward(shown.passage, shown.passage.channel)
    return replace(shown, passage=replace(shown.passage, start_s=start, end_s=end))
