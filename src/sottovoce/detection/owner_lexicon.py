"""An owner's lexicon: words that are secret at one place and nowhere else (docs/spec/lexicon.md).

Rules:
1. A phrase is found as it is listed; inflected, if its last word has an ending; by sound, if words
   that stand in its place sound alike, however they are divided.
2. Of hits that overlap the surest is told, then the longest.
3. Looking costs a few looks into tables for each word. Only words whose consonants suit an entry
   are compared with it, and what was compared once is remembered, within bounds.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from sottovoce.detection.lexicon import load
from sottovoce.detection.lexicon_file import MOST_BYTES, How, LexiconEntry, Role, read_entries
from sottovoce.detection.phrasing import plain
from sottovoce.detection.sounds_like import load_sounds
from sottovoce.values.errors import Unfit

EXACT, INFLECTED, SOUNDS = 0.97, 0.93, 0.9
"""Confidence of each way to be found; what is found by sound has this times its similarity."""
LEAST_SOUNDS, LEAST_KEY = 4, 2
LONG_KEY = 4
MOST_BY_SOUND = 10_000
MOST_KEY = 24
MORE_WORDS = 2
"""A phrase may be printed as so many more words than it has."""
MOST_REMEMBERED = 1 << 16
_UNKNOWN: Any = object()  # stands for what was not looked up yet, beside what was not found
_Known = TypeVar("_Known")


@dataclass(frozen=True, slots=True)
class LexiconHit:
    """Where an entry was said, from word to word, and how sure that is."""

    start: int
    stop: int
    entry: LexiconEntry
    confidence: float


_Sure = tuple[LexiconEntry, float]
_Heard = tuple[tuple[str, str], ...]  # sounds and their keys, the word's own first


@dataclass(frozen=True, slots=True)
class _Spoken:
    """A phrase that is found by its sound."""

    sounds: str = field(repr=False)
    most_words: int
    least: float
    entry: LexiconEntry


class OwnerLexicon:
    """The lexicon of one owner."""

    def __init__(self, entries: Iterable[LexiconEntry], language: str = "en") -> None:
        self._sounds = load_sounds(language)
        self._ordinary = self._sounds.ordinary | {plain(w) for w in load(language).common}
        self._listed: dict[tuple[str, ...], LexiconEntry] = {}
        self._inflected: dict[tuple[str, ...], LexiconEntry] = {}
        self._lengths: dict[str, set[int]] = {}
        self._spoken: dict[str, list[_Spoken]] = {}
        self._near: dict[str, list[_Spoken]] = {}
        self._most_words = 0
        self._singles: dict[str, Any] = {}
        self._heard: dict[str, _Heard] = {}
        self._alike: dict[str, Any] = {}
        self._size = self._by_sound_in_all = 0
        self._roles: set[Role] = set()
        self.kinds: set[str] = set()
        for entry in entries:
            self.kinds.add(entry.kind)
            self._size += 1
            self._roles.add(entry.role)
            for i, phrase in enumerate(entry.phrases, 1):
                self._list(entry, phrase, i)

    def __len__(self) -> int:
        return self._size

    def has(self, role: Role) -> bool:
        """Tell whether any entry has this role."""
        return role in self._roles

    def find(self, words: Sequence[str]) -> Iterable[LexiconHit]:
        """Return what is said of the lexicon in words in small letters, in order."""
        said = [plain(word) if "'" in word or "’" in word else word for word in words]
        hits = list(self._as_listed(said))
        if self._spoken:
            hits += self._by_sound(said)
        return _apart(hits) if hits else ()

    def _list(self, entry: LexiconEntry, phrase: tuple[str, ...], i: int) -> None:
        self._listed.setdefault(phrase, entry)
        if entry.how is not How.EXACT:
            self._inflected.setdefault(phrase, entry)
        if len(phrase) > 1:
            self._lengths.setdefault(phrase[0], set()).add(len(phrase))
        if entry.how is How.SOUNDS:
            self._list_sounds(entry, phrase, i)

    def _list_sounds(self, entry: LexiconEntry, phrase: tuple[str, ...], i: int) -> None:
        sounds = "".join([self._sounds.of(word) for word in phrase])
        key = self._sounds.key(sounds)
        self._by_sound_in_all += 1
        self._expect_sounds(entry, phrase, i, sounds, key)
        least = self._sounds.similar if entry.similarity is None else entry.similarity
        spoken = _Spoken(sounds, len(phrase) + MORE_WORDS, least, entry)
        self._spoken.setdefault(key, []).append(spoken)
        for near in _keys_near(key):
            self._near.setdefault(near, []).append(spoken)
        self._most_words = max(self._most_words, spoken.most_words)

    def _expect_sounds(
        self, entry: LexiconEntry, phrase: tuple[str, ...], i: int, sounds: str, key: str
    ) -> None:
        if self._by_sound_in_all > MOST_BY_SOUND:
            raise Unfit(
                f"lexicon line {entry.row}: more than {MOST_BY_SOUND} phrases have match sounds",
                hint='keep "match": "sounds" for names that a recogniser is likely to mishear',
            )
        figures = any(word[0].isdecimal() for word in phrase)
        if figures or len(sounds) < LEAST_SOUNDS or len(key) < LEAST_KEY:
            raise Unfit(
                f"lexicon line {entry.row}: entry {i} of phrases has figures, or is too short to "
                f"be found by sound ({LEAST_SOUNDS} sounds, {LEAST_KEY} of them consonants)",
                hint='write figures as words, or use "match": "inflected"',
            )

    def _as_listed(self, words: Sequence[str]) -> Iterator[LexiconHit]:
        lengths = self._lengths
        for i, word in enumerate(words):
            single: _Sure | None = self._singles.get(word, _UNKNOWN)
            if single is _UNKNOWN:
                single = _remember(self._singles, word, self._look((word,)))
            if single is not None:
                yield LexiconHit(i, i + 1, *single)
            for length in lengths.get(word, ()):
                found = self._look(tuple(words[i : i + length]))
                if found is not None:
                    yield LexiconHit(i, i + length, *found)

    def _look(self, said: tuple[str, ...]) -> _Sure | None:
        """Return the entry that lists these words, or of which they are an inflection."""
        if (entry := self._listed.get(said)) is not None:
            return entry, EXACT
        for stem in self._sounds.stems(said[-1]) if self._inflected else ():
            if (entry := self._inflected.get((*said[:-1], stem))) is not None:
                return entry, INFLECTED
        return None

    def _by_sound(self, words: Sequence[str]) -> Iterator[LexiconHit]:
        heard = [self._hear(word) for word in words]
        for i in range(len(words)):
            sounds, key, ordinary = "", "", True
            for j in range(i, min(len(words), i + self._most_words)):
                if not heard[j] or len(key) > MOST_KEY:
                    break
                ordinary = ordinary and words[j] in self._ordinary
                for more, consonants in heard[j]:
                    whole = key + consonants.removeprefix(key[-1:])
                    best = self._most_alike(sounds + more, whole, j + 1 - i, ordinary=ordinary)
                    if best is not None:
                        yield LexiconHit(i, j + 1, *best)
                more, consonants = heard[j][0]
                sounds, key = sounds + more, key + consonants.removeprefix(key[-1:])

    def _hear(self, word: str) -> _Heard:
        """Return how a word sounds, and how it does without its ending; nothing for figures."""
        known = self._heard.get(word)
        if known is None:
            stems = () if word[:1].isdecimal() else self._sounds.stems(word)
            if not self._ordinary.isdisjoint(stems):
                stems = (word,)
            said = [sounds for stem in stems if (sounds := self._sounds.of(stem))]
            heard = tuple((sounds, self._sounds.key(sounds)) for sounds in dict.fromkeys(said))
            known = _remember(self._heard, word, heard)
        return known

    def _most_alike(self, sounds: str, key: str, words: int, *, ordinary: bool) -> _Sure | None:
        suit = (self._spoken if ordinary else self._near).get(key)
        if suit is None:
            return None
        said = f"{words}{'o' if ordinary else 'x'}{sounds}"
        known: _Sure | None = self._alike.get(said, _UNKNOWN)
        if known is not _UNKNOWN:
            return known
        least = self._sounds.similar_if_ordinary if ordinary else 0.0
        return _remember(self._alike, said, self._compare(sounds, words, suit, least))

    def _compare(
        self, sounds: str, words: int, suit: Sequence[_Spoken], least: float
    ) -> _Sure | None:
        """Return the entry that sounds most like words whose consonants suit it, if any does."""
        best: _Sure | None = None
        for spoken in suit:
            if words > spoken.most_words:
                continue
            needed = max(least, spoken.least)
            alike = self._sounds.similarity(sounds, spoken.sounds, least=needed)
            if alike >= needed and (best is None or SOUNDS * alike > best[1]):
                best = spoken.entry, round(SOUNDS * alike, 3)
        return best


def load_lexicon(path: Path, *, language: str = "en") -> OwnerLexicon:
    """Read an owner's lexicon; raise Unfit with the line where it is wrong."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise Unfit("the lexicon cannot be read", hint="give the path of a file") from error
    return OwnerLexicon(read_entries(data), language)


def _remember(memory: dict[str, Any], word: str, known: _Known) -> _Known:
    """Keep what was looked up; forget all when it is too much, so that memory stays bounded."""
    if len(memory) >= MOST_REMEMBERED:
        memory.clear()
    memory[word] = known
    return known


def _keys_near(key: str) -> Iterator[str]:
    """Yield a key, and what it is when a recogniser drops one consonant of a long one."""
    near = {key}
    if len(key) >= LONG_KEY:
        near |= {key[:i] + key[i + 1 :] for i in range(len(key))}
    yield from near


def _apart(hits: Sequence[LexiconHit]) -> tuple[LexiconHit, ...]:
    """Leave of hits that overlap the surest, then the longest; in order."""
    taken: set[int] = set()
    kept: list[LexiconHit] = []
    for hit in sorted(hits, key=lambda h: (-h.confidence, h.start - h.stop, h.start)):
        span = range(hit.start, hit.stop)
        if taken.isdisjoint(span):
            taken.update(span)
            kept.append(hit)
    return tuple(sorted(kept, key=lambda h: h.start))
