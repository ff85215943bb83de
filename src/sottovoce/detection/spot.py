"""A finding in characters of a text, before it has times."""

from dataclasses import dataclass, field

from sottovoce.detection.shapes import Candidate
from sottovoce.detection.utterance import Utterance


@dataclass(frozen=True, slots=True)
class Spot:
    """A sensitive span of a text; ``sources`` has for each character of the value its word's."""

    kind: str
    start: int
    end: int
    confidence: float
    value: str = field(repr=False, default="")
    sources: tuple[int, ...] = field(repr=False, default=())


def spot_of(u: Utterance, c: Candidate) -> Spot:
    """Return where the words of a candidate are in the text."""
    sources = tuple(u.starts[i] for i in c.sources)
    return Spot(c.kind, u.starts[c.start], u.ends[c.stop - 1], c.confidence, c.value, sources)
