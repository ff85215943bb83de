"""What an entry is found by: read by place, the same by us and by the database."""

import sqlite3
from contextlib import closing

import pytest

from sottovoce.backends.log_index import COLUMNS
from sottovoce.backends.sqlite_log_tables import Form, bring_up, make_tables
from sottovoce.ledger.entry import encode_entry
from sottovoce.ledger.events import EVENT_KINDS
from sottovoce.ledger.question import Traits, traits
from sottovoce.values.event import Event
from sottovoce.values.ids import ActorId, RecordingId

ABOUT = RecordingId("rec_" + "7" * 20)
VALUES = {
    "count": 7,
    "truth": True,
    "digest": "ab" * 32,
    "keyed hash": "cd" * 32,
    "purpose": "kind",
    "profile": "recording",
    "reason": "refused",
    "counts by kind": {"fin.pan": 2},
    "counts by action": {},
}


def by_database(entry: bytes) -> Traits:
    with closing(sqlite3.connect(":memory:")) as connection:
        make_tables(connection)
        bring_up(connection, Form())
        connection.execute("INSERT INTO ledger_entry VALUES (0, ?)", (entry,))
        row = connection.execute(f"SELECT {COLUMNS} FROM ledger_entry").fetchone()  # noqa: S608 - ours
    return Traits(*row[:-1], bool(row[-1]))


@pytest.mark.parametrize("kind", EVENT_KINDS)
@pytest.mark.parametrize("about", [None, ABOUT])
@pytest.mark.parametrize("actor", ["local", "usr_" + "0f" * 10])
def test_each_kind_with_all_its_facts_is_found_by_what_it_is(ways, kind, about, actor):
    if EVENT_KINDS[kind].has_recording not in (None, about is not None):
        return
    facts = {n: VALUES[s.name] for n, s in EVENT_KINDS[kind].facts.items() if s.name in VALUES}
    entry = encode_entry(Event(kind, ways.event(5).at, ActorId(actor), about, facts))
    refused = kind.endswith(".refused") or facts.get("reason") == "refused"
    at, person = "2025-01-01T00:00:05.000Z", facts.get("person")

    assert traits(entry) == (at, kind, actor, about, person, refused)
    assert by_database(entry) == traits(entry)


def test_no_name_is_one_that_is_sought_by_place():
    """Else it is found where it is not; docs/spec/ledger.md says how an entry is read."""
    named = {name for kind in EVENT_KINDS.values() for name in kind.facts}

    assert not named & {"kind", "recording", "actor", "at"}
    assert max(map(len, EVENT_KINDS)) <= 40


@pytest.mark.parametrize("entry", [b"", b"{}", b"\x00" * 99, b'","at":"' * 9, b'{"v":2}', b"\xff"])
def test_what_is_no_entry_of_version_1_is_found_by_nothing(entry):
    assert traits(entry) == Traits()
    by_database(entry)
