"""The labelled sets: those that may be trained on, and those that only measure.

What a set does not label is not taken for plain where an open list says it may be something: there
the word is left open, and the loss does not ask.
"""

import difflib
import functools
import itertools
import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from sottovoce.detection.tagger import LABELS, fold, listed
from tagger.examples import ANY, PLAIN, Example, bit, example, words_of
from tagger.lists import FACTS, WORDS, conditions, hashed, word_list

NAME, PLACE, FIRM = bit("name"), bit("place"), bit("organisation")
ILL, DRUG, STREET = bit("condition"), bit("medicine"), bit("address")
Row = dict[str, Any]  # a line of a set as it lies there

ASKED = WORDS["asked"]


class Suspects:
    """Tells what a word may be by the open lists."""

    def __init__(self) -> None:
        keys, rows = hashed()
        self._facts = dict(zip(keys.tolist(), rows.tolist(), strict=True))
        self._bits = {fact: 1 << i for i, fact in enumerate(FACTS)}

    def facts(self, word: str) -> int:
        return int(self._facts.get(listed(fold(word)), 0))

    def has(self, word: str, *facts: str) -> bool:
        found = self.facts(word)
        return any(found & self._bits[fact] for fact in facts)

    def frequent(self, word: str) -> bool:
        return self.has(word, "f9", "f8")

    def may(self, word: str) -> int:
        """Return the labels that a word may have, as bits."""
        if len(word) < 3 or not word[0].isalpha():
            return 0
        found = PLACE if self.has(word, "country") else 0
        if self.frequent(word):
            return found
        if self.has(word, "given", "surname", "rare given"):
            found |= NAME
        if self.has(word, "city", "large city", "region"):
            found |= PLACE
        if self.has(word, "condition word"):
            found |= ILL
        if self.has(word, "medicine"):
            found |= DRUG
        if not self.has(word, *(f"f{n}" for n in range(4, 10))):
            found |= NAME | PLACE | FIRM
        return found

    def is_medicine(self, word: str) -> bool:
        return (
            len(word) > 4
            and self.has(word, "medicine")
            and not self.has(word, "f9", "f8", "f7", "given", "surname", "condition word", "city")
        )


def opened(found: Example, unknown: int, suspects: Suspects) -> Example:
    """Leave open what plain words may be among labels the set does not have."""
    may = tuple(
        mask | (suspects.may(word) & unknown) if mask == PLAIN else mask
        for word, mask in zip(found.words, found.may, strict=True)
    )
    return replace(found, may=may)


def with_medicines(found: Example, suspects: Suspects) -> Example:
    may = tuple(
        DRUG if mask & PLAIN and suspects.is_medicine(word) else mask
        for word, mask in zip(found.words, found.may, strict=True)
    )
    return replace(found, may=may)


def with_conditions(found: Example) -> Example:
    """Mark everyday conditions where the set does not say."""
    may, low = list(found.may), [word.lower() for word in found.words]
    for start in range(len(low)):
        for size in (4, 3, 2, 1):
            stop = start + size
            if " ".join(low[start:stop]) in everyday() and all(m & PLAIN for m in may[start:stop]):
                may[start:stop] = [ILL] * len(may[start:stop])
                break
    return replace(found, may=tuple(may))


@functools.cache
def everyday() -> frozenset[str]:
    """Return what everyone calls a condition, one or more of it."""
    listed = [entry for entry, weight in conditions().items() if weight == 1.0]
    return frozenset(
        " ".join(words_of(entry.lower() + more)) for entry in listed for more in ("", "s")
    )


def rows(folder: Path, name: str) -> Iterator[Row]:
    with (folder / f"{name}.jsonl").open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def spans(row: Row, masks: dict[str, int]) -> list[tuple[int, int, str, int]]:
    return [
        (s["start"], s["end"], s["label"], masks[s["label"]])
        for s in row["spans"] or []
        if s["label"] in masks
    ]


def evi(folder: Path, suspects: Suspects) -> Iterator[Example]:
    dice = random.Random(1)  # noqa: S311 - to repeat, not to hide
    for row in rows(folder, "evi_en"):
        label = row["utt_label"]
        question = dice.choice(ASKED[label])
        for heard in dict.fromkeys([row["text"], *row["nbest"][1:2]]):
            own = heard == row["text"] and row["spans"] is not None
            found = example(
                heard,
                spans(row, {"PERSON": NAME}) if own else [],
                before=question,
                group=row["dialogue"],
            )
            if label == "PERSON" and not own:
                found = heard_name(found, row["gold_value"], suspects)
            elif label == "PERSON":
                found = opened(spelled_name(found, row["gold_value"]), NAME | FIRM, suspects)
            if found.words and (own or dice.random() < 0.6):
                yield found


