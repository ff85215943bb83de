"""Measure what detection costs on one core: words a second, memory, start, very long lines.

Speeds are CPU time of this process, best of several rounds that take turns, beside two plain passes
of `re` over the same text in the same run, so that machines can be compared by the ratios:
`split` only finds the words; `patterns` is the list that everybody writes (`peers.py`).

    python benchmarks/bench_detection.py [--rounds N] [--long MB]
"""

import argparse
import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import peers
from corpora import DATA, corpus
from sottovoce.detection.detect import TextDetector
from sottovoce.detection.knowledge import Knowledge, rules_only, shipped
from spoken_calls import cases

_WORD = re.compile(r"\w+")
_START = "from sottovoce.detection.detect import TextDetector; "
_START += "TextDetector().detect('thanks for calling how can i help')"
_MEMORY = """
import re, numpy
from pathlib import Path
def peak(): return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
base = peak()
{work}
print((peak() - base) // 1024)
"""
LONG = {
    "ordinary talk": "so we talked about the weather and the garden and had a cup of tea then ",
    "numbers said": "one two three four five six seven eight nine oh double five twenty two ",
    "figures": "4111 1111 1111 1112 ",
    "without a space": "x",
}


def main() -> int:
    options = _options()
    for name, texts in _texts(options).items():
        _speeds(name, texts, options.rounds)
    _start()
    _memory()
    for name, unit in LONG.items():
        _long(name, unit, options.long)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of the data")
    parser.add_argument("--rounds", type=int, default=3, help="rounds; the best one counts")
    parser.add_argument("--words", type=int, default=40_000, help="words of each kind of text")
    parser.add_argument("--long", type=float, default=10.0, help="megabytes of the longest line")
    return parser.parse_args()


def _texts(options: argparse.Namespace) -> dict[str, list[str]]:
    """Return talk of several kinds: drawn, and of the data where that is there."""
    drawn = [turn.text for case in cases(1, 2000) for turn in case.turns]
    texts = {"drawn talk, every third turn a number": _some(drawn, options.words)}
    if not (options.data / "text").is_dir():
        print("the evaluation data is not there: drawn talk only", file=sys.stderr)
        return texts
    for name in ("earnings21", "aci_bench", "slurp_devel", "restaurants8k_test"):
        turns = [t.text for s in corpus(name).samples(options.data) for t in s.turns]
        texts[name] = _some(turns, options.words)
        texts[f"{name}, lower"] = [re.sub(r"[.,;:!?]", "", text.lower()) for text in texts[name]]
    return texts


def _some(texts: Sequence[str], words: int) -> list[str]:
    chosen, count = [], 0
    for text in random.Random(3).sample(list(texts), len(texts)):
        chosen.append(text)
        count += len(text.split())
        if count >= words:
            break
    return chosen


def _speeds(name: str, texts: Sequence[str], rounds: int) -> None:
    words = sum(len(text.split()) for text in texts)
    ways: dict[str, Callable[[], object]] = {
        "split": lambda: [_WORD.findall(text) for text in texts],
        "patterns": lambda: peers.patterns([texts]),
        "rules": lambda: _detect(texts, rules_only()),
        "rules and tagger": lambda: _detect(texts, shipped()),
    }
    best = dict.fromkeys(ways, float("inf"))
    for _ in range(rounds):
        for way, run in ways.items():
            start = time.process_time()
            run()
            best[way] = min(best[way], time.process_time() - start)
    speeds = {way: words / seconds for way, seconds in best.items()}
    each = ", ".join(
        f"{way} {speed:,.0f} words/s (1/{speeds['split'] / speed:,.0f} of split)"
        for way, speed in speeds.items()
    )
    print(f"{name}, {words} words: {each}", flush=True)


def _detect(texts: Sequence[str], knowledge: Knowledge) -> None:
    detector = TextDetector(knowledge)
    for text in texts:
        detector.detect("")
        detector.detect(text)


def _start() -> None:
    """Tell the seconds of a fresh Python until the first answer, and of one that does nothing."""
    for name, code in (("python alone", "pass"), ("first answer", _START)):
        wall, cpu = (min(times) for times in zip(*(_child(code) for _ in range(3)), strict=True))
        print(f"start, {name}: {wall:.2f} s, {cpu:.2f} s of CPU, best of three", flush=True)


def _child(code: str) -> tuple[float, float]:
    before, start = os.times(), time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    wall, after = time.perf_counter() - start, os.times()
    user = after.children_user - before.children_user
    return wall, user + after.children_system - before.children_system


def _memory() -> None:
    """Tell MiB over a Python with numpy: after the first answer, and after a megabyte of talk."""
    talk = f"[d.detect({LONG['ordinary talk']!r} * 1400) for _ in range(10)]"
    code = {
        "first answer": _START,
        "a megabyte": f"{_START}; d = TextDetector(); {talk}",
        "a megabyte on one line": f"{_START}; TextDetector().detect('oh one two ' * 90_000)",
    }
    used = {}
    for name, work in code.items():
        command = [sys.executable, "-c", _MEMORY.format(work=work)]
        told = subprocess.run(command, check=True, capture_output=True, text=True)
        used[name] = int(told.stdout)
    spent = ", ".join(f"{name} {mib} MiB" for name, mib in used.items())
    print(f"memory over Python with numpy: {spent}", flush=True)


def _long(name: str, unit: str, megabytes: float) -> None:
    """Tell the CPU seconds of one line, and of one with a tenth of it; ten is linear."""
    times = {}
    for part in (0.1, 1.0):
        text = (unit * (int(megabytes * part * 1e6) // len(unit) + 1)).strip()
        start = time.process_time()
        TextDetector(rules_only()).detect(text)
        times[f"{megabytes * part:g} MB"] = time.process_time() - start
    small, large = times.values()
    spent = ", ".join(f"{size} {seconds:.1f} s" for size, seconds in times.items())
    print(f"one line of {name}: {spent}, {large / small:.1f} times", flush=True)


if __name__ == "__main__":
    sys.exit(main())
