"""What a vault's rows cost in PostgreSQL: questions and a change, with many recordings there.

    python benchmarks/bench_postgres.py 1000 20000 200000

Starts Debian's PostgreSQL itself, on a socket and without fsync: the times are those of the
statements and not of a disk. Rows are made from their number; nothing is drawn.
"""

import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from postgres_server import Server, session_at
from sottovoce.backends import postgres_shelf
from sottovoce.backends.holding_rows import row_of, seal_of
from sottovoce.backends.postgres_log import PostgresLog
from sottovoce.backends.postgres_shelf import PostgresShelf
from sottovoce.ledger.note import ledger_signer
from sottovoce.values.event import Event
from sottovoce.values.ids import ActorId, PersonId, RecordingId
from sottovoce.vault.holding import Holding, State

AT = datetime(2025, 1, 1, tzinfo=UTC)
ROW_KEY = bytes(32)
RUNS = 30


def holding(number: int) -> Holding:
    return Holding(
        RecordingId(f"rec_{number:020x}"),
        State.KEPT,
        AT + timedelta(seconds=number),
        rate_hz=8000,
        frames=16000,
        persons=(PersonId(f"agent-{number % 97}"), PersonId(f"caller-{number // 3}")),
        parts=("audio", "words"),
        fingerprint=f"{number:064x}",
        arrived_at=AT,
        settled_at=AT,
    )


def fill(session: postgres_shelf.Session, count: int) -> None:
    with session.transaction() as connection, connection.cursor() as cursor:
        for start in range(0, count, 5000):
            some = [holding(number) for number in range(start, min(count, start + 5000))]
            rows = [(*row_of(h), seal_of(h, ROW_KEY)) for h in some]
            cursor.executemany(postgres_shelf._WRITE, rows)
            cursor.executemany(
                "INSERT INTO channel (recording, channel, person) VALUES (%s, %s, %s)",
                [(h.id, channel, p) for h in some for channel, p in enumerate(h.persons)],
            )


def measure(server: Server, count: int) -> None:
    database = server.database()
    session = session_at(database)
    log = PostgresLog(session, signer=ledger_signer(bytes(range(32))))
    shelf = PostgresShelf(session, journal=log, row_key=ROW_KEY)
    fill(session, count)
    with server.owner(database) as connection:
        connection.execute("ANALYZE")
    event = Event("recording.erased", AT, ActorId("local"), holding(0).id, {"keys": 1})
    questions: dict[str, Callable[[int], object]] = {
        "find one": lambda n: shelf.find(holding(n).id),
        "those of a person": lambda n: shelf.of_person(PersonId(f"caller-{n // 3}")),
        "those of the same bytes": lambda n: shelf.same_bytes(f"{n:064x}"),
        "the first page of all": lambda n: next(shelf.list()),
        "the page after one": lambda n: next(shelf.list(after=holding(n // 2).id)),
        "a change with its entry": lambda n: shelf.put(
            holding(n), added={}, destroyed=(), event=event
        ),
    }
    for name, ask in questions.items():
        times = []
        for run in range(RUNS):
            begun = time.perf_counter()
            ask(run * 7919 % count)
            times.append((time.perf_counter() - begun) * 1e3)
        print(f"{count:>8}  {name}: median {statistics.median(times):.2f} ms", flush=True)
    session.close()


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="sottovoce-postgres-"))
    try:
        server = Server(folder)
        for count in map(int, sys.argv[1:] or ("1000", "20000")):
            measure(server, count)
        server.stop("immediate")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
