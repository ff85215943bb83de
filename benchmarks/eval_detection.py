"""Measure detection on text: recall by kind, false alarms by kind, words a second.

Reads the evaluation data beside the repository; prints none of it unless ``--show`` is given.
Run: ``python benchmarks/eval_detection.py [--data DIR] [--show N]``.
"""

import argparse
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sottovoce.detection.detect import TextDetector, detect_text, redact_text
from sottovoce.detection.lattice import readings
from sottovoce.detection.lexicon import load
from sottovoce.detection.utterance import read
from sottovoce.values.finding import TextFinding

QUESTIONS = {
    "PERSON": "could you tell me your full name please",
    "POSTCODE": "and what is your postcode",
    "DATE_OF_BIRTH": "and your date of birth",
    "PHONE": "what is your phone number",
    "FIRST_NAME": "what is your first name",
    "LAST_NAME": "how do you spell your last name",
    "STREET_NAME": "what is your street address",
    "STREET_NUMBER": "what is your street address",
    "CITY": "what is your address",
    "ZIP": "what is your zip code",
}
# Labels of the sets that are sensitive here; a finding that touches one is no false alarm.
SENSITIVE = {
    "first_name",
    "last_name",
    "date",
    "person",
    "email_address",
    "PERSON",
    "DATE",
    "ADDRESS",
    "PHONE_NUMBER",
    "artist_name",
    "audiobook_author",
}
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def rows(path: Path) -> list[dict[str, Any]]:  # the shape of a row is the set's own
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def spoken_value(text: str) -> str:
    """Fold a text to what letters and figures it spells."""
    lexicon = load()
    u = read(text, lexicon)
    places = [i for i, kind in enumerate(u.classes) if kind in "uzotTFhlncvw"]
    return readings(u, places, frozenset(), lexicon)[0].text if places else ""


def carries(label: str, gold: str, text: str) -> bool:
    """Tell whether a part of the true value can be read from a text."""
    low = text.lower()
    if label == "PERSON":
        joined = re.sub(r"[^a-z]", "", " ".join(w for w in low.split() if len(w) <= 2))
        return any(
            part in low.split() or part in joined for part in gold.lower().split() if len(part) > 2
        )
    if label == "POSTCODE":
        value = spoken_value(re.sub(r"\[[A-Z-]+\]", " | ", text))
        return any(part.lower() in value for part in gold.split())
    _year, month, day = gold.split("-")
    figures = re.findall(r"\d+", low)
    dated = MONTHS[int(month) - 1] in low and any(int(f) == int(day) for f in figures if len(f) < 5)
    return dated or any(day + month in f or month + day in f for f in figures)


def with_question(question: str, text: str) -> tuple[TextFinding, ...]:
    detector = TextDetector()
    detector.detect(question)
    return detector.detect(text)


def evi(folder: Path, show: int) -> None:
    """Callers who identify themselves: does the true value survive?"""
    for asked in (False, True):
        total: Counter[str] = Counter()
        left: Counter[str] = Counter()
        spans: Counter[str] = Counter()
        covered: Counter[str] = Counter()
        for row in rows(folder / "evi_en.jsonl"):
            label, text, gold = row["utt_label"], row["text"], row["gold_value"]
            found = with_question(QUESTIONS[label], text) if asked else detect_text(text)
            for span in row["spans"] or []:
                spans[label] += 1
                covered[label] += _is_covered(text, span, found)
            if not carries(label, gold, text):
                continue
            total[label] += 1
            if carries(label, gold, redacted := redact_text(text, found)):
                left[label] += 1
                if left[label] <= show:
                    print("   left", label, "|", gold, "|", text, "=>", redacted)
        how = "after the question" if asked else "without a question"
        for label in sorted(total):
            gone = 1 - left[label] / total[label]
            verbatim = (
                f"{covered[label] / spans[label]:.1%} of {spans[label]}" if spans[label] else "-"
            )
            print(
                f"evi_en {how:18} {label:14} value gone {gone:.1%} of {total[label]}; "
                f"verbatim spans covered {verbatim}"
            )


def an4(folder: Path, show: int) -> None:
    """Bare answers of people who spell; commands and random codes are the negatives."""
    data = rows(folder / "an4_text.jsonl")
    for lower in (False, True):
        for asked in (False, True):
            total: Counter[str] = Counter()
            hit: Counter[str] = Counter()
            for row in data:
                text = row["text"].lower() if lower else row["text"]
                for span in row["spans"]:
                    question = QUESTIONS[span["label"]]
                    found = with_question(question, text) if asked else detect_text(text)
                    total[span["label"]] += 1
                    hit[span["label"]] += _is_covered(text, span, found)
                    if not _is_covered(text, span, found) and show and asked:
                        print("   missed", span["label"], "|", text, "=>", redact_text(text, found))
            how = ("lower" if lower else "upper") + (" asked" if asked else " bare")
            parts = ", ".join(f"{k} {hit[k] / total[k]:.0%}" for k in sorted(total))
            share = sum(hit.values()) / sum(total.values())
            print(f"an4_text {how:11} {share:.1%} of {sum(total.values())}: {parts}")


