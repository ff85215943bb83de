"""Medicines by their names, with dose and times, and doses whose medicine is not known.

Rules:
1. A name that is only a medicine's counts by itself, with the dose and the times beside it.
2. A number of milligrams counts with times of taking, or where medicines are talked of; the
   uncommon word right before or after `of` is then the medicine, however it was heard.
"""

from sottovoce.detection.quantities import quantity_at, quantity_before
from sottovoce.detection.shapes import Candidate
from sottovoce.detection.spans import Heard

MED = "hlt.med"
_REACH = 8
_SHORTEST_NAME = 5


def find_medicines(heard: Heard) -> tuple[Candidate, ...]:
    """Return medicines and doses."""
    found: list[Candidate] = []
    for c in sorted((*_named(heard), *_doses(heard)), key=lambda c: (c.start, -c.stop)):
        last = found[-1] if found else None
        if last is None or c.start >= last.stop:
            found.append(c)
        else:
            sure = max(last.confidence, c.confidence)
            found[-1] = Candidate(MED, last.start, max(last.stop, c.stop), sure)
    return tuple(found)


def _named(heard: Heard) -> list[Candidate]:
    return [
        Candidate(MED, _dose_before(heard, start), _dose_after(heard, stop), 0.85)
        for start, stop in heard.of("medicine")
    ]


def _dose_before(heard: Heard, i: int) -> int:
    """Take in `20 milligrams of` before a name."""
    words, joins = heard.u.words, heard.spans.words("dose_joins")
    j = i
    while j > 0 and i - j < 2 and words[j - 1] in joins:
        j -= 1
    for stop in dict.fromkeys((j, i)):
        for length in (1, 2, 3):
            start = stop - length
            if start > 0 and heard.starts("dose_unit", start) == stop:
                q = quantity_before(heard, start)
                return q.start if q else i
    return i


def _dose_after(heard: Heard, i: int) -> int:
    end = i
    q = quantity_at(heard, heard.over(i, "dose_joins"))
    if q and set(heard.u.gap(q.start)) <= {" ", ","}:
        after = heard.starts("dose_unit", q.stop)
        if after > q.stop or heard.starts("frequency", q.stop) > q.stop:
            end = after
    return _times(heard, end)


def _times(heard: Heard, i: int) -> int:
    """Take in `by mouth twice a day`."""
    end = i
    for _ in range(3):
        if end < len(heard.u) and heard.is_break(end) and end == i:
            break
        after = heard.starts("frequency", end)
        if after == end:
            after = heard.starts("frequency", end + 1)
            if after <= end + 1:
                break
        end = after
    return end


def _doses(heard: Heard) -> list[Candidate]:
    found = []
    for role, is_sure in (("strong_unit", True), ("dose_unit", False)):
        for start, stop in heard.of(role):
            q = quantity_before(heard, start)
            if q is None:
                continue
            end = _times(heard, stop)
            talked_of = heard.is_near("pharmacy", q.start, stop, reach=_REACH)
            if (end > stop and (is_sure or talked_of)) or (is_sure and talked_of):
                begin, end = _name_before(heard, q.start), max(end, _name_after(heard, stop))
                found.append(Candidate(MED, begin, end, 0.7))
    return found


def _name_before(heard: Heard, i: int) -> int:
    if i == 0 or heard.is_break(i):
        return i
    return i - 1 if _is_name(heard, i - 1) else i


def _name_after(heard: Heard, i: int) -> int:
    after = heard.over(i, "dose_joins")
    if after >= len(heard.u) or after == i or heard.is_break(after):
        return i
    return after + 1 if _is_name(heard, after) else i


def _is_name(heard: Heard, i: int) -> bool:
    word = heard.u.words[i]
    plain = heard.u.classes[i] == "." and word.isalpha() and len(word) >= _SHORTEST_NAME
    known = heard.lexicon.common | heard.spans.words("not_dosed")
    return plain and word not in known and not heard.starts("pharmacy", i) > i
