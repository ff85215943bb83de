"""Turns of a recording: segments of one channel that are heard as one.

Rules:
1. What another says meanwhile ends a turn, unless it only listens or repeats figures.
2. A turn has a longest length, so that time grows with the length of the talk and no faster.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from sottovoce.detection.lexicon import Lexicon
from sottovoce.detection.spot import Spot
from sottovoce.detection.talk import MATERIAL
from sottovoce.detection.utterance import read
from sottovoce.values.finding import Finding
from sottovoce.values.speech import Segment, Word

PAUSE_S = 30.0
TURN_CHARACTERS = 600
LONGEST_TURN = 16_000


@dataclass(frozen=True, slots=True)
class Turn:
    """Segments of one channel that are heard as one, and the place of each word in their text."""

    text: str = field(repr=False)
    words: tuple[Word, ...] = field(repr=False)
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    cuts: tuple[int, ...]

    @property
    def alternatives(self) -> dict[int, tuple[str, ...]]:
        """Return what else words may have been, by the character at which each begins."""
        pairs = zip(self.starts, self.words, strict=True)
        return {start: word.alternatives for start, word in pairs if word.alternatives}

    @staticmethod
    def of(segments: Sequence[Segment]) -> "Turn":
        words: list[Word] = []
        cuts: list[int] = []
        starts: list[int] = []
        ends: list[int] = []
        parts: list[str] = []
        at = 0
        for segment in segments:
            for word in segment.words:
                text = word.text.strip()
                starts.append(at)
                ends.append(at + len(text))
                parts.append(text)
                words.append(word)
                at += len(text) + 1
            cuts.append(len(words))
        return Turn(" ".join(parts), tuple(words), tuple(starts), tuple(ends), tuple(cuts))

    def findings(self, spots: Iterable[Spot], lexicon: Lexicon) -> Iterator[Finding]:
        """Yield the findings of this turn, one for each segment that a spot touches."""
        for spot in spots:
            first = bisect_right(self.ends, spot.start)
            stop = bisect_left(self.starts, spot.end)
            inner = [cut for cut in self.cuts if first < cut < stop]
            for a, b in zip([first, *inner], [*inner, stop], strict=True):
                if not inner or not spot.sources or self._carries(a, b, lexicon):
                    yield self._finding(spot, a, b, whole=not inner)

    def _carries(self, a: int, b: int, lexicon: Lexicon) -> bool:
        """Tell whether words a to b hold more than listening words such as `okay`."""
        said = read(self.text[self.starts[a] : self.ends[b - 1]], lexicon)
        return any(kind in MATERIAL or kind == "w" for kind in said.classes)

    def _finding(self, spot: Spot, a: int, b: int, *, whole: bool) -> Finding:
        words = self.words[a:b]
        value, sources = self._value(spot, a, b, whole=whole)
        return Finding(
            kind=spot.kind,
            start_s=min(word.start_s for word in words),
            end_s=max(word.end_s for word in words),
            channel=words[0].channel,
            confidence=spot.confidence,
            words=words,
            value=value,
            sources=sources,
        )

    def _value(self, spot: Spot, a: int, b: int, *, whole: bool) -> tuple[str, tuple[int, ...]]:
        """Return the part of a value that words a to b say, and for each character its word."""
        if len(spot.sources) != len(spot.value):
            return spot.value, ()
        inside = range(self.starts[a], self.ends[b - 1])
        said = [
            (c, bisect_right(self.starts, s) - 1 - a)
            for c, s in zip(spot.value, spot.sources, strict=True)
            if whole or s in inside
        ]
        return "".join(c for c, _ in said), tuple(word for _, word in said)


def turns(segments: Sequence[Segment], lexicon: Lexicon) -> list[list[Segment]]:
    """Group segments of a channel that another's listening (`okay`, an echo) does not divide.

    Groups are in the order in which they begin.
    """
    grouped: list[list[Segment]] = []
    current: dict[int, list[Segment]] = {}
    for segment in sorted(segments, key=lambda s: (s.start_s, s.end_s)):
        if not segment.words:
            continue
        group = current.get(segment.channel)
        if group is None or not _continues(group, segment, lexicon):
            group = []
            current[segment.channel] = group
            grouped.append(group)
        group.append(segment)
        if len(current) > 1 and not _listens(segment, lexicon):
            current = {segment.channel: group}
    return grouped


def _continues(group: list[Segment], segment: Segment, lexicon: Lexicon) -> bool:
    if segment.start_s - group[-1].end_s > PAUSE_S:
        return False
    length = sum(len(word.text) + 1 for s in group for word in s.words)
    return length < TURN_CHARACTERS or (length < LONGEST_TURN and _listens(segment, lexicon))


def _listens(segment: Segment, lexicon: Lexicon) -> bool:
    """Tell whether a segment is only figures, letters and words that do not end a value."""
    u = read(" ".join(word.text for word in segment.words), lexicon)
    i = 0
    while i < len(u):
        match = lexicon.gaps.at(u.words, i)
        if match is None and u.classes[i] not in "uzotTFhHkRlnwvg&":
            return False
        i += match[0] if match else 1
    return True
