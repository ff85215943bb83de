"""What was said: words, each with its own times, in segments."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import exp, fsum, log


@dataclass(frozen=True, slots=True)
class Word:
    """One spoken word; times in seconds from the start of the recording.

    ``alternatives`` are what else the recogniser may have heard, the likeliest first.
    """

    start_s: float
    end_s: float
    text: str = field(repr=False)
    confidence: float
    channel: int
    alternatives: tuple[str, ...] = field(repr=False, default=())


def mean_confidence(words: Sequence[Word]) -> float:
    """Return the geometric mean of words' confidence, 1 of none; one below 0.01 counts as that."""
    return exp(fsum(log(max(0.01, word.confidence)) for word in words) / max(1, len(words)))


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of speech on one channel, cut at pauses.

    ``invented`` marks text that a recogniser printed where there is likely no voice. It is shown
    as such and never counts as evidence.
    """

    start_s: float
    end_s: float
    channel: int
    words: tuple[Word, ...] = field(repr=False)
    invented: bool = False


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of time on one channel, in seconds."""

    start_s: float
    end_s: float
    channel: int
