"""A stretch of talk that is sensitive as a whole, where no single word is."""

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of talk on one channel: its kind (an id of ``values.kinds``), its times, and why.

    ``reason`` is the name of a rule of our data, or the label an owner gave to a lexicon entry;
    never words that were said.
    """

    kind: str
    start_s: float
    end_s: float
    channel: int
    confidence: float
    reason: str


class PassageAction(Enum):
    """What a profile does about a passage, from the least to the most."""

    LABEL = "label"
    RESTRICT = "restrict"
    QUARANTINE = "quarantine"
