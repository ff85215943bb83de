"""Measure structured identifiers as they are said: in text, and in what the recogniser heard.

    python benchmarks/eval_spoken.py text [--seed N] [--count N] [--show N] [--json]
    python benchmarks/eval_spoken.py an4 --cache DIR [--every N]
    python benchmarks/eval_spoken.py calls --cache DIR [--seed N] [--count N]

`text` draws talk from a seed: every kind in every spoken form. `an4` and `calls` hear sound the way
the pipeline does (once: what was heard is kept in `--cache` by the digest of the sound) and then
look for what is left of the true values. A fresh seed gives talk that nobody tuned to.
"""

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from corpora import DATA
from sottovoce.detection.detect import TextDetector, detect
from sottovoce.values.speech import Segment, Word
from spoken_calls import Case, cases
from tallies import QUIET, Found, covers, share

NOT_KNOWN_BARE = frozenset(
    {"cvv", "pin", "zip", "code", "mrn", "account", "dob", "expiry", "plate"}
)
"""Values that nothing but their cue or question tells apart from any other number or date."""


@dataclass
class Recall:
    """Whole values that were found, by whatever they are sorted by."""

    asked: Counter[str] = field(default_factory=Counter)
    whole: Counter[str] = field(default_factory=Counter)
    named: Counter[str] = field(default_factory=Counter)
    missed: list[Case] = field(default_factory=list)

    def add(self, case: Case, found: Sequence[Sequence[Found]]) -> None:
        """Count a case; there are findings for each of its turns."""
        is_whole, is_named = found_whole(case, found), found_whole(case, _named(case, found))
        for key in _keys(case):
            self.asked[key] += 1
            self.whole[key] += is_whole
            self.named[key] += is_whole and is_named
        if not is_whole:
            self.missed.append(case)

    def told(self) -> Iterator[str]:
        for key, n in sorted(self.asked.items()):
            whole, named = share(self.whole[key], n), share(self.named[key], n)
            yield f"  {key:44} whole {whole:>6} of {n:<5} named so {named:>6}"

    def as_json(self) -> dict[str, object]:
        return {
            key: {"asked": n, "whole": self.whole[key], "named": self.named[key]}
            for key, n in sorted(self.asked.items())
        }


def found_whole(case: Case, found: Sequence[Sequence[Found]]) -> bool:
    """Tell whether every letter and figure of the value is covered, in every turn."""
    return all(
        covers(turn.text, start, end, [f for f in here if f.kind not in QUIET])
        for turn, here in zip(case.turns, found, strict=True)
        for start, end in turn.spans
    )


def _named(case: Case, found: Sequence[Sequence[Found]]) -> list[list[Found]]:
    return [[f for f in here if f.kind in case.value.kinds] for here in found]


def _keys(case: Case) -> Iterator[str]:
    yield f"all, {case.mode}"
    if case.mode != "bare":
        yield "all, asked or announced"
        yield f"kind: {case.value.name}"
        yield f"form: {case.way}"
        yield f"layout: {case.layout}"
    elif case.value.name not in NOT_KNOWN_BARE:
        yield "all, bare, where the shape tells"


def main() -> int:
    options = _options()
    if options.what == "text":
        return _text(options)
    import heard  # the speech models are loaded for sound only

    return heard.an4(options) if options.what == "an4" else heard.calls(options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("what", choices=("text", "an4", "calls"), help="what to measure")
    parser.add_argument("--seed", type=int, default=20, help="other talk with another seed")
    parser.add_argument("--count", type=int, default=0, help="how many cases or calls")
    parser.add_argument("--every", type=int, default=1, help="only every so many-th clip")
    parser.add_argument("--cache", type=Path, help="folder that keeps what was heard")
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of the data")
    parser.add_argument("--show", type=int, default=0, help="print up to N values that were missed")
    parser.add_argument("--json", action="store_true", help="print counts as one JSON object")
    return parser.parse_args()


def _text(options: argparse.Namespace) -> int:
    results = {}
    for name, detected in (("lines of text", by_lines), ("timed words", by_words)):
        recall = Recall()
        for case in cases(options.seed, options.count or 5000):
            recall.add(case, detected(case))
        out = sys.stderr if options.json else sys.stdout
        print(f"structured identifiers as said, {name}, seed {options.seed}", file=out)
        print("\n".join(recall.told()), file=out, flush=True)
        for case in [c for c in recall.missed if c.mode != "bare"][: options.show]:
            said = " / ".join(turn.text for turn in case.turns[3:])
            print(f"    missed {case.value.name}, {case.way}, {case.mode}, {case.layout}: {said}")
        results[name] = recall.as_json()
    if options.json:
        print(json.dumps(results))
    return 0


def by_lines(case: Case) -> list[list[Found]]:
    """Return what `sottovoce detect` finds where each turn is a line."""
    detector = TextDetector()
    return [
        [Found(f.kind, f.start, f.end) for f in detector.detect(turn.text)] for turn in case.turns
    ]


def by_words(case: Case) -> list[list[Found]]:
    """Return what the pipeline finds where each turn is a segment of its speaker's channel."""
    segments, places, at_s = [], {}, 0.0
    for number, turn in enumerate(case.turns):
        words = []
        for match in re.finditer(r"\S+", turn.text):
            words.append(Word(at_s, at_s + 0.4, match[0], 0.9, turn.speaker))
            places[at_s] = (number, *match.span())
            at_s += 0.5
        segments.append(Segment(words[0].start_s, words[-1].end_s, turn.speaker, tuple(words)))
    found: list[list[Found]] = [[] for _ in case.turns]
    for finding in detect(segments):
        for word in finding.words:
            number, start, end = places[word.start_s]
            found[number].append(Found(finding.kind, start, end))
    return found


if __name__ == "__main__":
    sys.exit(main())