def heard_name(found: Example, value: str, suspects: Suspects) -> Example:
    """Mark the words in which a recogniser misheard a name; leave open what may be one."""
    may = []
    parts = [fold(p) for p in words_of(value)]
    for word in found.words:
        like = max(difflib.SequenceMatcher(None, fold(word), p).ratio() for p in parts)
        if like >= 0.7 and len(word) > 2 and not (suspects.frequent(word) and like < 1):
            may.append(NAME)
        elif suspects.frequent(word) and like < 0.5:
            may.append(PLAIN)
        else:
            may.append(PLAIN | NAME)
    return spelled_name(replace(found, may=tuple(may)), value)


def spelled_name(found: Example, value: str) -> Example:
    """Mark single letters that spell a part of a name."""
    may = list(found.may)
    parts = {fold(p) for p in words_of(value)}
    i = 0
    while i < len(found.words):
        stop = i
        while stop < len(found.words) and len(found.words[stop]) == 1:
            stop += 1
        if stop - i >= 3:
            said = "".join(found.words[i:stop]).lower()
            for j in range(i, stop):
                may[j] = NAME if said in parts else NAME | PLAIN
        i = max(stop, i + 1)
    return replace(found, may=tuple(may))


def restaurants(folder: Path, suspects: Suspects) -> Iterator[Example]:
    dice = random.Random(2)  # noqa: S311 - to repeat, not to hide
    masks = {"first_name": NAME, "last_name": NAME}
    for n, row in enumerate(rows(folder, "restaurants8k_test")):
        asked = set(row["requested"] or [])
        before = ""
        if asked >= {"first_name", "last_name"}:
            before = dice.choice(ASKED["PERSON"] + ASKED["BOOKING"])
        elif "first_name" in asked:
            before = dice.choice(ASKED["FIRST"])
        elif "last_name" in asked:
            before = dice.choice(ASKED["LAST"])
        found = example(row["text"], spans(row, masks), before=before, group=str(n))
        if found.words:
            yield opened(found, PLACE | FIRM, suspects)


MEANT = {"name": NAME, "place": PLACE, "organisation": FIRM, "maybe organisation": FIRM | PLAIN,
         "any": ANY}  # fmt: skip
SLURP = {label: MEANT[meant] for label, meant in WORDS["slurp"].items()}


def slurp(folder: Path, suspects: Suspects) -> Iterator[Example]:
    for n, row in enumerate(rows(folder, "slurp_devel")):
        found = example(row["text"], spans(row, SLURP), group=str(n))
        may = list(found.may)
        for label, start, stop in found.gold:
            inside = found.words[start:stop]
            if label in ("place_name", "business_name") and all(
                suspects.frequent(w) and not suspects.has(w, "large city", "region", "country")
                for w in inside
            ):
                may[start:stop] = [may[start] | PLAIN] * (stop - start)
        if found.words:
            yield opened(replace(found, may=tuple(may)), ILL | DRUG | FIRM, suspects)


def turns(row: Row) -> Iterator[tuple[int, str, str]]:
    """Yield the turns of a dialogue: where the words begin, the words, the words before."""
    at, before = 0, ""
    for line in row["text"].split("\n"):
        speaker = re.match(r"\[\w+\] ?|\w+: ", line)
        lead = speaker.end() if speaker else 0
        yield at + lead, line[lead:], before
        before = line[lead:] or before
        at += len(line) + 1


def dialogue(row: Row, masks: dict[str, int], group: str) -> Iterator[Example]:
    found = spans(row, masks)
    for at, text, before in turns(row):
        inside = [
            (max(0, s - at), e - at, label, mask)
            for s, e, label, mask in found
            if s < at + len(text) and e > at
        ]
        turn = example(text, inside, before=before[-200:], group=group)
        if turn.words:
            yield turn


def aci(folder: Path, suspects: Suspects) -> Iterator[Example]:
    for row in rows(folder, "aci_bench"):
        masks = {"PERSON": NAME, "MEDICAL_CONDITION": ILL}
        for turn in dialogue(row, masks, row["encounter"]):
            yield with_medicines(with_conditions(opened(turn, ANY, suspects)), suspects)


PRESIDIO = {"PERSON": NAME, "ADDRESS": STREET, "STREET_ADDRESS": STREET, "LOCATION": PLACE,
            "GPE": PLACE, "ORGANIZATION": FIRM, "TITLE": NAME | PLAIN, "PREFIX": NAME | PLAIN,
            "NRP": PLACE | PLAIN, "ZIP_CODE": STREET | PLAIN, "EMAIL_ADDRESS": ANY,
            "DOMAIN_NAME": ANY}  # fmt: skip


def presidio(folder: Path, suspects: Suspects) -> Iterator[Example]:
    for name in ("presidio_research_large", "presidio_research_v2"):
        for row in rows(folder, name):
            found = example(row["text"], spans(row, PRESIDIO), group=f"{name} {row['template_id']}")
            may = list(found.may)
            for _, start, stop in found.gold:
                if may[start] == STREET and not any(w.isalpha() for w in found.words[start:stop]):
                    may[start:stop] = [STREET | PLAIN] * (stop - start)
            if found.words:
                yield replace(found, may=tuple(may))


