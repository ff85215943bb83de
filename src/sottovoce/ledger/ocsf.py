"""An entry as one line of OCSF JSON, as watchers' tools read it (docs/siem.md).

Rules:
1. What a kind is there, is data: ``ocsf.toml``. A kind that is not in it is a base event, never
   dropped.
2. A line is made of the entry and its place alone, so that it is the same each time; its
   ``metadata.uid`` is one for each entry.
3. Nothing is in a line that is not in the entry, which has no room for words.
"""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files

from sottovoce.ledger.entry import decode_entry
from sottovoce.ledger.events import EVENT_KINDS
from sottovoce.ledger.question import traits
from sottovoce.values.errors import Unfit
from sottovoce.values.event import Event

SUCCESS, FAILURE = 1, 2
REFUSAL = 3
_PRODUCT = {"name": "Sottovoce", "vendor_name": "Sottovoce"}
_USER, _SYSTEM, _UNKNOWN = 1, 3, 0
_SYSTEMS = ("system", "service", "worker")
_PERSONS = ("uid:", "uid-", "usr_", "act_")


@dataclass(frozen=True, slots=True)
class OCSFClass:
    """A class of OCSF, by its numbers and names."""

    uid: int
    name: str
    category_uid: int
    category_name: str
    activities: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Telling:
    """How a kind of event is told: its class, its activity, how grave it is."""

    told_as: OCSFClass
    activity: str
    severity: int


@dataclass(frozen=True, slots=True)
class Table:
    """The table of all kinds, its own version, and the version of OCSF that it is for."""

    version: int
    schema: str
    kinds: Mapping[str, Telling]
    other: Telling


@cache
def table() -> Table:
    """Read the table that is shipped."""
    text = files("sottovoce.ledger").joinpath("ocsf.toml").read_text(encoding="utf-8")
    read = tomllib.loads(text)
    classes = {name: OCSFClass(**given) for name, given in read["class"].items()}
    kinds = {
        kind: Telling(classes[row["class"]], row["activity"], row["severity"])
        for kind, row in read["kind"].items()
    }
    return Table(read["version"], read["schema"], kinds, Telling(classes["base"], "Other", 0))


def as_ocsf(index: int, entry: bytes, *, origin: str) -> bytes:
    """Return the line of an entry at its place in the log of ``origin``, without a newline."""
    try:
        event = decode_entry(entry)
    except Unfit:
        event = None  # Of a later version: it is told that it is there, with its bytes.
    known, found = table(), traits(entry)
    telling = known.kinds.get(event.kind, known.other) if event else known.other
    line = {
        **_classified(telling, refused=found.refused, kind=found.kind),
        "time": _milliseconds(found.at),
        "metadata": _metadata(index, found.at, found.kind, known, origin)
        | ({"correlation_uid": found.recording} if found.recording else {}),
        "actor": {"user": {"uid": found.actor or "unknown", "type_id": _type_id(found.actor)}},
        **_object(telling, found.kind, origin),
        "raw_data": entry.decode("utf-8", "backslashreplace"),
        **(_told(event) if event else {}),
    }
    return json.dumps(line, separators=(",", ":"), sort_keys=True).encode()


def severity_of(entry: bytes) -> int:
    """Return how grave an entry is, in OCSF's numbers."""
    found, known = traits(entry), table()
    given = known.kinds.get(found.kind, known.other).severity
    return max(given, REFUSAL) if found.refused else given


def _classified(telling: Telling, *, refused: bool, kind: str) -> dict[str, object]:
    told_as, number = telling.told_as, telling.told_as.activities[telling.activity]
    return {
        "category_uid": told_as.category_uid,
        "category_name": told_as.category_name,
        "class_uid": told_as.uid,
        "class_name": told_as.name,
        "activity_id": number,
        # What OCSF has no number for is named by the source.
        "activity_name": kind if telling.activity == "Other" else telling.activity,
        "type_uid": 100 * told_as.uid + number,
        "severity_id": max(telling.severity, REFUSAL) if refused else telling.severity,
        "status_id": FAILURE if refused else SUCCESS,
    }


def _metadata(index: int, at: str, kind: str, known: Table, origin: str) -> dict[str, object]:
    return {
        "version": known.schema,
        "product": _PRODUCT,
        "uid": f"{origin}/{index}",
        "sequence": index,
        "event_code": kind,
        "original_time": at,
        "log_name": origin,
        "labels": [f"sottovoce-ocsf/{known.version}"],
    }


def _object(telling: Telling, kind: str, origin: str) -> dict[str, object]:
    """Return what the class wants to be told of what was acted upon, and from where."""
    match telling.told_as.uid:
        case 6005:
            vault = {"name": "vault", "uid": origin, "type": "Other", "type_id": 99}
            return {"database": vault, "src_endpoint": {"svc_name": "sottovoce"}}
        case 3004:
            return {"entity": {"name": kind.partition(".")[0], "type": kind.partition(".")[0]}}
        case 6007:
            return {"scan": {"name": kind, "type": "Other", "type_id": 99}}
    return {}


def _told(event: Event) -> dict[str, object]:
    about = {"recording": event.recording} if event.recording else {}
    return {
        "message": EVENT_KINDS[event.kind].meaning,
        "unmapped": {"facts": event.facts, **about},
    }


def _type_id(actor: str) -> int:
    if actor in _SYSTEMS or actor.startswith("svc_"):
        return _SYSTEM
    return _USER if actor.startswith(_PERSONS) else _UNKNOWN


def _milliseconds(at: str) -> int:
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return 0
    return int(moment.replace(tzinfo=UTC).timestamp() * 1000 + 0.5)
