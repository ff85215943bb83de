"""Measure passages on text: false alarms by kind, recall on consultations, words a second.

Reads the evaluation data beside the repository; prints none of it unless ``--show`` is given.
Run: ``python benchmarks/eval_passages.py [--show N] [--kind KIND] [--set NAME]``.
"""

import argparse
import re
import time
from collections import Counter
from collections.abc import Iterator

from evaluation import DATA, expect_data, rows
from sottovoce.detection.passages import PassageReader

MARK = re.compile(r"^\s*(?:\[\w+\]|Customer:|Agent:)\s*")
Conversation = tuple[str, ...]


def alone(name: str) -> Iterator[Conversation]:
    """Yield each row as a conversation of one turn."""
    for row in rows(f"text/{name}.jsonl"):
        yield (str(row["text"]),)


def dialogues(name: str) -> Iterator[Conversation]:
    """Yield each row as a conversation of its lines, without the names of the roles."""
    for row in rows(f"text/{name}.jsonl"):
        yield tuple(MARK.sub("", line) for line in str(row["text"]).split("\n"))


def earnings(part: int) -> Iterator[Conversation]:
    """Yield earnings calls, one conversation each; part 0 was looked at while tuning, 1 was not."""
    calls: dict[str, list[str]] = {}
    for row in rows("text/earnings21.jsonl"):
        calls.setdefault(str(row["doc"]), []).append(str(row["text"]))
    for turns in [calls[name] for name in sorted(calls)][part::2]:
        yield tuple(turns)


def speech(subset: str) -> Iterator[Conversation]:
    """Yield the reference text of each clip of a subset of the speech data."""
    for row in rows("speech/manifest.jsonl"):
        if row["subset"] == subset and row["text"]:
            yield (str(row["text"]).lower(),)


def sets() -> Iterator[tuple[str, list[Conversation]]]:
    for name in ("restaurants8k_test", "slurp_devel"):
        yield name, list(alone(name))
    for subset in ("librispeech", "ljspeech", "asterisk_prompts_8k"):
        yield subset, list(speech(subset))
    yield "sgd_pii", list(dialogues("sgd_pii"))
    yield "earnings21, looked at", list(earnings(0))
    yield "earnings21, unseen", list(earnings(1))
    consultations = list(dialogues("aci_bench"))
    yield "aci_bench, looked at", consultations[::2]
    yield "aci_bench, unseen", consultations[1::2]


def read(conversation: Conversation, show: Counter[str], kind: str, most: int) -> Counter[str]:
    """Count passages by kind, a passage that goes on once; print up to ``most`` of each kind."""
    reader, found = PassageReader(), Counter[str]()
    for turn in conversation:
        for passage in reader.read(turn):
            found[passage.kind] += not passage.goes_on
            wanted = passage.kind.startswith(kind) and not passage.goes_on
            if wanted and show[passage.kind] < most:
                show[passage.kind] += 1
                said = turn[max(0, passage.start - 60) : passage.end][:240]
                print(f"   {passage.kind} {passage.confidence} {passage.reason} | {said}")
    return found


def measure(name: str, conversations: list[Conversation], kind: str, most: int) -> None:
    found, touched, show = Counter[str](), Counter[str](), Counter[str]()
    start = time.process_time()
    for conversation in conversations:
        one = read(conversation, show, kind, most)
        found.update(one)
        touched.update({k.split(".")[0] for k in one})
    seconds = time.process_time() - start
    words = sum(len(turn.split()) for conversation in conversations for turn in conversation)
    each = ", ".join(f"{k} {10_000 * n / words:.1f}" for k, n in found.most_common())
    print(f"{name}: {words} words, {words / seconds:,.0f} words/s")
    print(f"   {10_000 * sum(found.values()) / words:.1f} passages in 10,000 words: {each}")
    if name.startswith("aci_bench"):
        share = touched["hlt"] / len(conversations)
        print(f"   consultations with a health passage: {share:.1%} of {len(conversations)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--show", type=int, default=0, help="print up to N passages of each kind")
    parser.add_argument("--kind", default="", help="print only kinds that begin so")
    parser.add_argument("--set", default="", help="measure only sets whose name begins so")
    options = parser.parse_args()
    expect_data()
    print(f"data: {DATA.name}")
    for name, conversations in sets():
        if name.startswith(options.set):
            measure(name, conversations, options.kind, options.show)


if __name__ == "__main__":
    main()