def _is_covered(row_text: str, span: dict[str, Any], found: Iterable[TextFinding]) -> bool:
    """Tell whether every letter and figure of a span lies in findings."""
    inside = {i for f in found for i in range(f.start, f.end)}
    start = span["start"]
    return all(i in inside for i in range(start, span["end"]) if row_text[i].isalnum())


def _touches(finding: TextFinding, spans: Iterable[dict[str, Any]]) -> bool:
    return any(
        s["label"] in SENSITIVE and s["start"] < finding.end and finding.start < s["end"]
        for s in spans
    )


def labelled(folder: Path, name: str, label_kinds: dict[str, str], show: int) -> None:
    """Recall of labelled spans and false alarms in one set, each row alone."""
    total: Counter[str] = Counter()
    hit: Counter[str] = Counter()
    alarms: Counter[str] = Counter()
    words = 0
    for row in rows(folder / f"{name}.jsonl"):
        text, spans = row["text"], row["spans"] or []
        found = _by_turns(text) if "\n" in text else detect_text(text)
        words += len(text.split())
        for span in spans:
            if span["label"] in label_kinds:
                total[span["label"]] += 1
                hit[span["label"]] += _is_covered(text, span, found)
        for finding in found:
            if not _touches(finding, spans):
                alarms[finding.kind] += 1
                if alarms[finding.kind] <= show:
                    print(
                        "   alarm",
                        finding.kind,
                        "|",
                        text[finding.start : finding.end],
                        "|",
                        text[max(0, finding.start - 60) : finding.end + 30].replace("\n", " / "),
                    )
    for label in sorted(total):
        print(f"{name} {label} covered {hit[label] / total[label]:.1%} of {total[label]}")
    _print_alarms(name, alarms, words)


def _by_turns(text: str) -> tuple[TextFinding, ...]:
    detector, at = TextDetector(), 0
    found: list[TextFinding] = []
    for line in text.split("\n"):
        found += [
            TextFinding(f.kind, f.start + at, f.end + at, f.confidence)
            for f in detector.detect(line)
        ]
        at += len(line) + 1
    return tuple(found)


def _print_alarms(name: str, alarms: Counter[str], words: int) -> None:
    each = ", ".join(f"{kind} {1000 * n / words:.2f}" for kind, n in alarms.most_common())
    total = 1000 * sum(alarms.values()) / words
    print(f"{name} false alarms per 1,000 words: {total:.2f} of {words} words ({each})")


def plain_speech(folder: Path, show: int) -> None:
    """Read speech and prompts: every finding is counted as a false alarm, names included."""
    manifest = rows(folder.parent / "speech" / "manifest.jsonl")
    for subset in ("librispeech", "ljspeech", "asterisk_prompts_8k"):
        alarms: Counter[str] = Counter()
        texts = [row["text"] for row in manifest if row["subset"] == subset and row["text"]]
        for text in texts:
            for finding in detect_text(text.lower()):
                alarms[finding.kind] += 1
                if alarms[finding.kind] <= show:
                    print(
                        "   alarm",
                        finding.kind,
                        "|",
                        text[finding.start : finding.end],
                        "|",
                        text[:120],
                    )
        _print_alarms(subset, alarms, sum(len(text.split()) for text in texts))


def speed(folder: Path) -> None:
    """Words a second on one core: bookings and commands, and earnings talk."""
    for name in ("slurp_devel", "restaurants8k_test", "earnings21"):
        texts = [row["text"] for row in rows(folder / f"{name}.jsonl")]
        words = sum(len(text.split()) for text in texts)
        start = time.process_time()
        for text in texts:
            detect_text(text)
        print(f"{name} {words / (time.process_time() - start):,.0f} words/s over {words} words")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    parser.add_argument("--data", type=Path, default=beside)
    parser.add_argument("--show", type=int, default=0, help="print up to N cases of each failure")
    options = parser.parse_args()
    folder = options.data / "text"
    if not folder.is_dir():
        print(
            f"error: the evaluation data is not at {options.data}; give its place with --data",
            file=sys.stderr,
        )
        return 2
    evi(folder, options.show)
    an4(folder, options.show)
    labelled(folder, "restaurants8k_test", {"first_name": "", "last_name": ""}, options.show)
    labelled(folder, "slurp_devel", {"person": "", "email_address": ""}, options.show)
    labelled(folder, "sgd_pii", {"PERSON": "", "PHONE_NUMBER": "", "ADDRESS": ""}, options.show)
    plain_speech(folder, options.show)
    speed(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
