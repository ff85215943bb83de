"""Group commit: what callers in many threads and processes may rely on."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from threading import Barrier, Thread

import pytest

from sottovoce.backends import sqlite_group
from sottovoce.backends.sqlite_group import GroupLog
from sottovoce.backends.sqlite_log import open_readonly
from sottovoce.ledger.entry import decode_entry
from sottovoce.ledger.note import ledger_signer
from sottovoce.values.errors import Conflict, Tampered, Unavailable
from sottovoce.values.event import Event
from sottovoce.values.ids import ActorId, RecordingId

SIGNER = ledger_signer(bytes(range(32)))
THREADS = 8


def event(number: int) -> Event:
    at = datetime(2025, 1, 1, tzinfo=UTC)
    return Event("recording.undone", at, ActorId("tester"), RecordingId(f"rec_{number:020x}"), {})


@pytest.fixture
def database(tmp_path):
    return tmp_path / "vault.db"


@pytest.fixture
def group(database):
    log = GroupLog(database, signer=SIGNER, window_s=0.005)
    yield log
    log.close()


@pytest.fixture
def at_once():
    """Run a function in as many threads as there are, all starting together."""
    with ThreadPoolExecutor(THREADS) as pool:
        start = Barrier(THREADS)

        def run(function):
            def one(number):
                start.wait()
                try:
                    return function(number)
                except Exception as error:  # noqa: BLE001 - what was raised is what is looked at
                    return error

            return list(pool.map(one, range(THREADS)))

        yield run


def logged(database):
    with open_readonly(database, SIGNER.key) as log:
        checked = log.check()
        written = log.entries(0, checked.head.size + checked.unsigned)
        return [decode_entry(entry).recording for entry in written]


def test_every_caller_gets_the_index_of_its_own_entry(group, database, at_once):
    found = at_once(lambda n: [(group.append(event(n * 50 + i)), n * 50 + i) for i in range(50)])
    entries = logged(database)

    assert len(entries) == THREADS * 50
    for index, number in (pair for pairs in found for pair in pairs):
        assert entries[index] == event(number).recording


def test_those_who_wait_together_share_a_transaction(group, at_once, monkeypatch):
    sizes, commit = [], group._commit
    monkeypatch.setattr(group, "_commit", lambda those: (sizes.append(len(those)), commit(those)))
    at_once(lambda n: [group.append(event(n * 20 + i)) for i in range(20)])

    assert sum(sizes) == THREADS * 20
    assert len(sizes) < THREADS * 20 / 2


def test_a_leader_that_is_interrupted_while_it_waits_leaves_the_lead(group, database, monkeypatch):
    group.append(event(0))
    group._last = 2
    monkeypatch.setattr(sqlite_group.time, "sleep", lambda seconds: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        group.append(event(1))
    monkeypatch.undo()
    after = Thread(target=lambda: group.append(event(2)), daemon=True)
    after.start()
    after.join(10)

    assert not after.is_alive()
    assert logged(database) == [event(0).recording, event(2).recording]


def test_entries_given_together_stay_together(group, database, at_once):
    firsts = at_once(lambda n: group.append_all(event(n * 10 + i) for i in range(10)))
    entries = logged(database)

    assert sorted(firsts) == list(range(0, THREADS * 10, 10))
    for number, first in enumerate(firsts):
        assert entries[first : first + 10] == [event(number * 10 + i).recording for i in range(10)]


def test_a_change_and_its_entry_are_kept_together_or_not_at_all(group, database, at_once):
    with sqlite3.connect(database) as connection:
        connection.execute("CREATE TABLE done (number INTEGER)")

    def work(number):
        def change(connection):
            connection.execute("INSERT INTO done VALUES (?)", (number,))
            if number % 2:
                raise Conflict(f"{number} is odd")

        return group.append(event(number), change=change)

    found = at_once(work)
    with sqlite3.connect(database) as connection:
        rows = [number for (number,) in connection.execute("SELECT * FROM done ORDER BY 1")]

    assert rows == list(range(0, THREADS, 2))
    assert sorted(logged(database)) == [event(number).recording for number in rows]
    assert [str(error) for error in found[1::2]] == [f"{n} is odd" for n in range(1, THREADS, 2)]


def test_a_full_disk_is_told_to_everyone_and_leaves_nothing(group, database, at_once):
    group.append(event(0))
    pages = group._connection.execute("PRAGMA page_count").fetchone()[0]
    group._connection.execute(f"PRAGMA max_page_count = {pages}")
    found = at_once(lambda n: group.append_all(event(1000 * n + i) for i in range(500)))
    group._connection.execute(f"PRAGMA max_page_count = {pages * 1000}")

    assert all(isinstance(error, Unavailable) for error in found)
    assert len({id(error) for error in found}) == THREADS
    assert logged(database) == [event(0).recording]
    assert group.append(event(1)) == 1


def test_an_edited_edge_is_never_signed_onward(group, database, at_once):
    group.append_all(map(event, range(5)))
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE ledger_node SET hash = zeroblob(32) WHERE level = 2")
    found = at_once(lambda n: group.append(event(n)))

    assert all(isinstance(error, Tampered) for error in found)


def test_an_event_that_is_not_of_the_register_stops_nobody(group, database):
    with pytest.raises(ValueError, match="kind"):
        group.append(Event("recording.spoken", event(0).at, ActorId("tester")))
    with pytest.raises(ValueError, match="at least one"):
        group.append_all([])

    assert group.append(event(1)) == 0


def test_what_returned_is_synced(group):
    assert group._connection.execute("PRAGMA synchronous").fetchone() == (2,)
    assert group._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert not group._connection.in_transaction


def test_a_closed_log_takes_nothing(database):
    log = GroupLog(database, signer=SIGNER)
    log.close()

    with pytest.raises(ValueError, match="closed"):
        log.append(event(0))


def signed(database):
    with open_readonly(database, SIGNER.key) as log:
        checked = log.check()
        return checked.head.size, checked.unsigned


def test_a_head_covers_what_was_written_although_nobody_writes_more(group, database):
    group.append(event(0))
    assert signed(database) == (1, 0)
    group.append_all([event(1), event(2)])
    while signed(database) != (3, 0):
        time.sleep(0.01)


def test_what_has_no_head_yet_is_there_and_gets_one_on_demand(database, monkeypatch):
    monkeypatch.setattr(sqlite_group, "HEAD_S", 3600)
    group = GroupLog(database, signer=SIGNER)
    group.append(event(0))
    group.append_all([event(1), event(2)])
    assert signed(database) == (1, 2)
    group.sign()
    assert signed(database) == (3, 0)
    group.close()


def test_to_close_leaves_nothing_without_a_head(database):
    log = GroupLog(database, signer=SIGNER)
    for number in range(50):
        log.append(event(number))
    log.close()

    assert signed(database) == (50, 0)


@pytest.mark.parametrize("window_s", [-1, 2])
def test_a_window_out_of_bounds_is_a_mistake(database, window_s):
    with pytest.raises(ValueError, match="window_s"):
        GroupLog(database, signer=SIGNER, window_s=window_s)


WRITERS = """
import os
import sys
from pathlib import Path
from threading import Thread
sys.path.insert(0, sys.argv[3])
from test_sqlite_group import SIGNER, GroupLog, event

