"""The labelled sets beside the repository, in one shape: samples of turns with gold spans.

Rules:
1. Only the standard library is used: the peers' environment reads the same sets with this module.
2. Who speaks (`Customer:`, `[doctor]`) is no part of what is said and is cut off.
3. A label belongs to a group of our kinds. Labels of people who are public (artists, authors) are
   names as well when it is asked whether a finding is right, and are not asked for in recall.
   `*` is any other label of a set that labels nothing but what is sensitive.
4. A name's gold ends before `'s`.
5. `complete` says whether everything of a group is labelled; else a finding that touches no gold
   may be right all the same, and precision is a floor.
"""

import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
STYLES = ("as it is", "lower", "upper")
QUICK = 120

NAMES = frozenset({"per.name"})
ADDRESSES = frozenset({"per.address", "per.postcode", "per.geo"})
CONDITIONS = frozenset({"hlt.dx", "hlt.mental", "hlt.sud", "hlt.repro", "hlt.genetic"})
CONDITIONS |= {"hlt.disability"}
DATES = frozenset({"per.dob", "per.date", "hlt.appointment", "per.age"})
PHONES = frozenset({"per.phone", "per.fax"})
KINDS = {
    "names": NAMES,
    "addresses": ADDRESSES,
    "conditions": CONDITIONS,
    "dates": DATES,
    "phones": PHONES,
    "cards": frozenset({"fin.pan"}),
    "emails": frozenset({"per.email"}),
    "ssn": frozenset({"per.ssn", "per.itin"}),
    "iban": frozenset({"fin.iban"}),
    "postcodes": frozenset({"per.postcode", "per.address"}),
    "ages": frozenset({"per.age"}),
    "amounts": frozenset({"fin.txn", "fin.income"}),
    "licences": frozenset({"per.dl"}),
    "ip": frozenset({"per.ip"}),
    "urls": frozenset({"per.url"}),
}
"""The kinds of ours that a finding of each group may have to be named right."""
QUIET_GROUPS = frozenset({"dates", "amounts"})
"""Groups whose kinds tell little of a person alone; recall counts quiet findings too."""


@dataclass(frozen=True, slots=True)
class Gold:
    """A labelled stretch of a turn: its group, and whether it is asked for in recall."""

    group: str
    start: int
    end: int
    label: str
    asked: bool = True


@dataclass(frozen=True, slots=True)
class Turn:
    """What one person says, with its gold."""

    text: str = field(repr=False)
    gold: tuple[Gold, ...] = ()


@dataclass(frozen=True, slots=True)
class Sample:
    """Turns that follow one another; `row` is its place in its set."""

    row: int
    turns: tuple[Turn, ...]

    @property
    def words(self) -> int:
        return sum(len(turn.text.split()) for turn in self.turns)


@dataclass(frozen=True, slots=True)
class Corpus:
    """A set: which label is of which group, and of which groups everything is labelled.

    `seen` says that the tagger that is shipped was trained on this very set: what is measured on it
    tells what was learnt, not what will be found in unseen text (`tools/tagger/sets.py: ALLOWED`).
    """

    name: str
    groups: dict[str, str]
    complete: frozenset[str] = frozenset()
    also: dict[str, str] = field(default_factory=dict)
    cut: re.Pattern[str] | None = None
    joined: tuple[str, str] | None = None
    seen: bool = True

    @property
    def note(self) -> str:
        return " (the tagger has seen this set)" if self.seen else " (not seen by the tagger)"

    def samples(self, data: Path = DATA) -> list[Sample]:
        rows = read_rows(data / "text" / f"{self.name}.jsonl")
        return [self._sample(at, row) for at, row in enumerate(rows)]

    def _sample(self, at: int, row: dict[str, object]) -> Sample:
        gold = sorted(self._gold(row), key=lambda g: (g.start, g.end))
        if self.joined:
            gold += _neighbours(gold, self.joined, str(row["text"]))
        return Sample(at, tuple(_turns(str(row["text"]), gold, self.cut)))

    def _gold(self, row: dict[str, object]) -> Iterator[Gold]:
        for span in row["spans"] or ():  # type: ignore[attr-defined]
            label = span["label"]
            asked = label in self.groups
            group = self.groups.get(label) or self.also.get(label) or self.also.get("*")
            said = str(row["text"])[span["start"] : span["end"]]
            owned = group == "names" and said.lower().endswith(("'s", "’s"))
            if group:
                yield Gold(group, span["start"], span["end"] - 2 * owned, label, asked)


def _neighbours(gold: Sequence[Gold], pair: tuple[str, str], text: str) -> list[Gold]:
    """Return a first and a last name that stand together as one more gold."""
    found = []
    for a, b in pairwise(gold):
        if {a.label, b.label} == set(pair) and not text[a.end : b.start].strip():
            found.append(Gold(a.group, a.start, b.end, "both as one"))
    return found


def _turns(text: str, gold: Sequence[Gold], cut: re.Pattern[str] | None) -> Iterator[Turn]:
    at = 0
    lines = text.split("\n") if cut else [text.replace("\n", " ")]
    for line in lines:
        head = cut.match(line) if cut else None
        start = at + (head.end() if head else 0)
        end = at + len(line)
        inside = [g for g in gold if start <= g.start and g.end <= end]
        if line.strip():
            moved = tuple(replace(g, start=g.start - start, end=g.end - start) for g in inside)
            yield Turn(text[start:end].replace("\n", " "), moved)
        at = end + 1


