"""An entry as OCSF: numbers that OCSF 1.3.0 has, one line an entry, nothing that is not in it."""

import json

import pytest

from sottovoce.ledger.entry import encode_entry
from sottovoce.ledger.events import EVENT_KINDS
from sottovoce.ledger.ocsf import as_ocsf, severity_of, table
from sottovoce.values.event import Event
from sottovoce.values.ids import ActorId, RecordingId

ORIGIN = "sottovoce.example/ledger/0011223344556677"
OCSF = {  # As ocsf-schema has them: class, its category, its activities, what it must have.
    6005: (6, {1, 2, 3, 4, 5, 6, 7, 8}, {"actor", "src_endpoint", "database"}),
    3004: (3, {1, 2, 3, 4, 99}, {"entity"}),
    6007: (6, {1, 2}, {"scan"}),
    0: (0, {99}, set()),
}
REQUIRED = {
    "activity_id",
    "category_uid",
    "class_uid",
    "metadata",
    "severity_id",
    "time",
    "type_uid",
}


def line(entry: bytes, index: int = 7) -> dict[str, object]:
    return dict(json.loads(as_ocsf(index, entry, origin=ORIGIN)))


def of_kind(ways, kind):
    about = None if EVENT_KINDS[kind].has_recording is False else RecordingId("rec_" + "5" * 20)
    return Event(kind, ways.event(5).at, ActorId("uid:7"), about, {})


@pytest.mark.parametrize("kind", EVENT_KINDS)
def test_every_kind_is_in_the_table_with_numbers_that_ocsf_has(ways, kind):
    """Else: add a row to ledger/ocsf.toml, and raise its version."""
    assert kind in table().kinds
    told = line(encode_entry(of_kind(ways, kind)))
    category, activities, wanted = OCSF[told["class_uid"]]

    assert told.keys() >= REQUIRED | wanted
    assert told["category_uid"] == category
    assert told["activity_id"] in activities
    assert told["type_uid"] == 100 * told["class_uid"] + told["activity_id"]
    assert told["severity_id"] in (1, 2, 3, 4)
    assert told["metadata"]["version"] == table().schema == "1.3.0"
    assert told["metadata"]["product"].keys() >= {"name", "vendor_name"}


def test_no_kind_is_in_the_table_that_is_not_there():
    assert set(table().kinds) <= set(EVENT_KINDS)


def test_a_line_says_who_did_what_when_and_to_what(ways):
    heard = {"part": "audio", "channel": 0, "from_ms": 1500, "to_ms": 4000}
    entry = encode_entry(ways.event(3, "recording.opened", **heard))
    told = line(entry)

    assert (told["class_name"], told["activity_name"]) == ("Datastore Activity", "Read")
    assert told["time"] == 1735689603000
    assert told["actor"]["user"]["uid"] == "tester"
    assert told["metadata"]["uid"] == f"{ORIGIN}/7"
    assert told["metadata"]["correlation_uid"] == ways.event(3).recording
    assert told["unmapped"] == {"facts": heard, "recording": ways.event(3).recording}
    assert told["raw_data"].encode() == entry
    assert told["status_id"] == 1


def test_a_refusal_is_a_failure_and_grave(ways):
    refused = Event("approval.refused", ways.event(1).at, ActorId("uid:7"), None, {})
    undone = ways.event(1, "recording.undone", reason="refused")
    for event in (refused, undone):
        told = line(encode_entry(event))

        assert (told["status_id"], told["severity_id"]) == (2, 3)
        assert severity_of(encode_entry(event)) == 3


def test_an_entry_is_told_the_same_each_time_and_by_an_id_of_its_own(ways):
    entry = encode_entry(ways.event(1))

    assert as_ocsf(7, entry, origin=ORIGIN) == as_ocsf(7, entry, origin=ORIGIN)
    assert line(entry, 7)["metadata"]["uid"] != line(entry, 8)["metadata"]["uid"]


@pytest.mark.parametrize(
    "entry",
    [
        b'{"actor":"uid:7","at":"2025-01-01T00:00:00.000Z","facts":{},"kind":"later.kind","v":1}',
        b'{"v":2}',
        b"\xff\x00",
    ],
)
def test_an_entry_of_a_later_version_is_told_as_being_there(entry):
    told = line(entry)

    assert told["class_uid"] == 0
    assert told["type_uid"] == 99
    assert told.keys() >= REQUIRED
    assert told["metadata"]["uid"] == f"{ORIGIN}/7"
