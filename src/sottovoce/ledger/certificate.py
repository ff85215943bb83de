"""The leak certificate: what the second listener recovered, and what a person decided about it.

Rules:
1. It says of one listener what that listener recovered. It never says that nothing is left.
2. Counts, measures and names of ours; never a word that was heard.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sottovoce.values.event import Fact

WAYS = {
    "plain": "as it is",
    "gain-2": "at twice the gain",
    "band-300-3400": "through 300 to 3400 Hz",
}
"""The ways of hearing, for people."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """How the redacted sound was heard again and what came back, by kind.

    ``known`` counts the values that were compared, ``recovered`` what leaked and was then masked
    wider, ``left`` what still leaked. ``heard_ms`` and ``told`` are by way of hearing: how much was
    heard, over all rounds, and how many leaks were told of. ``audible_ms`` is the voice that no
    mask covered at first; of what was heard far from every mask ``sample_ms`` was drawn by chance.
    """

    extent: str = "default"
    rounds: int = 0
    known: Mapping[str, int] = field(default_factory=dict)
    recovered: Mapping[str, int] = field(default_factory=dict)
    left: Mapping[str, int] = field(default_factory=dict)
    heard_ms: Mapping[str, int] = field(default_factory=dict)
    told: Mapping[str, int] = field(default_factory=dict)
    audible_ms: int = 0
    sample_ms: int = 0

    def facts(self, listener: str, digest: str) -> dict[str, object]:
        """Return what the receipt says of it (docs/spec/receipt.md)."""
        return {
            "listener": listener,
            "sha256": digest,
            "extent": self.extent,
            "rounds": self.rounds,
            "ways": {
                way: {"heard_ms": length, "leaks": self.told.get(way, 0)}
                for way, length in self.heard_ms.items()
            },
            "audible_ms": self.audible_ms,
            "sample_ms": self.sample_ms,
            "known": dict(self.known),
            "heard": dict(self.recovered),
            "left": dict(self.left),
            "passed": not self.left,
        }


@dataclass(frozen=True, slots=True)
class Review:
    """What a person decided about a recording that was held back, and why.

    ``accepted`` counts by kind the leaks over which it is published all the same; ``masked`` is how
    many spans the person hid.
    """

    decision: str
    grounds: str
    accepted: Mapping[str, int]
    masked: int

    def facts(self) -> dict[str, object]:
        """Return what the receipt says of it."""
        return dict(self.event_facts())

    def event_facts(self) -> dict[str, Fact]:
        """Return what the ledger's entry says of it (docs/spec/events.md)."""
        return {
            "decision": self.decision,
            "grounds": self.grounds,
            "accepted": dict(self.accepted),
            "masked_by_hand": self.masked,
        }


def in_plain_words(facts: Mapping[str, object]) -> tuple[str, ...]:
    """Say what the certificate in a receipt's facts proves and does not; nothing if there is none.

    The facts may be of any version and by anyone: what has not the form expected is left out.
    """
    check = _part(facts, "leak_check")
    ways = {way: _part(_part(check, "ways"), way) for way in WAYS}
    heard = [f"{_s(ways[way], 'heard_ms')} s {said}" for way, said in WAYS.items() if ways[way]]
    if not heard:
        return ()
    known, recovered, left = (_total(_part(check, name)) for name in ("known", "heard", "left"))
    listener = f"{check.get('listener')} (SHA-256 {str(check.get('sha256'))[:16]})"
    lines = [
        f"{listener} heard the redacted sound again: {', '.join(heard)};"
        f" {_s(check, 'audible_ms')} s of voice were left audible",
        f"compared with {known} known values, it recovered {recovered} things, which were masked"
        f" wider, and {left} in the last of {check.get('rounds')} rounds{_by_kind(check)}",
    ]
    return (*lines, *_reviewed(facts), *_limits(check))


def _limits(check: Mapping[str, object]) -> list[str]:
    limits = [
        "it is the limit of that listener: another recogniser, or a person, may recover what it"
        " did not",
    ]
    if check.get("extent") != "full":
        limits.append(
            "it heard the surroundings of the masks, what the first listener was unsure of and"
            f" {_s(check, 'sample_ms')} s drawn by chance of the rest; --certificate full hears all"
        )
    return limits


def _reviewed(facts: Mapping[str, object]) -> list[str]:
    review = _part(facts, "review")
    if not review:
        return []
    done = {"publish": "published it", "keep": "kept it back"}.get(
        str(review.get("decision")), "decided about it"
    )
    accepted = _total(_part(review, "accepted"))
    over = f", over {accepted} leaks that are accepted" if accepted else ""
    masked = review.get("masked_by_hand")
    return [
        f"a person, {facts.get('actor')}, reviewed it, masked {masked} spans by hand and {done}"
        f"{over} ({review.get('grounds')})"
    ]


def _by_kind(check: Mapping[str, object]) -> str:
    left = _part(check, "left")
    counts: Sequence[str] = [f"{kind} {count}" for kind, count in left.items()]
    return f": {', '.join(counts)}" if counts else ""


def _part(value: Mapping[str, object], name: str) -> Mapping[str, object]:
    part = value.get(name)
    return part if isinstance(part, Mapping) else {}


def _total(counts: Mapping[str, object]) -> int:
    return sum(count for count in counts.values() if isinstance(count, int))


def _s(value: Mapping[str, object], name: str) -> str:
    length = value.get(name)
    return f"{length / 1000:.1f}" if isinstance(length, int) else "0.0"
