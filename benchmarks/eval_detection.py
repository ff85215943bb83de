"""Measure detection on text: recall and precision by group, false alarms by kind.

Each labelled set is read as it is, in lower case without punctuation, and in capitals. Words that
follow one another are turns of one conversation. Nothing of the data is printed without `--show`.

    python benchmarks/eval_detection.py [--only NAME] [--quick] [--json] [--show N] [--data DIR]
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import identified
import judged
from corpora import CORPORA, DATA, STYLES, Corpus, Sample, read_rows, some, styled
from sottovoce.detection.detect import TextDetector
from tallies import Found, Tally, told, told_alarms

PLAIN = ("librispeech", "ljspeech", "asterisk_prompts_8k")


def main() -> int:
    options = _options()
    if not (options.data / "text").is_dir():
        print(
            f"error: the evaluation data is not at {options.data}; give its place with --data",
            file=sys.stderr,
        )
        return 2
    results: dict[str, object] = {}
    for corpus in CORPORA:
        for style in STYLES:
            name = f"{corpus.name}, {style}"
            if options.only in name:
                results[name] = _labelled(name, corpus, style, options)
    for subset in PLAIN:
        if options.only in subset:
            results[subset] = _plain(subset, options)
    for name, measure in (("evi_en", _evi), ("an4_text", _an4)):
        if options.only in name:
            results[name] = measure(options)
    if options.json:
        print(json.dumps(results))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of the data")
    parser.add_argument("--only", default="", help="only sets and styles whose name has this")
    parser.add_argument("--quick", action="store_true", help="a random few samples of each set")
    parser.add_argument("--json", action="store_true", help="print counts as one JSON object")
    parser.add_argument("--show", type=int, default=0, help="print up to N cases of each failure")
    parser.add_argument("--judge", type=int, default=0, help="print N names that have no label")
    return parser.parse_args()


def _labelled(
    name: str, corpus: Corpus, style: str, options: argparse.Namespace
) -> dict[str, object]:
    samples = [styled(s, style) for s in some(corpus.samples(options.data), quick=options.quick)]
    tally = Tally()
    for sample in samples:
        tally.add(sample, detected(sample))
    lines = [
        name + corpus.note,
        *told(tally, corpus.complete),
        *told_alarms(tally.alarms, tally.words),
    ]
    if style == "as it is" and (line := judged.told(corpus.name, tally)):
        lines.append(line)
    _print(lines, options)
    by_row = {sample.row: sample for sample in samples}
    _show(tally, by_row, options.show)
    for miss in judged.drawn(tally.misses, options.judge if style == "as it is" else 0):
        text = by_row[miss.row].turns[miss.turn].text
        print(f"    judge {judged.key(miss)} {_marked(text, miss.start, miss.end)}")
    return tally.as_json()


def detected(sample: Sample) -> list[list[Found]]:
    """Return our findings of each turn, those of quiet kinds too."""
    detector = TextDetector(quiet=True)
    return [
        [Found(f.kind, f.start, f.end) for f in detector.detect(turn.text)] for turn in sample.turns
    ]


def _plain(subset: str, options: argparse.Namespace) -> dict[str, object]:
    """Count every finding in read speech and prompts, names included, as a false alarm."""
    manifest = read_rows(options.data / "speech" / "manifest.jsonl")
    texts = [str(r["text"]).lower() for r in manifest if r["subset"] == subset and r["text"]]
    alarms: Counter[str] = Counter()
    for text in texts:
        for f in TextDetector(quiet=True).detect(text):
            alarms[f.kind] += 1
            if alarms[f.kind] <= options.show:
                print(f"    alarm {f.kind} {_marked(text, f.start, f.end)}")
    words = sum(len(text.split()) for text in texts)
    _print([subset, *told_alarms(alarms, words)], options)
    return {"words": words, "alarms": dict(alarms)}


def _evi(options: argparse.Namespace) -> dict[str, object]:
    return _values(identified.evi(options.data / "text", every=40 if options.quick else 1), options)


def _an4(options: argparse.Namespace) -> dict[str, object]:
    return _values(identified.an4(options.data / "text"), options)


def _values(
    results: dict[str, identified.Values], options: argparse.Namespace
) -> dict[str, object]:
    for how, values in results.items():
        _print([how, *values.told()], options)
        for case in values.cases[: options.show * 4]:
            print(f"    {case}")
    return {how: values.as_json() for how, values in results.items()}


def _print(lines: Iterable[str], options: argparse.Namespace) -> None:
    print("\n".join(lines), flush=True, file=sys.stderr if options.json else sys.stdout)


def _show(tally: Tally, samples: dict[int, Sample], count: int) -> None:
    for line in _shown(tally, samples, count):
        print(line)


def _shown(tally: Tally, samples: dict[int, Sample], count: int) -> Iterator[str]:
    seen: Counter[str] = Counter()
    for miss in tally.misses:
        seen[miss.what] += 1
        if seen[miss.what] <= count:
            text = samples[miss.row].turns[miss.turn].text
            yield f"    {miss.what} {_marked(text, miss.start, miss.end)}"


def _marked(text: str, start: int, end: int) -> str:
    return f"{text[max(0, start - 60) : start]}<{text[start:end]}>{text[end : end + 40]}"


if __name__ == "__main__":
    sys.exit(main())
