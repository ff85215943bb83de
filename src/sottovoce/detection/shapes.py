"""What kind of thing a run is: from the cues in whose scope it lies, and from its shape.

Rules:
1. The nearest cue that takes a value of this length names the kind.
2. A checksum raises confidence; it never vetoes.
3. Without a cue a long run is found all the same: as what its shape suggests, or as some code.
   Only what is clearly harmless (a year, a quantity) is left.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from sottovoce.detection.checks import Checks
from sottovoce.detection.lattice import Reading
from sottovoce.detection.lexicon import Cue
from sottovoce.detection.runs import Run
from sottovoce.detection.utterance import Utterance

UNKNOWN = "per.other_unique"
ANY_DATE = "per.date"
_YEARS = re.compile(r"(?:(?:1[89]|20)\d\d){1,4}")
_CODE_SHAPES = frozenset({"code"})


class Expectation(Enum):
    """How strongly a cue expects its value."""

    NEAR = "the cue is in the same turn"
    ASKED = "an earlier turn asked for it"
    MENTIONED = "an earlier turn spoke of it"
    ANSWERED = "it was asked for, and given"


@dataclass(frozen=True, slots=True)
class Scope:
    """A cue in whose reach a run lies."""

    cue: Cue
    expectation: Expectation = Expectation.NEAR

    @property
    def asked(self) -> bool:
        return self.expectation is not Expectation.NEAR


@dataclass(frozen=True, slots=True)
class Candidate:
    """A finding in words of an utterance: start to stop."""

    kind: str
    start: int
    stop: int
    confidence: float
    value: str = field(repr=False, default="")
    sources: tuple[int, ...] = field(repr=False, default=())


def decide(
    u: Utterance,
    run: Run,
    choices: Sequence[Reading],
    scopes: Sequence[Scope],
    *,
    bare: bool,
    checks: Checks,
    goes_on: bool = False,
) -> Candidate | None:
    """Name the kind of a run, or return None if it is harmless.

    Where the value ``goes_on`` in the next turn, its first two characters are enough after a cue.
    """
    generic = False
    for scope in scopes:
        if not scope.cue.kind:
            generic |= bare or scope.expectation in {Expectation.NEAR, Expectation.ASKED}
            continue
        if (
            found := _in_scope(u, run, choices, scope, bare=bare, checks=checks, goes_on=goes_on)
        ) is not None:
            return found
    plain = choices[0].text
    if _is_letters(plain):
        return None
    least = 3 if generic and bare else 4 if generic else 5
    if not generic and not bare and _is_harmless(u, run, choices):
        return None
    return _by_shape(u, run, choices, least=least, checks=checks)


def _is_letters(text: str) -> bool:
    return not any(c.isdigit() for c in text)


def _in_scope(
    u: Utterance,
    run: Run,
    choices: Sequence[Reading],
    scope: Scope,
    *,
    bare: bool,
    checks: Checks,
    goes_on: bool,
) -> Candidate | None:
    cue = scope.cue
    if cue.shape not in {"digits", "code", "date", "month"}:
        return None
    least = _least(scope, bare=bare, goes_on=goes_on)
    if least is None:
        return None
    fits = [r for r in choices if least <= _size(r, cue) <= cue.most]
    if not fits:
        return None
    passed = next((r for r in fits if checks.passes(cue.kind, r.text)), None)
    best = passed or fits[0]
    whole = _size(best, cue) >= cue.least
    near = 0.9 if not scope.asked else 0.85 if bare else 0.7
    confidence = 0.6 if not whole else 0.99 if passed and not (scope.asked and not bare) else near
    start = run.start - int(_plus_before(u, run))
    return Candidate(cue.kind, start, run.stop, confidence, best.text, best.sources)


def _least(scope: Scope, *, bare: bool, goes_on: bool) -> int | None:
    """Return how many characters are enough for a value here, or None if nothing is."""
    if scope.expectation is Expectation.NEAR:
        return min(scope.cue.least, 2) if goes_on else scope.cue.least
    if scope.expectation is Expectation.ASKED:
        return 1 if bare else max(scope.cue.least, 3)
    if not bare:
        return None
    return 1 if scope.expectation is Expectation.ANSWERED else max(scope.cue.least - 1, 2)


def _size(reading: Reading, cue: Cue) -> int:
    if cue.shape in _CODE_SHAPES:
        return len(reading.text)
    return sum(c.isdigit() for c in reading.text)


def _is_harmless(u: Utterance, run: Run, choices: Sequence[Reading]) -> bool:
    """Tell whether a run without a cue is a year, years, or one number in words."""
    if any(_YEARS.fullmatch(r.text) and len(r.text) <= 16 for r in choices[:2]):
        return not any(len(u.words[a]) > 4 for a in run.atoms if u.classes[a] == "F")
    kinds = "".join(u.classes[a] for a in run.atoms)
    if "k" in kinds and len(kinds) <= 7:
        return True
    homophones = kinds.count("w")
    return homophones > 0 and homophones * 3 > len(kinds)


def _by_shape(
    u: Utterance, run: Run, choices: Sequence[Reading], *, least: int, checks: Checks
) -> Candidate | None:
    best: tuple[str, float, Reading] | None = None
    start = run.start - int(_plus_before(u, run))
    for reading in choices:
        named = _shape(u, run, reading.text, checks)
        if named is None and len(reading.text) >= least:
            named = (UNKNOWN, 0.5)
        if named and (best is None or named[1] - reading.cost * 0.05 > best[1]):
            best = (named[0], named[1], reading)
    if best is None or len(choices[0].text) < least:
        return None
    return Candidate(best[0], start, run.stop, best[1], best[2].text, best[2].sources)


def _shape(u: Utterance, run: Run, text: str, checks: Checks) -> tuple[str, float] | None:
    if own := checks.recognise(text):
        return own
    if not text.isdigit():
        return _code_shape(text, len(run.atoms), checks)
    groups, plus = _groups(u, run), _plus_before(u, run)
    for row in checks.numbers:
        if row.fits(len(text), groups, plus=plus):
            passed = checks.passes(row.kind, text)
            if passed or row.plain is not None:
                return row.kind, row.checked if passed else row.plain or 0.0
    return None


def _code_shape(text: str, atoms: int, checks: Checks) -> tuple[str, float] | None:
    for row in checks.codes:
        if not row.pattern.fullmatch(text):
            continue
        if checks.passes(row.kind, text):
            return row.kind, row.checked
        if row.plain is not None and atoms >= row.least_words:
            return row.kind, row.plain
    letters = sum(c.isalpha() for c in text)
    if atoms >= 3 and len(text) >= 5 and 0 < letters < len(text) and len(text) - letters >= 2:
        return UNKNOWN, 0.5
    return None


def _plus_before(u: Utterance, run: Run) -> bool:
    return run.start > 0 and u.words[run.start - 1] in {"+", "plus"}


def _groups(u: Utterance, run: Run) -> tuple[int, ...]:
    """Count the words between written signs; figures that stand apart are groups of their own."""
    sizes = [0]
    for k, atom in enumerate(run.atoms):
        figures = len(u.words[atom]) if u.classes[atom] == "F" else 1
        previous = run.atoms[k - 1] if k else atom
        apart = u.classes[atom] == "F" and (
            figures > 1 or (u.classes[previous] == "F" and sizes[-1] > 1)
        )
        if k and (u.gap(atom).strip() or apart):
            sizes.append(0)
        sizes[-1] += figures
    return tuple(sizes)
