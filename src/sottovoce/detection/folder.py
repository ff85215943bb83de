"""Read the folder of a language into the fields of a Lexicon.

Rules:
1. A folder holds numbers, letters, dates, talk, address, cues and names, each a TOML file.
2. Every word is folded as utterances are: what the language takes for the same letter is one.
3. A word in several lists has the class of the list that says the most.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from typing import Any

from sottovoce.detection.glance import Glance
from sottovoce.detection.phrases import Cue, Fold, Phrases, phrases, split_words, telling

_PARTS = ("numbers", "letters", "dates", "talk", "address", "cues", "names")
Table = Mapping[str, Any]  # what tomllib returns; checked by building the Lexicon from it
_SHORT_NUMBERS = "uztThRlFH"


def fields_of(language: str) -> dict[str, Any]:
    """Return the fields of a language's Lexicon, by name."""
    data = _read(language)
    fields: dict[str, Any] = {"fold": _fold(data)}
    for build in (_numbers, _letters, _dates, _talk, _address, _names):
        fields |= build(data, fields["fold"])
    fields["classes"] = _classes(data, fields)
    fields["hot"] = _hot(data, fields)
    fields["glance"] = _glance(data, fields)
    return fields


def _read(language: str) -> dict[str, Table]:
    folder = files("sottovoce.detection") / "data" / language
    return {p: tomllib.loads((folder / f"{p}.toml").read_text("utf-8")) for p in _PARTS}


def _fold(data: Mapping[str, Table]) -> Fold:
    return str.maketrans(data["letters"]["alphabet"]["fold"])


def _words(entries: Iterable[str], fold: Fold) -> frozenset[str]:
    return frozenset(entry.lower().translate(fold) for entry in entries)


def _table(entries: Mapping[str, Any], fold: Fold) -> dict[str, Any]:
    return {word.translate(fold): meaning for word, meaning in entries.items()}


def _numbers(data: Mapping[str, Table], fold: Fold) -> dict[str, Any]:
    n = data["numbers"]
    zeros = dict.fromkeys(n["zeros"]["words"] + n["zeros"]["weak"], "0")
    said = {**n["digits"], **zeros, **n["homophones"], **n["teens"], **n["tens"]}
    return {
        "figures": _table({**_glued(n), **said, **n.get("hundreds", {})}, fold),
        "repeats": _table(n["repeats"], fold),
        "frequent": _words(n["frequent"], fold),
        "hundreds": _words(n["magnitudes"]["hundred"], fold),
        "thousands": _table(n["thousands"], fold),
        "joiner": n["magnitudes"]["joiner"],
        "joins": frozenset(n["magnitudes"]["joins"]),
        "tens_joined": n["magnitudes"]["tens_joined"],
        "decimal": n["written"]["decimal"],
        "group": n["written"]["group"],
        "points": _words(n["written"]["points"], fold),
        "ordinals": _table(n["ordinals"], fold),
        "ordinal_suffixes": _words(n["ordinal_marks"]["suffixes"], fold),
    } | _quantities(n["quantities"], fold)


def _quantities(q: Table, fold: Fold) -> dict[str, Any]:
    return {
        "units": _words(q["units"], fold),
        "between_units": _words(q["between"], fold),
        "currency": frozenset(q["currency"]),
        "percent": frozenset(q["percent"]),
        "half_days": phrases(((text, "") for text in q["half_days"]), fold),
        "time_marks": _words(q["time_marks"], fold),
        "clock_leads": _words(q["clock_leads"], fold),
    }


def _glued(n: Table) -> dict[str, str]:
    """Write tens and units as one word, as recognisers do now and then: `fortyone`."""
    if not n["magnitudes"]["tens_glued"]:
        return {}
    return {
        ten + unit: f"{tens[0]}{digit}"
        for ten, tens in n["tens"].items()
        for unit, digit in n["digits"].items()
    }


def _letters(data: Mapping[str, Table], fold: Fold) -> dict[str, Any]:
    t, e = data["letters"], data["letters"]["email"]
    single = {c: c for c in t["alphabet"]["letters"]}
    links = [(link, "sure" if link in t["as_in"]["sure"] else "") for link in t["as_in"]["links"]]
    return {
        "letters": single | _table({**t["nato"], **t["names"], **t["weak"]}, fold),
        "letter_phrases": phrases(t["phrases"].items(), fold),
        "spelled_by": phrases(links, fold),
        "signs": _table(t["signs"], fold),
        "at": frozenset(e["at"]),
        "dot": frozenset(e["dot"]),
        "email_joins": _words(e["joiners"], fold),
        "endings": frozenset(e["endings"]),
        "providers": frozenset(e["providers"]),
        "acronyms": _words(t["acronyms"]["known"], fold),
        "vowels": frozenset(t["alphabet"]["vowels"]),
        "possessives": tuple(t["alphabet"]["possessives"]),
    }


