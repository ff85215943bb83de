"""Read an owner's file of kinds and say at which line it is wrong (docs/spec/kinds.md).

Rules:
1. A file that is wrong anywhere is refused as a whole; nothing is guessed.
2. A message names the line and the field, never what the owner wrote there: a list of secret
   projects is itself secret.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sottovoce.detection.checksums import CHECKSUMS, Checksum
from sottovoce.detection.phrases import split_words
from sottovoce.detection.templates import LONGEST, Template, parse_template
from sottovoce.values.errors import Unfit
from sottovoce.values.finding import Action
from sottovoce.values.kinds import KINDS, OWN_KIND

MOST_BYTES = 256 << 10
MOST_KINDS = 200
MOST_CUES = 100
MOST_TEMPLATES = 20
MOST_WORDS = 8
MOST_CHARACTERS = 100
MOST_WEIGHTS = 64
_SPEC = "docs/spec/kinds.md has all that a file of kinds may say"
_ID = re.compile(OWN_KIND)
_LABEL = re.compile(r"[A-Z][A-Z0-9-]{0,23}")
FIELDS = (
    *("id", "name", "label", "patterns", "shape", "least", "most"),
    *("checksum", "weights", "modulus", "cues", "lexicon", "action"),
)
_SHAPES = ("digits", "code")
_ACTIONS = tuple(a.value for a in Action if a is not Action.KEEP)
_HEADER = re.compile(r"\s*\[\[\s*kind\s*\]\]\s*(?:#.*)?")
_KEY = re.compile(r"""\s*(?:"([\w-]+)"|'([\w-]+)'|([\w-]+))\s*=""")


@dataclass(frozen=True, slots=True)
class KindRow:
    """One kind as the file says it."""

    id: str
    name: str
    label: str
    templates: tuple[Template, ...]
    shape: str
    least: int
    most: int
    checksum: Checksum | None
    cues: tuple[str, ...]
    lexicon: tuple[str, ...] = field(repr=False)
    action: Action


@dataclass(frozen=True, slots=True)
class _Table:
    """The fields of one kind, and the lines where they stand."""

    fields: Mapping[str, object] = field(repr=False)
    heading: int
    lines: Mapping[str, int]
    text: Sequence[str] = field(repr=False)

    def fault(self, name: str, wrong: str) -> Unfit:
        """Return the error that says what is wrong with a field."""
        return _fault(self.lines.get(name, self.heading), f"{name} {wrong}")

    def fault_in(self, name: str, i: int, wrong: str) -> Unfit:
        """Return the error that says what is wrong with an entry of a list."""
        start = self.lines.get(name, self.heading)
        following = [line for line in self.lines.values() if line > start]
        stop = min(following, default=len(self.text) + 1)
        entries = self.fields.get(name)
        entry = entries[i] if isinstance(entries, list) else None
        held = f'"{entry}"', f"'{entry}'"
        span = range(start, max(stop, start + 1))
        line = next((n for n in span if any(h in self.text[n - 1] for h in held)), start)
        return _fault(line, f"entry {i + 1} of {name} {wrong}")

    def string(self, name: str, fit: re.Pattern[str] | None, wrong: str) -> str:
        """Return a field that must be there and fit."""
        said = self.fields.get(name)
        if not isinstance(said, str) or (fit is not None and not fit.fullmatch(said)):
            raise self.fault(name, wrong)
        return said

    def choice(self, name: str, allowed: Sequence[str]) -> str | None:
        """Return one of a few words, or None where the field is left out."""
        said = self.fields.get(name)
        if said is not None and said not in allowed:
            raise self.fault(name, f"is none of {', '.join(allowed)}")
        return None if said is None else str(said)

    def number(self, name: str, least: int, most: int) -> int | None:
        """Return a whole number within bounds, or None where the field is left out."""
        said = self.fields.get(name)
        if said is None:
            return None
        if type(said) is not int or not least <= said <= most:
            raise self.fault(name, f"is not a whole number from {least} to {most}")
        return said

    def strings(self, name: str, most: int) -> tuple[str, ...]:
        """Return a list of short strings; empty where the field is left out."""
        said = self.fields.get(name, [])
        if not isinstance(said, list) or len(said) > most or (name in self.fields and not said):
            raise self.fault(name, f"is not a list of 1 to {most} strings")
        for i, entry in enumerate(said):
            if not isinstance(entry, str) or not 1 <= len(entry) <= MOST_CHARACTERS:
                raise self.fault_in(name, i, f"is not 1 to {MOST_CHARACTERS} characters in quotes")
        return tuple(said)


def read_rows(data: bytes, *, guarded: Sequence[str] = ()) -> tuple[KindRow, ...]:
    """Read the TOML of a file of kinds; raise Unfit with the line where it is wrong."""
    if len(data) > MOST_BYTES:
        raise Unfit(f"the kinds file has more than {MOST_BYTES} bytes")
    phrases = tuple(words for text in guarded if (words := split_words(text)))
    rows: list[KindRow] = []
    for table in _tables(data):
        row = _row(table, phrases)
        _expect_new(row, rows, table)
        rows.append(row)
    return tuple(rows)


def _expect_new(row: KindRow, before: Sequence[KindRow], table: _Table) -> None:
    if any(row.id == other.id for other in before):
        raise table.fault("id", "is that of a kind above")
    if any(row.label == other.label for other in before):
        raise table.fault("label", "is that of a kind above")
    known = {cue.lower() for other in before for cue in other.cues}
    for i, cue in enumerate(row.cues):
        if cue.lower() in known:
            raise table.fault_in("cues", i, "is a cue of a kind above")


def _tables(data: bytes) -> Iterator[_Table]:
    said, text = _parsed(data)
    unknown = [name for name in said if name != "kind"]
    if unknown:
        raise Unfit("the kinds file has a field outside of any [[kind]]", hint=_SPEC)
    kinds = said.get("kind", [])
    headers = [n for n, line in enumerate(text, 1) if _HEADER.fullmatch(line)]
    if not isinstance(kinds, list) or len(kinds) != len(headers):
        raise Unfit("the kinds file has a kind without its heading [[kind]]", hint=_SPEC)
    if not 1 <= len(kinds) <= MOST_KINDS:
        raise Unfit(f"the kinds file has {len(kinds)} kinds; 1 to {MOST_KINDS} are allowed")
    for kind, start, stop in zip(kinds, headers, [*headers[1:], len(text) + 1], strict=True):
        yield _Table(kind, start, _lines(text, start, stop), text[: stop - 1])


def _lines(text: Sequence[str], start: int, stop: int) -> dict[str, int]:
    """Return where each field of a kind stands."""
    lines: dict[str, int] = {}
    for n in range(start + 1, stop):
        key = _KEY.match(text[n - 1])
        if key:
            lines.setdefault(key[1] or key[2] or key[3], n)
    return lines


def _parsed(data: bytes) -> tuple[dict[str, object], list[str]]:
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise _fault(data.count(b"\n", 0, error.start) + 1, "this is not UTF-8") from None
    lines = text.split("\n")
    for n, written in enumerate(lines, 1):
        if '"""' in written or "'''" in written:
            raise _fault(n, "three quotes in a row are not for here; write each string on one line")
    try:
        return tomllib.loads(text), lines
    # Besides its own error, the parser lets those of too deep a nesting and too long a number pass.
    except (ValueError, RecursionError) as error:
        place = re.search(r"line (\d+)", str(error))
        at = int(place[1]) if place else text.rstrip().count("\n") + 1
    raise _fault(at, "this is not TOML")


