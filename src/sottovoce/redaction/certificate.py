"""Decide what of a redacted sound the second listener hears, and in which way.

Rules:
1. What lies near a mask is heard in every way: there the rest of a value is, if any is left. Where
   both listeners hear just the same words, and these account for all voice, as it is is enough.
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
BESIDE_S = 0.15
"""So much voice beside a word is its own: voice activity ends late, and a word's time early."""
SHORTEST_WORD_S = 0.25
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
    spans: Sequence[Span],
    heard: Iterable[Segment],
    first: Iterable[Segment],
    audible: Timeline,
) -> tuple[Span, ...]:
    """Return the spans in which the listeners did not hear the same words, or not all along.

    ``audible`` is the voice that is left, quiet voice as well: where a quarter of a second of it is
    not beside a word that both heard, there may be what neither of them heard as it is.
    """
    same, others = _agreement(heard, first)
    return tuple(
        span
        for span in spans
        if others.reached(span.start_s, span.end_s, span.channel)
        or not same.reached(span.start_s, span.end_s, span.channel)
        or any(_is_left(voice, same) for voice in audible.within(span))
    )


def _is_left(voice: Span, same: Timeline) -> bool:
    return any(p.end_s - p.start_s >= SHORTEST_WORD_S for p in same.without(voice))


def _agreement(heard: Iterable[Segment], first: Iterable[Segment]) -> tuple[Timeline, Timeline]:
    """Say where both heard the same, by the first one's clock, and where the second heard others.

    The second listener's words have no times of their own, so they may be half a second off.
    """
    ours = [word for segment in first for word in segment.words]
    theirs = [word for segment in heard for word in segment.words]
    near_ours, near_theirs = _places(ours), _places(theirs)
    same = [_beside(word) for word in ours if _is_among(word, near_theirs)]
    others = [
        Span(word.start_s, word.end_s, word.channel)
        for word in theirs
        if not _is_among(word, near_ours)
    ]
    return Timeline(same), Timeline(others)


def _places(words: Iterable[Word]) -> dict[str, Timeline]:
    """Return where each word is said, with half a second around it."""
    places: dict[str, list[Span]] = {}
    for word in words:
        span = Span(word.start_s - AGREE_S, word.end_s + AGREE_S, word.channel)
        places.setdefault(_plain(word), []).append(span)
    return {text: Timeline(spans) for text, spans in places.items()}


def _is_among(word: Word, places: Mapping[str, Timeline]) -> bool:
    place = places.get(_plain(word))
    return bool(place and place.reached(word.start_s, word.end_s, word.channel))


def _beside(word: Word) -> Span:
    return Span(word.start_s - BESIDE_S, word.end_s + BESIDE_S, word.channel)


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
