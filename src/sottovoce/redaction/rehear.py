"""Hear the redacted sound again: what the second listener still recovers, and what follows.

Rules:
1. The ear is another recogniser than the one that made the transcript, and hears only what is not
   masked, with masks silent: a tone would distract it. It hears it in three ways (``hearing.py``).
2. A leak is a finding in what it heard that the profile hides, a value known to be hidden
   (``known.py``), or numbers close to hidden numbers, unless the first listener heard one alone
   there too and it was left open: "the last four digits are".
3. A name that is not a known value is a mishearing where the first listener surely heard something
   else (``left_open.py``). One that one way alone tells of is asked about again in the other ways:
   it is a mishearing where they hear other words and find nothing. Of every other kind what any
   way tells of is a leak, with figures in it or without: a password, an e-mail address.
4. Every leak is masked wider, more with each round, and heard again; what still leaks after the
   last round is left for quarantine.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Protocol

from sottovoce.redaction.certificate import (
    SHORTEST_S,
    Extent,
    Heard,
    Listening,
    first_hearing,
    left_audible,
    next_hearing,
    not_agreed,
    unsure,
)
from sottovoce.redaction.hearing import Way
from sottovoce.redaction.known import KnownValues, Leak, Words
from sottovoce.redaction.left_open import LeftOpen
from sottovoce.redaction.mask import merge
from sottovoce.redaction.profile import UNEXPLAINED
from sottovoce.redaction.timeline import Timeline
from sottovoce.values.finding import Finding
from sottovoce.values.sound import Sound
from sottovoce.values.speech import Segment, Span, Word

ROUNDS = 3
NEAR_MASK_S = 1.5
NEAR_ALONE_S = 0.4
FIRST_WIDER_S = 0.5
STRETCH_S = 6.0
AGAIN_S = 1.5
"""So far from a leak of before, the second listener's words having no times of their own."""
PAUSE_S = 0.3
ASKED_S = 1.5
SAME_PLACE_S = 0.3
CONTEXT_S = 15.0
MISHEARD = frozenset({"per.name"})
"""What the second listener makes of ordinary words, and may be doubted for it."""


class Ear(Protocol):
    """The second listener, and where voice is to it."""

    def hear(self, sound: Sound, spans: Sequence[Span], way: Way) -> Iterable[Segment]:
        """Return what is heard of some stretches of a sound, in one way."""
        ...

    def voiced(self, sound: Sound, way: Way) -> Sequence[Span]:
        """Return where a sound has voice when it is heard in a way."""
        ...


class Reader(Words, Protocol):
    """What detection makes of words."""

    def findings(self, segments: Sequence[Segment]) -> tuple[Finding, ...]:
        """Return the findings that the profile hides."""
        ...


class Mask(Protocol):
    """Make the redacted sound of some spans to hide."""

    def __call__(self, spans: Sequence[Span]) -> Sound: ...


@dataclass(frozen=True, slots=True)
class LeakCheck:
    """What the hearing came to: whether it passed, the rounds, the spans hidden in the end.

    ``heard`` counts what was recovered by kind and then masked wider; ``left`` what was still
    recovered in the last round; ``leaks`` are all of them, ``remaining`` those of the last round.
    ``known`` counts the values compared by kind, ``heard_s`` how many seconds were heard each way,
    ``by_way`` how many leaks each way told of, mishearings left out. ``audible_s`` is the voice
    that was left at first, ``sample_s`` how much of what was heard was drawn from far off masks.
    """

    passed: bool
    rounds: int
    hidden: tuple[Span, ...]
    heard: Mapping[str, int] = field(default_factory=dict)
    left: Mapping[str, int] = field(default_factory=dict)
    leaks: tuple[Leak, ...] = ()
    remaining: tuple[Leak, ...] = ()
    known: Mapping[str, int] = field(default_factory=dict)
    heard_s: Mapping[str, float] = field(default_factory=dict)
    by_way: Mapping[str, int] = field(default_factory=dict)
    audible_s: float = 0.0
    sample_s: float = 0.0
    extent: str = "default"


