"""Hear the redacted sound again with another recogniser; what it still recovers is the leak.

Rules (docs/decisions/timing-is-safety.md):
1. Whatever voice is left audible is heard: all of it first, then what is near what was widened.
2. A leak is what detection finds in the words heard, a number word close to a mask that hides
   numbers, four digits in a row of a hidden value, or a hidden name.
3. Every leak is masked wider, more with each round, and heard again; what still leaks after the
   last round is left for quarantine.
"""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sottovoce.redaction.mask import merge
from sottovoce.redaction.profile import UNEXPLAINED
from sottovoce.values.finding import Finding
from sottovoce.values.sound import Sound
from sottovoce.values.speech import Segment, Span, Word

ROUNDS = 3
NEAR_MASK_S = 1.5
NEAR_ALONE_S = 0.4
NEAR_LEAK_S = 6.0
SHORTEST_S = 0.15
_WIDER_S = (0.5, 30.0)
"""How much wider is masked after each hearing but the last; within voice, never over silence."""
_RUN = 4


class Ear(Protocol):
    """The second listener, hearing some stretches of a sound."""

    def __call__(self, sound: Sound, spans: Sequence[Span]) -> Iterable[Segment]: ...


class Reader(Protocol):
    """What detection makes of words."""

    def findings(self, segments: Sequence[Segment]) -> tuple[Finding, ...]:
        """Return the findings that the profile hides."""
        ...

    def numbers(self, segment: Segment) -> tuple[tuple[Word, str], ...]:
        """Return the words that read as numbers, with their digits."""
        ...


class Mask(Protocol):
    """Make the redacted sound of some spans to hide."""

    def __call__(self, spans: Sequence[Span]) -> Sound: ...


@dataclass(frozen=True, slots=True)
class Leak:
    """Something recovered from the redacted sound: its kind and about when."""

    kind: str
    start_s: float
    end_s: float
    channel: int


@dataclass(frozen=True, slots=True)
class LeakCheck:
    """What the hearing came to: whether it passed, the rounds, the spans hidden in the end.

    ``heard`` counts what was recovered by kind and then masked wider; ``left`` what was still
    recovered in the last round; ``leaks`` are all of them.
    """

    passed: bool
    rounds: int
    hidden: tuple[Span, ...]
    heard: Mapping[str, int] = field(default_factory=dict)
    left: Mapping[str, int] = field(default_factory=dict)
    leaks: tuple[Leak, ...] = ()


def rehear(
    findings: Sequence[Finding],
    hidden: Sequence[Span],
    voiced: Sequence[Span],
    *,
    mask: Mask,
    ear: Ear,
    reader: Reader,
) -> LeakCheck:
    """Hear the sound with ``hidden`` masked, mask wider what leaks, at most three rounds."""
    known = _Known.of(findings)
    # What is too short to be heard must not stay audible between two masks.
    hidden = merge(hidden, gap_s=SHORTEST_S)
    heard: list[Leak] = []
    near: Sequence[Leak] | None = None
    for round_number in range(1, ROUNDS + 1):
        audible = _near(left_audible(voiced, hidden), near)
        segments = list(ear(mask(hidden), audible))
        leaks = _leaks(segments, known, reader)
        if not leaks:
            return LeakCheck(True, round_number, tuple(hidden), _counts(heard), {}, tuple(heard))
        if round_number == ROUNDS:
            break
        heard += leaks
        hidden = _wider(hidden, leaks, audible, _WIDER_S[round_number - 1])
        near = leaks
    everything = (*heard, *leaks)
    return LeakCheck(False, ROUNDS, tuple(hidden), _counts(heard), _counts(leaks), everything)


def _counts(leaks: Iterable[Leak]) -> dict[str, int]:
    return dict(Counter(leak.kind for leak in leaks))


def left_audible(voiced: Sequence[Span], hidden: Sequence[Span]) -> tuple[Span, ...]:
    """Return the voice that no mask covers, in pieces of at least 0.15 s."""
    timeline = _Timeline(hidden)
    pieces = [piece for span in voiced for piece in _without(span, timeline)]
    return tuple(piece for piece in pieces if piece.end_s - piece.start_s >= SHORTEST_S)


