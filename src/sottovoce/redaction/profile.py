"""Profiles: what is done with each kind of sensitive thing (docs/spec/profile.md).

Rules:
1. What a profile does not name is masked.
2. Voice that no word accounts for is never kept.
3. What may not be stored at all is burnt by every profile (PCI DSS 3.3.1).
4. A passage that a profile does not name is labelled. One that it would quarantine is, if it is not
   sure, restricted: a false alarm must not cost a whole recording.
5. A recording in a language that detection does not know is quarantined, unless the profile says
   that hiding its figures is enough.
"""

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

from sottovoce.redaction.replacing import Replacing, read_replacing
from sottovoce.values.errors import Unfit
from sottovoce.values.finding import Action
from sottovoce.values.kinds import KINDS, MUST_BURN, OWN_KIND, Kind
from sottovoce.values.passage import PassageAction

UNEXPLAINED = "sys.unexplained"
OWN = "own"

_NAME = re.compile(r"[a-z][a-z0-9._-]{0,39}")
SURE = 0.8
"""From this confidence on a passage is quarantined where its profile says so."""

_FIELDS = {
    "name",
    "version",
    "purpose",
    "categories",
    "kinds",
    "passages",
    "languages",
    "replace",
}
_PRINTED = re.compile(r"[A-Za-z0-9._-]{1,40}")
_MOST_BYTES = 16 << 10
_MOST_VERSION = 999_999
_MOST_PURPOSE = 200
_SPEC = "docs/spec/profile.md has all that a profile may say"
_Choice = TypeVar("_Choice", bound=Enum)


class UnknownLanguage(Enum):
    """What a profile does with a recording whose language detection does not know."""

    QUARANTINE = "quarantine"
    MASK_DIGITS = "mask-digits"


@dataclass(frozen=True, slots=True)
class Profile:
    """A named choice of an action for every kind, and for passages of every kind."""

    name: str
    version: int
    purpose: str
    actions: Mapping[str, Action]
    passages: Mapping[str, PassageAction] = field(default_factory=dict)
    unknown_language: UnknownLanguage = UnknownLanguage.QUARANTINE
    kinds: Mapping[str, Kind] = field(default_factory=lambda: KINDS)
    replace: Replacing = field(default_factory=Replacing)

    def action(self, kind: str) -> Action:
        """Return what is done with a kind; mask when it is unknown."""
        return self.actions.get(kind, Action.MASK)

    def kind(self, kind: str) -> Kind:
        """Return what a kind is called; one that nobody knows is unclear."""
        return self.kinds.get(kind, KINDS[UNEXPLAINED])

    def with_own_kinds(self, kinds: Sequence[Kind], actions: Mapping[str, Action]) -> "Profile":
        """Return the profile with an owner's kinds, and what to do with those it does not name."""
        own = {kind.id: kind for kind in kinds}
        of_all = self.actions.get(OWN)
        chosen = {kind: of_all or actions.get(kind, Action.MASK) for kind in own}
        return replace(self, actions={**chosen, **self.actions}, kinds={**self.kinds, **own})

    def passage_action(self, kind: str, confidence: float) -> PassageAction:
        """Return what is done about a passage; label it when its kind is unknown."""
        chosen = self.passages.get(kind, PassageAction.LABEL)
        if chosen is PassageAction.QUARANTINE and confidence < SURE:
            return PassageAction.RESTRICT
        return chosen

    @property
    def refuses_unknown_language(self) -> bool:
        """Tell whether nothing is published of a language that detection does not know."""
        return self.unknown_language is UnknownLanguage.QUARANTINE

    def only_burning(self) -> "Profile":
        """Return the profile for what is kept sealed: it burns what this one burns, no more."""
        kept = {k: a if a is Action.BURN else Action.KEEP for k, a in self.actions.items()}
        return replace(self, actions=kept)

    @property
    def digest(self) -> str:
        """Return the SHA-256, in hex, of what the profile says."""
        actions = {kind: self.action(kind).value for kind in sorted(self.kinds)}
        passages = {
            kind: self.passages.get(kind, PassageAction.LABEL).value for kind in sorted(KINDS)
        }
        said = {
            "actions": actions,
            "name": self.name,
            "passages": passages,
            "unknown_language": self.unknown_language.value,
            "version": self.version,
        }
        # Only where it says something, so that older profiles keep the digest of their receipts.
        if self.replace != Replacing():
            said["replace"] = dict(self.replace.facts())
        return sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def shipped() -> tuple[str, ...]:
    """Return the names of the profiles that come with the package."""
    folder = files("sottovoce.redaction") / "profiles"
    return tuple(sorted(f.name.removesuffix(".toml") for f in folder.iterdir()))


