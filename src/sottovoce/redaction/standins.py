"""Put one stand-in for one person, card or place, wherever a recording speaks of it.

Rules:
1. A stand-in is made of the kind, the key and the value; two values of a recording never share one,
   and none equals anything that is said in the recording.
2. What finds no stand-in that keeps rule 1 is numbered by its first appearance.
3. What a rule of the profile cannot read, such as a date, is masked without a number.
4. Nothing here is kept: with the key gone nobody can go back from a stand-in or check a guess.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from sottovoce.redaction.draw import Draw
from sottovoce.redaction.generalise import (
    OLDEST,
    age_of,
    may_be_oldest,
    postcode_of,
    region_of,
)
from sottovoce.redaction.invent import Inventor
from sottovoce.redaction.likeness import Likeness, Named
from sottovoce.redaction.profile import Profile
from sottovoce.redaction.replacing import AgeRule, DateRule, PlaceRule, Style
from sottovoce.redaction.say import say
from sottovoce.redaction.shift import (
    Day,
    as_iso,
    as_spoken,
    as_written,
    days_of,
    number_in_words,
    read_date,
    shifted,
    year_in_words,
)
from sottovoce.redaction.tongue import Tongue, load_tongue
from sottovoce.values.finding import Action, Finding
from sottovoce.values.kinds import Kind
from sottovoce.values.speech import Segment

AGE, POSTCODE = "per.age", "per.postcode"
DATES = frozenset(("per.dob", "per.date", "hlt.appointment"))
PLACES = frozenset(("per.place", "per.address"))
_CODE = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_LENGTH = 8


@dataclass(frozen=True, slots=True)
class StandIn:
    """What is shown for a finding, and the ways in which it may be said, the fullest first."""

    text: str = field(repr=False)
    said: tuple[str, ...] = field(repr=False, default=())


@dataclass(frozen=True, slots=True)
class Making:
    """What stand-ins are made with; without a draw or a year, what needs it is numbered or masked.

    ``person`` is whose dates are shifted alike across recordings, where the draw links them.
    """

    draw: Draw | None = None
    language: str = "en"
    this_year: int | None = None
    person: str = field(repr=False, default="")


def stand_ins(
    findings: Iterable[Finding],
    segments: Sequence[Segment],
    profile: Profile,
    making: Making | None = None,
) -> Mapping[Finding, StandIn]:
    """Return the stand-in of each finding that the profile replaces, where it has one."""
    ordered = sorted(
        (f for f in findings if profile.action(f.kind) is not Action.KEEP),
        key=lambda f: (f.start_s, f.end_s, f.channel),
    )
    replaced = [f for f in ordered if profile.action(f.kind) is Action.REPLACE]
    maker = _Maker(ordered, replaced, segments, profile, making or Making())
    made = ((finding, maker.of(finding)) for finding in replaced)
    return {finding: stand_in for finding, stand_in in made if stand_in}


class _Maker:
    """Makes the stand-ins of one recording."""

    def __init__(
        self,
        hidden: Sequence[Finding],
        replaced: Sequence[Finding],
        segments: Sequence[Segment],
        profile: Profile,
        making: Making,
    ) -> None:
        self._profile, self._making = profile, making
        self._tongue: Tongue | None = load_tongue(making.language)
        self._named = Likeness(replaced, segments, self._tongue).named
        self._hidden, self._segments = hidden, segments
        self._tags = self._numbered([self._named[f] for f in replaced if f in self._named])

    def of(self, finding: Finding) -> StandIn | None:
        """Return the stand-in of a finding, None where it is only masked."""
        said, kind = self._profile.replace, self._profile.kind(finding.kind)
        if finding.kind in DATES and said.dates is not DateRule.TAG:
            return self._date(finding, kind)
        if finding.kind == AGE and said.ages is AgeRule.CAP:
            return self._age(finding, kind)
        if said.places is PlaceRule.GENERALISE and finding.kind in {*PLACES, POSTCODE}:
            return self._region(finding, kind)
        named = self._named.get(finding)
        if named is None:
            return None
        invented = self._invented.of(named) if self._invented else None
        return StandIn(*invented) if invented else self._tag(named, kind)

    @cached_property
    def _invented(self) -> Inventor | None:
        draw, tongue = self._making.draw, self._tongue
        if self._profile.replace.style is Style.TAG or draw is None or tongue is None:
            return None
        return Inventor(self._named.values(), self._hidden, self._segments, draw, tongue)

    def _numbered(self, named: Sequence[Named]) -> Mapping[Named, str]:
        """Number values by first appearance, or name them by the key that recordings share."""
        draw = self._making.draw
        numbers: dict[str, dict[str, str]] = {}
        for one in named:
            known = numbers.setdefault(one.kind, {})
            if one.value not in known:
                is_linked = draw is not None and draw.links
                code = _code(one, draw, set(known.values())) if draw and is_linked else ""
                known[one.value] = code or str(len(known) + 1)
        return {one: numbers[one.kind][one.value] for one in named}

    def _tag(self, named: Named, kind: Kind) -> StandIn:
        number = self._tags[named]
        name = kind.label.replace("-", " ").lower()
        said = (f"{name} {say(number, self._tongue)}", name) if self._tongue else ()
        return StandIn(f"[{kind.label}-{number}]", said)

    def _shown(self, kind: Kind, text: str, said: str) -> StandIn:
        """Return what is said instead of a value, in brackets where the style has them."""
        is_tag = self._profile.replace.style is Style.TAG
        return StandIn(f"[{kind.label} {text}]" if is_tag else text, (said,))

    def _date(self, finding: Finding, kind: Kind) -> StandIn | None:
        tongue, making = self._tongue, self._making
        if tongue is None or making.this_year is None:
            return None
        words = [word.text for word in finding.words]
        said = read_date(words, tongue.dates, this_year=making.this_year)
        if said is None:
            return None
        if self._profile.replace.dates is DateRule.YEAR:
            return self._year(said, kind, tongue, making.this_year)
        if making.draw is None:
            return None
        moved = shifted(said, days_of(making.draw, making.person))
        is_tag = self._profile.replace.style is Style.TAG
        text = as_iso(moved) if is_tag else as_written(moved, tongue.dates)
        return self._shown(kind, text, as_spoken(moved, tongue.dates))

    def _year(self, said: Day, kind: Kind, tongue: Tongue, this_year: int) -> StandIn | None:
        if said.year is None:
            return None
        if may_be_oldest(said.year, this_year):
            return self._shown(kind, tongue.oldest, tongue.oldest_said)
        return self._shown(kind, str(said.year), year_in_words(said.year, tongue.dates))

    def _age(self, finding: Finding, kind: Kind) -> StandIn | None:
        years, tongue = age_of(finding.value), self._tongue
        if years is None or tongue is None:
            return None
        if years >= OLDEST:
            return self._shown(kind, tongue.oldest, tongue.oldest_said)
        return self._shown(kind, str(years), number_in_words(years, tongue.dates))

    def _region(self, finding: Finding, kind: Kind) -> StandIn | None:
        tongue = self._tongue
        if tongue is None:
            return None
        if finding.kind == POSTCODE:
            said = postcode_of(finding.value, tongue.places)
            return self._shown(kind, said, say(said, tongue)) if said else None
        words = [word.text for word in finding.words]
        region = region_of(words, tongue.places, frozenset(tongue.dates.numbers))
        return self._shown(kind, region, region) if region else None


def _code(named: Named, draw: Draw, taken: set[str]) -> str:
    """Return a code that is the same in each recording; long enough that two are never alike."""
    for attempt in range(8):
        number = draw.again(attempt).number(
            f"code {named.kind}", named.value, len(_CODE) ** _CODE_LENGTH
        )
        code = ""
        for _ in range(_CODE_LENGTH):
            number, rest = divmod(number, len(_CODE))
            code += _CODE[rest]
        if code not in taken and not code.isdecimal():
            return code
    return ""