def _dates(data: Mapping[str, Table], fold: Fold) -> dict[str, Any]:
    d = data["dates"]
    return {
        "months": _table(d["months"], fold),
        "weak_months": _table(d["weak"], fold),
        "of": _words(d["words"]["of"], fold),
        "the": _words(d["words"]["the"], fold),
        "year_joins": _words(d["words"]["year_joins"], fold),
        "year_leads": _words(d["words"]["year_leads"], fold),
        "short_year_joins": _words(d["words"].get("short_year_joins", ()), fold),
        "long_year": re.compile(d["years"]["long"]),
        "short_year": re.compile(d["years"]["short"]),
        "numbered_months": d["years"]["numbered_months"],
    }


def _talk(data: Mapping[str, Table], fold: Fold) -> dict[str, Any]:
    t, c = data["talk"], data["cues"]
    # The last meaning of a phrase wins: what corrects also links.
    gaps = {
        text: meaning
        for meaning in ("listens", "joins", "fillers", "corrections")
        for text in t[meaning]
    }
    return {
        "gaps": phrases(gaps.items(), fold),
        "denials": _words(t["denials"], fold),
        "openers": phrases(((text, "") for text in t["openers"]), fold),
        "cues": _cues(c["cue"], data["names"]["questions"], fold),
    }


def _cues(rows: Iterable[Table], questions: Iterable[str], fold: Fold) -> Phrases[Cue]:
    asked = ((text, Cue("per.name", "name", 1, 6)) for text in questions)
    cues = (
        (text, Cue(c["kind"], c["shape"], c["least"], c["most"]))
        for c in rows
        for text in c["phrases"]
    )
    return phrases((*cues, *asked), fold)


def _address(data: Mapping[str, Table], fold: Fold) -> dict[str, Any]:
    a = data["address"]
    return {
        "streets": _words(a["streets"], fold),
        "weak_streets": _words(a["weak_streets"], fold),
        "street_first": a.get("street_first", False),
        "number_words": _words(a.get("number_words", ()), fold),
        "directions": _words(a["directions"], fold),
        "street_names": _words(a["names"], fold),
        "unit_words": _words(a["units"], fold),
        "boxes": phrases(((text, "") for text in a["boxes"]), fold),
        "states": _words(a["states"], fold),
    }


def _names(data: Mapping[str, Table], fold: Fold) -> dict[str, Any]:
    n = data["names"]
    # A phrase in several lists has the weakest meaning.
    cues = {text: force for force in ("strong", "weak", "loose") for text in n[force]}
    return {
        "name_cues": phrases(cues.items(), fold),
        "titles": _words(n["titles"], fold),
        "followers": _words(n["followers"], fold),
        "particles": _words(n["particles"], fold),
        "place_leads": _words(n["place_leads"], fold),
        "given": _words(n["given"].split(), fold),
        "family": _words(n.get("family", "").split(), fold),
        "ambiguous": _words(n["ambiguous"].split(), fold),
        "surnames": _words(n["surnames"].split(), fold),
        "common": _words(n["common"].split(), fold),
    }


def _classes(data: Mapping[str, Table], fields: Mapping[str, Any]) -> dict[str, str]:
    n, t, fold = data["numbers"], data["letters"], fields["fold"]
    ordinary = {*t["weak"], *n["zeros"]["weak"]}
    rows: tuple[tuple[str, Iterable[str]], ...] = (  # later rows win
        ("g", data["talk"]["hesitations"]),
        ("n", [*t["nato"], *t["names"]]),
        ("v", t["weak"]),
        ("l", (c for c in t["alphabet"]["letters"] if c not in ordinary)),
        ("w", n["homophones"]),
        ("&", [n["magnitudes"]["joiner"]]),
        ("k", n["thousands"]),
        ("h", n["magnitudes"]["hundred"]),
        ("R", n["repeats"]),
        ("o", n["zeros"]["weak"]),
        ("z", n["zeros"]["words"]),
        ("H", n.get("hundreds", ())),
        ("T", n["tens"]),
        ("t", [*n["teens"], *_glued(n)]),
        ("u", n["digits"]),
    )
    return {word.translate(fold): letter for letter, words in rows for word in words}


