"""What the first listener heard and detection left open, to judge what the second makes of it.

Rules:
1. A number alone that the first listener heard there too is known, and was left open on purpose.
2. A finding of the second listener's, without a number, is a mishearing where the first surely
   heard ordinary words that sound otherwise: "it is spelled" may come back as "it is Fell".
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sottovoce.redaction.known import Words, letters
from sottovoce.redaction.timeline import Timeline
from sottovoce.values.finding import Finding
from sottovoce.values.speech import Segment, Span, Word

SURE = 0.8
"""The least confidence of words that are believed against a finding."""
SAME_PLACE_S = 0.3
"""The second listener's words have no times of their own: so far they may be off."""
_LOOK_BACK = 8
"""So many words may begin before a word that is still being said."""


@dataclass(frozen=True, slots=True)
class LeftOpen:
    """The words of each channel that are of no finding, in order, and where which numbers are."""

    lines: Mapping[int, Sequence[Word]] = field(repr=False)
    numbers: Mapping[str, Timeline] = field(repr=False)
    language: Words = field(repr=False)

    @classmethod
    def of(
        cls, findings: Iterable[Finding], segments: Sequence[Segment], language: Words
    ) -> "LeftOpen":
        """Gather what segments hold beside findings."""
        secret = {word for finding in findings for word in finding.words}
        lines: dict[int, list[Word]] = {}
        for word in sorted((w for s in segments for w in s.words), key=_start):
            if word not in secret:
                lines.setdefault(word.channel, []).append(word)
        places: dict[str, list[Span]] = {}
        for word, digits in (pair for s in segments for pair in language.numbers(s)):
            if word not in secret:
                span = Span(word.start_s, word.end_s, word.channel)
                places.setdefault(digits, []).append(span)
        return cls(lines, {digits: Timeline(spans) for digits, spans in places.items()}, language)

    def has_number(self, digits: str, word: Word) -> bool:
        """Tell whether a number of the second listener's was heard there by the first as well."""
        known = self.numbers.get(digits)
        reached = known and known.reached(word.start_s, word.end_s, word.channel, SAME_PLACE_S)
        return bool(reached)

    def contradicts(self, finding: Finding) -> bool:
        """Tell whether what the second listener took for a finding was surely something else."""
        parts = [part for word in finding.words for part in letters(word.text)]
        words = self._at(finding)
        return bool(words) and all(self._is_other(word, parts) for word in words)

    def _at(self, finding: Finding) -> list[Word]:
        line = self.lines.get(finding.channel, ())
        stop = bisect_left(line, finding.end_s, key=_start)
        near = line[max(0, stop - _LOOK_BACK - len(finding.words)) : stop]
        return [word for word in near if word.end_s > finding.start_s]

    def _is_other(self, word: Word, parts: Sequence[str]) -> bool:
        own = letters(word.text)
        is_plain = bool(own) and all(map(self.language.is_ordinary, own))
        is_alike = any(a == b or self.language.sound_alike(a, b) for a in own for b in parts)
        return word.confidence >= SURE and is_plain and not is_alike


def _start(word: Word) -> float:
    return word.start_s
