"""Read an owner's lexicon and say at which line it is wrong (docs/spec/lexicon.md).

Rules:
1. A file that is wrong anywhere is refused as a whole; nothing is guessed.
2. A message names the line and the field, never what the owner wrote there: a list of secrets is
   itself secret.
3. Lines, entries and phrases are bounded, so that any file is read in bounded time and memory.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeVar

from sottovoce.detection.phrases import split_words
from sottovoce.values.errors import Unfit
from sottovoce.values.kinds import KINDS, OWN_KIND

MOST_BYTES = 16 << 20
MOST_LINE = 16 << 10
MOST_ENTRIES = 50_000
MOST_PHRASES = 100
MOST_PHRASES_IN_ALL = 200_000
MOST_CHARACTERS = 100
MOST_WORDS = 8
MOST_LABEL = 60
LEAST_SIMILARITY = 0.7
_SPEC = "docs/spec/lexicon.md has all that a lexicon may say"
_OWN_KIND = re.compile(OWN_KIND)
_PRINTED = re.compile(r"[a-z_]{1,20}")
_Choice = TypeVar("_Choice", bound=Enum)
FIELDS = ("kind", "label", "phrases", "match", "similarity", "as")


class How(Enum):
    """How the words of an entry are recognised."""

    EXACT = "exact"
    INFLECTED = "inflected"
    SOUNDS = "sounds"


class Role(Enum):
    """What an entry's words are where they are said."""

    FINDING = "finding"
    PASSAGE = "passage"


@dataclass(frozen=True, slots=True)
class LexiconEntry:
    """What an owner listed: a kind, a label for people, phrases, and how they are recognised.

    ``similarity`` is the least that counts as alike, or None for that of the language. ``row`` is
    the line of the file.
    """

    kind: str
    label: str
    role: Role
    how: How
    similarity: float | None
    phrases: tuple[tuple[str, ...], ...] = field(repr=False)
    row: int = 0


def read_entries(data: bytes) -> Iterator[LexiconEntry]:
    """Yield the entries of a lexicon; raise Unfit with the line where it is wrong."""
    if len(data) > MOST_BYTES:
        raise Unfit(f"the lexicon has more than {MOST_BYTES} bytes")
    entries = phrases = 0
    for number, line in enumerate(data.split(b"\n"), 1):
        line = line.strip()
        if not line or line.startswith(b"#"):
            continue
        entry = _Line(number).entry(line)
        entries, phrases = entries + 1, phrases + len(entry.phrases)
        if entries > MOST_ENTRIES:
            raise Unfit(f"the lexicon has more than {MOST_ENTRIES} entries")
        if phrases > MOST_PHRASES_IN_ALL:
            raise Unfit(f"the lexicon has more than {MOST_PHRASES_IN_ALL} phrases")
        yield entry
    if not entries:
        raise Unfit("the lexicon has no entry", hint=_SPEC)


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of the file, by its number."""

    number: int

    def fault(self, wrong: str) -> Unfit:
        return Unfit(f"lexicon line {self.number}: {wrong}", hint=_SPEC)

    def entry(self, line: bytes) -> LexiconEntry:
        said = self._said(line)
        how = self._choice(said, "match", How, How.INFLECTED)
        return LexiconEntry(
            kind=self._kind(said),
            label=self._label(said),
            role=self._choice(said, "as", Role, Role.FINDING),
            how=how,
            similarity=self._similarity(said, how),
            phrases=self._phrases(said),
            row=self.number,
        )

    def _said(self, line: bytes) -> Mapping[str, object]:
        if len(line) > MOST_LINE:
            raise self.fault(f"it has more than {MOST_LINE} bytes")
        try:
            said = json.loads(line.decode(), object_pairs_hook=self._once)
        except (ValueError, RecursionError):
            raise self.fault("this is not one JSON object in UTF-8") from None
        if not isinstance(said, dict):
            raise self.fault("this is not one JSON object in UTF-8")
        for i, name in enumerate(said, 1):
            if name not in FIELDS:
                shown = name if _PRINTED.fullmatch(name) else f"number {i}"
                raise self.fault(f"there is no field {shown}")
        return said

    def _once(self, pairs: list[tuple[str, object]]) -> dict[str, object]:
        if len(dict(pairs)) != len(pairs):
            raise self.fault("a field is there twice")
        return dict(pairs)

    def _kind(self, said: Mapping[str, object]) -> str:
        kind = said.get("kind")
        if not isinstance(kind, str) or (kind not in KINDS and not _OWN_KIND.fullmatch(kind)):
            raise self.fault("kind is none of ours, nor own. and a name")
        return kind

    def _label(self, said: Mapping[str, object]) -> str:
        label = said.get("label")
        if not isinstance(label, str) or not 1 <= len(label) <= MOST_LABEL:
            raise self.fault(f"label is not 1 to {MOST_LABEL} characters in quotes")
        if not label.isprintable() or label != label.strip():
            raise self.fault("label has blanks at an end, or what cannot be printed")
        return label

    def _choice(
        self, said: Mapping[str, object], name: str, choice: type[_Choice], default: _Choice
    ) -> _Choice:
        try:
            return choice(said.get(name, default.value))
        except ValueError:
            allowed = ", ".join(str(each.value) for each in choice)
            raise self.fault(f"{name} is none of {allowed}") from None

    def _similarity(self, said: Mapping[str, object], how: How) -> float | None:
        number = said.get("similarity")
        if number is None and "similarity" not in said:
            return None
        if how is not How.SOUNDS:
            raise self.fault('similarity is for entries with "match": "sounds"')
        is_number = isinstance(number, int | float) and not isinstance(number, bool)
        if not is_number or not LEAST_SIMILARITY <= float(str(number)) <= 1:
            raise self.fault(f"similarity is not a number from {LEAST_SIMILARITY} to 1")
        return float(str(number))

    def _phrases(self, said: Mapping[str, object]) -> tuple[tuple[str, ...], ...]:
        listed = said.get("phrases")
        if not isinstance(listed, list) or not 1 <= len(listed) <= MOST_PHRASES:
            raise self.fault(f"phrases is not a list of 1 to {MOST_PHRASES} strings")
        return tuple(self._phrase(i, text) for i, text in enumerate(listed, 1))

    def _phrase(self, i: int, text: object) -> tuple[str, ...]:
        if not isinstance(text, str) or not 1 <= len(text) <= MOST_CHARACTERS:
            raise self.fault(f"entry {i} of phrases is not 1 to {MOST_CHARACTERS} characters")
        words = split_words(text.replace("\u2019", "").replace("'", ""))
        if not 1 <= len(words) <= MOST_WORDS:
            raise self.fault(f"entry {i} of phrases is not 1 to {MOST_WORDS} words")
        return words