def rehear(
    findings: Sequence[Finding],
    hidden: Sequence[Span],
    voiced: Sequence[Span],
    *,
    mask: Mask,
    ear: Ear,
    reader: Reader,
    segments: Sequence[Segment] = (),
    listening: Listening | None = None,
) -> LeakCheck:
    """Hear the sound with ``hidden`` masked, mask wider what leaks, at most three rounds.

    ``segments`` are what the first listener heard: an ordinary word that it left open is no leak.
    """
    # What is too short to be heard must not stay audible between two masks.
    hidden = merge(hidden, gap_s=SHORTEST_S)
    rounds = _Rounds(findings, voiced, mask, ear, reader, segments, listening or Listening())
    return rounds.run(hidden)


class _Rounds:
    """The rounds of one recording, with what they need and what they add up."""

    def __init__(
        self,
        findings: Sequence[Finding],
        voiced: Sequence[Span],
        mask: Mask,
        ear: Ear,
        reader: Reader,
        segments: Sequence[Segment],
        listening: Listening,
    ) -> None:
        self._voiced = voiced
        self._mask = mask
        self._ear = ear
        self._reader = reader
        self._listening = listening
        self._known = KnownValues.of(findings, segments, reader)
        self._numeric = Timeline(_numeric(findings))
        self._open = LeftOpen.of(findings, segments, reader)
        self._segments = segments
        self._doubts = unsure(segments)
        self._heard_s: dict[str, float] = dict.fromkeys((way.value for way in Way), 0.0)
        self._by_way: Counter[str] = Counter()

    def run(self, hidden: tuple[Span, ...]) -> LeakCheck:
        """Hear and mask wider until nothing leaks, at most three times."""
        audible_s = _length_s(left_audible(self._voiced, hidden))
        sound = self._mask(hidden)
        voice = self._voice()
        heard = first = first_hearing(voice, hidden, self._doubts, self._listening)
        leaks = self._hear(sound, heard, self._left(voice, hidden))
        before: list[Leak] = []
        number = 1
        while leaks and number < ROUNDS:
            number += 1
            audible = left_audible(voice[Way.LOUDER], hidden)
            hidden = _wider(hidden, leaks, audible, before)
            before += leaks
            rest = first.rest if _touch(leaks, first.sample) else ()
            heard = next_hearing(voice, hidden, list(map(_span, leaks)), rest)
            leaks = self._hear(self._mask(hidden), heard, self._left(voice, hidden))
        return LeakCheck(
            passed=not leaks,
            rounds=number,
            hidden=hidden,
            heard=_counts(before),
            left=_counts(leaks),
            leaks=(*before, *leaks),
            remaining=tuple(leaks),
            known=self._known.counts,
            heard_s=self._heard_s,
            by_way=dict(self._by_way),
            audible_s=audible_s,
            sample_s=_length_s(first.sample),
            extent=self._listening.extent.value,
        )

    def _voice(self) -> dict[Way, Sequence[Span]]:
        # With nothing masked: what is loud is the measure of what is quiet.
        more = self._ear.voiced(self._mask(()), Way.LOUDER)
        return {
            Way.PLAIN: self._voiced,
            Way.LOUDER: merge((*self._voiced, *more)),
            Way.NARROW: self._voiced,
        }

    def _left(self, voice: Mapping[Way, Sequence[Span]], hidden: Sequence[Span]) -> Timeline:
        return Timeline(left_audible(voice[Way.LOUDER], hidden))

    def _hear(self, sound: Sound, heard: Heard, audible: Timeline) -> list[Leak]:
        told: dict[Way, list[Leak]] = {}
        news: dict[Way, list[Leak]] = {}
        said: dict[Way, list[Segment]] = {}
        for way, wanted in heard.by_way.items():
            spans = self._worth_hearing(wanted, said.get(Way.PLAIN), audible)
            said[way] = self._listen(sound, spans, way)
            found = self._reader.findings(said[way])
            maybe = [self._may_be_misheard(finding) for finding in found]
            sure = [_leak_of(f) for f, doubt in zip(found, maybe, strict=True) if not doubt]
            told[way] = [*self._known_leaks(said[way]), *sure]
            new = [f for f, doubt in zip(found, maybe, strict=True) if doubt]
            news[way] = [_leak_of(f) for f in new if not self._open.contradicts(f)]
        for way, leaks in self._confirmed(sound, told, news, said, audible).items():
            told[way] = [*told[way], *leaks]
        for way, leaks in told.items():
            self._by_way[way.value] += len(_each_once(leaks))
        return _each_once([leak for leaks in told.values() for leak in leaks])

    def _confirmed(
        self,
        sound: Sound,
        told: Mapping[Way, Sequence[Leak]],
        news: Mapping[Way, Sequence[Leak]],
        said: Mapping[Way, Sequence[Segment]],
        audible: Timeline,
    ) -> dict[Way, list[Leak]]:
        """Return of the news of each way what others tell of as well, or do not speak against."""
        sure = [leak for leaks in told.values() for leak in leaks]
        kept: dict[Way, list[Leak]] = {}
        for way, leaks in news.items():
            others = [*sure, *(leak for w, more in news.items() if w is not way for leak in more)]
            kept[way] = [
                leak
                for leak in leaks
                if _touch([leak], map(_span, others))
                or self._is_confirmed(sound, leak, way, said[way], audible)
            ]
        return kept

    def _worth_hearing(
        self, spans: Sequence[Span], plain: Sequence[Segment] | None, audible: Timeline
    ) -> Sequence[Span]:
        if plain is None or self._listening.extent is Extent.FULL:
            return spans
        return not_agreed(spans, plain, self._segments, audible)

    def _may_be_misheard(self, finding: Finding) -> bool:
        """Tell whether a finding is a name without a number in it."""
        if finding.kind not in MISHEARD:
            return False
        segment = Segment(finding.start_s, finding.end_s, finding.channel, finding.words)
        has_figures = any(character.isdigit() for character in finding.value)
        return not has_figures and not self._reader.numbers(segment)

    def _listen(self, sound: Sound, spans: Sequence[Span], way: Way) -> list[Segment]:
        self._heard_s[way.value] += _length_s(spans)
        return list(self._ear.hear(sound, spans, way))

    def _known_leaks(self, segments: Sequence[Segment]) -> list[Leak]:
        leaks = list(self._known.leaks(segments))
        for segment in segments:
            numbers = self._reader.numbers(segment)
            leaks += _close_numbers(numbers, self._numeric, self._open)
        return _each_once(leaks)

    def _is_confirmed(
        self,
        sound: Sound,
        leak: Leak,
        way: Way,
        said: Sequence[Segment],
        audible: Timeline,
    ) -> bool:
        """Ask the other ways; where they hear nothing at all, nothing speaks against the leak.

        What was said before and after is told to them, since a question may make a name of a word.
        """
        place = Span(leak.start_s - ASKED_S, leak.end_s + ASKED_S, leak.channel)
        spans = audible.within(place)
        around = [segment for segment in said if _is_around(segment, place)]
        heard_words = False
        for other in Way:
            answers = self._listen(sound, spans, other) if other is not way else []
            told = sorted((*around, *answers), key=lambda segment: segment.start_s)
            found = [*map(_leak_of, self._reader.findings(told)), *self._known_leaks(answers)]
            if answers and _touch([leak], map(_span, found)):
                return True
            heard_words |= _touch([leak], [_word_span(w) for s in answers for w in s.words])
        return not heard_words