def _row(table: _Table, guarded: Sequence[tuple[str, ...]]) -> KindRow:
    for name in table.fields:
        if name not in FIELDS:
            raise _fault(table.lines.get(name, table.heading), "this field is not known")
    kind = table.string("id", _ID, "is not own. and 1 to 31 of a to z, 0 to 9 and _")
    templates = _templates(table)
    cues, lexicon = _cues(table, guarded), _lexicon(table)
    least, most = _length(table, templates, cues)
    if not (templates or cues or lexicon):
        raise _fault(
            table.heading, "the kind has no patterns, no cues and no lexicon to be found by"
        )
    digits = bool(templates) and all(t.is_digits for t in templates)
    return KindRow(
        id=kind,
        name=_name(table),
        label=_label(table),
        templates=templates,
        shape=table.choice("shape", _SHAPES) or ("digits" if digits else "code"),
        least=least,
        most=most,
        checksum=_checksum(table),
        cues=cues,
        lexicon=lexicon,
        action=Action(table.choice("action", _ACTIONS) or "mask"),
    )


def _name(table: _Table) -> str:
    wrong = f"is not a line of 1 to {MOST_CHARACTERS} characters"
    name = table.string("name", None, wrong)
    if not 1 <= len(name) <= MOST_CHARACTERS or not name.isprintable():
        raise table.fault("name", wrong)
    return name


