"""Judge words while the talk goes on: what is found of them by now, and what they may yet become.

Rules:
1. What is found is what `detect` finds of the words heard so far, cut into segments as here.
2. What a word may yet become is tried: detection reads the turn with each of the language's
   continuations behind it, and the tagger is asked with a low bound.
3. Memory and the work of one judgement are bounded: turns that are over are learnt from and
   forgotten, and of a turn that does not end only the last part is read again.
"""

import tomllib
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from sottovoce.detection.conversation import Conversation
from sottovoce.detection.detect import joined, spots_of
from sottovoce.detection.find import known_names
from sottovoce.detection.knowledge import Knowledge
from sottovoce.detection.lexicon import Lexicon
from sottovoce.detection.runs import find_cues
from sottovoce.detection.shapes import Expectation
from sottovoce.detection.spot import Spot
from sottovoce.detection.tags import KINDS_OF
from sottovoce.detection.talk import MATERIAL
from sottovoce.detection.turns import PAUSE_S, Turn, turns
from sottovoce.detection.utterance import Utterance, read
from sottovoce.values.speech import Segment, Word

JOIN_S = 0.6
LONGEST_S = 12.0
MOST_WORDS = 60
"""A segment ends at a pause, and after this many seconds or words."""

LISTENING = "-"
ORDINARY = ".wvxX"

LONGEST_READ = 1_200
"""Characters of one turn that are read again at each judgement."""

MAYBE = 0.15
"""The tagger's probability from which on a word may yet be what it marks."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The kinds that words are found as by now, and those that they may yet be found as."""

    found: dict[Word, frozenset[str]] = field(repr=False)
    possible: dict[Word, frozenset[str]] = field(repr=False)


