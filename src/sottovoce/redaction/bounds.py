"""Widen findings to where their voice really begins and ends.

Rules (docs/decisions/timing-is-safety.md):
1. The decoder's times are one clock, voice activity is another: where a finding begins or ends a
   stretch of voice, it takes that stretch's border, up to half a second away.
2. Another word between the finding and the border stops the widening: that word is not secret.
3. A word of a finding that is shorter than speech can be is in doubt: the finding is widened by
   0.3 s whatever is beside it.
4. A finding never becomes narrower.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sottovoce.values.finding import Finding
from sottovoce.values.speech import Segment, Span

NEAR_S = 0.5
SHORTEST_WORD_S = 0.08
DOUBT_S = 0.3


def widen(
    findings: Sequence[Finding], voiced: Sequence[Span], segments: Iterable[Segment]
) -> tuple[Finding, ...]:
    """Return the findings with times on the safe side of both clocks."""
    secret = {word for finding in findings for word in finding.words}
    open_words = [
        Span(word.start_s, word.end_s, word.channel)
        for segment in segments
        for word in segment.words
        if word not in secret
    ]
    channels = {finding.channel for finding in findings}
    lines = {channel: _Line.of(channel, voiced, open_words) for channel in channels}
    return tuple(_widened(finding, lines[finding.channel]) for finding in findings)


@dataclass(frozen=True, slots=True)
class _Line:
    """One channel's voice and the words on it that are not secret, both in order."""

    voiced: tuple[Span, ...]
    word_starts: tuple[float, ...]
    word_ends: tuple[float, ...]

    @classmethod
    def of(cls, channel: int, voiced: Iterable[Span], words: Iterable[Span]) -> "_Line":
        here = [word for word in words if word.channel == channel]
        return cls(
            tuple(sorted(span for span in voiced if span.channel == channel)),
            tuple(sorted(word.start_s for word in here)),
            tuple(sorted(word.end_s for word in here)),
        )

    def onset(self, at: float) -> float:
        """Return where the voice that a finding begins in begins, not before another word."""
        i = bisect_right(self.voiced, at, key=lambda span: span.start_s) - 1
        j = bisect_right(self.word_ends, at + 0.02) - 1
        nearest = max(at - NEAR_S, self.word_ends[j] if j >= 0 else 0.0)
        border = self.voiced[i].start_s if i >= 0 else at
        return min(at, max(border, nearest)) if border >= at - NEAR_S else at

    def offset(self, at: float) -> float:
        """Return where the voice that a finding ends in ends, not after another word."""
        i = bisect_left(self.voiced, at, key=lambda span: span.end_s)
        j = bisect_left(self.word_starts, at - 0.02)
        nearest = min(
            at + NEAR_S, self.word_starts[j] if j < len(self.word_starts) else at + NEAR_S
        )
        if i == len(self.voiced) or self.voiced[i].start_s > at:
            return at
        border = self.voiced[i].end_s
        return max(at, min(border, nearest)) if border <= at + NEAR_S else at


def _widened(finding: Finding, line: _Line) -> Finding:
    start, end = line.onset(finding.start_s), line.offset(finding.end_s)
    if any(word.end_s - word.start_s < SHORTEST_WORD_S for word in finding.words):
        start, end = start - DOUBT_S, end + DOUBT_S
    return replace(finding, start_s=max(0.0, start), end_s=end)
