"""One suite for every shelf and every store of parts: what the vault may rely on."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from postgres_server import Server, session_at
from sottovoce.backends.embedded_vault import open_vault
from sottovoce.backends.file_parts import FileParts
from sottovoce.backends.memory_shelf import MemoryParts, MemoryShelf, memory_vault
from sottovoce.backends.postgres_shelf import PostgresKeys, PostgresShelf
from sottovoce.backends.s3_bucket import Bucket
from sottovoce.backends.s3_parts import S3Parts
from sottovoce.backends.s3_place import Place
from sottovoce.backends.sqlite_shelf import SQLiteKeys, SQLiteShelf, VaultLock, connect, create
from sottovoce.values.errors import Missing, Tampered, Unavailable
from sottovoce.values.event import Event
from sottovoce.values.ids import ActorId, PersonId, RecordingId
from sottovoce.vault.holding import Holding, State
from sottovoce.vault.keys import KeyName, KeyShelf
from sottovoce.vault.part import Part
from sottovoce.vault.shelf import COUNTED, Index, Parts, Resting, Shelf
from sottovoce.vault.tokens import Change, Posting, Purpose, Tokens
from sottovoce.vault.vault import Vault

REGION = "eu-central-1"
AT = datetime(2025, 3, 1, 12, tzinfo=UTC)
ONE, TWO = RecordingId("rec_" + "1" * 20), RecordingId("rec_" + "2" * 20)
KEY, OTHER = KeyName("arrival", ONE), KeyName("person", "caller-1")
HOLDING = Holding(
    id=ONE,
    state=State.KEPT,
    begun_at=AT,
    rate_hz=8000,
    frames=16000,
    persons=(PersonId("agent-7"), PersonId("caller-1")),
    parts=("audio", "words"),
    fingerprint="f" * 64,
    arrived_at=AT + timedelta(seconds=1),
    settled_at=AT + timedelta(seconds=2, microseconds=5),
)


def event(kind: str = "recording.kept") -> Event:
    return Event(kind, AT, ActorId("tester"), ONE)


class Journal:
    """A journal in memory that can fail."""

    def __init__(self) -> None:
        self.kinds: list[str] = []
        self.fails = False

    def append(self, event: Event) -> int:
        if self.fails:
            raise Unavailable("the log cannot be written")
        self.kinds.append(event.kind)
        return len(self.kinds) - 1


@dataclass
class Backend:
    shelf: Shelf
    index: Index
    keys: KeyShelf
    journal: Journal
    tokens: Tokens

    def put(self, holding: Holding, added: dict[KeyName, bytes] | None = None) -> int:
        return self.shelf.put(holding, added=added or {}, destroyed=(), event=event())


def sqlite_backend(path: Path) -> Backend:
    connection = connect(path / "vault.db")
    create(connection, {})
    journal = Journal()
    shelf = SQLiteShelf(
        connection, journal=journal, lock=VaultLock(path / "lock"), row_key=bytes(32)
    )
    return Backend(shelf, shelf, SQLiteKeys(connection), journal, shelf.tokens)


def memory_backend(path: Path) -> Backend:
    journal = Journal()
    shelf = MemoryShelf(journal=journal, service_keys={})
    return Backend(shelf, shelf, shelf, journal, shelf.tokens)


def postgres_backend(request: pytest.FixtureRequest) -> Backend:
    server: Server = request.getfixturevalue("postgres")
    session = session_at(server.database())
    journal = Journal()
    shelf = PostgresShelf(session, journal=journal, row_key=bytes(32))
    return Backend(shelf, shelf, PostgresKeys(session), journal, shelf.tokens)


@pytest.fixture(params=["sqlite", "memory", "postgres"])
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Backend]:
    if request.param == "postgres":
        backend = postgres_backend(request)
    else:
        backend = {"sqlite": sqlite_backend, "memory": memory_backend}[request.param](tmp_path)
    yield backend
    backend.shelf.close()


def test_keys_are_named_in_order_and_destroyed_with_an_entry(backend: Backend) -> None:
    backend.put(HOLDING, {OTHER: b"o" * 61, KEY: b"k" * 61})
    assert list(backend.keys.names()) == [KEY, OTHER]
    index = backend.shelf.destroy([KEY], event=event("key.destroyed"))

    assert list(backend.keys.names()) == [OTHER]
    assert backend.keys.left_over() == 0
    assert backend.journal.kinds[index] == "key.destroyed"


def test_no_key_is_destroyed_when_its_entry_cannot_be_written(backend: Backend) -> None:
    backend.put(HOLDING, {KEY: b"k" * 61})
    backend.journal.fails = True
    with pytest.raises(Unavailable):
        backend.shelf.destroy([KEY], event=event("key.destroyed"))

    assert list(backend.keys.names()) == [KEY]


def test_a_holding_comes_back_as_it_was_put(backend: Backend) -> None:
    backend.put(HOLDING)

    assert backend.index.find(ONE) == HOLDING


def test_a_tombstone_comes_back_as_it_was_put(backend: Backend) -> None:
    backend.put(HOLDING)
    tombstone = HOLDING.tombstone(State.ERASED, AT + timedelta(days=1))
    backend.put(tombstone)

    assert backend.index.find(ONE) == tombstone
    assert backend.index.same_bytes("f" * 64) == ()


def test_a_holding_that_is_not_there_is_missing(backend: Backend) -> None:
    with pytest.raises(Missing):
        backend.index.find(ONE)


def test_holdings_are_listed_oldest_first_all_or_by_state(backend: Backend) -> None:
    younger = replace(HOLDING, state=State.ARRIVED)
    older = replace(HOLDING, id=TWO, begun_at=AT - timedelta(days=1), persons=())
    backend.put(younger)
    backend.put(older)

    assert tuple(backend.index.list()) == (older, younger)
    assert tuple(backend.index.list(State.ARRIVED)) == (younger,)
    assert tuple(backend.index.list(State.ERASED)) == ()
    assert tuple(backend.index.list(after=TWO)) == (younger,)
    assert tuple(backend.index.list(State.ARRIVED, after=TWO)) == (younger,)
    assert tuple(backend.index.list(State.KEPT, after=TWO)) == ()
    with pytest.raises(Missing):
        tuple(backend.index.list(after=RecordingId("rec_" + "3" * 20)))
    assert backend.index.same_bytes("f" * 64) == (TWO, ONE)


def test_an_empty_fingerprint_is_the_same_as_no_other(backend: Backend) -> None:
    backend.put(replace(HOLDING, fingerprint=""))

    assert backend.index.same_bytes("") == ()


def test_a_change_gives_the_index_of_its_entry(backend: Backend) -> None:
    assert [backend.put(HOLDING), backend.put(HOLDING), backend.shelf.note(event("x"))] == [0, 1, 2]
    assert backend.journal.kinds == ["recording.kept", "recording.kept", "x"]


def test_a_key_is_there_until_it_is_destroyed(backend: Backend) -> None:
    backend.put(HOLDING, added={KEY: b"k" * 61, OTHER: b"o" * 61})
    assert backend.keys.wrapped(KEY) == b"k" * 61
    for _ in range(2):
        backend.shelf.put(HOLDING, added={}, destroyed=(KEY,), event=event())

    assert backend.keys.wrapped(KEY) is None
    assert backend.keys.wrapped(OTHER) == b"o" * 61


@pytest.mark.parametrize("wrapped", [b"n" * 61, b"longer" * 40, b"n" * 50], ids=len)
def test_a_key_wrapped_anew_in_any_length_takes_the_place_of_the_old(
    backend: Backend, wrapped: bytes
) -> None:
    backend.put(HOLDING, added={KEY: b"k" * 61, OTHER: b"o" * 61})
    for _ in range(2):
        backend.shelf.put(added={}, destroyed=(), rewrapped={OTHER: wrapped}, event=event())

    assert backend.keys.wrapped(OTHER) == wrapped
    assert backend.keys.wrapped(KEY) == b"k" * 61
    assert list(backend.keys.names()) == [KEY, OTHER]
    assert backend.keys.left_over() == 0
    backend.shelf.destroy([OTHER], event=event("key.destroyed"))
    assert backend.keys.wrapped(OTHER) is None
    assert backend.keys.left_over() == 0


def test_a_destroyed_key_can_be_made_anew(backend: Backend) -> None:
    backend.put(HOLDING, added={OTHER: b"o" * 61})
    backend.shelf.put(HOLDING, added={}, destroyed=(OTHER,), event=event())
    backend.put(HOLDING, added={OTHER: b"n" * 61})

    assert backend.keys.wrapped(OTHER) == b"n" * 61


def test_a_key_that_is_there_is_not_replaced(backend: Backend) -> None:
    backend.put(HOLDING, added={KEY: b"k" * 61})

    with pytest.raises(ValueError, match=r"arrival key of rec_1+ is there"):
        backend.put(replace(HOLDING, frames=5), added={KEY: b"x" * 61})
    assert backend.keys.wrapped(KEY) == b"k" * 61
    assert backend.index.find(ONE) == HOLDING


def test_a_failing_journal_changes_nothing(backend: Backend) -> None:
    backend.put(HOLDING, added={KEY: b"k" * 61})
    backend.journal.fails = True
    erased = HOLDING.tombstone(State.ERASED, AT)
    with pytest.raises(Unavailable):
        backend.shelf.put(erased, added={OTHER: b"o" * 61}, destroyed=(KEY,), event=event())

    assert backend.index.find(ONE) == HOLDING
    assert (backend.keys.wrapped(KEY), backend.keys.wrapped(OTHER)) == (b"k" * 61, None)


def test_a_sweep_is_remembered_and_forgets_what_was_undone(backend: Backend) -> None:
    erased = HOLDING.tombstone(State.ERASED, AT)
    undone = replace(erased, id=TWO, state=State.UNDONE)
    backend.put(erased)
    backend.put(undone)
    assert backend.index.unswept() == (erased, undone)
    for recording in (ONE, TWO, TWO):
        backend.shelf.swept(recording)

    assert backend.index.unswept() == ()
    assert tuple(backend.index.list()) == (replace(erased, unswept=False),)


def test_a_claim_may_be_repeated(backend: Backend) -> None:
    backend.shelf.claim()
    backend.shelf.claim()


def test_many_are_listed_once_each_also_those_of_one_moment(backend: Backend) -> None:
    held = [
        replace(HOLDING, id=RecordingId(f"rec_{n:020x}"), begun_at=AT + timedelta(seconds=n // 50))
        for n in range(300)
    ]
    for holding in reversed(held):
        backend.put(holding)

    assert list(backend.index.list()) == held
    assert list(backend.index.list(State.KEPT, after=held[120].id)) == held[121:]
    assert list(backend.index.people()) == [("agent-7", 300), ("caller-1", 300)]


def test_persons_are_counted_once_a_recording_in_order(backend: Backend) -> None:
    backend.put(replace(HOLDING, persons=tuple(map(PersonId, ("bo", "bo", "cy")))))
    backend.put(replace(HOLDING, id=TWO, persons=tuple(map(PersonId, ("", "bo")))))

    assert list(backend.index.people()) == [("bo", 2), ("cy", 1)]
    assert list(backend.index.people(after=PersonId("bo"))) == [("cy", 1)]


def test_the_recordings_of_a_person_are_counted_up_to_a_bound(backend: Backend) -> None:
    ids = (RecordingId(f"rec_{n:020x}") for n in range(COUNTED + 2))
    many = [replace(HOLDING, id=one, persons=(PersonId("bo"),)) for one in ids]
    backend.shelf.put(*many, added={}, destroyed=(), event=event())
    backend.put(HOLDING)

    assert list(backend.index.people()) == [("agent-7", 1), ("bo", COUNTED), ("caller-1", 1)]


def posting(number: int, recording: RecordingId = ONE, back: bytes = bytes(56)) -> Posting:
    purpose = Purpose.WORDS if number % 2 else Purpose.IDENTIFIERS
    return Posting(number.to_bytes(16, "big"), purpose, recording, number % 2, back)


def change(backend: Backend, change: Change) -> None:
    backend.shelf.put(added={}, destroyed=(), event=event(), tokens=change)


def test_postings_are_found_among_many_labels_by_recording_and_all(backend: Backend) -> None:
    backend.put(HOLDING)
    backend.put(replace(HOLDING, id=TWO))
    mine = [posting(number) for number in (5, 3, 900, 4)]
    change(backend, Change((*mine, posting(6, TWO))))
    many = [number.to_bytes(16, "big") for number in range(2000)]

    assert backend.tokens.among(many) == {p.label: p for p in (*mine, posting(6, TWO))}
    assert backend.tokens.among([]) == {}
    assert set(backend.tokens.there(many)) == {p.label for p in (*mine, posting(6, TWO))}
    assert not backend.tokens.there([])
    assert backend.tokens.of_recording(ONE) == tuple(map(posting, (3, 4, 5, 900)))
    assert list(backend.tokens.every()) == [*map(posting, (3, 4, 5)), posting(6, TWO), posting(900)]


def test_a_posting_is_astray_where_no_person_has_its_strand(backend: Backend) -> None:
    backend.put(HOLDING)
    backend.put(replace(HOLDING, id=TWO))
    far = replace(posting(3, TWO), channel=7)
    change(backend, Change((posting(1), posting(2, TWO), far)))
    labels = [posting(number).label for number in (1, 2, 3, 4)]
    assert set(backend.tokens.astray(labels)) == {posting(3).label}
    backend.put(replace(HOLDING, id=TWO).tombstone(State.ERASED, AT))

    assert set(backend.tokens.astray(labels)) == {posting(2).label, posting(3).label}
    assert not backend.tokens.astray([])


def test_all_keys_are_named_however_many_they_are(backend: Backend) -> None:
    many = {KeyName("person", f"p{number:04}"): b"k" * 61 for number in range(1100)}
    backend.put(HOLDING, {**many, KEY: b"k" * 61})

    assert list(backend.keys.names()) == [KEY, *many]
    assert list(backend.keys.names("person")) == [*many]
    assert list(backend.keys.names("nobody")) == []


def test_all_postings_come_however_many_they_are(backend: Backend) -> None:
    backend.put(HOLDING)
    change(backend, Change(tuple(map(posting, range(1, 1201)))))

    assert [int.from_bytes(p.label, "big") for p in backend.tokens.every()] == [*range(1, 1201)]


def test_postings_are_struck_out_replaced_and_emptied(backend: Backend) -> None:
    backend.put(HOLDING)
    change(backend, Change(tuple(map(posting, (1, 2, 3, 4)))))
    change(backend, Change((posting(2, back=b"b" * 56),), (posting(1).label, posting(2).label)))
    assert [*backend.tokens.every()] == [posting(2, back=b"b" * 56), posting(3), posting(4)]
    change(backend, Change(emptied=(Purpose.WORDS,)))

    assert [*backend.tokens.every()] == [posting(2, back=b"b" * 56), posting(4)]


def test_a_failing_journal_changes_no_posting(backend: Backend) -> None:
    backend.put(HOLDING)
    change(backend, Change((posting(1),)))
    backend.journal.fails = True
    with pytest.raises(Unavailable):
        change(backend, Change((posting(2),), (posting(1).label,)))

    assert list(backend.tokens.every()) == [posting(1)]


def file_parts(request: pytest.FixtureRequest) -> Parts:
    return FileParts(request.getfixturevalue("tmp_path"))


def memory_parts(request: pytest.FixtureRequest) -> Parts:
    return MemoryParts()


def s3_parts(request: pytest.FixtureRequest) -> Parts:
    """Keep parts in pieces so small that every part has several."""
    url = request.getfixturevalue("s3_url")
    place = Place(new_bucket(url), REGION, prefix="a/prefix", endpoint=url)
    return S3Parts(Bucket(place), piece=3)


@pytest.fixture(params=[file_parts, memory_parts, s3_parts], ids=["files", "memory", "s3"])
def parts(request: pytest.FixtureRequest) -> Parts:
    parts: Parts = request.param(request)
    return parts


def new_bucket(url: str) -> str:
    """Make a bucket of its own for one test."""
    import boto3

    name = f"vault-{os.urandom(6).hex()}"
    client = boto3.client("s3", endpoint_url=url, region_name=REGION)
    client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    return name


def put_part(parts: Parts, part: Part, data: bytes) -> None:
    sink = parts.create(part)
    sink.write(memoryview(data))
    sink.close()
    sink.discard()


def read_part(parts: Parts, part: Part) -> bytes:
    source = parts.open(part)
    view = memoryview(bytearray(source.size + 10))
    count = source.read_into(0, view)
    source.close()
    return bytes(view[:count])


A, B, C = Part(ONE, "audio", 0), Part(ONE, "audio", 1), Part(ONE, "job", 0)


def test_a_part_is_found_when_it_is_settled_and_not_before(parts: Parts) -> None:
    put_part(parts, A, b"one")
    with pytest.raises(Tampered, match="audio-0"):
        parts.open(A)
    parts.settle([A])

    assert read_part(parts, A) == b"one"


def test_a_part_is_read_at_any_place(parts: Parts) -> None:
    put_part(parts, A, b"0123456789")
    parts.settle([A])
    source = parts.open(A)
    view = memoryview(bytearray(4))

    assert (source.read_into(8, view), bytes(view[:2])) == (2, b"89")
    assert (source.read_into(3, view), bytes(view)) == (4, b"3456")
    source.close()
    source.close()


def test_a_part_begun_again_is_begun_anew(parts: Parts) -> None:
    parts.create(A).write(memoryview(b"left from a crash"))
    put_part(parts, A, b"new")
    parts.settle([A])

    assert read_part(parts, A) == b"new"


def test_a_discarded_part_is_not_settled(parts: Parts) -> None:
    sink = parts.create(A)
    sink.write(memoryview(b"one"))
    sink.discard()
    sink.discard()

    with pytest.raises(Unavailable):
        parts.settle([A])


def test_pruning_spares_what_is_named_and_removes_what_is_aside(parts: Parts) -> None:
    for part in (A, B, C):
        put_part(parts, part, part.stem.encode())
    parts.settle([A, B, C])
    put_part(parts, Part(ONE, "audio", 2), b"aside")
    for _ in range(2):
        parts.prune(ONE, ("audio",))

    assert [read_part(parts, part) for part in (A, B)] == [b"audio-0", b"audio-1"]
    with pytest.raises(Tampered):
        parts.open(C)
    with pytest.raises(Unavailable):
        parts.settle([Part(ONE, "audio", 2)])


def test_all_that_rests_is_told_and_can_be_removed_one_by_one(parts: Parts) -> None:
    for part in (A, B):
        put_part(parts, part, b"x")
    parts.settle([A])
    assert set(parts.resting()) == {Resting(A, settled=True), Resting(B, settled=False)}

    for _ in range(2):
        parts.remove(A)
        assert list(parts.resting()) == [Resting(B, settled=False)]
    parts.remove(B)
    assert list(parts.resting()) == []


def test_pruning_all_leaves_other_recordings(parts: Parts) -> None:
    other = Part(TWO, "audio", 0)
    for part in (A, other):
        put_part(parts, part, b"x")
        parts.settle([part])
    for _ in range(2):
        parts.prune(ONE, ())

    assert read_part(parts, other) == b"x"
    with pytest.raises(Tampered):
        parts.open(A)


def test_a_link_in_place_of_a_part_is_not_followed(tmp_path: Path) -> None:
    parts = FileParts(tmp_path)
    put_part(parts, A, b"x")
    parts.settle([A])
    path = tmp_path / ONE / "audio-0.seal"
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")

    with pytest.raises(Tampered, match="audio-0"):
        parts.open(A)


def test_a_database_that_is_locked_is_unavailable(tmp_path: Path) -> None:
    backend = sqlite_backend(tmp_path)
    other = sqlite3.connect(tmp_path / "vault.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    backend.shelf._connection.execute("PRAGMA busy_timeout = 1")  # type: ignore[attr-defined]  # reach in to wait less

    with pytest.raises(Unavailable, match="in use by another process"):
        backend.put(HOLDING)
    other.close()
    backend.shelf.close()


def embedded(path: Path) -> Vault:
    journal = Journal()
    return open_vault(
        path / "vault",
        journal=lambda connection, keys: journal,
        clock=lambda: AT,
        actor=ActorId("tester"),
    )


def in_memory(path: Path) -> Vault:
    return memory_vault(journal=Journal(), clock=lambda: AT, actor=ActorId("tester"))


@pytest.mark.parametrize("make", [embedded, in_memory])
def test_a_recording_goes_all_the_way_on_every_backend(
    tmp_path: Path, make: Callable[[Path], Vault]
) -> None:
    vault = make(tmp_path)
    block = np.arange(200_000, dtype=np.int16).reshape(2, -1)
    arrival = vault.begin(
        ONE,
        rate_hz=8000,
        persons=HOLDING.persons,
        job=b"job",
        fingerprint=vault.keys.keyed_hash("input", b"bytes"),
        event=event(),
    )
    arrival.write(block)
    arrival.complete(event=event())
    with vault.open_arrival(ONE) as opened:
        assert opened.job == b"job"
    vault.keep(ONE, sound=[block], texts={"words": (b"a", b"b")}, state=State.KEPT, event=event())
    with vault.open(ONE) as opened:
        assert np.array_equal(opened.sound.read(1, 90_000, 100_000), block[1, 90_000:])
        assert opened.text("words", 1) == b"b"
    vault.erase(ONE, event=event())

    assert tuple(vault.list()) == (vault.show(ONE),)
    assert vault.show(ONE).state is State.ERASED
    vault.close()


def test_keys_of_no_recording_are_added_and_destroyed_with_their_event(backend: Backend) -> None:
    backend.shelf.put(added={OTHER: b"w" * 61}, destroyed=(), event=event("key.made"))
    assert backend.keys.wrapped(OTHER) == b"w" * 61
    index = backend.shelf.destroy([OTHER], event=event("key.destroyed"))
    backend.shelf.swept()

    assert backend.keys.wrapped(OTHER) is None
    assert backend.journal.kinds[index] == "key.destroyed"
    with pytest.raises(Missing):
        backend.index.find(ONE)


def test_keys_of_no_recording_stay_when_the_journal_fails(backend: Backend) -> None:
    backend.shelf.put(added={OTHER: b"w" * 61}, destroyed=(), event=event("key.made"))
    backend.journal.fails = True
    with pytest.raises(Unavailable):
        backend.shelf.put(added={KEY: b"v" * 61}, destroyed=(OTHER,), event=event())

    assert backend.keys.wrapped(OTHER) == b"w" * 61
    assert backend.keys.wrapped(KEY) is None


def test_a_holding_with_strands_comes_back_as_it_was_put(backend: Backend) -> None:
    meeting = replace(HOLDING, strands=(0, 0))
    backend.put(meeting)

    assert backend.index.find(ONE) == meeting
    assert list(backend.index.list()) == [meeting]
