"""A model of the owner's as a detector: a token classifier, or GLiNER (docs/detectors.md).

Rules:
1. A folder with `gliner_config.json` is GLiNER's; else `config.json` tells the labels of a token
   classifier, as Hugging Face's libraries write it.
2. The first piece of a word speaks for the word, as such models are trained.
3. A word counts where what is not "nothing" reaches `least` together, under the likeliest kind.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sottovoce.backends.gliner_detector import CONFIG, Gliner, open_gliner
from sottovoce.backends.model_folder import (
    NONE,
    Ids,
    ModelFolder,
    Scores,
    chunks,
    joined,
    open_folder,
)
from sottovoce.detection.detector import Guarded
from sottovoce.values.errors import Unfit
from sottovoce.values.finding import TextFinding
from sottovoce.values.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tokenizers import Encoding

_LONGEST = 512
_SPARE = 2
_KNOWN_INPUTS = frozenset({"input_ids", "attention_mask", "token_type_ids"})
_SCHEME = re.compile(r"(?P<place>[BIESLU])[-_](?P<label>.+)")
_BEGINS = frozenset("BSU")


@dataclass(frozen=True, slots=True)
class _Word:
    """A word that counts, in characters."""

    kind: str
    start: int
    end: int
    score: float
    begins: bool


@dataclass(frozen=True, slots=True)
class TokenClassifier:
    """A token classifier with the kind of each of its labels."""

    folder: ModelFolder = field(repr=False)
    kinds: tuple[str, ...]
    """The kinds, "none" being the first."""
    of_label: tuple[int, ...]
    """The number of its kind for each label."""
    begins: tuple[bool, ...]
    """For each label whether it says that something begins."""

    def find(self, text: str, *, language: str) -> Iterator[TextFinding]:
        """Yield what the model finds."""
        self.folder.labels.expect(language)
        yield from joined(
            TextFinding(f.kind, f.start + at, f.end + at, f.confidence)
            for at, piece in chunks(text)
            for window in _windows(self.folder, piece)
            for f in _entities(piece, self._words(window))
        )

    def _words(self, window: "Encoding") -> Iterator[_Word]:
        """Yield the words of a window that count."""
        scores = self._scores(window)
        first: dict[int, int] = {}
        ends: dict[int, int] = {}
        for token, word in enumerate(window.word_ids):
            if word is not None:
                first.setdefault(word, token)
                ends[word] = window.offsets[token][1]
        for word, token in first.items():
            kinds = self._by_kind(scores[token])
            if 1.0 - kinds[0] < self.folder.labels.least:
                continue
            kind = 1 + int(np.argmax(kinds[1:]))
            label = int(np.argmax(np.where(np.equal(self.of_label, kind), scores[token], -1.0)))
            start = window.offsets[token][0]
            score = min(1.0, 1.0 - float(kinds[0]))
            yield _Word(self.kinds[kind], start, ends[word], score, self.begins[label])

    def _by_kind(self, scores: Scores) -> Scores:
        return np.bincount(self.of_label, scores, len(self.kinds)).astype(np.float32)

    def _scores(self, window: "Encoding") -> Scores:
        """Return the probability of each label for each token."""
        fed: Mapping[str, Ids] = {
            "input_ids": np.array([window.ids], np.int64),
            "attention_mask": np.ones((1, len(window.ids)), np.int64),
            "token_type_ids": np.zeros((1, len(window.ids)), np.int64),
        }
        inputs = self.folder.inputs
        said = self.folder.session.run(None, {n: v for n, v in fed.items() if n in inputs})[0]
        if said.shape != (1, len(window.ids), len(self.of_label)):
            raise ValueError("the model answers in another shape than its config.json says")
        powers = np.exp(said[0] - said[0].max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def open_model(folder: Path, *, own: "Iterable[str]" = ()) -> Guarded:
    """Load the model in a folder as a detector; raise Unfit naming the file that is wrong."""
    is_gliner = (folder / CONFIG).is_file()
    detector: Gliner | TokenClassifier = (open_gliner if is_gliner else open_classifier)(folder)
    name = f"onnx-own-{detector.folder.digest[:12]}"
    return Guarded(name, detector, frozenset({*KINDS, *own}))


def open_classifier(folder: Path) -> TokenClassifier:
    """Load a token classifier; raise Unfit naming the file that is wrong."""
    opened = open_folder(folder, "config.json")
    if "input_ids" not in opened.inputs or not opened.inputs <= _KNOWN_INPUTS:
        raise Unfit("the model's model.onnx takes other inputs than a token classifier's")
    labels = _labels(opened)
    schemes = [_SCHEME.fullmatch(label) for label in labels]
    kinds = [
        _kind(label, scheme["label"] if scheme else label, i, opened.labels.kinds)
        for i, (label, scheme) in enumerate(zip(labels, schemes, strict=True))
    ]
    order = (NONE, *sorted({*kinds} - {NONE}))
    if len(order) == 1:
        raise Unfit("every label of the model is of no kind; it would find nothing")
    most = min(_LONGEST, opened.number("max_position_embeddings", _LONGEST) - _SPARE)
    if most < _LONGEST // 16:
        raise Unfit(f"the model reads {most} tokens at a time; it needs {_LONGEST // 16}")
    opened.tokenizer.encode_special_tokens = True  # what was said is never read as a mark
    opened.tokenizer.enable_truncation(max_length=most, stride=most // 4)
    return TokenClassifier(
        folder=opened,
        kinds=order,
        of_label=tuple(order.index(kind) for kind in kinds),
        begins=tuple(scheme is not None and scheme["place"] in _BEGINS for scheme in schemes),
    )


def _labels(folder: ModelFolder) -> list[str]:
    said = folder.config.get("id2label")
    found = [said.get(str(i)) for i in range(len(said))] if isinstance(said, dict) else []
    labels = [label for label in found if isinstance(label, str)]
    if not labels or len(labels) != len(found):
        raise Unfit("the model's config.json has no id2label from 0 on")
    return labels


def _kind(label: str, bare: str, i: int, kinds: Mapping[str, str]) -> str:
    """Return the kind of a label: of its whole name, or without the place in B-PER."""
    kind = kinds.get(label) or kinds.get(bare) or (NONE if label == "O" else None)
    if kind is None:
        raise Unfit(
            f"label {i} of the model's config.json is not in its labels.toml",
            hint=f'give it a kind, or "{NONE}" if what it finds need not be hidden',
        )
    return kind


def _windows(folder: ModelFolder, text: str) -> Iterator["Encoding"]:
    encoding = folder.tokenizer.encode(text)
    yield encoding
    yield from encoding.overflowing


def _entities(text: str, words: Iterator[_Word]) -> Iterator[TextFinding]:
    """Yield words as findings, those that go on as one."""
    held: list[_Word] = []
    for word in words:
        if held and not _goes_on(text, held[-1], word):
            yield _entity(text, held)
            held = []
        held.append(word)
    if held:
        yield _entity(text, held)


def _goes_on(text: str, last: _Word, word: _Word) -> bool:
    between = text[last.end : word.start]
    if last.kind != word.kind or between.strip():
        return False
    return not (word.begins and any(c.isspace() for c in text[last.end : word.start + 1]))


def _entity(text: str, words: list[_Word]) -> TextFinding:
    start, end = words[0].start, words[-1].end
    said = text[start:end]
    start += len(said) - len(said.lstrip())  # some tokenizers count the blank before a word as its
    end -= len(said) - len(said.rstrip())
    return TextFinding(words[0].kind, start, max(end, start + 1), min(w.score for w in words))
