"""The words of the kinds that are spoken as short spans, and where an utterance says them.

Rules:
1. Every phrase of a language has a role (`age_unit`, `condition`); all roles are heard in one pass
   that looks up each word once.
2. A phrase is known with its figures in words or in figures, with its apostrophe or without, and
   in the plural where its role has one.
3. A language without these files has no phrases, and nothing is found by them.
"""

import tomllib
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from sottovoce.detection.lexicon import Lexicon, split_words
from sottovoce.detection.lexicon import load as load_lexicon
from sottovoce.detection.phrases import telling
from sottovoce.detection.runs import CueHit
from sottovoce.detection.utterance import Utterance

Table = Mapping[str, Any]  # what tomllib returns; checked by building Spans from it
Hit = tuple[int, int]
_NONE: frozenset[str] = frozenset()
_SHORTEST_ENDED = 8
_LONGEST = 8  # words of a phrase
_SPOKEN_FIGURES = frozenset("uztT")


@dataclass(frozen=True, slots=True)
class Node:
    """A place in the tree of phrases: the roles of the phrase that ends here, and what goes on."""

    roles: list[str]
    after: dict[str, "Node"] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Measure:
    """A laboratory value or vital sign: its bounds, and whether its name says enough by itself."""

    low: float
    high: float
    sure: bool


@dataclass(frozen=True, slots=True)
class Spans:
    """What the finders of short spans know of one language."""

    tree: Node = field(repr=False)
    sets: Mapping[str, frozenset[str]] = field(repr=False)
    asks: tuple[str, ...]
    measures: tuple[Measure, ...]
    hot: Mapping[str, tuple[frozenset[str], ...]] = field(repr=False)
    """For the most telling word of each phrase from which a finding may start, its words."""
    endings: tuple[str, ...] = field(repr=False)

    def may_start(self, said: frozenset[str]) -> bool:
        """Tell whether all words of a phrase from which a finding may start are said, or an end."""
        hits = self.hot.keys() & said
        if any(words <= said for hit in hits for words in self.hot[hit]):
            return True
        return bool(self.endings) and any(word.endswith(self.endings) for word in said)

    def words(self, name: str) -> frozenset[str]:
        """Return a set of words by its name; empty where the language has none."""
        return self.sets.get(name, _NONE)


@dataclass(frozen=True, slots=True)
class Heard:
    """An utterance with the phrases said in it, and the kinds that an earlier turn asked for."""

    u: Utterance
    lexicon: Lexicon
    spans: Spans
    cues: Sequence[CueHit]
    awaited: frozenset[str]
    hits: Mapping[str, Sequence[Hit]] = field(repr=False)

    def of(self, role: str) -> Sequence[Hit]:
        """Return where phrases of a role are said, in order."""
        return self.hits.get(role, ())

    def starts(self, role: str, i: int) -> int:
        """Return the end of the longest phrase of a role that starts at word i, or i."""
        return _stop_at(self.spans.tree, role, self.u.words, i)

    def is_near(self, role: str, start: int, stop: int, *, reach: int) -> bool:
        """Tell whether a phrase of a role lies within reach of words start to stop."""
        hits = self.of(role)
        k = bisect_left(hits, (start - reach - _LONGEST, 0))
        return any(
            b >= start - reach and a <= stop + reach
            for a, b in hits[k : bisect_left(hits, (stop + reach + 1, 0))]
        )

    def follows(self, role: str, i: int, *, reach: int) -> bool:
        """Tell whether a phrase of a role ends before word i, at most ``reach`` words before."""
        hits = self.of(role)
        near = hits[bisect_left(hits, (i - reach - _LONGEST, 0)) : bisect_left(hits, (i, 0))]
        return any(0 <= i - stop <= reach for _, stop in near)

    def count(self, role: str, start: int, stop: int) -> int:
        """Return how many phrases of a role begin in words start to stop."""
        hits = self.of(role)
        return bisect_left(hits, (stop, 0)) - bisect_left(hits, (start, 0))

    def over(self, i: int, *names: str) -> int:
        """Return the first word from i that is in none of the named sets; at most six on."""
        known = [self.spans.words(name) for name in names]
        stop = min(len(self.u), i + 6)
        while i < stop and any(self.u.words[i] in words for words in known):
            i += 1
        return i

    def is_break(self, i: int) -> bool:
        """Tell whether a sentence or a clause ends before word i by a written sign, or the text."""
        return i >= len(self.u) or any(sign in ".,;:?!)…\n" for sign in self.u.gap(i))

    def ends(self, i: int, *names: str) -> bool:
        """Tell whether what is said before word i is over: by a sign or by a word of a set."""
        if self.is_break(i):
            return True
        return any(self.u.words[i] in self.spans.words(name) for name in names)


