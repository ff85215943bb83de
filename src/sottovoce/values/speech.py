"""What was said: words, each with its own times, in segments."""

from dataclasses import dataclass, field


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
