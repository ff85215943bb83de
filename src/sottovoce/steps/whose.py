"""What of a recording's words is whose, where several speak on a channel (docs/spec/strands.md).

Rule: what lies in one person's turn, and in nobody else's, is theirs; all else is everyone's.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Protocol

from sottovoce.redaction.transcript import RedactedTranscript
from sottovoce.redaction.words import RedactedSegment
from sottovoce.steps.turns import Spoken
from sottovoce.vault.holding import Holding
from sottovoce.vault.strands import Stretch, Turn, stretches

COMMON = "common"
"""The name of the text of a channel that has what is everyone's."""


class _Timed(Protocol):
    @property
    def start_s(self) -> float: ...

    @property
    def end_s(self) -> float: ...

    @property
    def channel(self) -> int: ...


class Whose:
    """Tells which strand has what of a recording."""

    def __init__(self, spoken: Iterable[Spoken], holding: Holding) -> None:
        self.holding = holding
        self.turns = tuple(_turn(one, holding) for one in spoken) if holding.strands else ()
        self._divided = stretches(self.turns, holding)
        self._starts = {c: [s.start for s in said] for c, said in self._divided.items()}

    def strand(self, start_s: float, end_s: float, channel: int) -> int | None:
        """Return the strand that has all of a stretch alone, None where it is everyone's."""
        owners = {stretch.owners for stretch in self._at(start_s, end_s, channel)}
        if len(owners) == 1 and len(only := next(iter(owners))) == 1:
            return only[0]
        return None

    def owns(self, strand: int, one: _Timed) -> bool:
        """Tell whether a strand has all of something alone."""
        return self.strand(one.start_s, one.end_s, one.channel) == strand

    def part(
        self, kept: RedactedTranscript, channel: int, strand: int | None
    ) -> RedactedTranscript:
        """Return what of a channel's words a strand has alone, or with None what is everyone's."""
        if not self.holding.strands:
            return kept
        said = (self._said(one, strand) for one in kept.segments if one.channel == channel)
        return replace(
            kept,
            segments=tuple(segment for segment in said if segment.words),
            findings=tuple(f for f in kept.findings if self._is_of(f, channel, strand)),
            passages=tuple(p for p in kept.passages if self._is_of(p.passage, channel, strand)),
        )

    def _said(self, segment: RedactedSegment, strand: int | None) -> RedactedSegment:
        words = tuple(
            word
            for word in segment.words
            if self.strand(word.start_s, word.end_s, segment.channel) == strand
        )
        if not words:
            return replace(segment, words=())
        return replace(segment, start_s=words[0].start_s, end_s=words[-1].end_s, words=words)

    def _is_of(self, one: _Timed, channel: int, strand: int | None) -> bool:
        return one.channel == channel and self.strand(one.start_s, one.end_s, channel) == strand

    def _at(self, start_s: float, end_s: float, channel: int) -> Sequence[Stretch]:
        rate_hz = self.holding.rate_hz
        start, stop = (
            int(start_s * rate_hz),
            max(int(start_s * rate_hz) + 1, round(end_s * rate_hz)),
        )
        first = max(0, bisect_right(self._starts[channel], start) - 1)
        return self._divided[channel][first : bisect_right(self._starts[channel], stop - 1)]


def _turn(one: Spoken, holding: Holding) -> Turn:
    of_channel = holding.strands_of(one.channel)
    strand = next(s for s in of_channel if holding.persons[s] == one.person)
    return Turn(round(one.start_s * holding.rate_hz), round(one.stop_s * holding.rate_hz), strand)
