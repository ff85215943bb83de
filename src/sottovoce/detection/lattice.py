"""From words that may carry a value to what the value may be.

Rules:
1. The words are the nodes of a lattice; an edge reads one or more of them as characters
   (`forty one` is 41 or 401). The readings are its cheapest paths.
2. Every character of a reading knows the word it came from.
3. A correction offers the reading without the characters it takes back, beside the plain one.
4. What a recogniser heard beside a word is an edge that costs more.
5. The work is bounded: a long run has one reading, so time grows with its length and no faster.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from sottovoce.detection.lexicon import Lexicon
from sottovoce.detection.numerals import Stretch, numerals
from sottovoce.detection.utterance import Utterance

KEPT = 8
LONG = 64
_LOOK = 16
_MISHEARD = 0.8
_AGAIN = 4


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
            for stop, reading in _denied(utterance, atoms, p, beam, lexicon):
                beams[stop].append(reading)
            mended = _taken_back(beam, _piece(atoms, p, corrections))
            beam = _prune(mended + [replace(r, cost=r.cost + 0.5) for r in beam])
        for edge in edges(utterance, atoms, p, lexicon):
            source = _spread(atoms, p, edge)
            for r in beam:
                beams[edge.stop].append(
                    Reading(r.text + edge.text, r.sources + source, r.cost + edge.cost)
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
    if len(beam) < 2:
        return beam
    best: dict[str, Reading] = {}
    for reading in sorted(beam, key=lambda r: r.cost):
        best.setdefault(reading.text, reading)
    return list(best.values())[:KEPT]


def _piece(atoms: Sequence[int], p: int, corrections: frozenset[int]) -> int:
    stops = [q for q in range(p + 1, len(atoms)) if atoms[q] in corrections]
    return (stops[0] if stops else len(atoms)) - p


def _taken_back(beam: list[Reading], said_after: int) -> list[Reading]:
    """Take back one character, as many as are said after, or all where much is said again."""
    back = [(1, 0.3), (said_after, 0.35)]
    return [
        Reading(r.text[:-n], r.sources[:-n], r.cost + cost)
        for r in beam
        for n, cost in back
        if len(r.text) > n
    ] + [Reading("", (), r.cost + 0.45) for r in beam[:1] if said_after >= _AGAIN]


def _denied(
    u: Utterance, atoms: Sequence[int], p: int, beam: list[Reading], lexicon: Lexicon
) -> Iterator[tuple[int, Reading]]:
    """Yield readings without what is said again to be denied: `nine, not nine, five`."""
    said, cost = "", 0.2 if u.words[atoms[p] - 1] in lexicon.denials else 0.4
    for q in range(p, min(p + _AGAIN, len(atoms) - 1)):
        said += character(u.classes[atoms[q]], u.words[atoms[q]], lexicon)
        for r in beam:
            if said and r.text.endswith(said):
                kept = len(r.text) - len(said)
                yield q + 1, Reading(r.text[:kept], r.sources[:kept], r.cost + cost)


def _spread(atoms: Sequence[int], p: int, edge: Edge) -> tuple[int, ...]:
    """Give every character of an edge a word, the last word taking what is left."""
    words = atoms[p : edge.stop]
    return tuple([words[min(k, len(words) - 1)] for k in range(len(edge.text))])


def edges(u: Utterance, atoms: Sequence[int], p: int, lexicon: Lexicon) -> Iterator[Edge]:
    """Yield every way to read on from atom p; the first is the plainest."""
    kind, word = u.classes[atoms[p]], u.words[atoms[p]]
    if kind == "R":
        yield from _repeated(u, atoms, p, lexicon)
        return
    whole = False
    if kind in "utTFhHkw" and not (kind in "hk" and _counts_on(u, atoms, p)):
        stretch = _stretch(u, atoms, p)
        for length, text, cost in numerals(stretch, lexicon):
            whole |= cost == 0
            yield Edge(p + length, text, cost)
    yield Edge(p + 1, _alone(u, atoms[p], lexicon), 0.6 if whole else 0.0)
    if kind == "o":
        yield Edge(p + 1, word if len(word) == 1 else "o", 0.4)
    if atoms[p] in u.alternatives:
        yield from _misheard(u, atoms[p], p, lexicon)


def _counts_on(u: Utterance, atoms: Sequence[int], p: int) -> bool:
    """Tell whether a number stands right before atom p, so that `hundred` is not one hundred."""
    return p > 0 and atoms[p - 1] == atoms[p] - 1 and u.classes[atoms[p - 1]] in "utTFhHk"


def _stretch(u: Utterance, atoms: Sequence[int], p: int) -> Stretch:
    """Return the words from atom p on, with what stands between them."""
    near = atoms[p : p + _LOOK]
    links = " " + "".join(_link(u, a, b) for a, b in pairwise(near))
    return Stretch("".join([u.classes[a] for a in near]), [u.words[a] for a in near], links)


def _link(u: Utterance, a: int, b: int) -> str:
    """Tell how word b follows word a: `&` joined, `,` set apart, or a blank."""
    if b == a + 1:
        return "," if u.gap(b).strip(" -–") else " "
    return "&" if b == a + 2 and u.classes[a + 1] == "&" else ","


def _misheard(u: Utterance, atom: int, p: int, lexicon: Lexicon) -> Iterator[Edge]:
    plain = _alone(u, atom, lexicon)
    for word in u.alternatives[atom]:
        kind = "F" if word.isdecimal() else lexicon.classes.get(word, ".")
        text = character(kind, word, lexicon)
        if text != plain:
            yield Edge(p + 1, text, _MISHEARD)


def _alone(u: Utterance, atom: int, lexicon: Lexicon) -> str:
    """Read one word of an utterance alone, as what else it was heard as if it says nothing."""
    word, kind = u.words[atom], u.classes[atom]
    if kind == "n" and lexicon.letter_phrases.by_first.get(word):
        match = lexicon.letter_phrases.at(u.words, atom)
        if match:
            return match[1]
    if atom in u.alternatives and kind in "wv" and word not in lexicon.classes:
        word = u.alternatives[atom][0]
        kind = "F" if word.isdecimal() else lexicon.classes.get(word, ".")
    return character(kind, word, lexicon)


def character(kind: str, word: str, lexicon: Lexicon) -> str:
    """Read one word alone."""
    if kind == "F":
        return word
    if kind in "uzotTwH":
        return lexicon.figures.get(word, "")
    if kind in "hk":
        return "00" if kind == "h" else str(lexicon.thousands[word])[1:]
    return lexicon.letters.get(word, word)


def _repeated(u: Utterance, atoms: Sequence[int], p: int, lexicon: Lexicon) -> Iterator[Edge]:
    times = lexicon.repeats[u.words[atoms[p]]]
    kind = u.classes[atoms[p + 1]] if p + 1 < len(atoms) else ""
    if kind and kind in "uzolnvwtT":
        yield Edge(p + 2, _alone(u, atoms[p + 1], lexicon) * times, 0.0)
    elif kind == "F":
        figures = u.words[atoms[p + 1]]
        yield Edge(p + 2, figures[0] * (times - 1) + figures, 0.0)
    else:
        yield Edge(p + 1, "", 0.0)
