"""Say less of a value instead of hiding it: ages, postal codes and places (45 CFR 164.514(b)(2)).

Rules:
1. What is not surely understood is not said at all.
2. Of a place only a region is said, and only where it ends what was said or is the one that a town
   is known for: a street may have a region's name.
"""

import re
from collections.abc import Sequence

from sottovoce.redaction.tongue import Places

OLDEST = 90
_OLDEST_EVER = 130


def age_of(value: str) -> int | None:
    """Return an age in years, with all from 90 on as 90, None where there is none."""
    if not re.fullmatch(r"\d{1,3}(\.\d+)?", value):
        return None
    years = int(float(value))
    return min(years, OLDEST) if years <= _OLDEST_EVER else None


def may_be_oldest(year: int, this_year: int) -> bool:
    """Tell whether a year of birth may tell of an age over 89."""
    return this_year - year >= OLDEST


def postcode_of(value: str, places: Places) -> str | None:
    """Return as much of a postal code as may be said, None where that is not known."""
    if not value.isdecimal() or len(value) not in places.postcode_lengths:
        return None
    said = value[: places.postcode_said]
    return places.instead if said in places.sparse else said


def region_of(words: Sequence[str], places: Places, figures: frozenset[str]) -> str | None:
    """Return the region of a place or an address, None where it is not sure.

    ``figures`` are words that say figures. What they alone stand before is a street's name.
    """
    plain = [re.sub(r"[^\w ]", "", word) for word in words]
    plain = [word for word in plain if word]
    folded = [word.casefold() for word in plain]
    while folded and (folded[-1].isdecimal() or folded[-1] in figures):
        folded.pop()
    for length in (3, 2, 1):
        found = places.regions.get(" ".join(folded[-length:])) if len(folded) >= length else None
        if found:
            return found if _is_no_street(folded[:-length], figures) else None
    short = plain[len(folded) - 1] if folded else ""
    return places.abbreviations.get(short) if len(folded) > 1 else None


def _is_no_street(before: Sequence[str], figures: frozenset[str]) -> bool:
    return not before or any(not w.isdecimal() and w not in figures for w in before)
