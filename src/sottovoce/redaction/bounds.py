"""Widen findings to where their voice really begins and ends.

Rules (design decision 4: never trust one clock):
1. The decoder's times are one clock, voice activity is another; the wider of two that agree within
   half a second wins.
2. A word of a finding that is shorter than speech can be is in doubt: it is widened by 0.3 s.
3. A finding never becomes narrower.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from sottovoce.values.finding import Finding
from sottovoce.values.speech import Span

NEAR_S = 0.5
SHORTEST_WORD_S = 0.12
DOUBT_S = 0.3


def widen(findings: Sequence[Finding], voiced: Sequence[Span]) -> tuple[Finding, ...]:
    """Return the findings with times on the safe side of both clocks."""
    channels = {span.channel for span in voiced}
    by_channel = {c: sorted(s for s in voiced if s.channel == c) for c in channels}
    return tuple(_widened(finding, by_channel.get(finding.channel, [])) for finding in findings)


def _widened(finding: Finding, voiced: Sequence[Span]) -> Finding:
    start, end = finding.start_s, finding.end_s
    if any(word.end_s - word.start_s < SHORTEST_WORD_S for word in finding.words):
        start, end = start - DOUBT_S, end + DOUBT_S
    return replace(finding, start_s=max(0.0, _onset(start, voiced)), end_s=_offset(end, voiced))


def _onset(at: float, voiced: Sequence[Span]) -> float:
    i = bisect_right(voiced, at, key=lambda span: span.start_s) - 1
    return voiced[i].start_s if i >= 0 and at - voiced[i].start_s <= NEAR_S else at


def _offset(at: float, voiced: Sequence[Span]) -> float:
    i = bisect_right(voiced, at, key=lambda span: span.end_s)
    is_near = i < len(voiced) and voiced[i].end_s - at <= NEAR_S
    return voiced[i].end_s if is_near and voiced[i].start_s <= at else at
