"""Decide what of a redacted sound the second listener hears, and in which way.

Rules:
1. What lies near a mask is heard in every way: there the rest of a value is, if any is left. Where
   both listeners hear just the same words, as it is is enough.
2. Where the first listener was unsure of a word, the sound is heard as it is.
3. Of all else a part is heard as it is, drawn anew each time, so that nobody can tell beforehand
   what is not heard. When the part leaks, all the rest is heard.
4. At twice the gain more may be voice: what is voice only then is heard as well.
5. In full, everything is heard in every way.
"""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from math import ceil
from random import Random, SystemRandom

from sottovoce.redaction.hearing import Way
from sottovoce.redaction.mask import merge
from sottovoce.redaction.timeline import Timeline
from sottovoce.values.speech import Segment, Span, Word

NEAR_S = {Way.PLAIN: 2.0, Way.LOUDER: 0.7, Way.NARROW: 0.7}
UNSURE = 0.3
UNSURE_AIR_S = 0.5
AGREE_S = 0.5
NEAR_LEAK_S = 6.0
SHARE = 0.1
LEAST_SAMPLE_S = 20.0
PIECE_S = 10.0
JOIN_S = 0.9
"""Over so little nothing it costs less to hear on than to begin anew."""
SHORTEST_S = 0.15


class Extent(Enum):
    """How much is heard."""

    DEFAULT = "default"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Listening:
    """How much is heard, and what the sample is drawn with."""

    extent: Extent = Extent.DEFAULT
    draw: Random = field(default_factory=SystemRandom, repr=False)


@dataclass(frozen=True, slots=True)
class Heard:
    """What is to be heard in one round, by way, and which part of it is a sample of the rest."""

    by_way: Mapping[Way, tuple[Span, ...]]
    sample: tuple[Span, ...] = ()
    rest: tuple[Span, ...] = ()


def left_audible(voiced: Sequence[Span], hidden: Sequence[Span]) -> tuple[Span, ...]:
    """Return the voice that no mask covers, in pieces of at least 0.15 s."""
    timeline = Timeline(hidden)
    return _long_enough(piece for span in voiced for piece in timeline.without(span))


def unsure(segments: Iterable[Segment]) -> tuple[Span, ...]:
    """Return where the first listener was unsure of a word, with half a second around it."""
    return merge(
        Span(word.start_s - UNSURE_AIR_S, word.end_s + UNSURE_AIR_S, word.channel)
        for segment in segments
        for word in segment.words
        if word.confidence < UNSURE
    )


def first_hearing(
    voice: Mapping[Way, Sequence[Span]],
    hidden: Sequence[Span],
    doubts: Sequence[Span],
    listening: Listening,
) -> Heard:
    """Say what is heard first; ``voice`` is where voice is, in each way of hearing.

    ``doubts`` are heard as they are, whatever is near them.
    """
    audible = {way: left_audible(voice[way], hidden) for way in Way}
    if listening.extent is Extent.FULL:
        return Heard(audible)
    around = {way: _around(hidden, NEAR_S[way], _channels(voice)) for way in Way}
    around[Way.PLAIN] += doubts
    near = {way: _within(spans, around[way]) for way, spans in audible.items()}
    beyond = Timeline(around[Way.PLAIN])
    rest = [piece for span in audible[Way.PLAIN] for piece in beyond.without(span)]
    sample = _sample(_long_enough(rest), listening.draw)
    drawn = Timeline(sample)
    left = _long_enough(piece for span in rest for piece in drawn.without(span))
    near[Way.PLAIN] = tuple(sorted((*near[Way.PLAIN], *sample)))
    return Heard({way: merge(spans, gap_s=JOIN_S) for way, spans in near.items()}, sample, left)


