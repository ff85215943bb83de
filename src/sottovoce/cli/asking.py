"""Ask the ledger: ``ledger list|show|prove|check``.

Rules:
1. Looking needs no secret: it reads the database with the key that the vault publishes. Only to ask
   about a person the vault is opened, as entries name persons by a keyed hash.
2. Each entry that is shown is proved under the signed head first. That none is missing among the
   answers is what ``ledger check`` proves; a list without any condition is checked whole.
"""

import argparse
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from sottovoce.cli.at_vault import Commands, count, json_verb, opening, published_ledger, verb
from sottovoce.ledger.entry import decode_entry
from sottovoce.ledger.events import EVENT_KINDS
from sottovoce.ledger.head import Head, open_head
from sottovoce.ledger.proof_note import write_proof
from sottovoce.ledger.question import LATEST, Found, Index, Question, answers
from sottovoce.ledger.tree import leaf_hash, verify_inclusion
from sottovoce.values.errors import Missing, Unfit
from sottovoce.values.ids import person_id, recording_id

_AGO = re.compile(r"([1-9][0-9]{0,5})([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_MAX_HEAD = 1 << 20


def add(verbs: "Commands[argparse.ArgumentParser]") -> None:
    """Add the commands that ask; each sets ``run``, which returns the exit status."""
    listed = json_verb(verbs, "list", "list entries, all or those asked for", list_entries)
    _add_conditions(listed)
    listed.add_argument("--after", metavar="INDEX", type=_index, help="go on after this entry")
    listed.add_argument("--limit", metavar="N", type=count, help="no more than so many")
    shown = json_verb(verbs, "show", "show one entry, proved under the head", show_entry)
    shown.add_argument("index", metavar="INDEX", type=_index, help="the entry's place in the log")
    proved = verb(verbs, "prove", "print the proof of one entry, to keep", prove_entry)
    proved.add_argument("index", metavar="INDEX", type=_index, help="the entry's place in the log")
    checked = json_verb(
        verbs, "check", "recompute the whole ledger, and compare its index", check_ledger
    )
    checked.add_argument("--head", metavar="FILE", type=Path, action="append", default=[],
                         help="a head kept elsewhere; may be given several times")  # fmt: skip


def _add_conditions(parser: argparse.ArgumentParser) -> None:
    kinds = {"metavar": "KIND", "type": _kind, "action": "append", "default": []}
    parser.add_argument("--kind", **kinds, help="only this kind; may be given several times")  # type: ignore[arg-type]  # by name
    parser.add_argument("--actor", metavar="ID", help="only what this actor did")
    parser.add_argument("--recording", metavar="ID", help="only entries about this recording")
    parser.add_argument("--person", metavar="ID", type=person_id,
                        help="only entries about this person or a recording of theirs")  # fmt: skip
    parser.add_argument("--since", metavar="TIME", type=_time,
                        help="only from then on: 2026-11-22T20:00, in UTC, or 12h ago")  # fmt: skip
    parser.add_argument("--until", metavar="TIME", type=_time,
                        help="only before then, likewise")  # fmt: skip
    parser.add_argument("--refused", action="store_true", help="only what tells of a refusal")


def list_entries(arguments: argparse.Namespace) -> int:
    """Print the entries that are asked for, one by one as they are found."""
    question = _question(arguments)
    with published_ledger(arguments.vault) as log:
        if question.is_open and arguments.limit is None and arguments.after is None:
            size = log.check().head.size
            found: Iterable[tuple[int, bytes]] = enumerate(log.entries(0, size))
        else:
            asked = answers(log, question, after=arguments.after)
            found = ((one.index, one.entry) for one in islice(asked, arguments.limit))
        for index, entry in found:
            told = as_object(index, entry)
            print(json.dumps(told) if arguments.json else _line(told))
    return 0


def show_entry(arguments: argparse.Namespace) -> int:
    """Print one entry."""
    with published_ledger(arguments.vault) as log:
        head, found = _proved(log, arguments.index)
    told = as_object(found.index, found.entry)
    if arguments.json:
        print(json.dumps(told))
        return 0
    for name, value in _parts(told):
        print(f"{name:>20}  {value}")
    print(f"{'proved':>20}  under the signed head of {head.size} entries")
    return 0


def prove_entry(arguments: argparse.Namespace) -> int:
    """Print the proof of one entry, with the entry and the head in it."""
    with published_ledger(arguments.vault) as log:
        head, found = _proved(log, arguments.index)
    print(write_proof(found, head).decode(), end="")
    return 0


def check_ledger(arguments: argparse.Namespace) -> int:
    """Recompute the tree from the entries, and compare the index that questions go by."""
    with published_ledger(arguments.vault) as log:
        older = [open_head(_kept(path), log.key) for path in arguments.head]
        checked = log.check(older=older)
        log.check_index()
    if arguments.json:
        told = {"entries": checked.head.size, "unknown": checked.unknown, "heads": len(older)}
        print(json.dumps(told | ({"unsigned": checked.unsigned} if checked.unsigned else {})))
    else:
        print(f"{checked.head.size} entries are as the head says; the index hides none of them")
        if checked.unsigned:
            print(f"{checked.unsigned} more are written and wait for their head")
        if checked.unknown:
            print(f"{checked.unknown} of them are of kinds that this version does not know")
    return 0


def as_object(index: int, entry: bytes) -> dict[str, object]:
    """Return an entry as it is printed in JSON."""
    try:
        event = decode_entry(entry)
    except Unfit:
        return {"index": index, "kind": "unknown to this version"}
    found: dict[str, object] = {
        "index": index,
        "at": event.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "kind": event.kind,
        "actor": event.actor,
        "facts": event.facts,
    }
    return found if event.recording is None else found | {"recording": event.recording}


def _question(arguments: argparse.Namespace) -> Question:
    about = [recording_id(arguments.recording)] if arguments.recording else []
    person = None
    if arguments.person:
        if about:
            raise Unfit("ask about a recording or about a person, not about both")
        with opening(arguments.vault, arguments.open_vault) as app:
            person = app.vault.keys.keyed_hash("person", arguments.person.encode())
            about = app.vault.recording_ids_of(arguments.person)
    return Question(
        kinds=tuple(dict.fromkeys(arguments.kind)),
        actor=arguments.actor,
        recordings=tuple(about),
        person=person,
        since=arguments.since or "",
        until=arguments.until or LATEST,
        refused=arguments.refused,
    )


def _proved(log: Index, index: int) -> tuple[Head, Found]:
    """Return an entry with the head that it is proved under."""
    head = log.head()
    found = next(log.find(Question(), size=head.size, after=index - 1 if index else None), None)
    if found is None:
        raise Missing(f"the ledger has {head.size} entries and none at {index}")
    verify_inclusion(found.proof, leaf_hash(found.entry), head.root)
    return head, found


def _kept(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_MAX_HEAD)
    except OSError as error:
        raise Unfit("the head that was kept cannot be read") from error


def _line(told: Mapping[str, object]) -> str:
    """Put an entry into one line; the columns before the facts are as wide as they get."""
    index, at, kind = (told.get(name, "") for name in ("index", "at", "kind"))
    about, actor = told.get("recording", "-"), told.get("actor", "-")
    facts = "  ".join(f"{name}={value}" for name, value in _facts(told.get("facts")))
    return f"{index:>8}  {at:24}  {kind:22}  {about:24}  {actor:24}  {facts}".rstrip()


def _parts(told: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    for name, value in told.items():
        if name != "facts":
            yield name, value
    yield from _facts(told.get("facts"))


def _facts(facts: object) -> Iterator[tuple[str, object]]:
    """Yield facts as people read them: a stretch of sound in seconds, counts by their names."""
    given = dict(facts) if isinstance(facts, Mapping) else {}
    if "from_ms" in given and "to_ms" in given:
        begin, end = given.pop("from_ms"), given.pop("to_ms")
        yield "seconds", f"{begin / 1000:.3f}-{end / 1000:.3f}"
    for name, value in given.items():
        plain = isinstance(value, str | int) and not isinstance(value, bool)
        yield name, value if plain else json.dumps(value, separators=(",", ":"))


def _index(text: str) -> int:
    if not text.isdecimal() or len(text) > 16:
        raise argparse.ArgumentTypeError("a whole number, 0 or more, is needed")
    return int(text)


def _kind(text: str) -> str:
    if text not in EVENT_KINDS:
        raise argparse.ArgumentTypeError("no such kind; docs/spec/events.md has them all")
    return text


def _time(text: str) -> str:
    """Read a time, or how long ago it was; return it as entries have it."""
    if ago := _AGO.fullmatch(text):
        at = datetime.now(UTC) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    else:
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            raise argparse.ArgumentTypeError(
                "a time like 2026-11-22T20:00 is needed, or one like 12h, which is 12 hours ago"
            ) from None
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return f"{at.isoformat(timespec='milliseconds')[:23]}Z"
