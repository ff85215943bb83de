"""The tagger: a small network that marks names, places and the like in words as printed.

1. A word is known by hashes of itself and of its pieces, by its shape (case, figures) and by what
   open lists say of it, also by hash. No word can be read in the model file, only tried.
2. A stack of dilated convolutions looks at the words around; the words of the turn before stand
   in front of the turn, marked as such.
3. What a word is does not depend on where a long text is cut: each piece is tagged with all the
   words around it that the network can see.
4. Only numpy runs here. The training, in ``tools/tagger``, uses the same hashes of the same words.
"""

import hashlib
import io
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from threading import Lock
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
LABELS = ("", "name", "place", "organisation", "condition", "medicine", "address")
CASES = ("lower", "title", "upper", "mixed", "figures", "sign")
MOST_LETTERS = 24
"""Letters of a word that are looked at; the rest of a longer one says nothing more."""
MOST_BEFORE = 16
"""Words of the turn before that are looked at, its last ones."""
PIECE = 512
"""Words that are tagged at once."""
MOST_KEPT = 20_000
"""Words whose vectors are kept at hand; they are forgotten all at once when there are more."""


@dataclass(frozen=True, slots=True)
class Tagged:
    """A stretch of words and what it is: words start to stop, the last one excluded."""

    label: str
    start: int
    stop: int
    probability: float


def fold(word: str) -> str:
    """Return a word in lower case, without accents, its figures all the same."""
    word = word[:MOST_LETTERS].lower().replace("’", "'")
    if not word.isascii():
        parts = unicodedata.normalize("NFKD", word)
        word = "".join(c for c in parts if not unicodedata.combining(c))
    if not word.isalpha():
        word = "".join("0" if c.isdecimal() else c for c in word)
    return word


def stem(folded: str) -> str:
    """Return a folded word without a possessive ending."""
    return folded[:-2] if folded.endswith("'s") else folded


def listed(folded: str) -> int:
    """Return the number by which the lists know a word."""
    return crc32(b"=" + stem(folded).encode())


def pieces(folded: str, buckets: int) -> list[int]:
    """Return the rows of the table for a word: itself twice, and its pieces of 2 to 5 letters."""
    whole = stem(folded).encode()
    rows = [crc32(b"#" + whole) % buckets, crc32(b"@" + whole) % buckets]
    edged = b"<" + whole + b">"
    for size in (2, 3, 4, 5):
        rows += [crc32(edged[i : i + size]) % buckets for i in range(max(0, len(edged) - size + 1))]
    return rows


def case(word: str) -> int:
    """Return the number of a word's case in ``CASES``."""
    if word.islower():
        return 0
    if word.istitle() and (len(word) > 1 or word == "I"):
        return 1
    if word.isupper():
        return 2
    if word[0].isdecimal():
        return 4
    return 3 if word[0].isalpha() else 5


def shape(word: str) -> list[int]:
    """Return what is true of a word's looks, as numbers below ``SHAPES``."""
    found = [case(word[:MOST_LETTERS])]
    if word[0].isdecimal():
        found.append(6 + min(len(word), 6) - 1)
    elif len(word) == 1:
        found.append(12)
    if word.lower().endswith(("'s", "’s")):
        found.append(13)
    if not word.isascii():
        found.append(14)
    return found


SHAPES = 15


def evened(words: Sequence[str]) -> Sequence[str]:
    """Return the words in lower case where all are in capitals, which then say nothing."""
    if len(words) > 1 and not any(c.islower() for word in words for c in word):
        return [word.lower() for word in words]
    return words