class _Timeline:
    """Spans by channel and in order, to find those near a stretch without reading them all."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self._lines: dict[int, list[Span]] = {}
        for span in merge(spans):
            self._lines.setdefault(span.channel, []).append(span)

    def reached(
        self, start_s: float, end_s: float, channel: int, slack_s: float = 0.0
    ) -> Sequence[Span]:
        """Return the spans that overlap a stretch of a channel, or come within some slack of it."""
        line = self._lines.get(channel, [])
        first = bisect_right(line, start_s - slack_s, key=lambda span: span.end_s)
        last = bisect_left(line, end_s + slack_s, key=lambda span: span.start_s)
        return line[first:last]


@dataclass(frozen=True, slots=True)
class _Known:
    """What is hidden, for comparing: runs of digits, and names, each with its kind."""

    runs: Mapping[str, str] = field(repr=False)
    names: Mapping[str, str] = field(repr=False)
    numeric: _Timeline

    @classmethod
    def of(cls, findings: Sequence[Finding]) -> "_Known":
        runs: dict[str, str] = {}
        names: dict[str, str] = {}
        numeric = []
        for finding in findings:
            digits = re.sub(r"\D", "", finding.value)
            runs |= {digits[i : i + _RUN]: finding.kind for i in range(len(digits) - _RUN + 1)}
            if finding.kind == "per.name":
                names |= dict.fromkeys(_name_words(finding), finding.kind)
            if len(digits) >= 3:
                numeric.append(Span(finding.start_s, finding.end_s, finding.channel))
        return cls(runs, names, _Timeline(numeric))


def _name_words(finding: Finding) -> list[str]:
    return [part for part in _letters(finding.value) if len(part) >= 3]


def _letters(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text.lower())


def _leaks(segments: Sequence[Segment], known: _Known, reader: Reader) -> list[Leak]:
    found = [Leak(f.kind, f.start_s, f.end_s, f.channel) for f in reader.findings(segments)]
    for segment in segments:
        numbers = reader.numbers(segment)
        found += _close_numbers(numbers, known)
        found += _known_runs(numbers, known)
        found += _known_names(segment, known)
    return found


def _close_numbers(numbers: Sequence[tuple[Word, str]], known: _Known) -> list[Leak]:
    """Take numbers beside a hidden number for a part of it: one if it is very near, or several."""
    leaks = []
    for i, (word, _) in enumerate(numbers):
        beside = [w for w, _ in numbers[max(0, i - 1) : i + 2]]
        is_alone = not any(w is not word and _gap_s(w, word) < 0.5 for w in beside)
        slack = NEAR_ALONE_S if is_alone else NEAR_MASK_S
        if known.numeric.reached(word.start_s, word.end_s, word.channel, slack):
            leaks.append(Leak(UNEXPLAINED, word.start_s, word.end_s, word.channel))
    return leaks


def _gap_s(a: Word, b: Word) -> float:
    return max(a.start_s, b.start_s) - min(a.end_s, b.end_s)


def _known_runs(numbers: Sequence[tuple[Word, str]], known: _Known) -> list[Leak]:
    # Each digit remembers its word, so that a run of digits has times.
    digits = [(digit, word) for word, text in numbers for digit in text]
    leaks = []
    for i in range(len(digits) - _RUN + 1):
        run = digits[i : i + _RUN]
        if kind := known.runs.get("".join(digit for digit, _ in run)):
            leaks.append(Leak(kind, run[0][1].start_s, run[-1][1].end_s, run[0][1].channel))
    return leaks


def _known_names(segment: Segment, known: _Known) -> list[Leak]:
    # Part by part, so that what clings to a name (an 's, a full stop, a hyphen) hides none.
    return [
        Leak(known.names[part], word.start_s, word.end_s, word.channel)
        for word in segment.words
        for part in _letters(word.text)
        if part in known.names
    ]


def _wider(
    hidden: Sequence[Span], leaks: Sequence[Leak], audible: Sequence[Span], by_s: float
) -> tuple[Span, ...]:
    timeline, more = _Timeline(audible), []
    for leak in leaks:
        start, end = leak.start_s - by_s, leak.end_s + by_s
        for piece in timeline.reached(start, end, leak.channel):
            more.append(Span(max(piece.start_s, start), min(piece.end_s, end), leak.channel))
    return merge((*hidden, *more), gap_s=SHORTEST_S)


def _near(audible: Sequence[Span], leaks: Sequence[Leak] | None) -> Sequence[Span]:
    if leaks is None:
        return audible
    # Every channel's, since the question that makes a number telling may be on another.
    timeline, channels = _Timeline(audible), {piece.channel for piece in audible}
    near = (
        timeline.reached(k.start_s, k.end_s, channel, NEAR_LEAK_S)
        for k in leaks
        for channel in channels
    )
    return sorted({piece for pieces in near for piece in pieces})


def _without(span: Span, hidden: _Timeline) -> list[Span]:
    pieces, at = [], span.start_s
    for other in hidden.reached(span.start_s, span.end_s, span.channel):
        if other.start_s > at:
            pieces.append(Span(at, other.start_s, span.channel))
        at = max(at, other.end_s)
    return pieces if at >= span.end_s else [*pieces, Span(at, span.end_s, span.channel)]
