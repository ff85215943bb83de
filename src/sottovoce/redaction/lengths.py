"""Lengthen masks so that they do not tell how many digits or which name they hide.

Rules (docs/decisions/redaction-mask-lengths.md):
1. A mask is as long as a bucket: 1 s, 2 s, 4 s and so on where that hides no more voice, else the
   next of a finer ladder: four steps to a doubling, from 8 s on a step a second. A recording can
   be shorter than its bucket.
2. Of all places of that length around what is hidden, the one that hides the least voice is taken.
   Masks that meet are one, which grows again. No mask becomes shorter.
3. What a mask's length may still tell is counted: the entropy of its bucket, given how long the
   kind's masks are (``PLAUSIBLE``).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from math import ceil, erf, floor, log, log2, sqrt

from sottovoce.redaction.mask import merge
from sottovoce.values.speech import Span

LEAST_S = 1.0
LONG_S = 8.0
COARSE, FINE = 2.0, 2.0**0.25
PLAUSIBLE: Mapping[str, tuple[float, float]] = {
    "fin.aba": (1.35, 0.16),
    "fin.acct": (1.42, 0.23),
    "fin.cvv": (0.49, 0.24),
    "fin.expiry": (0.77, 0.25),
    "fin.iban": (2.08, 0.10),
    "fin.pan": (1.39, 0.58),
    "per.address": (0.76, 0.09),
    "per.dob": (1.07, 0.21),
    "per.email": (1.18, 0.10),
    "per.name": (0.23, 0.65),
    "per.phone": (1.47, 0.17),
    "per.postcode": (0.89, 0.33),
    "per.ssn": (1.03, 0.45),
}
"""How long an exact mask of a kind is: mean and deviation of the logarithm of its seconds.

Of 288 values in 30 calls of ``tools/make_calls.py --seed 8101`` in five voices, 0.2 s added at both
sides; docs/decisions/redaction-mask-lengths.md has the command.
"""
OTHERS = (0.93, 0.69)
"""The same of all these values together, for kinds that they have not."""
_MS = 1000
_STEPS = 60


class Lengths(Enum):
    """How long a mask is: as what it hides, or as the next of a few lengths."""

    EXACT = "exact"
    QUANTISED = "quantised"


def bucket_ms(length_ms: int, ladder: float) -> int:
    """Return the least bucket of a ladder that is as long, in milliseconds."""
    step = 0
    while _bucket(step, ladder) < length_ms:
        step += 1
    return _bucket(step, ladder)


def _bucket(step: int, ladder: float) -> int:
    # Of what is long, the finer ladder's next step would hide too much that is not sensitive.
    even = round(log(LONG_S / LEAST_S) / log(FINE)) if ladder == FINE else step
    geometric = round(LEAST_S * _MS * ladder ** min(step, even))
    return geometric + _MS * max(0, step - even)


def lengthen(
    spans: Iterable[Span], voiced: Iterable[Span], *, duration_s: float, channels: int
) -> tuple[Span, ...]:
    """Return spans that cover the given ones, merged, each as long as a bucket."""
    # Cut at the end, as the masks are; the last millisecond may be begun.
    end = ceil(duration_s * _MS)
    hidden, voice = merge(spans), merge(voiced)
    longer = [
        Span(first / _MS, min(last / _MS, duration_s), channel)
        for channel in range(channels)
        for first, last in _lengthened(
            [s for s in hidden if s.channel == channel],
            _Voice([s for s in voice if s.channel == channel]),
            end,
        )
    ]
    return tuple(sorted(longer))


class _Voice:
    """Where a channel has voice, in milliseconds."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self._starts = [floor(span.start_s * _MS) for span in spans]
        self._ends = [ceil(span.end_s * _MS) for span in spans]

    def overlap(self, first: int, last: int) -> int:
        """Return how much voice is between two times."""
        i, j = bisect_right(self._ends, first), bisect_left(self._starts, last)
        return sum(min(self._ends[k], last) - max(self._starts[k], first) for k in range(i, j))

    def borders(self, first: int, last: int) -> Iterator[int]:
        """Yield where voice begins and ends between two times."""
        for edges in (self._starts, self._ends):
            yield from edges[bisect_left(edges, first) : bisect_right(edges, last)]


def _lengthened(spans: Sequence[Span], voice: _Voice, end: int) -> list[tuple[int, int]]:
    here = _joined((floor(s.start_s * _MS), min(ceil(s.end_s * _MS), end)) for s in spans)
    while True:
        grown = _joined(_grown(first, last, voice, end) for first, last in here)
        if grown == here:
            return here
        here = grown


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if joined and first <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], last)
        else:
            joined.append((first, last))
    return joined


def _grown(first: int, last: int, voice: _Voice, end: int) -> tuple[int, int]:
    """Lengthen a mask to a bucket where it hides the least voice, a long one if that is free."""
    length = last - first
    placed = _placed(first, last, min(bucket_ms(length, COARSE), end), voice, end)
    if voice.overlap(*placed) <= voice.overlap(first, last):
        return placed
    return _placed(first, last, min(bucket_ms(length, FINE), end), voice, end)


def _placed(first: int, last: int, length: int, voice: _Voice, end: int) -> tuple[int, int]:
    """Place a stretch of some length around a mask, so that it hides the least voice."""
    earliest, latest = max(0, last - length), min(first, end - length)
    middle = min(max(earliest, (first + last - length) // 2), latest)
    starts = {earliest, middle, latest}
    starts |= set(voice.borders(earliest, latest))
    starts |= {b - length for b in voice.borders(earliest + length, latest + length)}
    # Of places that hide as little, the one most in the middle.
    at = min(sorted(starts), key=lambda s: (voice.overlap(s, s + length), abs(s - middle)))
    return at, at + length


def bits_left(kind: str, length_s: float) -> float:
    """Return how many bits a mask of some length may tell of what it hides.

    It is the entropy of the bucket that a mask of the kind falls into, of the coarse ladder if the
    length is one of it, else of the fine one; so it bounds what the length tells of anything.
    """
    length = round(length_s * _MS)
    ladder = COARSE if bucket_ms(length, COARSE) == length else FINE
    mean, deviation = PLAUSIBLE.get(kind, OTHERS)
    below, entropy = 0.0, 0.0
    for step in range(_STEPS):
        up_to = 0.5 * (1 + erf((log(_bucket(step, ladder) / _MS) - mean) / deviation / sqrt(2)))
        if up_to > below:
            entropy -= (up_to - below) * log2(up_to - below)
        below = up_to
    return entropy
