"""What every log does, whichever backend keeps it."""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

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
from sottovoce.ledger.question import Index, Question, answers, traits
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


class Asked(Log, Index, Protocol):
    """A log that can be asked."""


@dataclass
class Bench:
    log: Asked
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


NIGHT = datetime(2025, 3, 1, 22, 0, tzinfo=UTC)
PERSON = "5a" * 32


def told(
    kind: str, minute: int, actor: str = "local", number: int | None = None, **facts: Any
) -> Event:
    recording = None if number is None else RecordingId(f"rec_{number:020x}")
    return Event(kind, NIGHT + timedelta(minutes=minute), ActorId(actor), recording, facts)


OPERATOR = f"usr_{7:020x}"
HEARD = {"part": "audio", "channel": 0, "from_ms": 1500, "to_ms": 4000}
STORY = (
    told("recording.admitted", 0, number=1, channels=1),
    told("recording.opened", 1, OPERATOR, 1, **HEARD),
    told("approval.refused", 2, OPERATOR, act="root", why="unsigned"),
    told("recording.opened", 1, "uid:7", 2, part="words"),  # The clock was set back.
    told("recording.undone", 30, "service", 3, reason="refused"),
    told("recording.undone", 31, "service", 4, reason="cut_off"),
    told("person.erased", 40, OPERATOR, person=PERSON, recordings=1),
    told("recording.erased", 40, OPERATOR, 2),
    told("recording.opened", 50, "uid:7", 1, **HEARD | {"from_ms": 0}),
    told("key.destroyed", 51, "uid:7", 2, person=PERSON),
)
RECORDING = {number: f"rec_{number:020x}" for number in range(5)}


def minute(after: int) -> str:
    return f"2025-03-01T22:{after:02d}:00.000Z"


QUESTIONS = {
    "everything, in the order of the log": (Question(), [*range(10)]),
    "who listened to it": (
        Question(kinds=("recording.opened",), recordings=(RECORDING[1],)), [1, 8],
    ),
    "what became of it": (Question(recordings=(RECORDING[2],)), [3, 7, 9]),
    "what they did": (Question(actor=OPERATOR), [1, 2, 6, 7]),
    "what they opened": (Question(actor="uid:7", kinds=("recording.opened",)), [3, 8]),
    "every refusal": (Question(refused=True), [2, 4]),
    "every refusal of someone": (Question(refused=True, actor="service"), [4]),
    "refusals in some minutes": (
        Question(refused=True, since=minute(3), until=minute(31)), [4],
    ),
    "what is of two kinds": (
        Question(kinds=("recording.opened", "recording.erased")), [1, 3, 7, 8],
    ),
    "in the order of times": (Question(since=minute(1), until=minute(3)), [1, 3, 2]),
    "until, which is not included": (Question(since=minute(40), until=minute(50)), [6, 7]),
    "what is about a person": (Question(person=PERSON), [6, 9]),
    "a person and their recordings, each once": (
        Question(person=PERSON, recordings=(RECORDING[2], RECORDING[4])), [3, 5, 6, 7, 9],
    ),
    "what was erased of them": (
        Question(person=PERSON, recordings=(RECORDING[2],), kinds=("recording.erased",)), [7],
    ),
    "what nobody did": (Question(actor="uid:8"), []),
    "what is not there": (Question(recordings=(RECORDING[0],)), []),
}  # fmt: skip


@pytest.fixture
def story(bench):
    for one in STORY:
        bench.append(one)
    return bench.log


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_is_answered_with_each_entry_that_meets_it_and_no_other(story, name):
    question, expected = QUESTIONS[name]
    found = list(answers(story, question))

    assert [one.index for one in found] == expected
    assert [decode_entry(one.entry) for one in found] == [STORY[index] for index in expected]


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_goes_on_after_any_of_its_answers(story, name):
    question, expected = QUESTIONS[name]
    for place, index in enumerate(expected):
        rest = [one.index for one in answers(story, question, after=index)]

        assert rest == expected[place + 1 :]


def test_a_question_cannot_go_on_after_what_is_not_there(story):
    with pytest.raises(Missing):
        list(answers(story, Question(refused=True), after=10))


def test_an_answer_is_of_the_log_as_it_was_when_it_was_asked(bench, story):
    found = story.find(Question(actor="uid:7"), size=9)
    bench.append(STORY[-1])

    assert [one.index for one in found] == [3, 8]


def test_answers_over_many_pages_and_kinds_are_whole_and_in_order(bench):
    sent = [
        told(("recording.opened", "recording.erased")[n % 2], n // 9, "uid:7", n % 150)
        for n in range(400)
    ]
    for one in sent:
        bench.append(one)
    everyone = Question(recordings=tuple(f"rec_{n:020x}" for n in range(150)))
    found = [one.index for one in answers(bench.log, Question(actor="uid:7"))]

    assert found == list(range(400))
    assert [one.index for one in answers(bench.log, everyone)] == list(range(400))
    assert bench.log.check_index() == 400


def test_the_index_is_compared_with_all_entries(story):
    assert story.check_index() == len(STORY)
    assert story.find(Question(), size=0) is not None


def test_what_an_entry_is_found_by_is_in_its_bytes(story):
    assert traits(story.entry(6)) == (minute(40), "person.erased", OPERATOR, None, PERSON, False)
    assert traits(story.entry(4)).refused
    assert traits(b"\x00") == traits(b"[]") == ("", "", "", None, None, False)
