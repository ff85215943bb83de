"""Passages of a recording: where they are in time, on each channel that takes part.

Rules:
1. The turns are read in the order in which they begin, of all channels as one conversation.
2. A passage has for each channel one stretch, from its first word on it to its last.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sottovoce.detection.knowledge import Knowledge, shipped
from sottovoce.detection.passages import TextPassage
from sottovoce.detection.turns import Turn, turns
from sottovoce.values.passage import Passage
from sottovoce.values.speech import Segment


def find_passages(
    segments: Sequence[Segment], knowledge: Knowledge | None = None
) -> tuple[Passage, ...]:
    """Return the passages of a recording, by time; segments may come in any order."""
    known = knowledge or shipped()
    reader = known.passage_reader()
    read: list[Turn] = []
    open_now: dict[str, dict[int, Passage]] = {}
    closed: list[Passage] = []
    for group in turns(segments, known.lexicon):
        read.append(Turn.of(group))
        parts = reader.read(read[-1].text)
        for part in parts:
            if not part.goes_on and part.kind in open_now:
                closed += open_now.pop(part.kind).values()
            stretches = open_now.setdefault(part.kind, {})
            for place in _places(part, read):
                _extend(stretches, place, part)
    closed += [passage for stretches in open_now.values() for passage in stretches.values()]
    return tuple(sorted(closed, key=lambda p: (p.start_s, p.end_s, p.channel, p.kind)))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a part of a passage is on one channel."""

    channel: int
    start_s: float
    end_s: float


def _places(part: TextPassage, read: Sequence[Turn]) -> list[_Place]:
    """Return where a part is: in the last turn, and in whole turns before it that belong to it."""
    before = read[-1 - part.turns_back : -1] if part.turns_back else ()
    whole = [_place(turn, 0, len(turn.text)) for turn in before]
    return [*whole, _place(read[-1], part.start, part.end)]


def _place(turn: Turn, start: int, end: int) -> _Place:
    first = min(bisect_right(turn.ends, start), len(turn.words) - 1)
    stop = max(first + 1, bisect_left(turn.starts, end))
    words = turn.words[first:stop]
    start_s, end_s = min(w.start_s for w in words), max(w.end_s for w in words)
    return _Place(words[0].channel, start_s, end_s)


def _extend(stretches: dict[int, Passage], place: _Place, part: TextPassage) -> None:
    known = stretches.get(place.channel)
    if known is None:
        stretches[place.channel] = Passage(
            part.kind, place.start_s, place.end_s, place.channel, part.confidence, part.reason
        )
        return
    surer = part.confidence > known.confidence
    stretches[place.channel] = replace(
        known,
        start_s=min(known.start_s, place.start_s),
        end_s=max(known.end_s, place.end_s),
        confidence=max(known.confidence, part.confidence),
        reason=part.reason if surer else known.reason,
    )
