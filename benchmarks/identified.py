"""Callers who identify themselves: does the true value survive redaction?

EVI is what a commercial recogniser printed of names, dates of birth and postcodes, often misheard,
with its other guesses; AN4 is people spelling and saying their own particulars.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from corpora import read_rows
from sottovoce.detection.detect import TextDetector, redact_text
from sottovoce.values.finding import TextFinding
from tallies import Found, covers, share

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
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_TEENS = ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen")
_TEENS += ("eighteen", "nineteen")
_TIMES = {"double": 2, "triple": 3}
_SAID = {"oh": "0"}
_SAID |= {word: str(n) for n, word in enumerate(_DIGITS)}
_SAID |= {word: str(n) for n, word in enumerate(_TEENS, 10)}
_SAID |= {word: str(n) for n, word in enumerate(_TENS, 2)}
_PLACEHOLDER = re.compile(r"\[[A-Z-]+\]")
_AS_IN = re.compile(r"\b(?:for|as in|like)\s+\w+", re.IGNORECASE)


@dataclass
class Values:
    """How many true values could be read before redaction, and how many still can."""

    readable: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)
    spans: Counter[str] = field(default_factory=Counter)
    covered: Counter[str] = field(default_factory=Counter)
    cases: list[str] = field(default_factory=list)

    def add(self, label: str, gold: str, text: str, found: Sequence[TextFinding]) -> None:
        if not carries(label, gold, text):
            return
        self.readable[label] += 1
        redacted = redact_text(text, found)
        if carries(label, gold, redacted):
            self.left[label] += 1
            self.cases.append(f"left {label} | {gold} | {text} => {redacted}")

    def told(self) -> Iterator[str]:
        for label, n in sorted(self.readable.items()):
            line = f"  {label:14} value gone {share(n - self.left[label], n):>6} of {n}"
            if self.spans[label]:
                verbatim = share(self.covered[label], self.spans[label])
                line += f"; verbatim covered {verbatim} of {self.spans[label]}"
            yield line

    def as_json(self) -> dict[str, object]:
        return {
            label: {
                "readable": n,
                "left": self.left[label],
                "verbatim": self.spans[label],
                "verbatim_covered": self.covered[label],
            }
            for label, n in sorted(self.readable.items())
        }


def evi(folder: Path, *, every: int = 1) -> dict[str, Values]:
    """Measure the caller's turns without a question, after it, and each other guess after it."""
    results = {how: Values() for how in ("without a question", "after the question", "other guess")}
    for row in read_rows(folder / "evi_en.jsonl")[::every]:
        label, text, gold = str(row["utt_label"]), str(row["text"]), str(row["gold_value"])
        for how in ("without a question", "after the question"):
            found = answer(label if how.startswith("after") else None, text)
            for span in row["spans"] or ():  # type: ignore[attr-defined]
                results[how].spans[label] += 1
                results[how].covered[label] += _covered(text, span, found)
            results[how].add(label, gold, text, found)
        for guess in row["nbest"][1:]:  # type: ignore[index]
            results["other guess"].add(label, gold, guess, answer(label, guess))
    return results


def an4(folder: Path) -> dict[str, Values]:
    """Measure bare answers in capitals and lower case, with and without the question."""
    results: dict[str, Values] = {}
    for row in read_rows(folder / "an4_text.jsonl"):
        for case, text in (("upper", str(row["text"])), ("lower", str(row["text"]).lower())):
            for span in row["spans"]:  # type: ignore[attr-defined]
                label = span["label"]
                for how in ("without a question", "after the question"):
                    found = answer(label if how.startswith("after") else None, text)
                    values = results.setdefault(f"{case}, {how}", Values())
                    for key in (label, "all"):
                        values.readable[key] += 1
                        values.left[key] += not _covered(text, span, found)
                    if how.startswith("after") and not _covered(text, span, found):
                        values.cases.append(f"missed {label} | {text}")
    return results


def answer(label: str | None, text: str) -> tuple[TextFinding, ...]:
    """Return what is found in an answer, after the question for a label if there is one."""
    detector = TextDetector()
    if label:
        detector.detect(QUESTIONS[label])
    return detector.detect(text)


def _covered(text: str, span: dict[str, int], found: Sequence[TextFinding]) -> bool:
    return covers(text, span["start"], span["end"], [Found(f.kind, f.start, f.end) for f in found])


def carries(label: str, gold: str, text: str) -> bool:
    """Tell whether a part of the true value can be read from a text.

    Of a name: a part of more than two letters, said or spelled. Of a postcode: either half. Of a
    date: day and month.
    """
    low = _PLACEHOLDER.sub(" | ", text).lower()
    if label == "PERSON":
        words = re.findall(r"[\w'-]+|\|", low)
        spelled = "".join(w for w in words if len(w) <= 2)
        parts = [p for p in re.split(r"[\s-]", gold.lower()) if len(p) > 2]
        return any(part in words or part in spelled for part in parts)
    if label == "POSTCODE":
        return any(half.lower() in _compact(low) for half in gold.split())
    _year, month, day = gold.split("-")
    figures = re.findall(r"\d+", low)
    dated = _MONTHS[int(month) - 1] in low and any(
        int(f) == int(day) for f in figures if len(f) < 5
    )
    return dated or any(day + month in f or month + day in f for f in figures)


def _compact(text: str) -> str:
    """Return letters and figures as they are spelled, a bar where a word ends the spelling."""
    words = re.findall(r"[a-z0-9]+|\|", _AS_IN.sub(" ", text))
    parts = [
        _SAID.get(w) or (w if len(w) <= 4 or any(c.isdigit() for c in w) else "|") for w in words
    ]
    return "".join(parts)


def stream(words: Iterable[str]) -> str:
    """Run letters and figures together: number words as figures, a bar for what is hidden."""
    parts = [p for word in words for p in re.sub(r"[^a-z0-9| ]", " ", word.lower()).split()]
    said, times = "", 1
    for part in parts:
        figures = _SAID.get(part, part)
        if part in _TIMES:
            times = _TIMES[part]
            continue
        said += figures[:1] * (times - 1) + figures if figures[:1].isdigit() else figures
        times = 1
    return said


def is_readable(gold: str, told: str, *, run: int = 4) -> bool:
    """Tell whether a run of a value's letters and figures can be read; all of a shorter value."""
    size = min(run, len(gold))
    return any(gold[i : i + size] in told for i in range(len(gold) - size + 1))
