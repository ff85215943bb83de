"""GLiNER as a detector: a model that is told in words what to look for (docs/detectors.md).

Rules:
1. Only graphs that judge spans (`markerV0`) are read, with the six inputs that GLiNER exports.
2. Every span up to the model's width lies whole in some window of a long text.
3. Of spans that overlap the surest is taken, of those as sure the longest.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sottovoce.backends.model_folder import (
    NONE,
    Ids,
    ModelFolder,
    chunks,
    joined,
    open_folder,
)
from sottovoce.values.errors import Unfit
from sottovoce.values.finding import TextFinding

CONFIG = "gliner_config.json"
_INPUTS = frozenset(
    {"input_ids", "attention_mask", "words_mask", "text_lengths", "span_idx", "span_mask"}
)
_WORD = re.compile(r"\w+(?:[-_]\w+)*|\S")
_MOST_LABELS = 64


@dataclass(frozen=True, slots=True)
class Gliner:
    """A GLiNER model with what it is asked for."""

    folder: ModelFolder = field(repr=False)
    asked: tuple[str, ...]
    prompt: tuple[str, ...]
    width: int
    most: int

    def find(self, text: str, *, language: str) -> Iterator[TextFinding]:
        """Yield what the model finds."""
        self.folder.labels.expect(language)
        yield from joined(
            TextFinding(f.kind, f.start + at, f.end + at, f.confidence)
            for at, piece in chunks(text)
            for window in self._windows(piece)
            for f in self._look(piece, window)
        )

    def _windows(self, text: str) -> Iterator[list[tuple[int, int]]]:
        """Yield runs of words, in characters, that overlap by the widest span."""
        words = [match.span() for match in _WORD.finditer(text)]
        for start in range(0, max(1, len(words) - self.width), self.most - self.width):
            if window := words[start : start + self.most]:
                yield window

    def _look(self, text: str, words: list[tuple[int, int]]) -> Iterator[TextFinding]:
        scores = self._scores([text[a:b] for a, b in words])
        taken = np.zeros(len(words), np.bool_)
        likely = np.argwhere(scores >= self.folder.labels.least)
        for first, more, label in sorted(likely, key=lambda at: (-scores[tuple(at)], -at[1])):
            stop = first + more + 1
            if stop > len(words) or taken[first:stop].any():
                continue
            taken[first:stop] = True
            kind = self.folder.labels.kinds[self.asked[label]]
            if kind != NONE:
                score = float(scores[first, more, label])
                yield TextFinding(kind, words[first][0], words[stop - 1][1], score)

    def _scores(self, words: list[str]) -> NDArray[np.float64]:
        """Return how likely each span is each of the labels: by first word, width, label."""
        said = self.folder.session.run(None, self._inputs(words))[0]
        if said.shape != (1, len(words), self.width, len(self.asked)):
            raise ValueError("the model answers in another shape than its configuration says")
        # In double precision, so that two spans that are both nearly sure are still told apart.
        likeness = np.clip(said[0].astype(np.float64), -60, 60)
        return np.asarray(1.0 / (1.0 + np.exp(-likeness)), np.float64)

    def _inputs(self, words: list[str]) -> dict[str, Ids]:
        encoding = self.folder.tokenizer.encode([*self.prompt, *words], is_pretokenized=True)
        spans, mask = _spans(len(words), self.width)
        return {
            "input_ids": np.array([encoding.ids], np.int64),
            "attention_mask": np.ones((1, len(encoding.ids)), np.int64),
            "words_mask": np.array([_numbered(encoding.word_ids, len(self.prompt))], np.int64),
            "text_lengths": np.array([[len(words)]], np.int64),
            "span_idx": spans[None],
            "span_mask": mask[None],
        }


def open_gliner(folder: Path) -> Gliner:
    """Load a GLiNER model; raise Unfit naming the file that is wrong."""
    opened = open_folder(folder, CONFIG)
    if opened.inputs != _INPUTS:
        raise Unfit(
            "the model's model.onnx takes other inputs than GLiNER's over spans",
            hint="export a model whose span_mode is markerV0",
        )
    asked = tuple(opened.labels.kinds)
    if len(asked) > _MOST_LABELS:
        raise Unfit(f"the model is asked for {len(asked)} labels; {_MOST_LABELS} are allowed")
    entity = str(opened.config.get("ent_token", "<<ENT>>"))
    divider = str(opened.config.get("sep_token", "<<SEP>>"))
    if None in map(opened.tokenizer.token_to_id, (entity, divider)):
        raise Unfit("the model's tokenizer.json lacks the tokens that GLiNER's prompt is made of")
    prompt = (*(part for label in asked for part in (entity, label)), divider)
    width = opened.number("max_width", 12)
    return Gliner(opened, asked, prompt, width, max(opened.number("max_len", 384), 2 * width))


def _numbered(word_ids: list[int | None], prompt: int) -> list[int]:
    """Give the first token of each word of the text its number from 1 on, all others 0."""
    return [
        0 if word is None or word == before or word < prompt else word - prompt + 1
        for before, word in pairwise([None, *word_ids])
    ]


def _spans(words: int, width: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return every span as its first and last word, and which of them are within the text."""
    first = np.repeat(np.arange(words), width)
    last = first + np.tile(np.arange(width), words)
    inside = last < words
    spans = np.stack([first, last], axis=1) * inside[:, None]
    return spans.astype(np.int64), inside
