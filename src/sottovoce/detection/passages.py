"""Passages: stretches of talk that are sensitive as a whole (docs/passages.md).

Rules:
1. A sign has a weight. Signs of different patterns that stand near one another add up, each pattern
   once: 1 - (1 - a)(1 - b). A passage opens when the sum is enough: a strong sign alone, or weak
   ones together.
2. A sign under a denial, or among talk of news and stories, weighs less, where its topic says so.
3. An open passage covers what follows, over turns, until it has gone so far without another sign,
   or something ends it. It begins a little before its first sign.
4. Of a passage we tell the kind, the place, a confidence and the name of the rule; never words.
5. Time is linear in the length of the talk; what is remembered is bounded by the number of rules.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sottovoce.detection.lexicon_file import Role
from sottovoce.detection.owner_lexicon import OwnerLexicon
from sottovoce.detection.phrasing import WORD, plain
from sottovoce.detection.signs import Meaning, Signs, What, load_signs

CHUNK = 16_000
_OWNERS = -1  # the row of an owner's entry, beside those of the data
_Pattern = tuple[str, int]
_Place = tuple[int, int, Meaning]  # from word to word, and what it says
TAIL_WORDS = 8  # a phrase that two turns share has at most so many words in the first
TURN_WORDS = 3  # less is listening (`okay`, `go on`) and does not count as a turn


@dataclass(frozen=True, slots=True)
class TextPassage:
    """A passage, or the part of one that lies in a turn, in characters of the turn.

    ``turns_back`` tells how many turns before this one its first sign was: the turns between
    belong to it too. ``goes_on`` tells that it continues the last turn's.
    """

    kind: str
    start: int
    end: int
    confidence: float
    reason: str
    turns_back: int = 0
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class _Seen:
    """A sign where it stood: ``at`` counts characters from the beginning of the conversation."""

    weight: float
    turn: int
    at: int


@dataclass(slots=True)
class _Open:
    """A passage that is open: where it began in this turn, and how far it reaches so far."""

    start: int
    until: int
    until_turn: int
    confidence: float
    reason: str
    weight: float
    turns_back: int = 0
    goes_on: bool = False


@dataclass(slots=True)
class _Tail:
    """The last words of what was read, with which the next may make a phrase."""

    words: tuple[str, ...] = field(repr=False, default=())
    hot: bool = False


class PassageReader:
    """Reads the turns of one conversation in their order; a new conversation needs a new reader."""

    def __init__(self, language: str = "en", lexicon: OwnerLexicon | None = None) -> None:
        self._signs = load_signs(language)
        self._owner = lexicon if lexicon is not None and lexicon.has(Role.PASSAGE) else None
        self._turn = 0
        self._at = 0
        self._tail = _Tail()
        self._seen: dict[str, dict[_Pattern, _Seen]] = {}
        self._open: dict[str, _Open] = {}
        self._closed: list[tuple[str, _Open, int]] = []

    def read(self, text: str) -> tuple[TextPassage, ...]:
        """Return the passages, and parts of passages, in the next turn, in order."""
        base, listened = self._at, True
        for chunk in _chunks(text):
            words = WORD.findall(plain(chunk))
            listened = listened and len(words) < TURN_WORDS
            hot = not self._signs.hot.isdisjoint(words) or (
                bool(self._open) and not self._signs.closing.isdisjoint(words)
            )
            if (hot or self._tail.hot) and self._has_sign(words):
                self._read_signs(chunk)
            if self._owner is not None:
                self._read_owner(self._owner, chunk)
            tail = tuple(words[-TAIL_WORDS:])
            self._tail = _Tail(tail, hot and not self._signs.hot.isdisjoint(tail))
            self._at += len(chunk)
        found = self._parts(base) if self._open or self._closed else ()
        self._at += 1
        self._turn += not listened
        self._expire()
        return found

    def _has_sign(self, words: Sequence[str]) -> bool:
        """Look quickly, without places: may anything be said in the tail and these words."""
        hesitations = self._signs.hesitations
        said = [word for word in (*self._tail.words, *words) if word not in hesitations]
        found = _meanings(said, self._signs)
        return any(meaning.what in (What.SIGN, What.ENDS) for _, _, meaning in found)

    def _read_signs(self, chunk: str) -> None:
        words, starts, ends = self._words(chunk)
        found = _heaviest(list(_meanings(words, self._signs)))
        weakening = _weakening(found)
        for start, stop, meaning in found:
            if ends[stop - 1] <= self._at:
                continue  # it was read with the last turn
            if meaning.what is What.ENDS:
                self._end(meaning.about, ends[stop - 1])
            elif meaning.what is What.SIGN:
                weight = self._weight(meaning, start, stop, weakening)
                self._sign(meaning, weight, max(starts[start], self._at), ends[stop - 1])

    def _read_owner(self, owner: OwnerLexicon, chunk: str) -> None:
        """Take what an owner listed as a passage for a sign that opens one alone."""
        words, starts, ends = self._words(chunk)
        for hit in owner.find(words):
            if hit.entry.role is Role.PASSAGE and ends[hit.stop - 1] > self._at:
                sure = hit.confidence
                meaning = Meaning(What.SIGN, hit.entry.kind, hit.entry.label, sure, _OWNERS)
                self._sign(meaning, sure, max(starts[hit.start], self._at), ends[hit.stop - 1])

    def _words(self, chunk: str) -> tuple[list[str], list[int], list[int]]:
        """Return the tail's words and the chunk's, without hesitations, and where they stand."""
        hesitations = self._signs.hesitations
        words = [word for word in self._tail.words if word not in hesitations]
        starts, ends = [self._at - 1] * len(words), [self._at] * len(words)
        for start, end in _places(chunk):
            word = plain(chunk[start:end])
            if word not in hesitations:
                words.append(word)
                starts.append(self._at + start)
                ends.append(self._at + end)
        return words, starts, ends

    def _weight(
        self, meaning: Meaning, start: int, stop: int, weakening: Mapping[str, Sequence[int]]
    ) -> float:
        weight = meaning.weight
        for name in self._signs.topic(meaning.about).weakened_by:
            weakener, places = self._signs.weakeners[name], weakening.get(name, ())
            before = bisect_left(places, start) - bisect_left(places, start - weakener.before)
            after = bisect_left(places, stop + weakener.after) - bisect_left(places, stop)
            if before or after:  # what lies within the sign is a part of it
                weight *= weakener.leaves
        return weight

    def _sign(self, meaning: Meaning, weight: float, start: int, end: int) -> None:
        kind, topic = meaning.about, self._signs.topic(meaning.about)
        seen = self._seen.setdefault(kind, {})
        for far in [pattern for pattern, s in seen.items() if not self._is_near(s, start)]:
            del seen[far]
        pattern = meaning.reason, meaning.row
        last = seen.get(pattern)
        if last is None or last.weight <= weight:
            seen[pattern] = _Seen(weight, self._turn, start)
        confidence = _together(seen)
        passage = self._open.get(kind)
        if passage is not None and start > passage.until:
            self._close(kind, passage.until)
            passage = None
        if passage is None and confidence >= self._signs.open_at:
            passage = self._open[kind] = self._opened(seen, topic.lead)
        if passage is None:
            return
        passage.confidence = max(passage.confidence, confidence)
        if weight > passage.weight:
            passage.reason, passage.weight = meaning.reason, weight
        passage.until = max(passage.until, end + topic.reach)
        passage.until_turn = self._turn + topic.goes_on

    def _opened(self, seen: Mapping[_Pattern, _Seen], lead: int) -> _Open:
        first = min(seen.values(), key=lambda sign: sign.at)
        here = min(sign.at for sign in seen.values() if sign.turn == self._turn)
        back = self._turn - first.turn
        return _Open(here - lead if not back else 0, 0, 0, 0.0, "", 0.0, turns_back=back)

    def _is_near(self, sign: _Seen, at: int) -> bool:
        near = self._turn - sign.turn <= self._signs.near_turns
        return near and at - sign.at <= self._signs.near

    def _end(self, kinds: str, at: int) -> None:
        for kind in [kind for kind in self._open if kind.startswith(kinds)]:
            self._close(kind, at)
        for kind in [kind for kind in self._seen if kind.startswith(kinds)]:
            del self._seen[kind]

    def _close(self, kind: str, at: int) -> None:
        passage = self._open.pop(kind)
        self._closed.append((kind, passage, min(at, passage.until)))

    def _parts(self, base: int) -> tuple[TextPassage, ...]:
        parts = [*self._closed, *((k, p, min(p.until, self._at)) for k, p in self._open.items())]
        self._closed = []
        found = [
            TextPassage(
                kind,
                max(0, passage.start - base),
                end - base,
                round(passage.confidence, 3),
                passage.reason,
                passage.turns_back,
                passage.goes_on,
            )
            for kind, passage, end in parts
            if end > max(base, passage.start)
        ]
        return tuple(sorted(found, key=lambda p: (p.start, p.end, p.kind)))

    def _expire(self) -> None:
        """Make open passages go on into the next turn, or forget those that have gone too far."""
        for kind, passage in list(self._open.items()):
            if passage.until <= self._at or passage.until_turn < self._turn:
                del self._open[kind]
            else:
                passage.start, passage.turns_back, passage.goes_on = self._at, 0, True


def _chunks(text: str) -> Iterator[str]:
    """Cut a long text at spaces where there are any, so that memory stays bounded."""
    start = 0
    while len(text) - start > CHUNK:
        space = text.rfind(" ", start + CHUNK // 2, start + CHUNK)
        stop = space if space > start else start + CHUNK
        yield text[start:stop]
        start = stop
    yield text[start:] if start else text


def _places(chunk: str) -> Iterator[tuple[int, int]]:
    """Yield where the words of a chunk are; an apostrophe within a word does not divide it."""
    start = end = -1
    for match in WORD.finditer(chunk):
        if start >= 0 and match.start() == end + 1 and chunk[end] in "'’":
            end = match.end()
            continue
        if start >= 0:
            yield start, end
        start, end = match.span()
    if start >= 0:
        yield start, end


def _meanings(words: Sequence[str], signs: Signs) -> Iterator[_Place]:
    """Yield what is said where, from left to right; nothing begins within a harmless phrase."""
    firsts, harmless = signs.phrases.firsts(), 0
    for i, word in enumerate(words):
        if word not in firsts or i < harmless:
            continue
        match = signs.phrases.at(words, i)
        if match is not None:
            stop, meanings = match
            if any(meaning.what is What.HARMLESS for meaning in meanings):
                harmless = stop
                continue
            for meaning in meanings:
                yield i, stop, meaning


def _heaviest(found: Sequence[_Place]) -> list[_Place]:
    """Leave of signs of one kind that overlap the heaviest, so that no word counts twice."""
    kept: list[_Place | None] = []
    last: dict[str, int] = {}
    for place in found:
        start, _, meaning = place
        before = kept[last[meaning.about]] if meaning.about in last else None
        if meaning.what is What.SIGN and before is not None and start < before[1]:
            if meaning.weight <= before[2].weight:
                continue
            kept[last[meaning.about]] = None
        if meaning.what is What.SIGN:
            last[meaning.about] = len(kept)
        kept.append(place)
    return [place for place in kept if place is not None]


def _weakening(found: Sequence[_Place]) -> dict[str, list[int]]:
    """Return where each weakener stands, by its last word, in order."""
    places: dict[str, list[int]] = {}
    for _, stop, meaning in found:
        if meaning.what is What.WEAKENS:
            places.setdefault(meaning.about, []).append(stop - 1)
    return places


def _together(seen: Mapping[_Pattern, _Seen]) -> float:
    against = 1.0
    for sign in seen.values():
        against *= 1.0 - sign.weight
    return 1.0 - against
