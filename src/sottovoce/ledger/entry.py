"""An event as the bytes of a ledger entry, and back (docs/spec/ledger.md)."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import cast

from sottovoce.ledger.canonical import canonical, read_canonical
from sottovoce.ledger.events import check_event
from sottovoce.values.errors import Unfit
from sottovoce.values.event import Event, Fact
from sottovoce.values.ids import ActorId, RecordingId

MAX_ENTRY = 65535
_VERSION = 1
_AT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")
_WANTED = {"v", "at", "kind", "actor", "facts"}


def encode_entry(event: Event) -> bytes:
    """Return the entry of an event; raise ValueError when it is not one of the register."""
    check_event(event)
    # What check_event() lets through needs no escapes, so this is the canonical form.
    about = f'"recording":"{event.recording}",' if event.recording is not None else ""
    entry = (
        f'{{"actor":"{event.actor}","at":"{time_text(event.at)}","facts":'.encode()
        + canonical(event.facts)
        + f',"kind":"{event.kind}",{about}"v":{_VERSION}}}'.encode()
    )
    if len(entry) > MAX_ENTRY:
        raise ValueError(f"facts must make an entry of at most {MAX_ENTRY} bytes")
    return entry


def decode_entry(entry: bytes) -> Event:
    """Return the event of an entry, its time cut to milliseconds; raise Unfit if it is not ours."""
    value = read_canonical(entry, what="the entry", limit=MAX_ENTRY)
    if not isinstance(value, dict) or value.get("v") != _VERSION or not _has_names(value):
        raise Unfit("the entry is not of version 1")
    try:
        event = _event(value)
        check_event(event)
    except (TypeError, ValueError):
        raise Unfit("the entry is not of a kind that this version knows") from None
    return event


def _has_names(value: Mapping[str, object]) -> bool:
    return _WANTED <= set(value) <= _WANTED | {"recording"}


def _event(value: Mapping[str, object]) -> Event:
    kind, actor, facts = value["kind"], value["actor"], value["facts"]
    if not (isinstance(kind, str) and isinstance(actor, str) and isinstance(facts, Mapping)):
        raise TypeError("kind and actor must be strings and facts an object")
    recording = value.get("recording")
    if not isinstance(recording, str | None):
        raise TypeError("recording must be a string")
    return Event(
        kind,
        read_time(value["at"]),
        ActorId(actor),
        RecordingId(recording) if recording is not None else None,
        cast(Mapping[str, Fact], facts),  # check_event() looks at every fact.
    )


def time_text(at: datetime) -> str:
    """Write a time in UTC as an entry has it, to the millisecond."""
    # check_event() has seen that it is in UTC, whatever the zone is called.
    return at.isoformat(timespec="milliseconds")[:23] + "Z"


def read_time(text: object) -> datetime:
    """Read a time as an entry has it, or raise ValueError."""
    if not isinstance(text, str) or not _AT.fullmatch(text):
        raise ValueError("at must be UTC with milliseconds")
    return datetime.fromisoformat(text)