class LiveTalk:
    """One conversation while it goes on; words come in the order in which they end."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._conversation = Conversation()
        self._continuations = continuations(knowledge.lexicon.language)
        self._segments: list[list[Word]] = []
        self._last: dict[int, list[Word]] = {}

    def hear(self, word: Word) -> None:
        """Take in the next word of a channel."""
        segment = self._last.get(word.channel)
        if segment is None or ends_before(segment, word):
            segment = []
            self._last[word.channel] = segment
            self._segments.append(segment)
        segment.append(word)

    @property
    def knowledge(self) -> Knowledge:
        return self._knowledge

    def with_more(self, words: Iterable[Word]) -> "LiveTalk":
        """Return the talk as it would be if these words came next; this one stays as it is."""
        more = type(self)(self._knowledge)
        more._conversation = self._conversation
        more._segments = [list(segment) for segment in self._segments]
        more._last = {segment[0].channel: segment for segment in more._segments}
        for word in words:
            more.hear(word)
        return more

    def judge(self, wanted: Iterable[Word]) -> Judgement:
        """Say of the wanted words, which are among the last that were heard, what they are."""
        asked = frozenset(wanted)
        conversation = _copied(self._conversation)
        read: list[tuple[Turn, Conversation, Sequence[Spot]]] = []
        for turn in self._turns():
            before = _copied(conversation)
            read.append((turn, before, self._spots(turn, conversation)))
        found: dict[Word, frozenset[str]] = {}
        possible: dict[Word, frozenset[str]] = {}
        for turn, before, spots in read:
            here = asked.intersection(turn.words)
            if here:
                late = known_names(turn.text, conversation, self._knowledge.lexicon)
                _add(found, turn, joined([*spots, *late]))
                for more in self._tried(turn, before):
                    _add(possible, turn, more)
        return Judgement(
            {w: kinds for w, kinds in found.items() if w in asked},
            {w: kinds for w, kinds in possible.items() if w in asked},
        )

    def forget(self, pending: Iterable[Word], now_s: float) -> None:
        """Let go of what is over: nothing pending is in it, and nothing can join it."""
        kept = frozenset(pending)
        groups = self._groups()
        while groups and not kept.intersection(w for s in groups[0] for w in s.words):
            first, *rest = groups
            is_over = now_s - first[-1].end_s > PAUSE_S + LONGEST_S or any(
                group[0].channel == first[0].channel for group in rest
            )
            if not is_over:
                break
            self._learn(first)
            groups = rest
        for group in groups:
            self._shorten(group, kept)

    def _shorten(self, group: Sequence[Segment], kept: frozenset[Word]) -> None:
        """Learn from the beginning of a turn that is too long to be read again each time."""
        length = sum(len(w.text) + 1 for s in group for w in s.words)
        gone = []
        for segment in group[:-1]:
            if length <= LONGEST_READ or kept.intersection(segment.words):
                break
            gone.append(segment)
            length -= sum(len(w.text) + 1 for w in segment.words)
        if gone:
            self._learn(gone)

    def _learn(self, group: Sequence[Segment]) -> None:
        self._spots(Turn.of(group), self._conversation)
        over = {segment.words for segment in group}
        self._segments = [words for words in self._segments if tuple(words) not in over]
        self._last = {c: words for c, words in self._last.items() if tuple(words) not in over}

    def _groups(self) -> list[list[Segment]]:
        said = [segment_of(words) for words in self._segments]
        return turns(said, self._knowledge.lexicon)

    def _turns(self) -> Iterator[Turn]:
        for group in self._groups():
            yield Turn.of(group)

    def _spots(self, turn: Turn, conversation: Conversation) -> Sequence[Spot]:
        return spots_of(turn.text, conversation, self._knowledge, turn.alternatives)

    def _tried(self, turn: Turn, before: Conversation) -> Iterator[Sequence[Spot]]:
        """Yield what would be found of the end of a turn if it went on in one way or another."""
        u = read(turn.text, self._knowledge.lexicon, turn.alternatives)
        kinds = _kinds(u, self._knowledge.lexicon)
        asked = (c for c, q in before.open.items() if q.expectation is Expectation.ASKED)
        cues = [*(hit.cue for hit in find_cues(u, self._knowledge.lexicon)), *asked]
        for more in self._continuations:
            open_ = _open(kinds, more)
            if open_ and (not more.asked or any(cue.shape == more.asked for cue in cues)):
                text = f"{turn.text} {more.text}"
                spots = spots_of(text, _copied(before), self._knowledge, turn.alternatives)
                yield _parts(u, open_, [s for s in spots if more.finds in ("", s.kind)])
        yield self._marked(u, before)
        if cue := next((cue for cue in cues if cue.kind and cue.shape in _SPELLED), None):
            whole = Spot(cue.kind, 0, len(u.text), 0.0)
            yield _parts(u, _open(kinds, _PIECE), [whole])

    def _marked(self, u: Utterance, before: Conversation) -> Sequence[Spot]:
        """Return what the tagger holds for possible of the words that may still be looked at."""
        printed = [u.text[a:b] for a, b in zip(u.starts, u.ends, strict=True)]
        marked = self._knowledge.tags(printed, before.said, MAYBE) if printed else ()
        return [
            Spot(KINDS_OF[tag.label], u.starts[i], u.ends[i], tag.probability)
            for tag in marked
            for i in range(tag.start, tag.stop)
            if u.words[i] not in self._knowledge.lexicon.common
        ]


def _parts(u: Utterance, open_: Sequence[int], spots: Iterable[Spot]) -> Sequence[Spot]:
    """Return of spots the words that are open."""
    return [
        Spot(spot.kind, u.starts[i], u.ends[i], spot.confidence)
        for spot in spots
        for i in open_
        if u.starts[i] < spot.end and spot.start < u.ends[i]
    ]


def _open(kinds: str, more: "Continuation") -> list[int]:
    """Return the words at the end of an utterance that a continuation may join."""
    found, ordinary = [], 0
    for i in reversed(range(len(kinds))):
        carries = kinds[i] != LISTENING and (kinds[i] in more.behind or not more.behind)
        beside = kinds[max(0, i - 1) : i] + kinds[i + 1 : i + 2]
        if carries or (kinds[i] in "wv" and not MATERIAL.isdisjoint(beside)):
            found.append(i)
        ordinary += kinds[i] in ORDINARY
        if ordinary > more.near:
            break
    return found


def _kinds(u: Utterance, lexicon: Lexicon) -> str:
    """Return the classes of words, with those of listening and correcting marked."""
    kinds = list(u.classes)
    for i in range(len(u)):
        match = lexicon.gaps.at(u.words, i) or lexicon.openers.at(u.words, i)
        if match and (match[0] > 1 or kinds[i] not in MATERIAL):
            kinds[i : i + match[0]] = LISTENING * match[0]
    return "".join(kinds)


def ends_before(segment: Sequence[Word], word: Word) -> bool:
    """Tell whether a segment of a channel is over when this word of it comes."""
    return (
        word.start_s - segment[-1].end_s >= JOIN_S
        or word.end_s - segment[0].start_s > LONGEST_S
        or len(segment) >= MOST_WORDS
    )


def segment_of(words: Sequence[Word]) -> Segment:
    """Return words of one channel as a segment."""
    end_s = max(word.end_s for word in words)
    return Segment(words[0].start_s, end_s, words[0].channel, tuple(words))


def segments_of(words: Iterable[Word]) -> tuple[Segment, ...]:
    """Cut a whole talk into segments as it is cut while it goes on."""
    said: list[list[Word]] = []
    last: dict[int, list[Word]] = {}
    for word in sorted(words, key=lambda w: w.end_s):
        if word.channel not in last or ends_before(last[word.channel], word):
            last[word.channel] = []
            said.append(last[word.channel])
        last[word.channel].append(word)
    return tuple(segment_of(segment) for segment in said)


@dataclass(frozen=True, slots=True)
class Continuation:
    """What may be said next: behind which classes of words, and where what is awaited."""

    text: str = field(repr=False)
    behind: str = ""
    asked: str = ""
    near: int = 0
    finds: str = ""


_PIECE = Continuation("", "".join(sorted(MATERIAL)), near=1)
"""A piece of a value that is awaited, of which nothing can be told yet."""
_SPELLED = frozenset({"digits", "code", "date", "month"})


@cache
def continuations(language: str) -> tuple[Continuation, ...]:
    """Read a language's `live.toml` once; a language without one has no continuations."""
    path = files("sottovoce.detection") / "data" / language / "live.toml"
    if not path.is_file():
        return ()
    data: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))  # checked by building them
    return tuple(Continuation(**said) for said in data["continuation"])


def _copied(conversation: Conversation) -> Conversation:
    copied = copy(conversation)
    copied.open = dict(conversation.open)
    copied.figures = dict(conversation.figures)
    copied.names = set(conversation.names)
    copied.awaited = dict(conversation.awaited)
    return copied


def _add(kinds: dict[Word, frozenset[str]], turn: Turn, spots: Iterable[Spot]) -> None:
    for spot in spots:
        for start, end, word in zip(turn.starts, turn.ends, turn.words, strict=True):
            if start < spot.end and spot.start < end:
                kinds[word] = kinds.get(word, frozenset()) | {spot.kind}