def _hot(data: Mapping[str, Table], fields: Mapping[str, Any]) -> frozenset[str]:
    """Collect the words without which no finding starts, save frequent ones said thrice."""
    common: frozenset[str] = fields["common"]
    strong = {w for w, c in fields["classes"].items() if c in _SHORT_NUMBERS}
    email = fields["providers"] | fields["email_joins"] | fields["at"]
    return frozenset(
        {
            *(strong - fields["frequent"]),
            *fields["months"],
            *fields["weak_months"],
            *fields["ordinals"],
            *(fields["given"] - fields["ambiguous"]),
            *fields["titles"],
            *(fields["streets"] - fields["weak_streets"]),
            *fields["followers"],
            *(email - frozenset(data["letters"]["email"]["frequent"])),
            *fields["cues"].keys(common),
            *(telling(split_words(t, fields["fold"]), common) for t in data["names"]["strong"]),
        }
    )


def _glance(data: Mapping[str, Table], fields: Mapping[str, Any]) -> Glance:
    """Sort the words of a language by how much one of them alone tells."""
    common, classes = fields["common"], fields["classes"]
    strong = phrases(((text, "") for text in data["names"]["strong"]), fields["fold"])
    indexes = (fields["cues"], strong)
    said = [p for x in indexes for found in x.by_first.values() for p, _ in found]
    by_word: dict[str, list[tuple[int, tuple[str, ...]]]] = {}
    for phrase in (p for p in said if len(p) > 1):
        word = max(phrase, key=lambda w: (w not in common and w.isalpha(), len(w)))
        by_word.setdefault(word, []).append((phrase.index(word), phrase))
    said_so = {w: kind for w, kind in classes.items() if kind in "uztTHhk"}
    numbers = {w: _figures(w, said_so[w], fields) for w in said_so.keys() - fields["frequent"]}
    dated = {*fields["months"], *fields["weak_months"], *fields["ordinals"]}
    counted = {*numbers, *fields["frequent"], *dated, *fields["followers"]}
    announced = {p[0] for p in said if len(p) == 1}
    hot = {word for word in fields["hot"] if not word.isdecimal()}
    sure = (hot - counted - by_word.keys()) | announced | _always(fields)
    spelling = {word for word, kind in classes.items() if kind == "n"}
    placed = fields["weak_streets"] | fields["unit_words"] | fields["boxes"].by_first.keys()
    names = fields["ambiguous"] | fields["surnames"] | fields["given"]
    return Glance(
        sure=frozenset(sure),
        phrases={word: tuple(found) for word, found in by_word.items()},
        numbers=numbers,
        most_numbers=2 if fields["numbered_months"] else 4,
        frequent=fields["frequent"],
        dated=frozenset(dated),
        alike=frozenset(word for word, kind in classes.items() if kind == "w"),
        filling=frozenset(_filling(fields)),
        beside=placed | dated,
        spelling=frozenset(spelling),
        ambiguous=fields["ambiguous"],
        followers=fields["followers"],
        leads=fields["name_cues"],
        plain=(common - names) | (dated - names),
        watched=frozenset({*sure, *counted, *by_word, *placed, *spelling}),
        cluster=_cluster(fields["vowels"]),
        fold=fields["fold"],
    )


def _filling(fields: Mapping[str, Any]) -> Iterator[str]:
    """Yield the words of what is said around an answer."""
    for index in (fields["openers"], fields["gaps"]):
        for entries in index.by_first.values():
            for phrase, _ in entries:
                yield from phrase


def _cluster(vowels: frozenset[str]) -> re.Pattern[str]:
    """Return what finds words of two or three letters without a vowel."""
    consonant, apart = rf"[^\W\d_{''.join(sorted(vowels))}]", r"[^\W_]|['’]"
    return re.compile(rf"(?<!{apart}){consonant}{{2,3}}(?!{apart})")


def _figures(word: str, kind: str, fields: Mapping[str, Any]) -> int:
    if kind in "hk":
        return len(str(fields["thousands"].get(word, 100)))
    return len(fields["figures"][word])


def _always(fields: Mapping[str, Any]) -> frozenset[str]:
    """Return what needs a closer look whatever else it is: names, titles, letters, repeats."""
    letters = {word for word, kind in fields["classes"].items() if kind in "Rl"}
    sure = (fields["given"] - fields["ambiguous"]) | fields["titles"] | letters
    return frozenset(sure | (fields["streets"] - fields["weak_streets"]))