def next_hearing(
    voice: Mapping[Way, Sequence[Span]],
    hidden: Sequence[Span],
    leaks: Sequence[Span],
    rest: Sequence[Span],
) -> Heard:
    """Say what is heard after masking wider: what is near the leaks in every way, and the rest."""
    # On every channel, since the question that makes a number telling may be on another.
    reached = Timeline(_around(leaks, NEAR_LEAK_S, _channels(voice)))
    around = _around(leaks, NEAR_LEAK_S / 4, _channels(voice))
    near = {way: _within(left_audible(voice[way], hidden), around) for way in Way}
    near[Way.PLAIN] = tuple(
        piece
        for piece in left_audible(voice[Way.PLAIN], hidden)
        if reached.reached(piece.start_s, piece.end_s, piece.channel)
    )
    more = left_audible(rest, hidden)
    known = Timeline(near[Way.PLAIN])
    plain = (*near[Way.PLAIN], *(p for span in more for p in known.without(span)))
    return Heard({**near, Way.PLAIN: tuple(sorted(plain))})


def not_agreed(
    spans: Sequence[Span], heard: Iterable[Segment], first: Iterable[Segment]
) -> tuple[Span, ...]:
    """Return the spans in which the listeners did not hear the same words, or none at all."""
    same, others = _agreement(heard, first)
    return tuple(
        span
        for span in spans
        if others.reached(span.start_s, span.end_s, span.channel)
        or not same.reached(span.start_s, span.end_s, span.channel)
    )


def _agreement(heard: Iterable[Segment], first: Iterable[Segment]) -> tuple[Timeline, Timeline]:
    """Say where words are that both heard within a second, and where those of the second alone."""
    places: dict[str, list[Span]] = {}
    for word in (word for segment in first for word in segment.words):
        spans = places.setdefault(_plain(word), [])
        spans.append(Span(word.start_s - AGREE_S, word.end_s + AGREE_S, word.channel))
    known = {text: Timeline(spans) for text, spans in places.items()}
    same: list[Span] = []
    others: list[Span] = []
    for word in (word for segment in heard for word in segment.words):
        place = known.get(_plain(word))
        is_same = place and place.reached(word.start_s, word.end_s, word.channel)
        (same if is_same else others).append(Span(word.start_s, word.end_s, word.channel))
    return Timeline(same), Timeline(others)


def _plain(word: Word) -> str:
    return "".join(character for character in word.text.lower() if character.isalnum())


def _channels(voice: Mapping[Way, Sequence[Span]]) -> set[int]:
    return {span.channel for spans in voice.values() for span in spans}


def _around(spans: Iterable[Span], slack_s: float, channels: Iterable[int]) -> list[Span]:
    every = tuple(channels)
    return [Span(s.start_s - slack_s, s.end_s + slack_s, c) for s in spans for c in every]


def _within(spans: Sequence[Span], around: Sequence[Span]) -> tuple[Span, ...]:
    timeline = Timeline(around)
    return _long_enough(piece for span in spans for piece in timeline.within(span))


def _long_enough(spans: Iterable[Span]) -> tuple[Span, ...]:
    return tuple(span for span in spans if span.end_s - span.start_s >= SHORTEST_S)


def _sample(rest: Sequence[Span], draw: Random) -> tuple[Span, ...]:
    """Draw pieces of up to ten seconds, until a tenth of all, or twenty seconds, is had."""
    pieces = [piece for span in rest for piece in _pieces(span)]
    total = sum(piece.end_s - piece.start_s for piece in pieces)
    wanted, drawn = max(LEAST_SAMPLE_S, SHARE * total), 0.0
    sample = []
    for piece in draw.sample(pieces, len(pieces)):
        if drawn >= wanted:
            break
        sample.append(piece)
        drawn += piece.end_s - piece.start_s
    return tuple(sorted(sample))


def _pieces(span: Span) -> list[Span]:
    count = max(1, ceil((span.end_s - span.start_s) / PIECE_S))
    step = (span.end_s - span.start_s) / count
    edges = [span.start_s + i * step for i in range(count)] + [span.end_s]
    return [Span(a, b, span.channel) for a, b in itertools.pairwise(edges)]