def hear(
    u: Utterance,
    cues: Sequence[CueHit],
    lexicon: Lexicon,
    *,
    spans: Spans,
    awaited: frozenset[str] = _NONE,
) -> Heard:
    """Find every phrase of every role in an utterance."""
    hits: dict[str, list[Hit]] = {}
    first, words, size = spans.tree.after, u.words, len(u.words)
    for i, word in enumerate(words):
        node, j = first.get(word), i + 1
        while node is not None:
            for role in node.roles:
                hits.setdefault(role, []).append((i, j))
            node = node.after.get(words[j]) if j < size else None
            j += 1
    if spans.endings and (ended := _ended(words, spans)):
        hits["condition_ending"] = ended
    return Heard(u, lexicon, spans, cues, awaited, hits)


def _ended(words: Sequence[str], spans: Spans) -> list[Hit]:
    """Return the unknown words that end like a condition."""
    endings, known = spans.endings, spans.words("not_endings")
    return [
        (i, i + 1)
        for i, word in enumerate(words)
        if len(word) >= _SHORTEST_ENDED and word.endswith(endings) and word not in known
    ]


def _stop_at(tree: Node, role: str, words: Sequence[str], i: int) -> int:
    node, best, j = tree, i, i
    while j < len(words) and (on := node.after.get(words[j])):
        node, j = on, j + 1
        if role in node.roles:
            best = j
    return best


@cache
def load(language: str = "en") -> Spans:
    """Read a language's files of short spans once; without any, return empty data."""
    folder = files("sottovoce.detection") / "data" / language
    names = sorted(p.name for p in folder.iterdir() if p.name.startswith("spans"))
    tables = [tomllib.loads((folder / name).read_text("utf-8")) for name in names]
    return _build(tables, load_lexicon(language)) if tables else _empty()


def _empty() -> Spans:
    return Spans(Node([], {}), {}, (), (), {}, ())


def _build(tables: Sequence[Table], lexicon: Lexicon) -> Spans:
    plain = {name: _listed(v) for t in tables for name, v in t.get("words", {}).items()}
    endings = tuple(plain.pop("condition_endings", ()))
    rows = [row for table in tables for row in table.get("measure", ())]
    measures = tuple(Measure(r["low"], r["high"], r.get("sure", True)) for r in rows)
    asks = tuple(sorted({kind for t in tables for kind in t.get("asks", {})}))
    quiet = frozenset(plain.pop("quiet", ()))
    tree = Node([], {})
    hot: dict[str, set[frozenset[str]]] = {}
    for role, phrase, leads in _phrases(tables):
        for words in _forms(phrase, lexicon):
            _plant(tree, role, words)
            if leads and (told := [w for w in words if w not in quiet and not w.isdigit()]):
                hot.setdefault(telling(tuple(told), lexicon.common), set()).add(frozenset(words))
    sets = {name: frozenset(words) for name, words in plain.items()}
    telling_words = {word: tuple(found) for word, found in hot.items()}
    return Spans(tree, sets, asks, measures, telling_words, endings)


def _phrases(tables: Sequence[Table]) -> Iterator[tuple[str, str, bool]]:
    """Yield every phrase with its role, and whether a finding may start from it alone."""
    for table in tables:
        leads, plurals = table.get("leads", ()), table.get("plurals", {})
        for role, entries in table.get("said", {}).items():
            for phrase in _listed(entries):
                yield role, phrase, role in leads
                for ending in plurals.get(role, ()):
                    yield role, phrase + ending, role in leads
        for kind, entries in table.get("asks", {}).items():
            for phrase in entries:
                yield "asks", phrase, True
                yield f"asks {kind}", phrase, True
    rows = [row for table in tables for row in table.get("measure", ())]
    for n, row in enumerate(rows):
        for phrase in row["names"]:
            yield "measure", phrase, False
            yield f"measure {n}", phrase, False


def _listed(entries: str | list[str]) -> list[str]:
    if isinstance(entries, list):
        return entries
    return [entry.strip() for entry in entries.replace("\n", " ").split(",") if entry.strip()]


def _forms(phrase: str, lexicon: Lexicon) -> Iterable[tuple[str, ...]]:
    """Return the ways a phrase may be printed."""
    forms = {split_words(phrase), split_words(phrase.replace("'", ""))}
    forms |= {
        tuple(lexicon.figures[w] if _is_figure(w, lexicon) else w for w in form) for form in forms
    }
    return forms


def _is_figure(word: str, lexicon: Lexicon) -> bool:
    return lexicon.classes.get(word, ".") in _SPOKEN_FIGURES


def _plant(tree: Node, role: str, words: tuple[str, ...]) -> None:
    node = tree
    for word in words:
        node = node.after.setdefault(word, Node([], {}))
    if role not in node.roles:
        node.roles.append(role)
