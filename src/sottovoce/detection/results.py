"""Results of laboratories and vital signs: `a one c of seven point two`, `140 over 90`.

Rules:
1. The name of a measure and a number within its bounds are a result, with the unit after it.
2. A number of days, people or the like after a measure is none.
3. A measure that is also an ordinary word (`temperature`, `weight`) needs somebody it is of.
4. Two numbers with `over` between them are a blood pressure if a heart may have it.
"""

from sottovoce.detection.quantities import Quantity, quantity_at, quantity_before
from sottovoce.detection.shapes import Candidate
from sottovoce.detection.spans import Heard, Measure
from sottovoce.detection.utterance import Utterance

LAB = "hlt.lab"
_SYSTOLIC, _DIASTOLIC = (65, 280), (30, 160)
_WARM = 95
_CELSIUS = (36, 42)
_LONGEST_ANSWER = 10


def find_results(heard: Heard) -> tuple[Candidate, ...]:
    """Return results with the measure's name, number and unit."""
    found = []
    measures = heard.spans.measures
    hits = [(hit, m) for n, m in enumerate(measures) for hit in heard.of(f"measure {n}")]
    sure = any(m.sure for _, m in hits)
    for (start, stop), measure in sorted(hits, key=lambda row: row[0]):
        end = _result_end(heard, start, stop, measure, is_among=sure)
        if end > stop:
            found.append(Candidate(LAB, start, end, 0.8))
    return tuple(found or _answer(heard))


def _result_end(heard: Heard, start: int, stop: int, measure: Measure, *, is_among: bool) -> int:
    """Return the end of a number and unit after a measure's name, or ``stop``."""
    u = heard.u
    q = quantity_at(heard, heard.over(stop, "between_result"))
    if q is None or not measure.low <= q.value <= measure.high:
        return stop
    if any(sign in ".;?!\n" for i in range(stop, q.start + 1) for sign in u.gap(i)):
        return stop
    if _is_spelled(heard, start, stop):
        return stop
    unit = heard.starts("lab_unit", q.stop)
    if unit == q.stop and q.stop < len(u) and _is_other(heard, q.stop):
        return stop
    if not measure.sure and not _is_somebodys(heard, start, q, is_among=is_among):
        return stop
    return unit


def _is_spelled(heard: Heard, start: int, stop: int) -> bool:
    """Tell whether letters that look like a measure's name are a part of something spelled."""
    letters = all(len(word) == 1 for word in heard.u.words[start:stop])
    return letters and start > 0 and heard.u.classes[start - 1] in "lnuztTF"


def _is_other(heard: Heard, i: int) -> bool:
    """Tell whether word i counts something else, or a sign makes the number another thing."""
    u = heard.u
    return u.words[i] in heard.lexicon.units or (u.gap(i) in {":", "-"} and u.classes[i] == "F")


def _is_somebodys(heard: Heard, start: int, q: Quantity, *, is_among: bool) -> bool:
    if heard.of("weather"):
        return False
    if q.is_decimal and (q.value >= _WARM or _CELSIUS[0] <= q.value <= _CELSIUS[1]):
        return True
    own = heard.is_near("vital_own", start, q.stop, reach=4)
    weighed = heard.starts("weight_unit", q.stop) > q.stop
    warm = q.value >= _WARM or q.is_decimal
    return is_among or LAB in heard.awaited or (own and (weighed or warm or heard.ends(q.stop)))


def find_pressures(heard: Heard) -> tuple[Candidate, ...]:
    """Return blood pressures said with `over`."""
    found = []
    for start, stop in heard.of("over"):
        high, low = quantity_before(heard, start), quantity_at(heard, stop)
        if high and low and is_pressure(high.value, low.value) and not _is_counted(heard, low.stop):
            found.append(Candidate(LAB, high.start, low.stop, 0.85))
    return tuple(found)


def _is_counted(heard: Heard, i: int) -> bool:
    return i < len(heard.u) and heard.u.words[i] in heard.lexicon.units


def is_pressure(high: float, low: float) -> bool:
    """Tell whether two numbers may be a blood pressure."""
    in_bounds = _SYSTOLIC[0] <= high <= _SYSTOLIC[1] and _DIASTOLIC[0] <= low <= _DIASTOLIC[1]
    return in_bounds and high - low >= 10


def _answer(heard: Heard) -> list[Candidate]:
    u: Utterance = heard.u
    if LAB not in heard.awaited or len(u) > _LONGEST_ANSWER:
        return []
    for i in range(len(u)):
        if q := quantity_at(heard, i):
            unit = heard.starts("lab_unit", q.stop)
            fits = unit > q.stop or heard.ends(q.stop, "clause")
            return [Candidate(LAB, q.start, unit, 0.6)] if fits else []
    return []
