"""Where exactly somebody is: coordinates, a corner of two streets, three words for a square.

Rules:
1. Two decimal numbers with directions, or after `latitude` and `longitude`, are a place; written
   with a comma they need three decimals and to lie in range.
2. A corner has two names; one of them is a street, an ordinal or no ordinary word.
3. Three words for a square follow their cue.
"""

import re

from sottovoce.detection.quantities import quantity_at
from sottovoce.detection.shapes import Candidate
from sottovoce.detection.spans import Heard
from sottovoce.detection.utterance import Utterance
from sottovoce.detection.written import chunk_at

GEO = "per.geo"
_PAIR = re.compile(r"(?<![\d.])(-?\d{1,3}\.\d{3,12})\s?[,/; ]\s?(-?\d{1,3}\.\d{3,12})(?!\d|\.\d)")
_SQUARE = re.compile(r"(?<!\S)///?[^\W\d_]{2,20}(?:\.[^\W\d_]{2,20}){2}")
_DIRECTED = re.compile(
    r"(?<![\w.])\d{1,2}\.\d{1,10}\s?[°º]?\s?[NS]\b,?\s{0,2}\d{1,3}\.\d{1,10}\s?[°º]?\s?[EW]\b"
)
_LARGEST_LATITUDE, _LARGEST_LONGITUDE = 90, 180
_LONGEST_NAME = 4
_THREE = 3


def find_locations(heard: Heard) -> tuple[Candidate, ...]:
    """Return exact places that are said and no postal address."""
    return (*_directed(heard), *_cued(heard), *_corners(heard), *_squares(heard))


def find_coordinates(u: Utterance) -> tuple[Candidate, ...]:
    """Return written coordinates, and written names of squares."""
    if "." not in u.text:
        return ()
    pieces = [chunk_at(u, m.start(), m.group()) for m in _SQUARE.finditer(u.text)]
    pieces += [chunk_at(u, m.start(), m.group()) for m in _DIRECTED.finditer(u.text)]
    for match in _PAIR.finditer(u.text):
        if abs(float(match[1])) <= _LARGEST_LATITUDE and abs(float(match[2])) <= _LARGEST_LONGITUDE:
            pieces.append(chunk_at(u, match.start(), match.group()))
    return tuple(Candidate(GEO, p.start, p.stop, 0.85, p.text) for p in pieces if p)


def _directed(heard: Heard) -> list[Candidate]:
    """Read `forty two point three north seventy one point one west`."""
    found: list[Candidate] = []
    u, ways, floor = heard.u, heard.spans.words("compass"), 0
    for _, point in (*heard.of("dot"), *heard.of("point"), *heard.of("degrees")):
        stop = point
        while stop < min(len(u), point + 8) and (
            u.classes[stop] in "uzotTFh" or _is_arc(heard, stop)
        ):
            stop += 1
        if stop >= len(u) or u.words[stop] not in ways or stop < floor:
            continue
        second = quantity_at(heard, heard.over(stop + 1, "geo_joins"))
        end = _way_end(heard, second.stop) if second else stop + 1
        start = _figures_before(heard, point - 1)
        if second and start < point - 1 and end > second.stop:
            found.append(Candidate(GEO, start, end, 0.85))
            floor = end
    return found


def _is_arc(heard: Heard, i: int) -> bool:
    return heard.u.words[i] in heard.spans.words("arcs")


def _way_end(heard: Heard, i: int) -> int:
    """Return the end of `minutes west` after a number, or i."""
    u, j = heard.u, i
    while j < min(len(u), i + 8) and (u.classes[j] in "uzotTFh" or _is_arc(heard, j)):
        j += 1
    return j + 1 if j < len(u) and u.words[j] in heard.spans.words("compass") else i


def _figures_before(heard: Heard, i: int) -> int:
    u, j = heard.u, i
    while j > 0 and i - j < 6 and u.classes[j - 1] in "uzotTFh&" and not heard.is_break(j):
        j -= 1
    return j


def _cued(heard: Heard) -> list[Candidate]:
    """Read `latitude forty two point three longitude minus seventy one`."""
    found = []
    for role in ("latitude", "coordinates"):
        for start, stop in heard.of(role):
            first = quantity_at(heard, heard.over(stop, "copula", "minus"))
            if first is None or (not first.is_decimal and role == "coordinates"):
                continue
            then = heard.over(_way_end(heard, first.stop), "geo_joins", "minus")
            then = heard.over(heard.starts("longitude", then), "copula", "minus")
            second = quantity_at(heard, then)
            if second or role == "latitude":
                end = _way_end(heard, second.stop if second else first.stop)
                found.append(
                    Candidate(GEO, start if role == "latitude" else first.start, end, 0.85)
                )
    return found


def _corners(heard: Heard) -> list[Candidate]:
    found: list[Candidate] = []
    mixed = bool(heard.of("corner")) and not heard.u.text.islower() and not heard.u.text.isupper()
    for start, stop in heard.of("corner"):
        if found and start < found[-1].stop:
            continue
        middle = _name_end(heard, stop)
        if middle == stop or heard.u.words[middle : middle + 1] != (heard.lexicon.joiner,):
            continue
        end = _name_end(heard, middle + 1)
        if end > middle + 1 and _has_street(heard, stop, end, mixed=mixed):
            own = heard.follows("place_own", stop, reach=3)
            found.append(Candidate(GEO, stop, end, 0.85 if own else 0.7))
    return found


def _name_end(heard: Heard, i: int) -> int:
    """Return the end of a street's name that begins at word i, or i."""
    u, lexicon, j = heard.u, heard.lexicon, i
    while j < min(len(u), i + _LONGEST_NAME) and u.words[j] != lexicon.joiner:
        if j > i and heard.is_break(j):
            break
        word = u.words[j]
        known = _is_of_street(heard, j) or u.capital(j) or u.classes[j] in "uzotTFhlnc"
        if not known and (word in lexicon.common or word in heard.spans.words("clause")):
            break
        j += 1
        if word in lexicon.streets and j > i + 1:
            break
    return j


def _is_of_street(heard: Heard, i: int) -> bool:
    word, lexicon = heard.u.words[i], heard.lexicon
    named = word in lexicon.streets or word in lexicon.street_names or word in lexicon.directions
    return named or word in lexicon.ordinals or word in lexicon.ordinal_suffixes


def _has_street(heard: Heard, start: int, stop: int, *, mixed: bool) -> bool:
    u = heard.u
    if u.words[start] in heard.spans.words("no_corner"):
        return False
    return any(
        _is_of_street(heard, i) or u.classes[i] in "tTF" or (mixed and u.capital(i))
        for i in range(start, stop)
    )


def _squares(heard: Heard) -> list[Candidate]:
    found = []
    for _, stop in heard.of("three_words"):
        start = heard.over(stop, "copula", "addressed")
        words, i = 0, start
        while (
            i < len(heard.u)
            and words < _THREE
            and (i == start or not heard.ends(i, "clause") or heard.u.gap(i) == ".")
        ):
            words += heard.u.words[i] not in heard.lexicon.dot
            i += 1
        if words == _THREE and (start > stop or i - start > _THREE):
            found.append(Candidate(GEO, start, i, 0.8))
    return found