def _is_around(segment: Segment, place: Span) -> bool:
    """Tell whether a segment is near a place, and not in it."""
    if segment.channel == place.channel and _overlap(segment, place, 0.0):
        return False
    return _overlap(segment, place, CONTEXT_S)


def _overlap(a: Segment, b: Span, slack_s: float) -> bool:
    return a.start_s < b.end_s + slack_s and b.start_s - slack_s < a.end_s


def _each_once(leaks: Sequence[Leak]) -> list[Leak]:
    """Join the leaks of one kind that overlap: several ways may tell of one leak."""
    by_kind = sorted(leaks, key=lambda leak: (leak.kind, leak.start_s))
    joined = [
        Leak(kind, span.start_s, span.end_s, span.channel)
        for kind, group in groupby(by_kind, key=lambda leak: leak.kind)
        for span in merge(map(_span, group))
    ]
    return sorted(joined, key=lambda leak: (leak.start_s, leak.channel, leak.kind))


def _counts(leaks: Iterable[Leak]) -> dict[str, int]:
    return dict(Counter(leak.kind for leak in leaks))


def _length_s(spans: Iterable[Span]) -> float:
    return sum(span.end_s - span.start_s for span in spans)


def _span(leak: Leak) -> Span:
    return Span(leak.start_s, leak.end_s, leak.channel)


