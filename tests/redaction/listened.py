"""A scripted far side for hearing again: what is said when, who hears it, and who reads it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from random import Random

from sottovoce.redaction.certificate import (
    Extent,
    Listening,
)
from sottovoce.redaction.hearing import Way
from sottovoce.redaction.rehear import rehear
from sottovoce.values.finding import Finding
from sottovoce.values.speech import Segment, Span, Word

FIGURES = dict(
    zip(
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"],
        "0123456789",
        strict=True,
    )
)
FIGURES |= {"forty-two": "42", "oh": "0"}
COMMON = {"the", "and", "with", "hello", "please"}
ORDINARY = {"brown", "hill", "green", "lane", "harbor"}
SECRET = "swordfish"  # noqa: S105 - what the reader below takes for sensitive
KINDS = {SECRET: "per.credential", "marlow": "per.name"}


@dataclass(frozen=True, slots=True)
class Hidden:
    """Stands for a sound of which some spans are hidden."""

    spans: tuple[Span, ...]


@dataclass(slots=True)
class Room:
    """A scripted far side: what is said when; an ear that hears what is not hidden; a reader."""

    said: Sequence[Word]
    only: Way | None = None
    more: Sequence[Span] = ()
    heard: list[tuple[Sequence[Span], tuple[Span, ...]]] = field(default_factory=list)
    ways: list[Way] = field(default_factory=list)

    def mask(self, spans: Sequence[Span]) -> Hidden:
        return Hidden(tuple(spans))

    def hear(self, sound: Hidden, spans: Sequence[Span], way: Way) -> Iterable[Segment]:
        self.ways.append(way)
        if way is Way.PLAIN:
            self.heard.append((spans, sound.spans))
        for span in spans if way is (self.only or way) else ():
            words = [w for w in self.said if is_in(w, span) and not is_under(w, sound.spans)]
            yield Segment(span.start_s, span.end_s, span.channel, tuple(words))

    def voiced(self, sound: Hidden, way: Way) -> Sequence[Span]:
        return self.more

    def is_common(self, word: str) -> bool:
        return word in COMMON

    def is_ordinary(self, word: str) -> bool:
        return word in COMMON | ORDINARY

    def sounds(self, word: str) -> str:
        return word[0]

    def sound_alike(self, word: str, other: str) -> bool:
        return word == other

    def findings(self, segments: Sequence[Segment]) -> tuple[Finding, ...]:
        return tuple(
            Finding(KINDS[w.text], w.start_s, w.end_s, w.channel, 0.9, (w,))
            for s in segments
            for w in s.words
            if w.text in KINDS
        )

    def numbers(self, segment: Segment) -> tuple[tuple[Word, str], ...]:
        return tuple((w, FIGURES[w.text]) for w in segment.words if w.text in FIGURES)


def is_in(word: Word, span: Span) -> bool:
    middle = (word.start_s + word.end_s) / 2
    return word.channel == span.channel and span.start_s <= middle <= span.end_s


def is_under(word: Word, spans: Sequence[Span]) -> bool:
    middle = (word.start_s + word.end_s) / 2
    return any(s.channel == word.channel and s.start_s < middle < s.end_s for s in spans)


def check(
    said: Sequence[Word],
    *,
    findings: Sequence[Finding] = (),
    hidden: Sequence[Span] = (),
    voiced: Sequence[Span] = (Span(0.0, 60.0, 0),),
    room: Room | None = None,
    extent: Extent = Extent.FULL,
    **more,
):
    room = room or Room(said)
    more.setdefault("listening", Listening(extent, Random(7)))  # noqa: S311 - the same each time
    return rehear(findings, hidden, voiced, mask=room.mask, ear=room, reader=room, **more)


def at(start_s: float, *texts: str, channel: int = 0) -> list[Word]:
    """Say words of 0.4 s, one after another."""
    return [
        Word(start_s + 0.4 * i, start_s + 0.4 * (i + 1), text, 0.9, channel)
        for i, text in enumerate(texts)
    ]


def card(start_s: float, end_s: float, *, value: str = "4242123498765555") -> Finding:
    return Finding("fin.pan", start_s, end_s, 0, 0.9, (), value)


CARD = (card(1.0, 9.0),)


def name(value: str) -> Finding:
    return Finding("per.name", 1.0, 2.0, 0, 0.9, (), value)


def holds(spans: Sequence[Span], now: float) -> bool:
    return any(s.start_s <= now <= s.end_s for s in spans)
