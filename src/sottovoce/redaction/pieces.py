"""Join the pieces of a number that is said over several turns, each of which is a finding.

Rules:
1. Pieces are of one kind on one channel, were found with one confidence, and follow one another.
2. They are joined only where together they are a whole: a number that is said whole elsewhere in
   the recording, a card that passes its check, a telephone number of its length.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sottovoce.redaction.reserved import luhn_digit
from sottovoce.values.finding import Finding

PAUSE_S = 30.0
_CARDS = (16, 15, 19, 18, 17, 14, 13)
_MOST = 34


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a number: the whole, and from where to where the part goes."""

    whole: str = field(repr=False)
    start: int
    stop: int


def pieces(values: Mapping[Finding, str]) -> dict[Finding, Piece]:
    """Return of each finding that says a piece of a number which; values are its figures."""
    groups: dict[tuple[str, int, float], list[Finding]] = {}
    for finding in sorted(values, key=lambda f: f.start_s):
        if values[finding].isdecimal():
            key = finding.kind, finding.channel, finding.confidence
            groups.setdefault(key, []).append(finding)
    known = {(finding.kind, value) for finding, value in values.items()}
    found: dict[Finding, Piece] = {}
    for group in groups.values():
        for run in _runs(group):
            found |= _joined(run, values, known)
    return found


def _runs(group: Sequence[Finding]) -> Iterator[list[Finding]]:
    run = [group[0]]
    for finding in group[1:]:
        if finding.start_s - run[-1].end_s > PAUSE_S:
            yield run
            run = []
        run.append(finding)
    yield run


def _joined(
    run: Sequence[Finding], values: Mapping[Finding, str], known: set[tuple[str, str]]
) -> Iterable[tuple[Finding, Piece]]:
    i = 0
    while i < len(run):
        wholes = list(_wholes([values[f] for f in run[i:]], run[i].kind, known))
        if not wholes:
            i += 1
            continue
        _, count, whole = min(wholes)
        at = 0
        for finding in run[i : i + count]:
            yield finding, Piece(whole, at, at + len(values[finding]))
            at += len(values[finding])
        i += count


def _wholes(
    said: Sequence[str], kind: str, known: set[tuple[str, str]]
) -> Iterator[tuple[int, int, str]]:
    """Yield the wholes that two or more pieces from the first on make, with how sure and many."""
    whole = ""
    for count, piece in enumerate(said, start=1):
        whole += piece
        if len(whole) > _MOST:
            return
        if count > 1 and (doubt := _doubt(whole, kind, known)) is not None:
            yield doubt, count, whole


def _doubt(whole: str, kind: str, known: set[tuple[str, str]]) -> int | None:
    """Return 0 for what is surely whole, more for what is less likely so, None for what is not."""
    if (kind, whole) in known:
        return 0
    if kind == "fin.pan" and len(whole) in _CARDS and luhn_digit(whole[:-1]) == whole[-1]:
        return 1 + _CARDS.index(len(whole))
    if kind in ("per.phone", "per.fax") and len(whole) == 10 + (whole[0] in "01"):
        return 1
    return None
