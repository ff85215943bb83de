"""Cut voice into stretches that a recogniser hears one at a time.

Rules (docs/decisions/timing-is-safety.md):
1. Voiced spans with less than 0.6 s between them are heard together, up to 12 s.
2. A longer voice is cut in the middle of its longest gap, or where it must be.
3. Every stretch gets 0.2 s of air on both sides, never from a neighbour's voice.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from sottovoce.values.speech import Span

JOIN_S = 0.6
LONGEST_S = 12.0
AIR_S = 0.2


def stretches(voiced: Sequence[Span], *, duration_s: float) -> tuple[Span, ...]:
    """Join the voiced spans of one channel into stretches to hear, in order."""
    pieces = [piece for group in grouped(voiced) for piece in _cut(group)]
    return tuple(
        Span(
            max(0.0, piece.start_s - _air(pieces, i - 1, i)),
            min(duration_s, piece.end_s + _air(pieces, i, i + 1)),
            piece.channel,
        )
        for i, piece in enumerate(pieces)
    )


def grouped(voiced: Iterable[Span]) -> list[list[Span]]:
    """Return voice in groups that pauses of JOIN_S or more divide; it is in order of time."""
    groups: list[list[Span]] = []
    for span in voiced:
        if groups and span.start_s - groups[-1][-1].end_s < JOIN_S:
            groups[-1].append(span)
        else:
            groups.append([span])
    return groups


def _cut(group: list[Span]) -> list[Span]:
    whole = Span(group[0].start_s, group[-1].end_s, group[0].channel)
    if whole.end_s - whole.start_s <= LONGEST_S:
        return [whole]
    if len(group) == 1:
        return _halves(whole)
    gaps = [b.start_s - a.end_s for a, b in pairwise(group)]
    best = max(range(len(gaps)), key=lambda i: (gaps[i], min(i + 1, len(gaps) - i)))
    return _cut(group[: best + 1]) + _cut(group[best + 1 :])


def _halves(span: Span) -> list[Span]:
    middle = (span.start_s + span.end_s) / 2
    left, right = (
        Span(span.start_s, middle, span.channel),
        Span(middle, span.end_s, span.channel),
    )
    return _cut([left]) + _cut([right])


def _air(pieces: Sequence[Span], left: int, right: int) -> float:
    if left < 0 or right >= len(pieces):
        return AIR_S
    return min(AIR_S, max(0.0, pieces[right].start_s - pieces[left].end_s) / 2)