def _label(table: _Table) -> str:
    label = table.string("label", _LABEL, "is not 1 to 24 of A to Z, 0 to 9 and -")
    for kind in KINDS.values():
        if kind.label == label:
            raise table.fault("label", f"is that of {kind.id}")
    return label


def _templates(table: _Table) -> tuple[Template, ...]:
    found = []
    for i, text in enumerate(table.strings("patterns", MOST_TEMPLATES)):
        try:
            template = parse_template(text)
        except ValueError as error:
            raise table.fault_in("patterns", i, str(error)) from None
        if not template.is_telling and "cues" not in table.fields:
            raise table.fault_in(
                "patterns", i, "fits ordinary words or short numbers; give the kind cues"
            )
        found.append(template)
    return tuple(found)


def _cues(table: _Table, guarded: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    cues = _phrases(table, "cues", MOST_CUES)
    for i, cue in enumerate(cues):
        words = split_words(cue)
        for phrase in guarded:
            n = len(phrase)
            if any(words[k : k + n] == phrase for k in range(len(words) - n + 1)):
                raise table.fault_in("cues", i, "announces what may never be kept")
    return cues


def _lexicon(table: _Table) -> tuple[str, ...]:
    return _phrases(table, "lexicon", MOST_BYTES)


def _phrases(table: _Table, name: str, most: int) -> tuple[str, ...]:
    said = table.strings(name, most)
    for i, text in enumerate(said):
        if not 1 <= len(split_words(text)) <= MOST_WORDS or not text.isprintable():
            raise table.fault_in(name, i, f"is not a phrase of 1 to {MOST_WORDS} words")
    return said


def _length(table: _Table, templates: Sequence[Template], cues: Sequence[str]) -> tuple[int, int]:
    """Return how short and how long a value after a cue may be; one misheard is taken too."""
    least, most = table.number("least", 1, LONGEST), table.number("most", 1, LONGEST)
    if cues and not templates and (least is None or most is None):
        raise table.fault("cues", "announce a value: give patterns, or least and most")
    shortest = min((t.shortest for t in templates), default=1)
    longest = max((t.longest for t in templates), default=LONGEST)
    least = min(shortest, max(3, shortest // 2)) if least is None else least
    most = min(LONGEST, longest + max(2, longest // 4)) if most is None else most
    if least > most:
        raise table.fault("least", f"is {least}, more than {most}, the most")
    return least, most


def _checksum(table: _Table) -> Checksum | None:
    name = table.choice("checksum", CHECKSUMS)
    if name != "weighted":
        for own in ("weights", "modulus"):
            if own in table.fields:
                raise table.fault(own, "is only for the checksum weighted")
        return None if name is None else Checksum(name)
    modulus = table.number("modulus", 2, 9999)
    weights = table.fields.get("weights")
    if modulus is None:
        raise table.fault("checksum", "is weighted and needs a modulus")
    if not isinstance(weights, list) or not 2 <= len(weights) <= MOST_WEIGHTS:
        raise table.fault("weights", f"is not a list of 2 to {MOST_WEIGHTS} whole numbers")
    if not all(type(w) is int and -9999 <= w <= 9999 for w in weights):
        raise table.fault("weights", "is not a list of whole numbers from -9999 to 9999")
    return Checksum(name, tuple(weights), modulus)


def _fault(line: int, wrong: str) -> Unfit:
    return Unfit(f"kinds file line {line}: {wrong}", hint=_SPEC)
