"""Measures the tagger: recall of labelled spans and precision of what was found, by label.

A span is covered when all its words are marked, as whatever; it is right when all have its label.
What was found is right when it touches a span that may have that label.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from sottovoce.detection.tagger import LABELS, marks
from tagger.examples import NUMBERS, PLAIN, Example

Least = float | np.ndarray
Chances = Callable[[Sequence[Example]], Sequence[np.ndarray]]


@dataclass
class Score:
    """Counts of one set under one way of writing."""

    spans: Counter[str] = field(default_factory=Counter)
    covered: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    true: Counter[str] = field(default_factory=Counter)
    words: int = 0

    def __iadd__(self, other: "Score") -> "Score":
        for part in ("spans", "covered", "right", "found", "true"):
            getattr(self, part).update(getattr(other, part))
        self.words += other.words
        return self

    def table(self) -> dict[str, dict[str, float]]:
        rows: dict[str, dict[str, float]] = {}
        for label in sorted(set(self.spans) | set(self.found)):
            spans, found = self.spans[label], self.found[label]
            rows[label] = {
                "spans": spans,
                "recall": round(self.covered[label] / spans, 3) if spans else -1,
                "recall_label": round(self.right[label] / spans, 3) if spans else -1,
                "precision": round(self.true[label] / found, 3) if found else -1,
                "alarms_per_1000": round(1000 * (found - self.true[label]) / max(1, self.words), 2),
            }
        return rows


def decoded(p: np.ndarray, least: Least) -> list[tuple[int, int, int]]:
    """Return runs of words of one label as the tagger does: label, start, stop."""
    labels = marks(np.asarray(p, np.float32), least) if len(p) else np.zeros(0, np.int64)
    found, start = [], 0
    for i in range(1, len(labels) + 1):
        if i == len(labels) or labels[i] != labels[start]:
            if labels[start]:
                found.append((int(labels[start]), start, i))
            start = i
    return found


def scored(examples: Sequence[Example], chances: Sequence[np.ndarray], least: Least) -> Score:
    score = Score()
    for example, p in zip(examples, chances, strict=True):
        marked = [0] * len(example.words)
        for label, start, stop in decoded(p, least):
            marked[start:stop] = [label] * (stop - start)
            said = _verdict(example.may[start:stop], label)
            if said is not None:
                score.found[LABELS[label]] += 1
                score.true[LABELS[label]] += said
        for name, start, stop in example.gold:
            mask = next((m for m in example.may[start:stop] if m & (m - 1) == 0), PLAIN)
            if mask == PLAIN:
                continue
            label = mask.bit_length() - 1
            keys = (LABELS[label], f"{LABELS[label]}:{name}") if name else (LABELS[label],)
            for key in keys:
                score.spans[key] += 1
                score.covered[key] += all(marked[start:stop])
                score.right[key] += all(m == label for m in marked[start:stop])
        score.words += len(example.words)
    return score


ALIKE = {
    NUMBERS["place"]: 1 << NUMBERS["place"] | 1 << NUMBERS["address"],
    NUMBERS["address"]: 1 << NUMBERS["place"] | 1 << NUMBERS["address"],
}


def _verdict(may: Sequence[int], label: int) -> bool | None:
    """Tell whether what was found is right, or that the set does not say."""
    sure = [m for m in may if not m & PLAIN]
    if any(m & ALIKE.get(label, 1 << label) for m in sure):
        return True
    if not sure and any(m != PLAIN for m in may):
        return None
    return False


def lowered(examples: Sequence[Example]) -> list[Example]:
    return [
        replace(
            e, words=tuple(w.lower() for w in e.words), before=tuple(w.lower() for w in e.before)
        )
        for e in examples
    ]


def measured(
    sets: Mapping[str, Sequence[Example]], chances: Chances, least: Least = 0.5
) -> dict[str, Score]:
    """Return a score for each set as written and in small letters."""
    found = {}
    for name, examples in sets.items():
        found[f"{name} as written"] = scored(examples, chances(examples), least)
        low = lowered(examples)
        found[f"{name} lower"] = scored(low, chances(low), least)
    return found


def folds(examples: Sequence[Example], count: int) -> list[list[Example]]:
    """Split examples by document, dialogue or template."""
    groups: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        groups[example.group].append(example)
    order = sorted(groups)
    random.Random(5).shuffle(order)  # noqa: S311 - to repeat, not to hide
    return [[e for g in order[n::count] for e in groups[g]] for n in range(count)]


def shown(scores: dict[str, Score]) -> str:
    lines = []
    for name, score in scores.items():
        for label, row in score.table().items():
            if row["spans"] or (label in NUMBERS and row["alarms_per_1000"] >= 0.0):
                lines.append(
                    f"{name:32} {label:24} n={row['spans']:<5} recall {row['recall']:.1%} "
                    f"(label {row['recall_label']:.1%}) precision {row['precision']:.1%} "
                    f"alarms/1000 {row['alarms_per_1000']:.2f}"
                )
    return "\n".join(lines)
