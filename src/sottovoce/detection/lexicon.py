"""The words of a language, read from its data folder; no rule in the code knows a language.

Every word that can carry a value has one class, a single character, so that an utterance becomes a
string of classes and one compiled pass finds where to look:
``u`` one to nine, ``z`` zero, ``o`` oh, ``t`` ten to nineteen, ``T`` twenty to ninety,
``h`` hundred, ``k`` thousand and more, ``w`` a homophone of a digit, ``R`` double or triple,
``F`` figures, ``l`` a letter, ``n`` a word that spells a letter, ``v`` an ordinary word that may
name a letter, ``c`` letters written together, ``g`` a hesitation, ``&`` and, ``.`` anything else.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Generic, TypeVar

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d+|[@_+$£€%#]")
Meaning = TypeVar("Meaning")
Table = Mapping[str, Any]  # what tomllib returns; checked by building the Lexicon from it


def split_words(text: str) -> tuple[str, ...]:
    """Split a phrase of the data into words as utterances are split."""
    return tuple(WORD.findall(text.lower()))


@dataclass(frozen=True, slots=True)
class Cue:
    """What announces a value: its kind, the shape of the value and how long it may be."""

    kind: str
    shape: str
    least: int
    most: int


@dataclass(frozen=True)
class Phrases(Generic[Meaning]):
    """Phrases by their first word, the longest first."""

    by_first: Mapping[str, tuple[tuple[tuple[str, ...], Meaning], ...]]

    def at(self, words: tuple[str, ...], i: int) -> tuple[int, Meaning] | None:
        """Return the length and the meaning of the longest phrase that starts at word i."""
        for phrase, meaning in self.by_first.get(words[i], ()):
            if words[i : i + len(phrase)] == phrase:
                return len(phrase), meaning
        return None

    def keys(self, common: frozenset[str]) -> Iterator[str]:
        """Yield for every phrase its most telling word."""
        for entries in self.by_first.values():
            for phrase, _ in entries:
                yield max(phrase, key=lambda word: (word not in common, len(word)))


def phrases(entries: Iterable[tuple[str, Meaning]]) -> Phrases[Meaning]:
    """Index phrases by first word."""
    index: dict[str, list[tuple[tuple[str, ...], Meaning]]] = {}
    for text, meaning in entries:
        words = split_words(text)
        index.setdefault(words[0], []).append((words, meaning))
    return Phrases(
        {first: tuple(sorted(e, key=lambda x: -len(x[0]))) for first, e in index.items()}
    )


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Everything that detection knows of one language."""

    language: str
    classes: Mapping[str, str]
    figures: Mapping[str, str]
    letters: Mapping[str, str]
    repeats: Mapping[str, int]
    frequent: frozenset[str]
    hundreds: frozenset[str]
    joiner: str
    ordinals: Mapping[str, int]
    ordinal_suffixes: frozenset[str]
    units: frozenset[str]
    between_units: frozenset[str]
    currency: frozenset[str]
    percent: frozenset[str]
    time_marks: frozenset[str]
    clock_leads: frozenset[str]
    months: Mapping[str, int]
    weak_months: Mapping[str, int]
    of: frozenset[str]
    the: frozenset[str]
    year_joins: frozenset[str]
    year_leads: frozenset[str]
    cues: Phrases[Cue]
    gaps: Phrases[str]
    openers: Phrases[str]
    spelled_by: Phrases[str]
    signs: Mapping[str, str]
    at: frozenset[str]
    dot: frozenset[str]
    email_joins: frozenset[str]
    endings: frozenset[str]
    providers: frozenset[str]
    acronyms: frozenset[str]
    vowels: frozenset[str]
    streets: frozenset[str]
    weak_streets: frozenset[str]
    directions: frozenset[str]
    street_names: frozenset[str]
    unit_words: frozenset[str]
    boxes: Phrases[str]
    states: frozenset[str]
    name_cues: Phrases[str]
    titles: frozenset[str]
    followers: frozenset[str]
    particles: frozenset[str]
    place_leads: frozenset[str]
    given: frozenset[str]
    ambiguous: frozenset[str]
    surnames: frozenset[str]
    common: frozenset[str]
    hot: frozenset[str]


@cache
def load(language: str = "en") -> Lexicon:
    """Read a language's folder once."""
    folder = files("sottovoce.detection") / "data" / language
    parts = ("numbers", "letters", "dates", "talk", "address", "cues", "names")
    data = {part: tomllib.loads((folder / f"{part}.toml").read_text("utf-8")) for part in parts}
    fields: dict[str, Any] = {
        "language": language
    }  # the builders return fields of Lexicon, each of its own type
    for build in (_numbers, _letters, _dates, _talk, _address, _names):
        fields |= build(data)
    fields["classes"] = _classes(data, fields)
    fields["hot"] = _hot(data, fields)
    return Lexicon(**fields)


def _numbers(data: Mapping[str, Table]) -> dict[str, Any]:
    n, q = data["numbers"], data["numbers"]["quantities"]
    zeros = dict.fromkeys(n["zeros"]["words"] + n["zeros"]["weak"], "0")
    return {
        "figures": {**n["digits"], **zeros, **n["homophones"], **n["teens"], **n["tens"]},
        "repeats": n["repeats"],
        "frequent": frozenset(n["frequent"]),
        "hundreds": frozenset(n["magnitudes"]["hundred"]),
        "joiner": n["magnitudes"]["joiner"],
        "ordinals": n["ordinals"],
        "ordinal_suffixes": frozenset(n["ordinal_marks"]["suffixes"]),
        "units": frozenset(q["units"]),
        "between_units": frozenset(q["between"]),
        "currency": frozenset(q["currency"]),
        "percent": frozenset(q["percent"]),
        "time_marks": frozenset(q["time_marks"]),
        "clock_leads": frozenset(q["clock_leads"]),
    }