class Tagger:
    """A loaded model; it keeps the vectors of words it has seen, up to a bound."""

    def __init__(self, model: bytes) -> None:
        self.digest = hashlib.sha256(model).hexdigest()
        with np.load(io.BytesIO(model), allow_pickle=False) as parts:
            w: Mapping[str, NDArray[np.generic]] = {k: parts[k] for k in parts.files}
        self._table = _floats(w["table"]) * _floats(w["scale"])[:, None]
        self._list_keys, self._list_rows = w["list_keys"], w["list_rows"]
        self._lists, self._shapes = _floats(w["lists"]), _floats(w["shapes"])
        self._before, self._turn = _floats(w["before"]), _floats(w["turn"])
        self._layers = tuple(_layers(w))
        self._out, self._out_bias = _floats(w["out"]), _floats(w["out_bias"])
        self._least = _floats(w["least"])
        self._reach = sum(dilation for dilation, _, _ in self._layers)
        self._lock = Lock()
        self._kept: dict[str, int] = {}
        self._vectors_kept = np.zeros((MOST_KEPT, self._table.shape[1]), np.float32)

    def tag(
        self, words: Sequence[str], *, before: Sequence[str] = (), least: float | None = None
    ) -> tuple[Tagged, ...]:
        """Mark what is a name, a place, ... with a probability of at least ``least`` a word.

        Takes words as printed, split as utterances are. The words of the turn before are looked
        at but not marked. Without ``least`` the model's own bound for each label holds. Time is
        linear in the number of words.
        """
        bounds = self._least if least is None else least
        found: list[Tagged] = []
        for start, chances in self._pieces(evened(words), evened(before[-MOST_BEFORE:])):
            found += _stretches(chances, start, bounds)
        return tuple(_joined(found))

    def _pieces(self, words: Sequence[str], before: Sequence[str]) -> Iterator[tuple[int, Floats]]:
        """Yield the chances of each label for the words from each start on."""
        for start in range(0, len(words), PIECE):
            lead = max(0, start - self._reach)
            stop = min(len(words), start + PIECE)
            stack = [self._vectors(words[lead : min(len(words), stop + self._reach)])]
            skip = start - lead
            if start < self._reach:
                stack.insert(0, self._turn)
                if before:
                    stack.insert(0, self._vectors(before) + self._before)
                skip += len(before) + 1
            yield start, self._chances(np.concatenate(stack))[skip : skip + stop - start]

    def _chances(self, x: Floats) -> Floats:
        for n, (dilation, kernel, bias) in enumerate(self._layers):
            y = _convolved(x, kernel, dilation)
            y += bias
            np.maximum(y, 0, out=y)
            x = y if n == 0 else x + y
        scores: Floats = x @ self._out + self._out_bias
        np.exp(scores - scores.max(axis=1, keepdims=True), out=scores)
        scores /= scores.sum(axis=1, keepdims=True)
        return scores

    def _vectors(self, words: Sequence[str]) -> Floats:
        kept = self._kept
        with self._lock:
            if len(kept) + len(words) > MOST_KEPT:
                kept.clear()
            for word in words:
                if word not in kept:
                    self._vectors_kept[len(kept)] = self._vector(word)
                    kept[word] = len(kept)
            return self._vectors_kept[[kept[word] for word in words]]

    def _vector(self, word: str) -> Floats:
        folded = fold(word)
        rows = pieces(folded, len(self._table))
        vector = self._table[rows].sum(axis=0) / len(rows) ** 0.5
        for row in shape(word):
            vector += self._shapes[row]
        key = np.uint32(listed(folded))  # of the array's own type, or all of it is converted
        at = int(self._list_keys.searchsorted(key))
        if at < len(self._list_keys) and self._list_keys[at] == key:
            flags = int(self._list_rows[at])
            for i, fact in enumerate(self._lists):
                if flags >> i & 1:
                    vector += fact
        return np.asarray(vector, np.float32)


def _floats(array: NDArray[np.generic]) -> Floats:
    return np.ascontiguousarray(array, dtype=np.float32)


def _layers(weights: Mapping[str, NDArray[np.generic]]) -> Iterator[tuple[int, Floats, Floats]]:
    for n, dilation in enumerate(weights["dilations"]):
        yield int(dilation), _floats(weights[f"kernel{n}"]), _floats(weights[f"bias{n}"])


def _convolved(x: Floats, kernel: Floats, dilation: int) -> Floats:
    """Mix each row with those ``dilation`` before and after it; beyond the ends is nothing."""
    y: Floats = x @ kernel[1]
    if len(x) > dilation:
        y[dilation:] += x[:-dilation] @ kernel[0]
        y[:-dilation] += x[dilation:] @ kernel[2]
    return y


def marks(chances: Floats, least: Floats | float) -> NDArray[np.int64]:
    """Return the number of the label of each word: the likeliest, where something is likely."""
    labels = chances[:, 1:].argmax(axis=1) + 1
    bounds = least if isinstance(least, float) else least[labels]
    return np.where(1 - chances[:, 0] >= bounds, labels, 0)


def _stretches(chances: Floats, start: int, least: Floats | float) -> Iterator[Tagged]:
    """Yield runs of words of one label; its probability is the mean of its words."""
    labels = marks(chances, least)
    ends = [*(np.flatnonzero(np.diff(labels)) + 1).tolist(), len(labels)]
    first = 0
    for end in ends:
        if labels[first]:
            sure = float(1 - chances[first:end, 0].mean())
            yield Tagged(LABELS[labels[first]], start + first, start + end, sure)
        first = end


def _joined(found: Sequence[Tagged]) -> Iterator[Tagged]:
    """Put together what was cut between two pieces."""
    last: Tagged | None = None
    for each in found:
        if last and last.stop == each.start and last.label == each.label:
            words = each.stop - last.start
            mass = last.probability * (last.stop - last.start)
            mass += each.probability * (each.stop - each.start)
            last = Tagged(last.label, last.start, each.stop, mass / words)
            continue
        if last:
            yield last
        last = each
    if last:
        yield last


@cache
def load_tagger(language: str = "en") -> Tagger:
    """Load the tagger of a language once.

    Raises FileNotFoundError for a language that has none.
    """
    return Tagger(files("sottovoce.detection").joinpath(f"data/{language}/tagger.npz").read_bytes())
