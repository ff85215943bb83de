"""Tell which findings of a recording are of one value, and which only of a part of it.

Rules:
1. Casing, signs and the way of saying do not make another value; `people.py` has more for names.
2. The last figures alone are of the number that ends with them, if exactly one does.
3. The pieces of a number are of the whole (`pieces.py`).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sottovoce.redaction.people import mentions
from sottovoce.redaction.pieces import pieces
from sottovoce.redaction.reserved import plain_phone
from sottovoce.redaction.tongue import Tongue
from sottovoce.values.finding import Finding
from sottovoce.values.speech import Segment

NAME = "per.name"
_BY_WORDS = frozenset(("per.address", "per.place", "hlt.appointment", "biz.organisation"))
"""Kinds of which detection gives no value: what was said is the value."""
_PHONES = frozenset(("per.phone", "per.fax"))
_NET = frozenset(("per.email", "per.url"))
_ENDINGS = range(4, 7)


@dataclass(frozen=True, slots=True)
class Named:
    """Whose or which a finding is: its kind, the value it is of, and how much of it is said.

    Of a person the given name, the family name or both are said; of a number, where ``part`` is
    given, only figures from there to there, counted from its end.
    """

    kind: str
    value: str = field(repr=False)
    has_given: bool = True
    has_family: bool = True
    part: tuple[int, int] | None = None
    is_possessive: bool = False


class Likeness:
    """What each finding of a recording is of; in ``named``, where its value is known."""

    def __init__(
        self, findings: Sequence[Finding], segments: Sequence[Segment], tongue: Tongue | None
    ) -> None:
        self._tongue = tongue
        names = [finding for finding in findings if finding.kind == NAME]
        others = [finding for finding in findings if finding.kind != NAME]
        self.named: Mapping[Finding, Named] = {
            **self._people(names, _before(names, segments)),
            **_with_endings(self._numbers(others)),
        }

    def _numbers(self, findings: Sequence[Finding]) -> dict[Finding, Named]:
        said = {f: value for f in findings if (value := self._value(f))}
        parts = pieces({f: f.value for f in said})
        return {
            f: Named(
                f.kind,
                _plain(f.kind, p.whole),
                part=(p.start - len(p.whole), p.stop - len(p.whole)),
            )
            if (p := parts.get(f))
            else Named(f.kind, value)
            for f, value in said.items()
        }

    def _value(self, finding: Finding) -> str:
        value = finding.value
        if finding.kind in _BY_WORDS and not value:
            value = " ".join(word.text for word in finding.words)
        if finding.kind in _PHONES:
            return _plain(finding.kind, value)
        if finding.kind == "per.ip":
            return value.casefold().strip()
        if finding.kind in _NET and self._tongue:
            for sign, word in self._tongue.signs.items():
                value = value.replace(sign, word)
            return re.sub(r"[\W_]", "", value).casefold()
        return re.sub(r"[\W_]+", " ", value).casefold().strip()

    def _people(
        self, names: Sequence[Finding], before: Mapping[Finding, str]
    ) -> dict[Finding, Named]:
        people = self._tongue.people if self._tongue else None
        titles = people.titles if people else frozenset()
        said = {finding: (finding.value, before[finding] in titles) for finding in names}
        linked = mentions(said.values(), people)
        found = {finding: linked[name] for finding, name in said.items() if name in linked}
        return {
            finding: Named(
                NAME,
                " ".join(mention.person.name),
                mention.has_given,
                mention.has_family,
                is_possessive=_ends_with(finding, people.possessives if people else ()),
            )
            for finding, mention in found.items()
        }


def _before(names: Sequence[Finding], segments: Sequence[Segment]) -> dict[Finding, str]:
    """Return the word before each name, plain, or nothing."""
    first = {finding.words[0]: finding for finding in names if finding.words}
    found = dict.fromkeys(names, "")
    last: dict[int, str] = {}
    for segment in sorted(segments, key=lambda s: s.start_s):
        for word in segment.words:
            if word in first:
                found[first[word]] = last.get(segment.channel, "")
            last[segment.channel] = re.sub(r"[\W_]", "", word.text).casefold()
    return found


def _plain(kind: str, value: str) -> str:
    return plain_phone(value) if kind in _PHONES else value


def _ends_with(finding: Finding, endings: Sequence[str]) -> bool:
    last = re.sub(r"[^\w'’]+$", "", finding.words[-1].text) if finding.words else ""
    return last.casefold().endswith(tuple(endings))


def _with_endings(named: dict[Finding, Named]) -> dict[Finding, Named]:
    """Let the last figures of one number of the recording stand for a part of it."""
    wholes: dict[tuple[str, str], set[str]] = {}
    for one in set(named.values()):
        for length in _ENDINGS:
            if one.value.isdecimal() and len(one.value) > length + 1:
                wholes.setdefault((one.kind, one.value[-length:]), set()).add(one.value)
    linked = {}
    for finding, one in named.items():
        found = wholes.get((one.kind, one.value), set()) if one.part is None else set()
        whole = next(iter(found)) if len(found) == 1 else ""
        linked[finding] = replace(one, value=whole, part=(-len(one.value), 0)) if whole else one
    return linked
