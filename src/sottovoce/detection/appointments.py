"""When somebody sees a doctor: days and times near talk of a visit.

Rules:
1. A day, a date or a time of day counts where a doctor, a clinic or a treatment is named nearby,
   and surely so where an appointment or a visit is spoken of as well.
2. What joins days and times (`tuesday at three`) belongs to them.
3. An appointment without a word of health may be a hairdresser's: it counts, weakly.
"""

from sottovoce.detection.dates import find_dates
from sottovoce.detection.quantities import quantity_at, quantity_before
from sottovoce.detection.shapes import Candidate
from sottovoce.detection.spans import Heard, Hit

APPOINTMENT = "hlt.appointment"
_REACH = 14
_GO_ON = ("weekday", "near_day", "vague_day", "day_part", "appointment")
_MOST_JOINED = 2


def find_appointments(heard: Heard) -> tuple[Candidate, ...]:
    """Return the days and times of visits."""
    if not heard.of("visit") and not heard.of("appointment"):
        return ()
    found = []
    for start, stop in _whole(heard, _times(heard)):
        visit = heard.is_near("visit", start, stop, reach=_REACH)
        booked = heard.is_near("booking", start, stop, reach=_REACH)
        if visit and (booked or stop - start > 1 or heard.u.classes[start] not in "uzotTF"):
            found.append(Candidate(APPOINTMENT, start, stop, 0.85 if booked else 0.6))
        elif heard.is_near("appointment", start, stop, reach=_REACH):
            found.append(Candidate(APPOINTMENT, start, stop, 0.5))
    return tuple(found)


def _times(heard: Heard) -> list[tuple[Hit, bool]]:
    """Return days and times; those that say little by themselves are marked so."""
    found: list[tuple[Hit, bool]] = [(hit, True) for hit in heard.of("weekday")]
    found += [(hit, True) for hit in heard.of("near_day")]
    found += [(hit, False) for hit in heard.of("vague_day")]
    found += [(hit, True) for hit in heard.of("clock_word")]
    dates = find_dates(heard.u, month_and_year=False, lexicon=heard.lexicon)
    found += [((c.start, c.stop), True) for c in dates]
    for start, stop in heard.of("day_part"):
        q = quantity_before(heard, start) or None
        begin = _clock_start(heard, start)
        found.append(((begin, stop), True) if q else ((start, stop), False))
    for i, word in enumerate(heard.u.words[:-1]):
        if word in heard.spans.words("clock_leads") and (hit := _clock(heard, i + 1)):
            found.append((hit, True))
    return sorted(found)


def _clock_start(heard: Heard, i: int) -> int:
    j = i
    while j > 0 and i - j < 4 and heard.u.classes[j - 1] in "uzotTF" and not heard.is_break(j):
        j -= 1
        if heard.u.gap(j) == ":":
            j -= 1
    return j


def _clock(heard: Heard, i: int) -> Hit | None:
    """Read `three`, `three thirty`, `10:30` where it ends like a time."""
    u = heard.u
    q = quantity_at(heard, i)
    if q is None or q.figures > 4 or q.is_large:
        return None
    stop = q.stop
    if stop < len(u) and u.gap(stop) == ":" and u.classes[stop] == "F":
        stop += 1
    glued = stop < len(u) and u.gap(stop) in {"-", ".", "/"}
    bare = stop == i + 1 and len(u.words[i]) > 2 and u.classes[i] == "F"
    if glued or bare:
        return None
    hours = q.value if q.value < 25 else q.value // 100
    if not 1 <= hours <= 24 or (stop < len(u) and u.words[stop] in heard.lexicon.units):
        return None
    said = (heard.starts(role, stop) > stop for role in _GO_ON)
    return (
        (i, stop) if heard.ends(stop, "clause", "date_joins", "amount_after") or any(said) else None
    )


def _whole(heard: Heard, times: list[tuple[Hit, bool]]) -> list[Hit]:
    """Join days and times, and leave out what says no day and no time."""
    joins = heard.spans.words("date_joins")
    whole: list[tuple[int, int, bool]] = []
    for (start, stop), sure in times:
        if whole and start <= whole[-1][1] + _MOST_JOINED:
            between = heard.u.words[whole[-1][1] : start]
            if all(word in joins for word in between):
                a, b, known = whole[-1]
                whole[-1] = (a, max(b, stop), known or sure)
                continue
        whole.append((start, stop, sure))
    return [(start, stop) for start, stop, sure in whole if sure]
