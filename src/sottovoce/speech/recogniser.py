"""What every recogniser offers, whatever engine is behind it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sottovoce.speech.models import Weights
from sottovoce.values.sound import Wave


@dataclass(frozen=True, slots=True)
class HeardWord:
    """A word with its times in seconds from the start of the wave it was heard in."""

    start_s: float
    end_s: float
    text: str = field(repr=False)
    confidence: float


@dataclass(frozen=True, slots=True)
class Heard:
    """What a recogniser made of one wave; ``invented`` when it likely heard no voice at all."""

    words: tuple[HeardWord, ...] = field(repr=False)
    invented: bool = False


class Recogniser(Protocol):
    """Turns waves of at most 28 s at 16 kHz into words."""

    @property
    def weights(self) -> Weights: ...

    def hear(self, waves: Sequence[Wave]) -> list[Heard]:
        """Return what was heard in each wave, in order."""
        ...