def _word_span(word: Word) -> Span:
    return Span(word.start_s, word.end_s, word.channel)


def _leak_of(finding: Finding) -> Leak:
    return Leak(finding.kind, finding.start_s, finding.end_s, finding.channel)


def _touch(leaks: Sequence[Leak], spans: Iterable[Span]) -> bool:
    timeline = Timeline(spans)
    return any(
        timeline.reached(leak.start_s, leak.end_s, leak.channel, SAME_PLACE_S) for leak in leaks
    )


def _numeric(findings: Sequence[Finding]) -> list[Span]:
    return [
        Span(finding.start_s, finding.end_s, finding.channel)
        for finding in findings
        if sum(character.isdigit() for character in finding.value) >= 3
    ]


def _close_numbers(
    numbers: Sequence[tuple[Word, str]], numeric: Timeline, left_open: LeftOpen
) -> list[Leak]:
    """Take numbers beside a hidden number for a part of it: one if it is very near, or several."""
    leaks = []
    for i, (word, digits) in enumerate(numbers):
        beside = [w for w, _ in numbers[max(0, i - 1) : i + 2]]
        is_alone = not any(w is not word and _gap_s(w, word) < 0.5 for w in beside)
        slack = NEAR_ALONE_S if is_alone else NEAR_MASK_S
        if is_alone and left_open.has_number(digits, word):
            continue
        if numeric.reached(word.start_s, word.end_s, word.channel, slack):
            leaks.append(Leak(UNEXPLAINED, word.start_s, word.end_s, word.channel))
    return leaks


def _gap_s(a: Word, b: Word) -> float:
    return max(a.start_s, b.start_s) - min(a.end_s, b.end_s)


def _wider(
    hidden: Sequence[Span],
    leaks: Sequence[Leak],
    audible: Sequence[Span],
    before: Sequence[Leak],
) -> tuple[Span, ...]:
    """Mask leaks wider within voice: by half a second; where it leaked before, up to pauses."""
    timeline = Timeline(audible)
    stretches = Timeline(merge(audible, gap_s=PAUSE_S))
    leaked = Timeline(Span(k.start_s - AGAIN_S, k.end_s + AGAIN_S, k.channel) for k in before)
    more = []
    for leak in leaks:
        span = Span(leak.start_s - FIRST_WIDER_S, leak.end_s + FIRST_WIDER_S, leak.channel)
        if leaked.reached(leak.start_s, leak.end_s, leak.channel):
            span = _stretch(span, stretches)
        more += timeline.within(span)
    return merge((*hidden, *more), gap_s=SHORTEST_S)


def _stretch(span: Span, stretches: Timeline) -> Span:
    """Return what is said without a pause around a span, up to six seconds off on each side."""
    reached = stretches.reached(span.start_s, span.end_s, span.channel, PAUSE_S)
    start = min([span.start_s, *(s.start_s for s in reached)])
    end = max([span.end_s, *(s.end_s for s in reached)])
    return Span(
        max(start, span.start_s - STRETCH_S), min(end, span.end_s + STRETCH_S), span.channel
    )
