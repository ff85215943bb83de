"""What every log does, whichever backend keeps it."""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from postgres_server import Server, session_at
from sottovoce.backends.memory_log import MemoryLog
from sottovoce.backends.postgres_log import PostgresLog
from sottovoce.backends.sqlite_group import GroupLog
from sottovoce.backends.sqlite_log import SQLiteLog
from sottovoce.ledger.entry import decode_entry
from sottovoce.ledger.head import open_head
from sottovoce.ledger.log import Log
from sottovoce.ledger.note import ledger_signer
from sottovoce.ledger.tree import (
    EMPTY_ROOT,
    leaf_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from sottovoce.values.errors import Missing
from sottovoce.values.event import Event
from sottovoce.values.ids import ActorId, RecordingId

SIGNER = ledger_signer(bytes(range(32)))


@dataclass
class Bench:
    log: Log
    append: Callable[[Event], int]


def event(number: int) -> Event:
    at = datetime(2025, 1, 1, 0, 0, number % 60, tzinfo=UTC)
    recording = RecordingId(f"rec_{number:020x}")
    return Event("recording.erased", at, ActorId("local"), recording, {"keys": number})


def postgres_bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    server: Server = request.getfixturevalue("postgres")
    session = session_at(server.database())
    kept = PostgresLog(session, signer=SIGNER)

    def append(one: Event) -> int:
        with session.transaction():
            return kept.append(one)

    yield Bench(kept, append)
    session.close()


@pytest.fixture(params=["memory", "sqlite", "group", "postgres"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    if request.param == "memory":
        log = MemoryLog(SIGNER)
        yield Bench(log, log.append)
        return
    if request.param == "postgres":
        yield from postgres_bench(request)
        return
    connection = sqlite3.connect(tmp_path / "vault.db", isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    kept = SQLiteLog(connection, origin=SIGNER.key.name, signer=SIGNER)

    def append(one: Event) -> int:
        connection.execute("BEGIN IMMEDIATE")
        try:
            return kept.append(one)
        finally:
            connection.execute("COMMIT")

    if request.param == "group":
        group = GroupLog(tmp_path / "vault.db", signer=SIGNER)

        def append_signed(one: Event) -> int:
            index = group.append(one)
            group.sign()
            return index

        yield Bench(kept, append_signed)
        group.close()
    else:
        yield Bench(kept, append)
    connection.close()


def test_an_empty_log_has_a_signed_head(bench):
    head = bench.log.head()

    assert (head.size, head.root) == (0, EMPTY_ROOT)
    assert bench.log.check().head == head


def test_entries_come_back_in_order(bench):
    indexes = [bench.append(event(number)) for number in range(20)]

    assert indexes == list(range(20))
    assert [decode_entry(one) for one in bench.log.entries(0, 20)] == list(map(event, range(20)))
    assert bench.log.entry(7) == next(bench.log.entries(7, 8))


def test_a_stretch_of_entries_ends_at_the_end_of_the_log(bench):
    for number in range(5):
        bench.append(event(number))

    assert len(list(bench.log.entries(3, 99))) == 2
    assert list(bench.log.entries(9, 99)) == list(bench.log.entries(3, 3)) == []


def test_an_entry_that_is_not_there_is_missing(bench):
    bench.append(event(0))

    for index in (-1, 1, 2**40):
        with pytest.raises(Missing):
            bench.log.entry(index)


def test_each_append_signs_the_head_of_all_entries(bench):
    for number in range(17):
        bench.append(event(number))
        head = open_head(bench.log.head().note, SIGNER.key)
        leaves = [leaf_hash(one) for one in bench.log.entries(0, 99)]

        assert (head.size, head.root) == (number + 1, root_of(leaves))
    assert bench.log.check().head.size == 17


def test_every_tree_is_proved_to_begin_with_every_smaller(bench):
    roots = {}
    for number in range(9):
        bench.append(event(number))
        roots[number + 1] = bench.log.head().root
    for size, root in roots.items():
        for old in range(1, size + 1):
            proof = bench.log.prove_growth(old, size)
            verify_consistency(old, size, proof, old_root=roots[old], new_root=root)
    with pytest.raises(ValueError, match="size"):
        bench.log.prove_growth(3, 10)


def test_every_entry_is_proved_in_every_larger_tree(bench):
    roots = {}
    for number in range(12):
        bench.append(event(number))
        roots[number + 1] = bench.log.head().root
    for size, root in roots.items():
        for index in range(size):
            proof = bench.log.prove(index, size)
            verify_inclusion(proof, leaf_hash(bench.log.entry(index)), root)


def test_what_is_not_there_cannot_be_proved(bench):
    bench.append(event(0))

    for index, size in [(0, 2), (1, 1), (-1, 1), (0, 0)]:
        with pytest.raises(ValueError, match=r"size|index"):
            bench.log.prove(index, size)


def test_an_event_that_is_not_of_the_register_leaves_no_trace(bench):
    bench.append(event(0))
    before = bench.log.head()
    words = Event("recording.spoken", event(0).at, ActorId("local"), event(0).recording)
    with pytest.raises(ValueError, match="kind"):
        bench.append(words)

    assert bench.log.head() == before
    assert bench.log.check().head == before


def test_the_same_event_twice_is_two_entries(bench):
    assert [bench.append(event(1)), bench.append(event(1))] == [0, 1]
    assert bench.log.check().head.size == 2