def load_profile(name_or_path: str) -> Profile:
    """Load a shipped profile by its name, or one of the owner's from a file; raise Unfit."""
    if name_or_path in shipped():
        return read_profile(
            (files("sottovoce.redaction") / "profiles" / f"{name_or_path}.toml").read_bytes()
        )
    path = Path(name_or_path)
    if path.suffix != ".toml":
        raise Unfit(
            "there is no such profile",
            hint=f"use one of {', '.join(shipped())}, or a file that ends in .toml",
        )
    if not path.is_file():
        raise Unfit("the profile is not a file", hint="give the path of a TOML file")
    try:
        with path.open("rb") as file:
            return read_profile(file.read(_MOST_BYTES + 1))
    except OSError as error:
        raise Unfit("the profile's file cannot be read") from error


def read_profile(data: bytes) -> Profile:
    """Read a profile's TOML; raise Unfit naming the field that is wrong."""
    said = _parsed(data)
    for i, named in enumerate(said, start=1):
        if named not in _FIELDS:
            raise Unfit(f"the profile has an unknown field, {_printed(named, i)}", hint=_SPEC)
    name, version = said.get("name"), said.get("version")
    purpose = said.get("purpose", "")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise Unfit("the profile's name has other than 1 to 40 letters a to z, digits, . - _")
    if type(version) is not int or not 1 <= version <= _MOST_VERSION:
        raise Unfit(f"the profile's version is not a whole number from 1 to {_MOST_VERSION}")
    if not isinstance(purpose, str) or len(purpose) > _MOST_PURPOSE or not purpose.isprintable():
        raise Unfit(f"the profile's purpose is not a line of at most {_MOST_PURPOSE} characters")
    groups = {kind.category for kind in KINDS.values()}
    categories = _choices(said, "categories", groups | {OWN}, Action)
    kinds = _choices(said, "kinds", set(KINDS) | _own_kinds(said), Action)
    actions = {
        kind.id: kinds.get(kind.id, categories.get(kind.category)) for kind in KINDS.values()
    }
    passages = _choices(said, "passages", groups | set(KINDS), PassageAction)
    actions |= {kind: action for kind, action in kinds.items() if kind not in KINDS}
    chosen = {kind: action or Action.MASK for kind, action in actions.items()}
    if OWN in categories:
        chosen[OWN] = categories[OWN]
    chosen |= {kind: kinds.get(kind, Action.BURN) for kind in MUST_BURN}
    if spared := [kind for kind in MUST_BURN if chosen[kind] is not Action.BURN]:
        raise Unfit(f"the profile does not burn {spared[0]}, which may not be kept even sealed")
    if chosen[UNEXPLAINED] is Action.KEEP:
        raise Unfit(f"the profile keeps {UNEXPLAINED}; voice not understood is never published")
    languages = _choices(said, "languages", {"unsupported"}, UnknownLanguage)
    unknown = languages.get("unsupported", UnknownLanguage.QUARANTINE)
    replacing = read_replacing(said.get("replace", {}))
    return Profile(name, version, purpose, chosen, _by_kind(passages), unknown, replace=replacing)


def _own_kinds(said: Mapping[str, object]) -> set[str]:
    """Return the kinds that a profile names and an owner's file may define."""
    table = said.get("kinds", {})
    return (
        {kind for kind in table if re.fullmatch(OWN_KIND, kind)}
        if isinstance(table, dict)
        else set()
    )


def _by_kind(passages: Mapping[str, PassageAction]) -> dict[str, PassageAction]:
    """Return what is done about passages of each kind; a kind goes before its category."""
    return {
        kind.id: passages.get(kind.id, passages.get(kind.category, PassageAction.LABEL))
        for kind in KINDS.values()
    }


def _parsed(data: bytes) -> dict[str, object]:
    if len(data) > _MOST_BYTES:
        raise Unfit(f"the profile has more than {_MOST_BYTES} bytes")
    try:
        return tomllib.loads(data.decode())
    # Besides its own error, the parser lets those of too deep a nesting and too long a number pass.
    except (ValueError, RecursionError) as error:
        place = re.search(r"line \d+", str(error))
        where = f" at {place.group()}" if place else ""
        raise Unfit(f"the profile is not TOML{where}") from error


def _choices(
    said: Mapping[str, object], name: str, known: set[str], choice: type[_Choice]
) -> dict[str, _Choice]:
    table = said.get(name, {})
    if not isinstance(table, dict):
        raise Unfit(f"the profile's {name} is not a table")
    return {
        kind: _chosen(kind, action, name, _printed(kind, i), known, choice)
        for i, (kind, action) in enumerate(table.items(), start=1)
    }


def _chosen(
    kind: str, action: object, name: str, printed: str, known: set[str], choice: type[_Choice]
) -> _Choice:
    allowed = [str(each.value) for each in choice]
    quoted = f'quote a kind: "{printed}.name" = "{allowed[1]}"'
    hint = quoted if isinstance(action, dict) else _SPEC
    if kind not in known:
        raise Unfit(f"the profile's {name} have {printed}, which we do not know", hint=hint)
    try:
        return choice(action)
    except ValueError as error:
        raise Unfit(f"the action of {kind} is none of {', '.join(allowed)}", hint=hint) from error


def _printed(name: str, row: int) -> str:
    """Name a field if it is fit for a terminal, else its place."""
    return name if _PRINTED.fullmatch(name) else f"row {row}"
