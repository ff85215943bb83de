"""Patterns of words, and a machine that finds the longest of many thousand phrases at a word.

Rules:
1. A pattern is words and choices: ``(a|b c|)`` is one of its alternatives, an empty one is nothing,
   and ``{set}`` is a choice of a named set. Words are compared without apostrophes.
2. Patterns become a graph whose size grows with the data, not with the phrases they stand for.
   States of the machine are made when talk first reaches them, each once.
3. Every pattern has telling words, one of which is in each of its phrases: where talk has none of
   them, no phrase is there.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

WORD = re.compile(r"[^\W\d_]+|\d+")
_PART = re.compile(r"\(([^()]*)\)|\{(\w+)\}|([^\s(){}|]+)")
Meaning = TypeVar("Meaning")
Choice = tuple[tuple[str, ...], ...]  # alternatives, each of words; none is the empty one
Nodes = frozenset[int]
_NONE: Nodes = frozenset()


def plain(text: str) -> str:
    """Fold a text for comparing words: small letters, no apostrophes."""
    return text.lower().replace("'", "").replace("’", "")


def parse(pattern: str, sets: Mapping[str, Sequence[str]]) -> tuple[Choice, ...]:
    """Read a pattern; raise ValueError where it nests, names no set, or may be nothing at all."""
    if set(_PART.sub("", pattern)) & set("(){}|"):
        raise ValueError("a pattern has a choice within a choice, or one that is not closed")
    parts = []
    for group, name, word in _PART.findall(pattern):
        if name and name not in sets:
            raise ValueError(f"the pattern names {name}, which is no set")
        said = sets[name] if name else (word,) if word else group.split("|")
        parts.append(tuple(dict.fromkeys(tuple(WORD.findall(plain(text))) for text in said)))
    if all(() in part for part in parts):
        raise ValueError("a pattern may be nothing at all")
    return tuple(parts)


def telling(
    parts: Sequence[Choice], common: frozenset[str], frequent: frozenset[str] = frozenset()
) -> frozenset[str]:
    """Return words of which each phrase of a pattern has one, frequent ones only if need be.

    Where a part tells in some of its alternatives only, the rest must tell for the others. Raises
    ValueError if a phrase has none but common words.
    """
    best: frozenset[str] | None = None
    for place, part in enumerate(parts):
        told = frozenset(_key(words, common, frequent) for words in part)
        keys = told - {""}
        if "" in told:
            if not keys:
                continue
            try:
                keys |= telling([*parts[:place], *parts[place + 1 :]], common, frequent)
            except ValueError:
                continue
        if best is None or _cost(keys, frequent) < _cost(best, frequent):
            best = keys
    if best is None:
        raise ValueError("a pattern has a phrase without a telling word")
    return best


def _cost(keys: frozenset[str], frequent: frozenset[str]) -> int:
    return 10 * len(keys & frequent) + len(keys)


def _key(words: Sequence[str], common: frozenset[str], frequent: frozenset[str]) -> str:
    """Return the longest word that is not common, rather one that is not frequent, or nothing."""
    told = [word for word in words if word not in common]
    return max(told, key=lambda word: (word not in frequent, len(word)), default="")


@dataclass(slots=True)
class _State(Generic[Meaning]):
    """Where the machine is: what the words so far mean, and where each next word leads."""

    meanings: tuple[Meaning, ...]
    moves: dict[str, "_State[Meaning] | Nodes"] = field(repr=False)


class Phrasing(Generic[Meaning]):
    """Finds phrases; made once of data, then only read."""

    def __init__(self) -> None:
        self._edges: list[dict[str, set[int]]] = [{}]
        self._meanings: dict[int, list[Meaning]] = {}
        self._states: dict[Nodes, _State[Meaning]] = {}
        self._first: _State[Meaning] | None = None

    def add(self, parts: Sequence[Choice], meaning: Meaning) -> None:
        """Add what a pattern means; all is added before anything is sought."""
        at = {0}
        for part in parts:
            after = self._node()
            for words in part:
                if words:
                    self._join(at, words, after)
            at = {*at, after} if () in part else {after}
        for node in at - {0}:
            self._meanings.setdefault(node, []).append(meaning)

    def _node(self) -> int:
        self._edges.append({})
        return len(self._edges) - 1

    def _join(self, at: Iterable[int], words: Sequence[str], after: int) -> None:
        here = set(at)
        for word in words[:-1]:
            inner = self._node()
            for node in here:
                self._edges[node].setdefault(word, set()).add(inner)
            here = {inner}
        for node in here:
            self._edges[node].setdefault(words[-1], set()).add(after)

    def firsts(self) -> Collection[str]:
        """Return the words with which phrases begin."""
        return self._edges[0].keys()

    def at(self, words: Sequence[str], i: int) -> tuple[int, tuple[Meaning, ...]] | None:
        """Return where the longest phrase that starts at word i stops, and all that it means."""
        state: _State[Meaning] | None = self._first or self._start()
        found, stop, size = None, i, len(words)
        while state is not None and stop < size:
            move = state.moves.get(words[stop])
            if isinstance(move, frozenset):
                move = self._made(state, words[stop], move)
            state = move
            stop += 1
            if state is not None and state.meanings:
                found = (stop, state.meanings)
        return found

    def _start(self) -> _State[Meaning]:
        self._first = self._state(frozenset({0}))
        return self._first

    def _made(self, state: _State[Meaning], word: str, nodes: Nodes) -> _State[Meaning]:
        made = state.moves[word] = self._state(nodes)
        return made

    def _state(self, nodes: Nodes) -> _State[Meaning]:
        if (known := self._states.get(nodes)) is not None:
            return known
        moves: dict[str, set[int]] = {}
        for node in nodes:
            for word, after in self._edges[node].items():
                moves.setdefault(word, set()).update(after)
        meanings = dict.fromkeys(m for node in sorted(nodes) for m in self._meanings.get(node, ()))
        made = _State(tuple(meanings), {word: frozenset(after) for word, after in moves.items()})
        return self._states.setdefault(nodes, made)

    def all_states(self) -> Iterator[int]:
        """Make every state there can be, counting; for measuring what talk may cost at most."""
        todo, seen = [self._start()], set[int]()
        while todo:
            state = todo.pop()
            for word in list(state.moves):
                move = state.moves[word]
                after = self._made(state, word, move) if isinstance(move, frozenset) else move
                if id(after) not in seen:
                    seen.add(id(after))
                    todo.append(after)
                    yield len(seen)