_WHO = re.compile(r"(Customer|Agent): |\[\w+\] ")
CORPORA = (
    Corpus(
        "restaurants8k_test",
        {"first_name": "names", "last_name": "names", "date": "dates"},
        frozenset({"names", "dates"}),
        joined=("first_name", "last_name"),
    ),
    Corpus(
        "slurp_devel",
        {"person": "names", "email_address": "emails", "date": "dates"},
        frozenset({"emails"}),
        {"artist_name": "names", "audiobook_author": "names"},
    ),
    Corpus(
        "sgd_pii",
        {"PERSON": "names", "ADDRESS": "addresses", "PHONE_NUMBER": "phones", "DATE": "dates"}
        | {"MONEY": "amounts"},
        also={"LOCATION": "addresses"},
        cut=_WHO,
        seen=False,
    ),
    Corpus(
        "aci_bench",
        {"PERSON": "names", "MEDICAL_CONDITION": "conditions", "AGE": "ages"},
        cut=_WHO,
    ),
    Corpus("bc5cdr_disease_test", {"Disease": "conditions"}, frozenset({"conditions"})),
    Corpus("ncbi_disease_test", {"Disease": "conditions"}, frozenset({"conditions"})),
    Corpus("earnings21", {"PERSON": "names"}, frozenset({"names"}), seen=False),
    Corpus(
        "presidio_research_large",
        {"PERSON": "names", "ADDRESS": "addresses", "CREDIT_CARD": "cards"}
        | {"PHONE_NUMBER": "phones", "EMAIL_ADDRESS": "emails", "US_SSN": "ssn"}
        | {"IBAN_CODE": "iban", "DATE_TIME": "dates", "US_DRIVER_LICENSE": "licences"}
        | {"IP_ADDRESS": "ip", "DOMAIN_NAME": "urls"},
        frozenset({"names", "cards", "phones", "emails", "ssn", "iban", "licences", "ip", "dates"}),
        {"LOCATION": "addresses", "PREFIX": "names", "TITLE": "names", "*": "other"},
    ),
    Corpus(
        "presidio_research_v2",
        {"PERSON": "names", "STREET_ADDRESS": "addresses", "CREDIT_CARD": "cards"}
        | {"PHONE_NUMBER": "phones", "EMAIL_ADDRESS": "emails", "US_SSN": "ssn"}
        | {"IBAN_CODE": "iban", "DATE_TIME": "dates", "US_DRIVER_LICENSE": "licences"}
        | {"IP_ADDRESS": "ip", "ZIP_CODE": "postcodes", "AGE": "ages", "DOMAIN_NAME": "urls"},
        frozenset({"names", "cards", "phones", "emails", "ssn", "iban", "licences", "ip", "dates"}),
        {"GPE": "addresses", "TITLE": "names", "*": "other"},
    ),
    Corpus(
        "presidio_unit_tests",
        {"PHONE": "phones", "CREDIT_CARD": "cards", "EMAIL_ADDRESS": "emails", "US_SSN": "ssn"}
        | {"UK_POSTCODE": "postcodes", "IP_ADDRESS": "ip"},
        also={"*": "other"},
        seen=False,
    ),
)


def corpus(name: str) -> Corpus:
    """Return a set by its name."""
    return next(c for c in CORPORA if c.name == name)


def read_rows(path: Path) -> list[dict[str, object]]:
    """Read a file of one JSON object a line."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def some(samples: Sequence[Sample], *, quick: bool, seed: int = 1) -> list[Sample]:
    """Return all samples, or a random few of them, in order."""
    if not quick or len(samples) <= QUICK:
        return list(samples)
    return sorted(random.Random(seed).sample(list(samples), QUICK), key=lambda s: s.row)


_EDGE = re.compile(r"[.,;:!?\"()\[\]“”…]+(?=\s|$)|(?<!\S)[.,;:!?\"()\[\]“”…]+")


def styled(sample: Sample, style: str) -> Sample:
    """Return a sample as another recogniser would print it; the gold moves with its letters.

    `lower` is lower case without the signs at the edges of words; signs inside of a word, as in
    an address of e-mail or a number, stay.
    """
    if style == "as it is":
        return sample
    return replace(sample, turns=tuple(_styled_turn(turn, style) for turn in sample.turns))


def _styled_turn(turn: Turn, style: str) -> Turn:
    if style == "upper":
        text = "".join(c.upper() if len(c.upper()) == 1 else c for c in turn.text)
        return replace(turn, text=text)
    gone = {i for match in _EDGE.finditer(turn.text) for i in range(*match.span())}
    kept = [i for i in range(len(turn.text)) if i not in gone]
    place = {old: new for new, old in enumerate(kept)}
    text = "".join(c.lower() if len(c.lower()) == 1 else c for c in (turn.text[i] for i in kept))
    gold = []
    for g in turn.gold:
        inside = [place[i] for i in range(g.start, g.end) if i in place]
        if inside:
            gold.append(replace(g, start=inside[0], end=inside[-1] + 1))
    return Turn(text, tuple(gold))
