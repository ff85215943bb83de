"""What a profile says of stand-ins: how they look, and what may be said of a value instead.

Rule: what a profile does not say is the safest: a numbered placeholder that tells nothing but
which values are alike.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import Enum
from typing import TypeVar

from sottovoce.values.errors import Unfit


class Style(Enum):
    """How a stand-in looks: `[NAME-1]`, or an invented value of the same form."""

    TAG = "tag"
    NATURAL = "natural"


class DateRule(Enum):
    """What is shown of a date: nothing, the date shifted by some weeks, or its year."""

    TAG = "tag"
    SHIFT = "shift"
    YEAR = "year"


class AgeRule(Enum):
    """What is shown of an age: nothing, or the age up to 89 and `90 or over`."""

    TAG = "tag"
    CAP = "cap"


class PlaceRule(Enum):
    """What is shown of a place: what the style says, or its region and three figures of a code."""

    STYLE = "style"
    GENERALISE = "generalise"


@dataclass(frozen=True, slots=True)
class Replacing:
    """What the action ``replace`` puts for values."""

    style: Style = Style.TAG
    dates: DateRule = DateRule.TAG
    ages: AgeRule = AgeRule.TAG
    places: PlaceRule = PlaceRule.STYLE

    def facts(self) -> Mapping[str, str]:
        """Return what is said, as words for the profile's digest."""
        return {name: rule.value for name, rule in asdict(self).items()}


_Rule = TypeVar("_Rule", bound=Enum)


def read_replacing(table: object) -> Replacing:
    """Read a profile's table ``replace``; raise Unfit naming the row that is wrong."""
    if not isinstance(table, dict):
        raise Unfit("the profile's replace is not a table")
    known = ("style", "dates", "ages", "places")
    if more := sum(name not in known for name in table):
        raise Unfit(
            f"the profile's replace has {more} rows that we do not know",
            hint=f"it may have {', '.join(known)}",
        )
    return Replacing(
        _rule(table, "style", Style),
        _rule(table, "dates", DateRule),
        _rule(table, "ages", AgeRule),
        _rule(table, "places", PlaceRule),
    )


def _rule(table: Mapping[str, object], name: str, rules: type[_Rule]) -> _Rule:
    allowed = [str(rule.value) for rule in rules]
    try:
        return rules(table.get(name, allowed[0]))
    except ValueError as error:
        raise Unfit(f"the profile's replace.{name} is none of {', '.join(allowed)}") from error