log, first = GroupLog(Path(sys.argv[1]), signer=SIGNER), int(sys.argv[2])

def write(thread):
    number = first + thread * 100000
    while True:
        index = log.append(event(number))
        os.write(1, f"{index} {number}\\n".encode())  # One write: lines never mix.
        number += 1

for thread in range(8):
    Thread(target=write, args=(thread,)).start()
"""


def test_no_acknowledged_entry_is_lost_or_doubled_when_writers_are_killed(database, tmp_path):
    GroupLog(database, signer=SIGNER).close()
    chance, said = Random(6), []  # noqa: S311 - chance here is for repeating
    for turn in range(3):
        writers = [
            started(database, 10_000_000 * (turn * 2 + one), tmp_path / f"{turn}-{one}")
            for one in range(2)
        ]
        for writer in writers:
            has_written(writer.args[-1])
        time.sleep(chance.uniform(0.0, 0.1))
        for writer in writers:
            writer.send_signal(signal.SIGKILL)
            writer.wait()
        said += list(tmp_path.glob(f"{turn}-*"))
    acknowledged = [tuple(map(int, line.split())) for path in said for line in whole_lines(path)]
    entries = logged(database)

    assert len(acknowledged) > 100
    for index, number in acknowledged:
        assert entries[index] == event(number).recording
    assert max(Counter(entries).values()) == 1


def started(database: Path, first: int, out: Path) -> subprocess.Popen:
    here = str(Path(__file__).parent)
    arguments = [sys.executable, "-c", WRITERS, str(database), str(first), here, str(out)]
    with out.open("wb") as file:
        return subprocess.Popen(arguments, stdout=file, env=dict(os.environ))


def has_written(path: str) -> None:
    while Path(path).stat().st_size == 0:
        time.sleep(0.01)


def whole_lines(path: Path) -> list[str]:
    return path.read_text().split("\n")[:-1]