ROLES = frozenset(word_list("roles"))
KIN = frozenset(word_list("kin"))


def filings(folder: Path, suspects: Suspects) -> Iterator[Example]:
    for n, row in enumerate(rows(folder, "sec_filings")):
        found = example(
            row["text"], spans(row, {"PER": NAME, "ORG": FIRM, "LOC": PLACE}), group=str(n // 20)
        )
        may = list(found.may)
        for _, start, stop in found.gold:
            inside = found.words[start:stop]
            if all(fold(w) in ROLES or len(w) < 3 for w in inside):
                may[start:stop] = [ANY] * (stop - start)
            elif may[start] == PLACE and inside[0].isdecimal():
                may[start:stop] = [STREET] * (stop - start)
        if found.words:
            yield replace(found, may=tuple(may))


def diseases(name: str) -> Callable[[Path, Suspects], Iterator[Example]]:
    def read(folder: Path, suspects: Suspects) -> Iterator[Example]:
        for n, row in enumerate(rows(folder, name)):
            found = example(row["text"], spans(row, {"Disease": ILL}), group=str(n // 9))
            yield with_medicines(opened(found, DRUG | FIRM | PLACE, suspects), suspects)

    return read


ALLOWED: dict[str, Callable[[Path, Suspects], Iterator[Example]]] = {
    "evi_en": evi,
    "restaurants8k": restaurants,
    "slurp": slurp,
    "aci_bench": aci,
    "presidio_research": presidio,
    "sec_filings": filings,
    "bc5cdr": diseases("bc5cdr_disease_test"),
    "ncbi": diseases("ncbi_disease_test"),
}


def sgd(folder: Path, suspects: Suspects) -> Iterator[Example]:
    masks = {"PERSON": NAME, "ADDRESS": STREET, "LOCATION": PLACE}
    for row in rows(folder, "sgd_pii"):
        yield from dialogue(row, masks, row["dialogue_id"])


def earnings(folder: Path, suspects: Suspects) -> Iterator[Example]:
    masks = {"PERSON": NAME, "ORG": FIRM, "GPE": PLACE, "LOC": PLACE, "FAC": PLACE | FIRM,
             "PRODUCT": FIRM | PLAIN, "NORP": PLACE | PLAIN}  # fmt: skip
    for row in rows(folder, "earnings21"):
        found = example(row["text"], spans(row, masks), group=row["doc"])
        if found.words:
            yield found


def an4(folder: Path, suspects: Suspects) -> Iterator[Example]:
    questions = {
        "FIRST_NAME": "FIRST",
        "LAST_NAME": "LAST",
        "STREET_NAME": "STREET",
        "CITY": "CITY",
    }
    masks = {"FIRST_NAME": NAME, "LAST_NAME": NAME, "STREET_NAME": STREET, "CITY": PLACE}
    for n, row in enumerate(rows(folder, "an4_text")):
        labels = {s["label"] for s in row["spans"]}
        before = next((ASKED[questions[q]][0] for q in questions if q in labels), "")
        yield example(row["text"], spans(row, masks), before=before, group=str(n))


UNSEEN: dict[str, Callable[[Path, Suspects], Iterator[Example]]] = {
    "sgd": sgd,
    "earnings21": earnings,
    "an4": an4,
}


def read_all(folder: Path, which: dict[str, Any]) -> dict[str, list[Example]]:
    suspects = Suspects()
    return {name: list(read(folder, suspects)) for name, read in which.items()}


TALK = {"name": NAME, "place": PLACE, "organisation": FIRM, "condition": ILL, "medicine": DRUG,
        "address": STREET, "artist": NAME | PLAIN}  # fmt: skip


def talk(path: Path, start: int, stop: int) -> Iterator[Example]:
    """Yield the turns of the conversations start to stop that `tools/talk` wrote."""
    with path.open(encoding="utf-8") as file:
        for line in itertools.islice(file, start, stop):
            before = ""
            for turn in json.loads(line)["turns"]:
                found = [
                    (s["start"], s["end"], s["label"], TALK[s["label"]])
                    for s in turn["spans"]
                    if s["label"] in TALK
                ]
                made = example(turn["text"], found, before=before[-200:], group="talk")
                before = turn["text"]
                if made.words:
                    yield with_kin(made)


def with_kin(found: Example) -> Example:
    """Take `aunt` and the like before a name for a part of it."""
    may = list(found.may)
    for i in range(len(may) - 1):
        if may[i] == PLAIN and may[i + 1] == NAME and found.words[i].lower() in KIN:
            may[i] = NAME
    return replace(found, may=tuple(may))


def counts(examples: list[Example]) -> Counter[str]:
    """Count the surely labelled runs."""
    return Counter(LABELS[label] for found in examples for label, _, _ in found.runs())
