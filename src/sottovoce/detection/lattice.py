"""From words that may carry a value to what the value may be.

Rules:
1. The words are the nodes of a lattice; an edge reads one or more of them as characters
   (`forty one` is 41 or 401). The readings are its cheapest paths.
2. Every character of a reading knows the word it came from.
3. A correction offers the reading without the characters it takes back, beside the plain one.
4. The work is bounded: a long run has one reading, so time grows with its length and no faster.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from sottovoce.detection.lexicon import Lexicon
from sottovoce.detection.utterance import Utterance

KEPT = 8
LONG = 64


@dataclass(frozen=True, slots=True)
class Reading:
    """A possible value: its characters, the word of each, and how far-fetched it is."""

    text: str = field(repr=False)
    sources: tuple[int, ...] = field(repr=False)
    cost: float = 0.0


@dataclass(frozen=True, slots=True)
class Edge:
    """Characters that the words up to ``stop`` spell."""

    stop: int
    text: str = field(repr=False)
    cost: float


def readings(
    utterance: Utterance, atoms: Sequence[int], corrections: frozenset[int], lexicon: Lexicon
) -> tuple[Reading, ...]:
    """Return what the words ``atoms`` may spell, the likeliest first; at least one reading."""
    if len(atoms) > LONG:
        return (_single(utterance, atoms, lexicon),)
    beams: list[list[Reading]] = [[] for _ in range(len(atoms) + 1)]
    beams[0] = [Reading("", ())]
    for p in range(len(atoms)):
        beam = _prune(beams[p])
        if atoms[p] in corrections:
            mended = _taken_back(beam, _piece(atoms, p, corrections))
            beam = _prune(mended + [replace(r, cost=r.cost + 0.5) for r in beam])
        for edge in edges(utterance, atoms, p, lexicon):
            source = _spread(atoms, p, edge)
            for reading in beam:
                beams[edge.stop].append(
                    Reading(
                        reading.text + edge.text, reading.sources + source, reading.cost + edge.cost
                    )
                )
    return tuple(_prune(beams[-1]))


def _single(utterance: Utterance, atoms: Sequence[int], lexicon: Lexicon) -> Reading:
    text: list[str] = []
    sources: list[int] = []
    p = 0
    while p < len(atoms):
        edge = min(edges(utterance, atoms, p, lexicon), key=lambda e: e.cost)
        text.append(edge.text)
        sources.extend(_spread(atoms, p, edge))
        p = edge.stop
    return Reading("".join(text), tuple(sources))


def _prune(beam: list[Reading]) -> list[Reading]:
    best: dict[str, Reading] = {}
    for reading in sorted(beam, key=lambda r: r.cost):
        best.setdefault(reading.text, reading)
    return list(best.values())[:KEPT]


def _piece(atoms: Sequence[int], p: int, corrections: frozenset[int]) -> int:
    stops = [q for q in range(p + 1, len(atoms)) if atoms[q] in corrections]
    return (stops[0] if stops else len(atoms)) - p


def _taken_back(beam: list[Reading], said_after: int) -> list[Reading]:
    """Take back one character, or as many as are said after."""
    return [
        Reading(r.text[:-n], r.sources[:-n], r.cost + cost)
        for r in beam
        for n, cost in ((1, 0.3), (said_after, 0.35))
        if len(r.text) > n
    ]


def _spread(atoms: Sequence[int], p: int, edge: Edge) -> tuple[int, ...]:
    """Give every character of an edge a word, the last word taking what is left."""
    words = atoms[p : edge.stop]
    return tuple(words[min(k, len(words) - 1)] for k in range(len(edge.text)))


def edges(u: Utterance, atoms: Sequence[int], p: int, lexicon: Lexicon) -> Iterator[Edge]:
    """Yield every way to read on from atom p; the first is the plainest."""
    kinds = "".join(u.classes[a] for a in atoms[p : p + 7])
    words = [u.words[a] for a in atoms[p : p + 7]]
    if kinds[0] == "R":
        yield from _repeated(kinds, words, p, lexicon)
        return
    number = _cardinal(kinds, words, lexicon)
    if number is not None:
        length, text = number
        yield Edge(p + length, text, 0.0)
    yield Edge(p + 1, character(kinds[0], words[0], lexicon), 0.6 if number else 0.0)
    if kinds[0] == "o":
        yield Edge(p + 1, "o", 0.4)


def character(kind: str, word: str, lexicon: Lexicon) -> str:
    """Read one word alone."""
    if kind == "F":
        return word
    if kind in "uzotTw":
        return lexicon.figures[word]
    if kind in "hk":
        return "00" if kind == "h" else "000"
    return lexicon.letters.get(word, word)


def _repeated(kinds: str, words: list[str], p: int, lexicon: Lexicon) -> Iterator[Edge]:
    if len(kinds) > 1 and kinds[1] in "uzolnvw":
        yield Edge(p + 2, character(kinds[1], words[1], lexicon) * lexicon.repeats[words[0]], 0.0)
    elif len(kinds) > 1 and kinds[1] == "F":
        figures = words[1]
        yield Edge(p + 2, figures[0] * (lexicon.repeats[words[0]] - 1) + figures, 0.0)
    else:
        yield Edge(p + 1, "", 0.0)


def _cardinal(kinds: str, words: list[str], lexicon: Lexicon) -> tuple[int, str] | None:
    """Read tens with units, and hundreds and thousands with what follows, as one number."""
    length, below = _below_hundred(kinds, words, lexicon)
    if length == 0:
        return None
    value = int(below)
    if kinds[length : length + 1] == "h":
        more, rest = _below_hundred(kinds[length + 1 :], words[length + 1 :], lexicon)
        single = kinds[length + 1 + more : length + 2 + more]
        if more == 1 and single and single in "uzo":  # `eight hundred five five five`
            more, rest = 0, "0"
        return length + 1 + more, str(value * 100 + int(rest or 0))
    if kinds[length : length + 1] == "k":
        more, rest = _below_hundred(kinds[length + 1 :], words[length + 1 :], lexicon)
        return length + 1 + more, str(value * 1000 + int(rest or 0))
    return (length, below) if length > 1 else None


def _below_hundred(kinds: str, words: list[str], lexicon: Lexicon) -> tuple[int, str]:
    if kinds[:2] == "Tu":
        return 2, str(int(lexicon.figures[words[0]]) + int(lexicon.figures[words[1]]))
    if kinds[:1] and kinds[0] in "utT":
        return 1, lexicon.figures[words[0]]
    if kinds[:1] == "F" and len(words[0]) <= 3:
        return 1, words[0]
    return 0, ""
