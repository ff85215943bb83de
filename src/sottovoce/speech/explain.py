"""Compare voice with words: which voice does no word account for?

Rules:
1. A word accounts for its own time, but for no more voice than a word of its length can last: a
   decoder that dropped a run of digits stretches a word beside them over it. Of a word over more
   voice than that nobody knows which part is its own, so it accounts for nothing.
2. Text that was likely invented accounts for nothing.
3. What is left over and lasts at least 0.3 s is unexplained.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from sottovoce.values.speech import Segment, Span, Word

SHORTEST_S = 0.3
SLACK_S = 0.25


def longest_s(word: Word) -> float:
    """Say how long a word may plausibly last: a spoken digit up to 0.9 s, more for long words."""
    return 0.5 + 0.1 * sum(c.isalnum() for c in word.text)


def unexplained(voiced: Sequence[Span], segments: Iterable[Segment]) -> list[Span]:
    """Return the voice of one channel that no word accounts for, in order."""
    words = (word for s in segments if not s.invented for word in s.words)
    claims = sorted(_claim(word) for word in words if not _is_stretched(word, voiced))
    starts = [start for start, _ in claims]
    left = []
    for span in voiced:
        # No word lasts a minute, so only claims that begin in reach can matter.
        near = slice(bisect_left(starts, span.start_s - 60), bisect_left(starts, span.end_s))
        left += _without(span, claims[near])
    return [span for span in left if span.end_s - span.start_s >= SHORTEST_S]


def _is_stretched(word: Word, voiced: Sequence[Span]) -> bool:
    """Tell whether a word is said to last for more voice than it can, silence not counted."""
    if word.end_s - word.start_s <= longest_s(word):
        return False
    first = bisect_left(voiced, word.start_s, key=lambda span: span.end_s)
    stop = bisect_left(voiced, word.end_s, key=lambda span: span.start_s)
    inside = voiced[first:stop]
    said_s = sum(min(s.end_s, word.end_s) - max(s.start_s, word.start_s) for s in inside)
    return said_s > longest_s(word)


def _claim(word: Word) -> tuple[float, float]:
    # The decoder's clock is late on starts rather than on ends, so the end is believed.
    start = max(word.start_s, word.end_s - longest_s(word))
    return start - SLACK_S, word.end_s + SLACK_S


def _without(span: Span, claims: Iterable[tuple[float, float]]) -> list[Span]:
    pieces, at = [], span.start_s
    for start, end in claims:
        if end <= at or start >= span.end_s:
            continue
        if start > at:
            pieces.append(Span(at, start, span.channel))
        at = max(at, end)
    if at < span.end_s:
        pieces.append(Span(at, span.end_s, span.channel))
    return pieces
