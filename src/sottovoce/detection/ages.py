"""Ages of persons: `i'm ninety three`, `aged 54`, `my son is seven`, `a 50-year-old`.

Rules:
1. A number of years with `years old`, or after `aged`, is an age, unless it is a thing's.
2. After `i'm`, or a relative and `is`, a number is an age only where the clause ends with it:
   `i'm ten minutes away` says a time.
3. The age of a speaker under eighteen also tells that a child speaks.
4. An age that is asked for may stand alone.
"""

from sottovoce.detection.quantities import Quantity, quantity_at, quantity_before
from sottovoce.detection.shapes import Candidate
from sottovoce.detection.spans import Heard

AGE, CHILD = "per.age", "per.child"
_OLDEST = 120
_GROWN = 18
_LONGEST_ANSWER = 6


def find_children(heard: Heard) -> tuple[Candidate, ...]:
    """Return statements, without a number, that the speaker is a child or of some age."""
    children = (Candidate(CHILD, start, stop, 0.7) for start, stop in heard.of("child"))
    decades = (Candidate(AGE, start, stop, 0.6) for start, stop in heard.of("age_decade"))
    return (*children, *decades)


def find_ages(heard: Heard) -> tuple[Candidate, ...]:
    """Return ages in numbers, and that the speaker is a child where they tell it."""
    found = {c.start: c for c in _with_units(heard)}
    found |= {c.start: c for c in _led(heard) if c.start not in found}
    children: list[Candidate] = []
    for candidate, is_own in _said_of(heard):
        found.setdefault(candidate.start, candidate)
        if is_own and 0 < float(candidate.value) < _GROWN:
            children.append(Candidate(CHILD, candidate.start, candidate.stop, 0.8))
    found |= {c.start: c for c in _answers(heard) if c.start not in found}
    return (*found.values(), *children)


def _fits(q: Quantity | None) -> bool:
    return q is not None and q.pieces == 1 and 0 < q.value <= _OLDEST and q.figures <= 4


def _age(q: Quantity, stop: int, confidence: float) -> Candidate:
    return Candidate(AGE, q.start, stop, confidence, f"{q.value:g}")


def _with_units(heard: Heard) -> list[Candidate]:
    found = []
    for role in ("age_unit", "age_unit_small"):
        for start, stop in heard.of(role):
            q = quantity_before(heard, start)
            if q is None or not _fits(q) or _is_of_thing(heard, q.start, stop):
                continue
            if heard.starts("age_range", stop) > stop or _is_to(heard, q.start):
                continue
            found.append(_age(q, stop, 0.85))
    return found


def _is_of_thing(heard: Heard, start: int, stop: int) -> bool:
    """Tell whether `is 20 years old` or `20-year-old` is said of a company, a car, a whisky."""
    things = heard.spans.words("aged_things")
    before = heard.u.words[max(0, start - 4) : start]
    return not things.isdisjoint((*before, *heard.u.words[stop : stop + 2]))


def _is_to(heard: Heard, start: int) -> bool:
    """Tell whether a number closes or opens a span of ages, or a limit."""
    before = heard.u.words[max(0, start - 2) : start]
    return not heard.spans.words("age_limits").isdisjoint(before)


def _led(heard: Heard) -> list[Candidate]:
    """Read `aged 54` and `age is fifty four`."""
    found = []
    for start, stop in heard.of("age_lead"):
        q = quantity_at(heard, heard.over(stop, "about"))
        if q is None or not _fits(q) or heard.starts("age_range", q.stop) > q.stop:
            continue
        if _is_to(heard, start) or heard.starts("not_age", q.stop) > q.stop:
            continue
        found.append(_age(q, q.stop, 0.8))
    return found


def _said_of(heard: Heard) -> list[tuple[Candidate, bool]]:
    """Read `i'm ninety three`, `my son is seven`, `she just turned forty`."""
    found = []
    for role, is_own, follow in (
        ("age_own", True, ("clause",)),
        ("age_other", False, ("clause",)),
        ("age_turn", False, ("clause", "clause_turn")),
    ):
        for _, stop in heard.of(role):
            if c := _ending(heard, stop, follow):
                found.append((c, is_own))
    for start, stop in heard.of("kin"):
        after = _after_kin(heard, start, stop)
        if after and (c := _ending(heard, after, ("clause",))):
            found.append((c, False))
    return found


def _ending(heard: Heard, i: int, follow: tuple[str, ...]) -> Candidate | None:
    """Read a number that the clause ends with."""
    q = quantity_at(heard, heard.over(i, "about"))
    if q is None or not _fits(q) or q.is_decimal or heard.u.words[q.start] in _ones(heard):
        return None
    if q.stop < len(heard.u) and heard.u.gap(q.stop) in {":", "/", "-", "."}:
        return None
    return _age(q, q.stop, 0.75) if heard.ends(q.stop, *follow) else None


def _ones(heard: Heard) -> frozenset[str]:
    return heard.spans.words("ones")


def _after_kin(heard: Heard, start: int, stop: int) -> int:
    """Return the word after `my son is`, or 0 where no relative of somebody is meant."""
    u, whose = heard.u, heard.spans.words("whose")
    if whose.isdisjoint(u.words[max(0, start - 2) : start]):
        return 0
    if u.words[stop - 1] in heard.spans.words("kin_is"):
        return stop
    after = heard.over(stop, "is")
    return after if after > stop else 0


def _answers(heard: Heard) -> list[Candidate]:
    if AGE not in heard.awaited or len(heard.u) > _LONGEST_ANSWER:
        return []
    for i in range(len(heard.u)):
        if (q := quantity_at(heard, i)) and _fits(q):
            return [_age(q, q.stop, 0.75)] if heard.ends(q.stop, "clause") else []
    return []
