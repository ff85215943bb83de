"""The one place where a stranger's recogniser joins detection (docs/detectors.md).

Rules:
1. Only what the owner names is loaded: what happens to be installed never sees a word.
2. Every answer is checked. A detector that fails or answers nonsense stops the work, so that
   nothing is published which it should have looked at.
3. No error repeats what a detector said: it has seen the words.
"""

import operator
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from itertools import islice
from typing import Any, Protocol

from sottovoce.values.errors import Unavailable, Unfit
from sottovoce.values.finding import TextFinding
from sottovoce.values.kinds import KINDS

GROUP = "sottovoce.detectors"
_MOST_PER_CHARACTER = 16
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")


class Detector(Protocol):
    """A recogniser, as an outsider writes it."""

    def find(self, text: str, *, language: str) -> Iterable[TextFinding]:
        """Return what is sensitive in a text, in any order; findings may overlap.

        Offsets are in characters of ``text``. Raise NotImplementedError for a language that is not
        known: an empty answer says that there is nothing.
        """
        ...


@dataclass(frozen=True, slots=True)
class Guarded:
    """A detector whose answers are checked."""

    name: str
    detector: Detector = field(repr=False)
    kinds: frozenset[str] = field(repr=False)

    def find(self, text: str, *, language: str) -> tuple[TextFinding, ...]:
        """Return what the detector finds, in order; raise Unavailable if it fails or errs."""
        wrong = "failed"
        found: Sequence[TextFinding] = ()
        try:
            most = _MOST_PER_CHARACTER * len(text) + 1
            found = tuple(islice(self.detector.find(text, language=language), most))
            wrong = _nonsense(found, len(text), self.kinds)
        except NotImplementedError:
            wrong = "does not know the language"
        except Exception as error:  # noqa: BLE001 - a stranger's code: whatever it raises stops us
            wrong = f"failed with {_class_name(error)}"
        # Raised here and not above, so that no traceback shows what the detector said.
        if wrong:
            raise Unavailable(f"the detector {self.name} {wrong}", hint=_hint(wrong))
        return tuple(sorted(map(_own, found), key=lambda f: (f.start, -f.end)))


def load_detectors(names: Iterable[str], *, own: Iterable[str] = ()) -> tuple[Guarded, ...]:
    """Load the detectors that the owner names; raise Unfit for one that cannot be had.

    A detector may find the kinds of the register and those of the owner's ``own``.
    """
    kinds = frozenset({*KINDS, *own})
    return tuple(Guarded(name, _made(name), kinds) for name in dict.fromkeys(names))


def _made(name: str) -> Detector:
    if not _NAME.fullmatch(name):
        raise Unfit("the name of a detector is 1 to 60 letters, digits, dots, dashes, underscores")
    point = _entry_point(name)
    wrong = ""
    made: Any = (
        None  # whatever a stranger's factory returns; what it finds is checked at every call
    )
    try:
        made = point.load()()
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a stranger's code: an edge
        wrong = f"failed to load with {_class_name(error)}"
    if not wrong and not callable(getattr(made, "find", None)):
        wrong = "is not one: what its factory returns has no find"
    if wrong:
        raise Unfit(
            f"the detector {name} {wrong}", hint=f"load {_printed(point.value)} alone to see why"
        )
    detector: Detector = made
    return detector


def _entry_point(name: str) -> EntryPoint:
    points = entry_points(group=GROUP)
    found = [point for point in points if point.name == name]
    if len({point.value for point in found}) > 1:
        raise Unfit(
            f"the detector {name} is in {len(found)} installed packages",
            hint="uninstall all but one",
        )
    if not found:
        others = sorted({p.name for p in points if _NAME.fullmatch(p.name)})
        listed = f"installed are {', '.join(others)}" if others else "none is installed"
        raise Unfit(f"there is no detector {name}", hint=f"{listed}; docs/detectors.md says more")
    return found[0]


def _nonsense(found: Sequence[object], length: int, kinds: frozenset[str]) -> str:
    """Return what is wrong with an answer, or nothing."""
    if len(found) > _MOST_PER_CHARACTER * length:
        return f"found {len(found)} things or more in {length} characters"
    for finding in found:
        if not isinstance(finding, TextFinding):
            return "found what is not a TextFinding"
        if not isinstance(finding.kind, str) or finding.kind not in kinds:
            return "found a kind that is neither of the register nor the owner's"
        start, end = operator.index(finding.start), operator.index(finding.end)
        if not 0 <= start < end <= length:
            return f"found something from {start} to {end} in a text of {length} characters"
        if not 0.0 <= float(finding.confidence) <= 1.0:
            return "is sure of something by less than 0 or more than 1"
    return ""


def _own(finding: TextFinding) -> TextFinding:
    """Return a finding in plain Python numbers."""
    return TextFinding(
        str(finding.kind),
        operator.index(finding.start),
        operator.index(finding.end),
        float(finding.confidence),
    )


def _hint(wrong: str) -> str:
    if "language" in wrong:
        return "leave it out for this language"
    return "nothing was published; mend the detector or leave it out"


def _class_name(error: BaseException) -> str:
    return _printed(type(error).__name__)


def _printed(name: str) -> str:
    return name if re.fullmatch(r"[\w.:]{1,100}", name, re.ASCII) else "something"
