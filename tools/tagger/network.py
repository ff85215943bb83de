"""The designs that are compared, in torch: the same input, the same loss."""

import random
from collections.abc import Iterator, Sequence
from typing import Any
from zlib import crc32

import numpy as np
import torch
from torch import nn

from sottovoce.detection.tagger import (
    LABELS,
    MOST_BEFORE,
    SHAPES,
    evened,
    fold,
    listed,
    pieces,
    shape,
)  # fmt: skip
from tagger.examples import Example

BUCKETS, WIDTH, HIDDEN = 1 << 16, 64, 144
DILATIONS = (1, 1, 2, 4, 8)


class Features:
    """Turns words into what the table of a network is asked for; remembers words."""

    def __init__(self, keys: np.ndarray, rows: np.ndarray, facts: int) -> None:
        self.lists = dict(zip(keys.tolist(), rows.tolist(), strict=True))
        self.facts = facts
        self._known: dict[str, tuple[np.ndarray, list[int], list[int]]] = {}

    def __call__(self, word: str) -> tuple[np.ndarray, list[int], list[int]]:
        found = self._known.get(word)
        if found is None:
            folded = fold(word)
            bits = self.lists.get(listed(folded), 0)
            found = self._known[word] = (
                np.array(pieces(folded, BUCKETS), np.int64),
                shape(word),
                [i for i in range(self.facts) if bits >> i & 1],
            )
        return found


class Batch:
    """Some examples side by side, padded; what is not to be learned may be anything."""

    def __init__(
        self, examples: Sequence[Example], features: Features, dice: random.Random | None
    ) -> None:
        turns = [
            (evened(e.words), evened(e.before[-MOST_BEFORE:]) if e.before else ()) for e in examples
        ]
        longest = max(len(w) + len(b) + 1 for w, b in turns)
        ids: dict[str, int] = {}
        self.at = np.zeros((len(turns), longest), np.int64)  # which unique word
        self.kind = np.zeros((len(turns), longest), np.int64)  # 0 pad, 1 before, 2 mark, 3 word
        self.may = np.zeros((len(turns), longest), np.int64)
        for n, ((words, before), found) in enumerate(zip(turns, examples, strict=True)):
            for i, word in enumerate((*before, *words)):
                place = i if i < len(before) else i + 1
                hide = dice is not None and dice.random() < (
                    0.1 if found_plain(found, i - len(before)) else 0.3
                )
                key = "\0" + word if hide else word
                self.at[n, place] = ids.setdefault(key, len(ids))
                self.kind[n, place] = 1 if i < len(before) else 3
            self.kind[n, len(before)] = 2
            start = len(before) + 1
            self.may[n, start : start + len(words)] = found.may
        flat: list[np.ndarray] = []
        offsets: list[int] = []
        self.shapes = np.zeros((len(ids), SHAPES), np.float32)
        self.facts = np.zeros((len(ids), features.facts), np.float32)
        total = 0
        for key, n in ids.items():
            rows, shapes, bits = features(key.lstrip("\0"))
            flat.append(rows)
            offsets.append(total)
            total += len(rows)
            self.shapes[n, shapes] = 1
            if key[0] != "\0":
                self.facts[n, bits] = 1
        self.rows = np.concatenate(flat)
        self.offsets = np.array(offsets)
        self.sizes = np.diff(np.array([*offsets, total])).astype(np.float32)


def found_plain(found: Example, i: int) -> bool:
    return i < 0 or bool(found.may[i] & 1)


