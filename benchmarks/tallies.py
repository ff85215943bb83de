"""Recall, precision and false alarms, defined once for us and for our peers.

Rules:
1. A gold stretch is covered where every letter and figure of it lies in some finding.
2. A finding of a group is right where it touches gold of that group.
3. A false alarm is a finding that touches no gold at all; quiet kinds are counted apart.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from corpora import KINDS, QUIET_GROUPS, Gold, Sample

QUIET = frozenset({"per.place", "per.date", "biz.organisation", "quiet"})
SHARED = frozenset({"postcodes", "ages"})
"""Groups whose kinds are those of another group too, so that precision says nothing of them."""


@dataclass(frozen=True, slots=True)
class Found:
    """A finding of any tool: our kind (or the one nearest to it) and its characters."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Miss:
    """A case to look at: what happened, and where."""

    what: str
    row: int
    turn: int
    start: int
    end: int


@dataclass
class Tally:
    """Counts over the samples of a set in one style."""

    quiet_covers: bool = False
    words: int = 0
    asked: Counter[str] = field(default_factory=Counter)
    covered: Counter[str] = field(default_factory=Counter)
    named: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    alarms: Counter[str] = field(default_factory=Counter)
    misses: list[Miss] = field(default_factory=list)

    def add(self, sample: Sample, found: Sequence[Sequence[Found]]) -> None:
        """Count one sample; there are findings for each of its turns."""
        self.words += sample.words
        for at, (turn, here) in enumerate(zip(sample.turns, found, strict=True)):
            loud = [f for f in here if f.kind not in QUIET]
            for gold in turn.gold:
                if gold.asked:
                    every = here if self.quiet_covers or gold.group in QUIET_GROUPS else loud
                    self._recall(turn.text, gold, every, sample.row, at)
            for finding in here:
                self._judge(finding, turn.gold, sample.row, at)

    def _recall(self, text: str, gold: Gold, found: list[Found], row: int, at: int) -> None:
        keys = (gold.group, f"{gold.group}/{gold.label}")
        if gold.label == "both as one":
            keys = keys[1:]
        is_covered = covers(text, gold.start, gold.end, found)
        named = [f for f in found if f.kind in KINDS[gold.group]]
        for key in keys:
            self.asked[key] += 1
            self.covered[key] += is_covered
            self.named[key] += is_covered and covers(text, gold.start, gold.end, named)
        if not is_covered:
            self.misses.append(Miss(f"missed {gold.group}", row, at, gold.start, gold.end))

    def _judge(self, finding: Found, gold: Iterable[Gold], row: int, at: int) -> None:
        touched = {g.group for g in gold if g.start < finding.end and finding.start < g.end}
        for group, kinds in KINDS.items():
            if finding.kind in kinds:
                self.findings[group] += 1
                self.right[group] += group in touched
                if group == "names" and group not in touched:
                    place = (row, at, finding.start, finding.end)
                    self.misses.append(Miss("unlabelled names", *place))
        if not touched:
            self.alarms[finding.kind] += 1
            place = (row, at, finding.start, finding.end)
            self.misses.append(Miss(f"alarm {finding.kind}", *place))

    def as_json(self) -> dict[str, object]:
        """Return the counts, without a word of what was said."""
        return {
            "words": self.words,
            "groups": {
                key: {
                    "asked": n,
                    "covered": self.covered[key],
                    "named": self.named[key],
                    "findings": self.findings[key],
                    "right": self.right[key],
                }
                for key, n in sorted(self.asked.items())
            },
            "alarms": dict(self.alarms),
        }


def covers(text: str, start: int, end: int, found: Iterable[Found]) -> bool:
    """Tell whether every letter and figure of a stretch lies in findings."""
    left = {i for i in range(start, end) if text[i].isalnum()}
    for f in found:
        left.difference_update(range(f.start, f.end))
    return not left


def share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "-"


def told(tally: Tally, complete: Collection[str]) -> Iterable[str]:
    """Yield a line for each group: recall, recall under the right kind, precision."""
    for key, asked in sorted(tally.asked.items()):
        group, _, label = key.partition("/")
        if label and asked == tally.asked[group]:
            continue
        line = f"  {key:24} recall {share(tally.covered[key], asked):>6} of {asked:<5}"
        line += f" named so {share(tally.named[key], asked):>6}"
        if key == group and group not in SHARED:
            line += f"  precision {share(tally.right[key], tally.findings[key]):>6}"
            line += f" of {tally.findings[key]}"
            line += "" if group in complete else " (a floor: labels are not complete)"
        yield line


def told_alarms(alarms: Counter[str], words: int) -> Iterable[str]:
    """Yield false alarms per 1,000 words by kind; quiet kinds in a line of their own."""
    for name, quiet in (("false alarms", False), ("quiet kinds", True)):
        some = Counter({k: n for k, n in alarms.items() if (k in QUIET) is quiet})
        each = ", ".join(f"{kind} {1000 * n / words:.2f}" for kind, n in some.most_common())
        total = 1000 * sum(some.values()) / max(1, words)
        if some or not quiet:
            yield f"  {name} per 1,000 words: {total:.2f} of {words} words ({each or 'none'})"
