"""Detection on the text of generated calls: what is found of the truth, and what beside it.

The words are those of the scripts (`tools/make_calls.py`), without a recogniser's mistakes, so that
what detection does is told apart from what hearing does. Quiet kinds and spoken sums, which the
default profile keeps, are counted apart.
Run: ``python benchmarks/eval_calls.py [--seed N] [--count N] [--show N]``.
"""

import argparse
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from sottovoce.detection.detect import detect
from sottovoce.redaction.profile import load_profile
from sottovoce.values.finding import Action
from sottovoce.values.speech import Segment, Word

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))

from calls.script import Script
from calls.voices import VOICE_NAMES
from calls.writer import Choice, write_script

WORD_S, STEP_S, PAUSE_S = 0.3, 0.35, 0.4


@dataclass
class Tally:
    """Counts of words and of sensitive stretches."""

    truth: int = 0
    covered: int = 0
    stretches: Counter[str] = field(default_factory=Counter)
    whole: Counter[str] = field(default_factory=Counter)
    other: int = 0
    beside: Counter[str] = field(default_factory=Counter)
    kept: int = 0


def said(script: Script, *, plain: bool) -> tuple[list[Segment], list[tuple[int, str | None]]]:
    """Time a script's words; return segments, and for each turn's words which mark they carry."""
    segments: list[Segment] = []
    marks: list[tuple[int, str | None]] = []
    at = 0.0
    for turn in script.turns:
        of_word = {
            i: (n, mark.kind)
            for n, mark in enumerate(turn.marks)
            for i in range(mark.first, mark.last + 1)
        }
        words = []
        for i, text in enumerate(turn.words):
            shown = text.lower().strip(".,?!;:") if plain else text
            words.append(Word(at, at + WORD_S, shown, 0.9, turn.channel))
            marks.append(of_word.get(i, (-1, None)))
            at += STEP_S
        at += PAUSE_S
        segments.append(Segment(words[0].start_s, words[-1].end_s, turn.channel, tuple(words)))
    return segments, marks


def count(script: Script, tally: Tally, *, plain: bool, show: int) -> None:
    """Add one call."""
    profile = load_profile("gdpr-default")
    segments, marks = said(script, plain=plain)
    words = [word for segment in segments for word in segment.words]
    kind_of = {id(word): f.kind for f in detect(segments) for word in f.words}
    hidden = {k: n for k, n in kind_of.items() if profile.action(n) is not Action.KEEP}
    last: tuple[int, str | None] | None = None
    for word, mark in zip(words, marks, strict=True):
        if mark[1] is None:
            tally.other += 1
            tally.kept += id(word) in kind_of and id(word) not in hidden
            if id(word) in hidden:
                tally.beside[hidden[id(word)]] += 1
                if sum(tally.beside.values()) <= show:
                    print("   beside", hidden[id(word)], "|", word.text)
        else:
            tally.truth += 1
            tally.covered += id(word) in hidden
            if mark != last:
                tally.stretches[mark[1]] += 1
                tally.whole[mark[1]] += 1
                intact = True
            if id(word) not in hidden and intact:
                tally.whole[mark[1]] -= 1
                intact = False
        last = mark


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=9001)
    parser.add_argument("--count", type=int, default=60, help="how many calls")
    parser.add_argument("--show", type=int, default=0, help="print up to N words found beside")
    options = parser.parse_args()
    for plain in (False, True):
        tally = Tally()
        for number in range(options.count):
            script = write_script(options.seed, number, Choice(VOICE_NAMES, None, None))
            count(script, tally, plain=plain, show=options.show)
        stretches, whole = sum(tally.stretches.values()), sum(tally.whole.values())
        beside = sum(tally.beside.values())
        print(
            f"{'small letters' if plain else 'as written':13} seed {options.seed}: "
            f"words {tally.covered / tally.truth:.1%} of {tally.truth}, "
            f"stretches whole {whole / stretches:.1%} of {stretches}, "
            f"other words hidden {beside / tally.other:.2%} of {tally.other} {dict(tally.beside)}, "
            f"found but kept by gdpr-default {tally.kept / tally.other:.2%}"
        )
        short = {k: f"{tally.whole[k]} of {n}" for k, n in tally.stretches.items()}
        print("  not all whole:", {k: v for k, v in short.items() if v.split()[0] != v.split()[-1]})
    return 0


if __name__ == "__main__":
    sys.exit(main())