def _letters(data: Mapping[str, Table]) -> dict[str, Any]:
    t, e = data["letters"], data["letters"]["email"]
    single = {c: c for c in "abcdefghijklmnopqrstuvwxyz"}
    links = [(link, "sure" if link in t["as_in"]["sure"] else "") for link in t["as_in"]["links"]]
    return {
        "letters": {**single, **t["nato"], **t["names"], **t["weak"]},
        "spelled_by": phrases(links),
        "signs": t["signs"],
        "at": frozenset(e["at"]),
        "dot": frozenset(e["dot"]),
        "email_joins": frozenset(e["joiners"]),
        "endings": frozenset(e["endings"]),
        "providers": frozenset(e["providers"]),
        "acronyms": frozenset(t["acronyms"]["known"]),
        "vowels": frozenset(t["clusters"]["vowels"]),
    }


def _dates(data: Mapping[str, Table]) -> dict[str, Any]:
    d = data["dates"]
    return {
        "months": d["months"],
        "weak_months": d["weak"],
        "of": frozenset(d["words"]["of"]),
        "the": frozenset(d["words"]["the"]),
        "year_joins": frozenset(d["words"]["year_joins"]),
        "year_leads": frozenset(d["words"]["year_leads"]),
    }


def _talk(data: Mapping[str, Table]) -> dict[str, Any]:
    t = data["talk"]
    # The first meaning of a phrase wins: what corrects also links.
    gaps = {
        text: meaning
        for meaning in ("listens", "joins", "fillers", "corrections")
        for text in t[meaning]
    }
    cues = [
        (text, Cue(c["kind"], c["shape"], c["least"], c["most"]))
        for c in data["cues"]["cue"]
        for text in c["phrases"]
    ]
    questions = [(text, Cue("per.name", "name", 1, 6)) for text in data["names"]["questions"]]
    return {
        "gaps": phrases(gaps.items()),
        "openers": phrases((text, "") for text in t["openers"]),
        "cues": phrases(cues + questions),
    }


def _address(data: Mapping[str, Table]) -> dict[str, Any]:
    a = data["address"]
    return {
        "streets": frozenset(a["streets"]),
        "weak_streets": frozenset(a["weak_streets"]),
        "directions": frozenset(a["directions"]),
        "street_names": frozenset(a["names"]),
        "unit_words": frozenset(a["units"]),
        "boxes": phrases((text, "") for text in a["boxes"]),
        "states": frozenset(a["states"]),
    }


def _names(data: Mapping[str, Table]) -> dict[str, Any]:
    n = data["names"]
    # A phrase in several lists has the weakest meaning.
    cues = {text: force for force in ("strong", "weak", "loose") for text in n[force]}
    return {
        "name_cues": phrases(cues.items()),
        "titles": frozenset(n["titles"]),
        "followers": frozenset(n["followers"]),
        "particles": frozenset(n["particles"]),
        "place_leads": frozenset(n["place_leads"]),
        "given": frozenset(n["given"].split()),
        "ambiguous": frozenset(n["ambiguous"].split()),
        "surnames": frozenset(n["surnames"].split()),
        "common": frozenset(n["common"].split()),
    }


def _classes(data: Mapping[str, Table], fields: Mapping[str, Any]) -> dict[str, str]:
    n, t = data["numbers"], data["letters"]
    hesitations = [w for w in data["talk"]["fillers"] if len(split_words(w)) == 1 and len(w) <= 4]
    rows: tuple[tuple[str, Iterable[str]], ...] = (  # later rows win
        ("g", (w for w in hesitations if w not in fields["common"] and w not in {"like", "well"})),
        ("n", [*t["nato"], *t["names"]]),
        ("v", t["weak"]),
        ("l", (c for c in "bcdefghjklmnpqrstuvwxyz")),
        ("w", n["homophones"]),
        ("&", [n["magnitudes"]["joiner"]]),
        ("k", n["magnitudes"]["thousand"]),
        ("h", n["magnitudes"]["hundred"]),
        ("R", n["repeats"]),
        ("o", n["zeros"]["weak"]),
        ("z", n["zeros"]["words"]),
        ("T", n["tens"]),
        ("t", n["teens"]),
        ("u", n["digits"]),
    )
    return {word: letter for letter, words in rows for word in words}


def _hot(data: Mapping[str, Table], fields: Mapping[str, Any]) -> frozenset[str]:
    """Collect the words without which no finding starts, save frequent ones said thrice."""
    common: frozenset[str] = fields["common"]
    strong = {w for w, c in fields["classes"].items() if c in "uztThRlF"} - fields["frequent"]
    email = fields["providers"] | fields["email_joins"] | fields["at"]
    found = {
        *strong,
        *fields["months"],
        *fields["weak_months"],
        *fields["ordinals"],
        *(fields["given"] - fields["ambiguous"]),
        *fields["titles"],
        *(fields["streets"] - fields["weak_streets"]),
        *fields["followers"],
        *(email - {"at", "plus", "minus", "point", "period"}),
        *fields["cues"].keys(common),
    }
    for text in data["names"]["strong"]:
        found.add(max(split_words(text), key=lambda word: (word not in common, len(word))))
    return frozenset(found)
