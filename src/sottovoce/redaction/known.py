"""Know again, in what the second listener heard, the values that were to be hidden.

Rules:
1. Four figures in a row of a hidden value are known again anywhere, and of a value of five or more
   a run with one figure misheard. All of a short code that may not be kept is, said by itself.
2. Letters said one by one, with figures between them, are compared with codes and names alike.
3. A word that tells of somebody (of a name, an address, an e-mail, a condition) is known again by
   its letters or by its sound.
4. An ordinary word that is also a name is no leak where the first listener heard it too, and
   detection left it open: the colour is not the surname. Two parts side by side always are.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Protocol

from sottovoce.redaction.timeline import Timeline
from sottovoce.values.finding import Finding
from sottovoce.values.kinds import MUST_BURN
from sottovoce.values.speech import Segment, Span, Word

RUN = 4
NEAR_RUN = 6
SHORTEST_NEAR = 5
SAME_PLACE_S = 1.0
_TELLING = ("per.", "hlt.", "own.", "leg.", "biz.")
_SHORTEST = {"per.name": 3}
_SHORTEST_WORD = 4
_SHORTEST_BY_SOUND = 5


class Words(Protocol):
    """What a language says of its words."""

    def numbers(self, segment: Segment) -> tuple[tuple[Word, str], ...]:
        """Return the words that read as numbers, with their digits."""
        ...

    def is_common(self, word: str) -> bool:
        """Tell whether a word is said so often that nobody is told by it."""
        ...

    def is_ordinary(self, word: str) -> bool:
        """Tell whether a word means something else than a name as well."""
        ...

    def sounds(self, word: str) -> str:
        """Return the same for words that may sound alike, to find them by."""
        ...

    def sound_alike(self, word: str, other: str) -> bool:
        """Tell whether two words are likely taken for one another."""
        ...


@dataclass(frozen=True, slots=True)
class Leak:
    """Something recovered from the redacted sound: its kind and about when."""

    kind: str
    start_s: float
    end_s: float
    channel: int


Said = tuple[str, Word]
"""A character that was said, and the word that said it."""


@dataclass(frozen=True, slots=True)
class KnownValues:
    """What was to be hidden, for comparing; each entry has its kind.

    ``counts`` says how many values of each kind are compared.
    """

    runs: Mapping[str, str] = field(repr=False)
    near: Mapping[str, str] = field(repr=False)
    codes: Mapping[str, str] = field(repr=False)
    words: Mapping[str, str] = field(repr=False)
    sounds: Mapping[str, Sequence[str]] = field(repr=False)
    pairs: Mapping[tuple[str, str], str] = field(repr=False)
    counts: Mapping[str, int]
    shown: Mapping[str, Timeline] = field(repr=False)
    language: Words = field(repr=False)

    @classmethod
    def of(
        cls, findings: Sequence[Finding], segments: Sequence[Segment], language: Words
    ) -> "KnownValues":
        """Gather what findings hide; ``segments`` are what the first listener heard."""
        runs: dict[str, str] = {}
        near: dict[str, str] = {}
        codes: dict[str, str] = {}
        words: dict[str, str] = {}
        pairs: dict[tuple[str, str], str] = {}
        known: Counter[str] = Counter()
        for finding in findings:
            streams = _streams(finding, language)
            told = list(_telling_words(finding, language))
            for stream in streams:
                runs |= dict.fromkeys(_windows(stream, RUN), finding.kind)
                near |= dict.fromkeys(_masked_windows(stream), finding.kind)
                if finding.kind in MUST_BURN and stream.isdigit():
                    codes[stream] = finding.kind
            words |= dict.fromkeys(told, finding.kind)
            pairs |= dict.fromkeys(_side_by_side(finding, language), finding.kind)
            known[finding.kind] += bool(streams or told)
        sounds: dict[str, list[str]] = {}
        for word in words:
            if len(word) >= _SHORTEST_BY_SOUND and not language.is_ordinary(word):
                sounds.setdefault(language.sounds(word), []).append(word)
        shown = _shown(findings, segments, {w for w in words if language.is_ordinary(w)})
        counts = {kind: count for kind, count in known.items() if count}
        return cls(runs, near, codes, words, sounds, pairs, counts, shown, language)

    def leaks(self, segments: Iterable[Segment]) -> Iterator[Leak]:
        """Yield what of the known values is in segments."""
        for segment in segments:
            numbers = self.language.numbers(segment)
            figures = [(digit, word) for word, text in numbers for digit in text]
            yield from self._runs(figures)
            yield from self._runs(_spelled(segment, numbers))
            yield from self._codes(segment, numbers)
            yield from self._words(segment)

    def _runs(self, said: Sequence[Said]) -> Iterator[Leak]:
        text = "".join(character for character, _ in said)
        for i, window in enumerate(_windows(text, RUN)):
            if kind := self.runs.get(window):
                yield _leak(kind, said[i : i + RUN])
        for size in (SHORTEST_NEAR, NEAR_RUN):
            for i, window in enumerate(_windows(text, size)):
                if kind := next((self.near[w] for w in _one_off(window) if w in self.near), None):
                    yield _leak(kind, said[i : i + size])

    def _codes(self, segment: Segment, numbers: Sequence[tuple[Word, str]]) -> Iterator[Leak]:
        """Yield the short codes that are said whole, with other words before and after."""
        for run in _side_by_side_numbers(segment, numbers):
            if kind := self.codes.get("".join(text for _, text in run)):
                yield Leak(kind, run[0][0].start_s, run[-1][0].end_s, segment.channel)

    def _words(self, segment: Segment) -> Iterator[Leak]:
        # Part by part, so that what clings to a word (an 's, a full stop, a hyphen) hides none.
        said = [(part, word) for word in segment.words for part in letters(word.text)]
        for part, word in said:
            if kind := self._kind(part, word):
                yield Leak(kind, word.start_s, word.end_s, word.channel)
        for (one, first), (other, last) in pairwise(said):
            if kind := self.pairs.get((one, other)):
                yield Leak(kind, first.start_s, last.end_s, segment.channel)

    def _kind(self, part: str, word: Word) -> str | None:
        if kind := self.words.get(part):
            return None if self._is_shown(part, word) else kind
        if len(part) < _SHORTEST_BY_SOUND or self.language.is_ordinary(part):
            return None
        alike = self.sounds.get(self.language.sounds(part), ())
        return next((self.words[w] for w in alike if self.language.sound_alike(w, part)), None)

    def _is_shown(self, part: str, word: Word) -> bool:
        shown = self.shown.get(part)
        near = shown and shown.reached(word.start_s, word.end_s, word.channel, SAME_PLACE_S)
        return bool(near)


def letters(text: str) -> list[str]:
    """Return the runs of letters of a text, in small letters."""
    return re.findall(r"[^\W\d_]+", text.lower())


def _leak(kind: str, said: Sequence[Said]) -> Leak:
    words = [word for _, word in said]
    return Leak(kind, words[0].start_s, words[-1].end_s, words[0].channel)


def _windows(text: str, size: int) -> list[str]:
    return [text[i : i + size] for i in range(len(text) - size + 1)]


def _one_off(window: str) -> list[str]:
    """Return a window with each of its inner characters left open."""
    # The ends are not: a run that is cut there is a shorter one that must match wholly.
    return [f"{window[:i]}?{window[i + 1 :]}" for i in range(1, len(window) - 1)]


def _masked_windows(stream: str) -> list[str]:
    size = min(NEAR_RUN, len(stream))
    if size < SHORTEST_NEAR:
        return []
    return [open_ for window in _windows(stream, size) for open_ in _one_off(window)]


def _streams(finding: Finding, language: Words) -> list[str]:
    """Return what of a finding is said character by character: its code, its figures, spelled."""
    code = re.sub(r"[\W_]+", "", finding.value.lower())
    figures = re.sub(r"\D", "", code)
    channel = finding.channel
    segment = Segment(finding.start_s, finding.end_s, channel, finding.words)
    read = "".join(text for _, text in language.numbers(segment))
    is_code = bool(figures) or finding.kind == "per.name"
    streams = {figures, read, code if is_code and code.isascii() else ""}
    return sorted(stream for stream in streams if len(stream) >= 3)


def _texts(finding: Finding) -> list[list[str]]:
    """Return a finding's texts, as runs of letters: its value's, and those of its words."""
    return [letters(finding.value), letters(" ".join(word.text for word in finding.words))]


def _telling_words(finding: Finding, language: Words) -> Iterator[str]:
    if not finding.kind.startswith(_TELLING):
        return
    numbers = _number_words(finding, language)
    shortest = _SHORTEST.get(finding.kind, _SHORTEST_WORD)
    for text in _texts(finding):
        for word in text:
            is_long = len(word) >= shortest
            is_telling = finding.kind == "per.name" or not language.is_ordinary(word)
            if is_long and is_telling and not language.is_common(word) and word not in numbers:
                yield word


def _side_by_side(finding: Finding, language: Words) -> Iterator[tuple[str, str]]:
    if not finding.kind.startswith(_TELLING):
        return
    numbers = _number_words(finding, language)
    for text in _texts(finding):
        for pair in pairwise(text):
            is_long = min(map(len, pair)) >= 3
            if is_long and not all(map(language.is_common, pair)) and not numbers & set(pair):
                yield pair


def _number_words(finding: Finding, language: Words) -> set[str]:
    segment = Segment(finding.start_s, finding.end_s, finding.channel, finding.words)
    return {part for word, _ in language.numbers(segment) for part in letters(word.text)}


def _spelled(segment: Segment, numbers: Sequence[tuple[Word, str]]) -> list[Said]:
    """Return letters said one by one and figures, with what lies between left out."""
    figures = {id(word): text for word, text in numbers}
    said: list[Said] = []
    for word in segment.words:
        parts = letters(word.text)
        text = figures.get(id(word)) or "".join(p for p in parts if len(p) == 1)
        said += [(character, word) for character in text]
    return said if any(character.isalpha() for character, _ in said) else []


def _side_by_side_numbers(
    segment: Segment, numbers: Sequence[tuple[Word, str]]
) -> list[list[tuple[Word, str]]]:
    figures = {id(word): text for word, text in numbers}
    runs: list[list[tuple[Word, str]]] = [[]]
    for word in segment.words:
        if text := figures.get(id(word)):
            runs[-1].append((word, text))
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _shown(
    findings: Sequence[Finding], segments: Sequence[Segment], words: set[str]
) -> dict[str, Timeline]:
    """Say where ordinary words that are known values as well are shown: heard, and left open."""
    secret = {word for finding in findings for word in finding.words}
    places: dict[str, list[Span]] = {}
    for segment in segments:
        for word in segment.words:
            for part in letters(word.text) if word not in secret else ():
                if part in words:
                    places.setdefault(part, []).append(Span(word.start_s, word.end_s, word.channel))
    return {part: Timeline(spans) for part, spans in places.items()}
