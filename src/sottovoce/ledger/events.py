"""The register of event kinds: which facts each may carry, and in what shape (docs/spec/events.md).

Rules:
1. The register is data, ``events.toml``; a kind or a fact that is not there is refused, so nothing
   unforeseen is ever written.
2. No shape has room for a sentence: a fact is a count, a truth, an id, a digest, a word of ours.
3. No message repeats what it refuses; that could be someone's words.
"""

import re
import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, timedelta
from importlib.resources import files
from typing import Any

from sottovoce.values.event import Event
from sottovoce.values.finding import Action
from sottovoce.values.kinds import KINDS, OWN_KIND

MAX_COUNT = 2**53 - 1
_ACTOR = re.compile(
    r"local|owner|operator|system|service|worker|cli|tester|uid[:-][0-9]{1,10}"
    r"|(?:act|usr|svc)_[0-9a-f]{20}"
)
_RECORDING = re.compile(r"rec_[0-9a-f]{20}")


@dataclass(frozen=True, slots=True)
class Shape:
    """What a fact may look like: a name, words for people, and the test."""

    name: str
    meaning: str
    fits: Callable[[object], bool]


@dataclass(frozen=True, slots=True)
class EventKind:
    """A kind of event: what happened, its facts, whether it is about one recording.

    ``has_recording`` is None where it may be either.
    """

    name: str
    meaning: str
    facts: Mapping[str, Shape]
    has_recording: bool | None


def check_event(event: Event) -> None:
    """Raise ValueError unless the event is one of the register, in every part."""
    kind = EVENT_KINDS.get(event.kind)
    if kind is None:
        raise ValueError("kind must be one of docs/spec/events.md")
    if not _ACTOR.fullmatch(event.actor):
        raise ValueError("actor must be a role of ours, uid: and a number, or act_ and 20 digits")
    if event.at.tzinfo is not UTC and event.at.utcoffset() != timedelta(0):
        raise ValueError("at must be aware and in UTC")
    if kind.has_recording not in (None, event.recording is not None):
        raise ValueError(f"recording must be {'given' if kind.has_recording else 'None'}")
    if event.recording is not None and not _RECORDING.fullmatch(event.recording):
        raise ValueError("recording must be rec_ and 20 hexadecimal digits")
    _check_facts(kind, event.facts)


def _check_facts(kind: EventKind, facts: Mapping[str, object]) -> None:
    for name, value in facts.items():
        shape = kind.facts.get(name)
        if shape is None:
            known = ", ".join(sorted(kind.facts)) or "none"
            raise ValueError(f"facts of {kind.name} must be among: {known}")
        if not shape.fits(value):
            raise ValueError(f"fact {name} of {kind.name} must be {shape.meaning}")


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value <= MAX_COUNT


def _is_truth(value: object) -> bool:
    return isinstance(value, bool)


def _matches(pattern: str) -> Callable[[object], bool]:
    compiled = re.compile(pattern)
    return lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None


def _counts_by(names: Collection[str], more: str = "(?!)") -> Callable[[object], bool]:
    others = re.compile(more)
    return lambda value: (
        isinstance(value, Mapping)
        and all(
            (name in names or others.fullmatch(str(name)) is not None) and _is_count(count)
            for name, count in value.items()
        )
    )


COUNT = Shape("count", "a whole number, 0 or more", _is_count)
TRUTH = Shape("truth", "true or false", _is_truth)
BY_KIND = Shape("counts by kind", "counts by ids of sensitive things", _counts_by(KINDS, OWN_KIND))
BY_ACTION = Shape(
    "counts by action", "counts by action", _counts_by({action.value for action in Action})
)
_CODED = {shape.name: shape for shape in (COUNT, TRUTH, BY_KIND, BY_ACTION)}
_ABOUT_ONE = {"yes": True, "no": False, "perhaps": None}


def _shape(name: str, said: Mapping[str, Any]) -> Shape:
    if "words" in said:
        words = tuple(said["words"])
        return Shape(name, "one of " + ", ".join(words), lambda value: value in words)
    if "pattern" in said:
        return Shape(name, said["meaning"], _matches(said["pattern"]))
    return _CODED[name]


def _kind(
    said: Mapping[str, Any], shapes: Mapping[str, Shape], alike: Mapping[str, Mapping[str, str]]
) -> EventKind:
    facts = {**alike.get(said.get("like", ""), {}), **said.get("facts", {})}
    shaped = {name: shapes[shape] for name, shape in facts.items()}
    return EventKind(said["name"], said["meaning"], shaped, _ABOUT_ONE[said["recording"]])


_REGISTER = tomllib.loads(
    files("sottovoce.ledger").joinpath("events.toml").read_text(encoding="utf-8")
)
_SHAPES = {name: _shape(name, said) for name, said in _REGISTER["shape"].items()}

VERSION: int = _REGISTER["version"]
NEVER: tuple[str, ...] = tuple(_REGISTER["never"])
"""What is in no event, in words."""
GROUNDS_WORDS: tuple[str, ...] = tuple(_REGISTER["shape"]["grounds"]["words"])
EVENT_KINDS = {said["name"]: _kind(said, _SHAPES, _REGISTER["facts"]) for said in _REGISTER["kind"]}