class Network(nn.Module):
    """Hashed pieces, then dilated convolutions (`cnn`) or a recurrent layer both ways (`gru`)."""

    def __init__(
        self, facts: int, design: str = "cnn", width: int = WIDTH, hidden: int = HIDDEN
    ) -> None:
        super().__init__()
        self.design = design
        self.table = nn.EmbeddingBag(BUCKETS, width, mode="sum")
        nn.init.normal_(self.table.weight, std=0.1)
        self.shapes = nn.Parameter(torch.randn(SHAPES, width) * 0.1)
        self.lists = nn.Parameter(torch.randn(facts, width) * 0.1)
        self.before = nn.Parameter(torch.zeros(1, width))
        self.turn = nn.Parameter(torch.randn(1, width) * 0.1)
        if design == "gru":
            self.gru = nn.GRU(width, hidden // 2 + 16, batch_first=True, bidirectional=True)
            self.out = nn.Linear(hidden + 32, len(LABELS))
        else:
            sizes = [width] + [hidden] * len(DILATIONS)
            self.layers = nn.ModuleList(
                nn.Conv1d(a, b, 3, padding=d, dilation=d)
                for a, b, d in zip(sizes, sizes[1:], DILATIONS, strict=False)
            )
            self.out = nn.Linear(hidden, len(LABELS))
        self.drop = nn.Dropout(0.3)

    def forward(self, batch: Batch) -> torch.Tensor:
        bags = self.table(torch.from_numpy(batch.rows), torch.from_numpy(batch.offsets))
        words = bags / torch.from_numpy(batch.sizes).sqrt()[:, None]
        words = words + torch.from_numpy(batch.shapes) @ self.shapes
        words = words + torch.from_numpy(batch.facts) @ self.lists
        kind = torch.from_numpy(batch.kind)
        x = words[torch.from_numpy(batch.at)]
        x = torch.where((kind == 2)[..., None], self.turn, x + (kind == 1)[..., None] * self.before)
        there = (kind > 0)[..., None].float()
        x = self.drop(x) * there
        if self.design == "gru":
            return self.out(self.drop(self.gru(x)[0]))
        x = x.transpose(1, 2)
        there = there.transpose(1, 2)
        for n, layer in enumerate(self.layers):
            y = torch.relu(layer(x)) * there
            x = y if n == 0 else x + self.drop(y)
        return self.out(self.drop(x.transpose(1, 2)))


class Linear(nn.Module):
    """A linear model of hashed features of a word and of its neighbours: no hidden layer."""

    SIZE = 1 << 20

    def __init__(self, facts: int) -> None:
        super().__init__()
        self.facts = facts
        self.weights = nn.EmbeddingBag(self.SIZE, len(LABELS), mode="sum")
        nn.init.zeros_(self.weights.weight)
        self.bias = nn.Parameter(torch.zeros(len(LABELS)))

    def forward(self, batch: Batch) -> torch.Tensor:
        ends = [*batch.offsets[1:].tolist(), len(batch.rows)]
        own = []
        for n, (start, end) in enumerate(zip(batch.offsets.tolist(), ends, strict=True)):
            extra = [BUCKETS + int(i) for i in np.flatnonzero(batch.shapes[n])]
            extra += [BUCKETS + 50 + int(i) for i in np.flatnonzero(batch.facts[n])]
            own.append(np.concatenate([batch.rows[start:end], np.array(extra, np.int64)]))
        flat, offsets, total = [], [], 0
        prime = np.int64(2654435761)
        for line, kinds in zip(batch.at, batch.kind, strict=True):
            for i in range(len(line)):
                offsets.append(total)
                for gap in (-3, -2, -1, 0, 1, 2, 3):
                    j = i + gap
                    if not 0 <= j < len(line) or kinds[j] == 0 or kinds[i] != 3:
                        continue
                    seen = own[line[j]] if kinds[j] != 2 else np.array([BUCKETS + 99])
                    seen = seen if abs(gap) < 2 else np.concatenate([seen[:1], seen[-4:]])
                    rows = (seen * 7 + gap + 3 + (kinds[j] == 1) * 1000003) * prime % self.SIZE
                    flat.append(rows)
                    total += len(rows)
        rows = torch.from_numpy(np.concatenate(flat))
        found = self.weights(rows, torch.tensor(offsets)) + self.bias
        return found.view(*batch.at.shape, len(LABELS))


def batches(
    examples: Sequence[Example], words: int, dice: random.Random
) -> Iterator[list[Example]]:
    """Yield examples of about one length together, in random order."""
    order = sorted(
        examples, key=lambda e: len(e.words) + min(len(e.before), MOST_BEFORE) + dice.random()
    )
    groups: list[list[Example]] = [[]]
    longest = 0
    for found in order:
        longest = len(found.words) + min(len(found.before), MOST_BEFORE) + 1
        if groups[-1] and longest * (len(groups[-1]) + 1) > words:
            groups.append([])
        groups[-1].append(found)
    dice.shuffle(groups)
    yield from groups


def loss(scores: torch.Tensor, may: torch.Tensor) -> torch.Tensor:
    """Return the mean of -log p(what a word may be) over the words of the turns."""
    allowed = (may[..., None] >> torch.arange(len(LABELS))) & 1 > 0
    asked = may > 0
    logs = torch.log_softmax(scores, -1).masked_fill(~allowed, -1e4)
    each = -torch.logsumexp(logs[asked], -1)
    return each.mean()


def chances(network: Any, examples: Sequence[Example], features: Features) -> list[np.ndarray]:
    """Return the chances of every word of every example."""
    network.eval()
    found: list[np.ndarray] = [np.zeros(0)] * len(examples)
    order = sorted(range(len(examples)), key=lambda i: len(examples[i].words))
    with torch.no_grad():
        for start in range(0, len(order), 64):
            some = order[start : start + 64]
            batch = Batch([examples[i] for i in some], features, None)
            p = torch.softmax(network(batch), -1).numpy()
            for row, i in enumerate(some):
                found[i] = p[row][batch.kind[row] == 3]
    network.train()
    return found


def salt(text: str) -> int:
    return crc32(text.encode())
