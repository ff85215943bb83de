"""What is sensitive, and what is done about it."""

from dataclasses import dataclass, field
from enum import Enum

from sottovoce.values.speech import Word


class Action(Enum):
    """What a profile does with a kind."""

    KEEP = "keep"
    MASK = "mask"
    REPLACE = "replace"
    BURN = "burn"


@dataclass(frozen=True, slots=True)
class Finding:
    """A sensitive span: its kind (an id of ``values.kinds``), the words it covers, its times.

    ``words`` are exactly the words that carry the value, corrections and fillers between them
    included. ``value`` is the normalised value (digits of a card, letters of a name), for
    checking what a second listener recovers. ``sources`` tells for each character of the value
    which of the words said it; it is empty where a value is not read character by character.
    None of them is ever printed. ``doubt_s`` is by how much the times were widened because clocks
    could not be trusted; 0 until they were compared.
    """

    kind: str
    start_s: float
    end_s: float
    channel: int
    confidence: float
    words: tuple[Word, ...] = field(repr=False)
    value: str = field(repr=False, default="")
    sources: tuple[int, ...] = field(repr=False, default=())
    doubt_s: float = 0.0


@dataclass(frozen=True, slots=True)
class TextFinding:
    """A sensitive span of a text: its kind (an id of ``values.kinds``), in characters."""

    kind: str
    start: int
    end: int
    confidence: float
