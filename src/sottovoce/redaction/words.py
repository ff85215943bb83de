"""Hide findings in words.

Rules:
1. A run of words under one finding becomes one placeholder.
2. A word that a mask covers by half or more is hidden, whatever it says: what is not heard in the
   sound is not read in the text. Beside a placeholder, it is taken into it.
3. Text that was likely invented is hidden whole; it is no evidence of anything.
4. What is shown is printable: control characters, line breaks and marks that turn the direction
   of text become spaces.
5. Renderers see only the types of this module, never a word that was said and hidden.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from sottovoce.redaction.mask import Mask, merge
from sottovoce.redaction.profile import UNEXPLAINED, Profile
from sottovoce.redaction.standins import StandIn, stand_ins
from sottovoce.values.finding import Action, Finding
from sottovoce.values.kinds import KINDS
from sottovoce.values.speech import Segment, Span, Word

_UNCLEAR = KINDS[UNEXPLAINED].placeholder, -1
_JOINERS = "\u200c\u200d"


@dataclass(frozen=True, slots=True)
class RedactedWord:
    """A word that may be shown, or the placeholder of some that may not."""

    start_s: float
    end_s: float
    text: str = field(repr=False)
    confidence: float
    masked: bool


@dataclass(frozen=True, slots=True)
class RedactedSegment:
    """A stretch of speech on one channel that may be shown."""

    start_s: float
    end_s: float
    channel: int
    words: tuple[RedactedWord, ...]
    invented: bool

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)


@dataclass(frozen=True, slots=True)
class _Hider:
    """Knows the placeholder of each word that is hidden."""

    by_word: dict[Word, tuple[str, int]] = field(repr=False)
    spans: dict[int, tuple[Span, ...]]

    def placeholder(self, word: Word) -> tuple[str, int] | None:
        """Return the word's placeholder and a number for its run, None when it may be shown."""
        found = self.by_word.get(word)
        if found is None and self._is_covered(word):
            return _UNCLEAR
        return found

    def _is_covered(self, word: Word) -> bool:
        spans = self.spans.get(word.channel, ())
        first = bisect_left(spans, word.start_s, key=lambda span: span.end_s)
        covered = 0.0
        for span in spans[first:]:
            if span.start_s >= word.end_s:
                break
            covered += min(span.end_s, word.end_s) - max(span.start_s, word.start_s)
        length = word.end_s - word.start_s
        return covered >= length / 2 if length > 0 else self._holds(word, spans[first:])

    @staticmethod
    def _holds(word: Word, spans: Sequence[Span]) -> bool:
        return bool(spans) and spans[0].start_s <= word.start_s


def mask_words(
    segments: Sequence[Segment],
    findings: Iterable[Finding],
    masks: Iterable[Mask],
    profile: Profile,
    stands_for: Mapping[Finding, StandIn] | None = None,
) -> tuple[RedactedSegment, ...]:
    """Return the segments with what the profile hides replaced by placeholders.

    ``stands_for`` has the stand-ins of what is replaced; without it values are numbered.
    """
    findings = tuple(findings)
    if stands_for is None:
        stands_for = stand_ins(findings, segments, profile)
    hider = _hider(findings, masks, profile, stands_for)
    return tuple(_segment(segment, hider) for segment in segments)


def _hider(
    findings: Iterable[Finding],
    masks: Iterable[Mask],
    profile: Profile,
    stands_for: Mapping[Finding, StandIn],
) -> _Hider:
    hidden = sorted(
        (f for f in findings if profile.action(f.kind) is not Action.KEEP),
        key=lambda f: (f.start_s, f.end_s, f.channel),
    )
    by_word: dict[Word, tuple[str, int]] = {}
    # Of two findings on a word the surer names it.
    for run, finding in sorted(enumerate(hidden), key=lambda pair: pair[1].confidence):
        known = stands_for.get(finding)
        text = known.text if known else profile.kind(finding.kind).placeholder
        by_word |= dict.fromkeys(finding.words, (text, run))
    spans: dict[int, list[Span]] = {}
    # Merged, since a burnt span may lie in a masked one and the search needs ends in order.
    for span in merge(mask.span for mask in masks):
        spans.setdefault(span.channel, []).append(span)
    return _Hider(by_word, {channel: tuple(s) for channel, s in spans.items()})


def _segment(segment: Segment, hider: _Hider) -> RedactedSegment:
    marked = [
        (word, _UNCLEAR if segment.invented else hider.placeholder(word)) for word in segment.words
    ]
    found_by_word = _joined([found for _, found in marked])
    marked = [(word, found) for (word, _), found in zip(marked, found_by_word, strict=True)]
    words = [
        redacted
        for found, run in groupby(marked, key=lambda pair: pair[1])
        for redacted in _run(found, [word for word, _ in run])
    ]
    return RedactedSegment(
        segment.start_s, segment.end_s, segment.channel, tuple(words), segment.invented
    )


def _joined(found: Sequence[tuple[str, int] | None]) -> list[tuple[str, int] | None]:
    """Let a placeholder take up to two words beside it that only its mask's margin hides."""
    joined = list(found)
    for order in (range(1, len(joined)), range(len(joined) - 2, -1, -1)):
        taken = 0
        for i in order:
            beside = joined[i - order.step]
            is_margin = joined[i] == _UNCLEAR and beside not in (None, _UNCLEAR)
            taken = taken + 1 if is_margin else 0
            if is_margin and taken <= 2:
                joined[i] = beside
    return joined


def _run(found: tuple[str, int] | None, words: Sequence[Word]) -> list[RedactedWord]:
    if found is None:
        return [_shown(word) for word in words]
    sure = min(word.confidence for word in words)
    start, end = min(word.start_s for word in words), max(word.end_s for word in words)
    return [RedactedWord(start, end, found[0], sure, True)]


def _shown(word: Word) -> RedactedWord:
    # A recogniser may print anything; a line break or a control character would forge a line.
    plain = (c if c.isprintable() or c in _JOINERS else " " for c in word.text)
    text = " ".join("".join(plain).split())
    return RedactedWord(word.start_s, word.end_s, text, word.confidence, False)
