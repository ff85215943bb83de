"""What questions to the ledger cost while it grows from 10^3 entries to 10^``--upto``.

    python benchmarks/bench_questions.py --upto 6
    python benchmarks/bench_questions.py --upto 6 --postgres

Each time is the median of ``RUNS`` askings, drawn by ``--seed``, with every answer decoded and its
proof verified. An entry is written every 20 seconds of the ledger's own time; five are about one
recording, one in a hundred is a refusal, and one in fifty is of one of 20 known operators: so
that an answer's size does not depend on the ledger's. PostgreSQL is Debian's, started here on a
socket and without fsync.
"""

import argparse
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from postgres_server import Server, session_at
from sottovoce.backends.postgres_log import PostgresLog
from sottovoce.backends.sqlite_log import SQLiteLog, open_readonly
from sottovoce.backends.sqlite_shelf import connect, transaction
from sottovoce.ledger.entry import decode_entry, encode_entry
from sottovoce.ledger.head import sign_head
from sottovoce.ledger.note import ledger_signer
from sottovoce.ledger.question import Index, Question, answers
from sottovoce.ledger.tree import Growing, leaf_hash
from sottovoce.values.event import Event
from sottovoce.values.ids import ActorId, RecordingId

SIGNER = ledger_signer(bytes(range(32)), second=bytes(32))
BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
EVERY = timedelta(seconds=20)
RUNS = 25
_ABOUT = ("recording.admitted", "recording.arrived", "recording.processed", "recording.opened")
_HEARD = {"part": "audio", "channel": 0, "from_ms": 1500, "to_ms": 4000}


def event(number: int) -> Event:
    at, recording = BEGIN + number * EVERY, RecordingId(f"rec_{number // 5:020x}")
    actor = ActorId(f"usr_{number // 50:020x}" if number % 50 < 25 else "service")
    if number % 100 == 42:
        return Event("approval.refused", at, actor, None, {"act": "root", "why": "unsigned"})
    if number % 5 == 4:
        person = f"{number:064x}"
        return Event("person.erased", at, actor, None, {"person": person, "recordings": 1})
    kind = _ABOUT[number % 5]
    facts = _HEARD if kind == "recording.opened" else {"channels": 2} if "arr" in kind else {}
    return Event(kind, at, actor, recording, facts)


def text(at: datetime) -> str:
    return f"{at.isoformat(timespec='milliseconds')[:23]}Z"


def questions(size: int, chance: random.Random) -> dict[str, Callable[[], tuple[Question, int]]]:
    """Return what is asked, drawn anew each time, and how many answers are taken."""

    def night() -> dict[str, str]:
        begin = BEGIN + chance.randrange(size) * EVERY
        return {"since": text(begin), "until": text(begin + timedelta(hours=12))}

    def some(name: str, step: int) -> str:
        return f"{name}_{chance.randrange(size) // step:020x}"

    def person() -> str:
        return f"{chance.randrange(size) // 5 * 5 + 4:064x}"

    heard = ("recording.opened",)
    return {
        "who listened": lambda: (Question(kinds=heard, recordings=(some("rec", 5),)), 50),
        "what someone did": lambda: (Question(actor=some("usr", 50)), 50),
        "refusals of a night": lambda: (Question(refused=True, **night()), 50),
        "a page of a night": lambda: (Question(**night()), 50),
        "a page of a busy actor": lambda: (Question(actor="service", **night()), 50),
        "about a person": lambda: (Question(person=person()), 50),
    }


def grow_sqlite(path: Path, begin: int, end: int) -> None:
    connection = connect(path)
    connection.execute("PRAGMA synchronous = OFF")  # Here nothing has to outlive a crash.
    log = SQLiteLog(connection, origin=SIGNER.key.name, signer=SIGNER)
    for first in range(begin, end, 20_000):
        stretch = range(first, min(first + 20_000, end))
        with transaction(connection):
            log.append_encoded([encode_entry(event(number)) for number in stretch])
    connection.close()


def grow_postgres(log: PostgresLog, begin: int, end: int) -> None:
    growing = Growing(begin, log._node)
    with log._session.transaction() as connection, connection.cursor() as cursor:
        for first in range(begin, end, 20_000):
            stretch = range(first, min(first + 20_000, end))
            rows = [(number, encode_entry(event(number))) for number in stretch]
            cursor.executemany("INSERT INTO ledger_entry (position, data) VALUES (%s, %s)", rows)
            nodes = [placed for _, entry in rows for placed in growing.add(leaf_hash(entry))]
            cursor.executemany(
                "INSERT INTO ledger_node (level, position, hash) VALUES (%s, %s, %s)", nodes
            )
        head = sign_head(growing.size, growing.root(), signer=SIGNER)
        cursor.execute("UPDATE ledger_head SET note = %s", (head.note,))


@contextmanager
def sqlite(arguments: argparse.Namespace) -> Iterator[Callable[[int, int], Index]]:
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder, ExitStack() as opened:
        path = Path(folder) / "big.db"

        def grown(begin: int, end: int) -> Index:
            opened.close()
            grow_sqlite(path, begin, end)
            return opened.enter_context(open_readonly(path, SIGNER.key))

        yield grown


@contextmanager
def postgres(arguments: argparse.Namespace) -> Iterator[Callable[[int, int], Index]]:
    folder = Path(tempfile.mkdtemp(dir=arguments.folder))
    folder.chmod(0o755)
    server = Server(folder)
    database = server.database()
    log = PostgresLog(session_at(database), signer=SIGNER)

    def grown(begin: int, end: int) -> Index:
        grow_postgres(log, begin, end)
        with server.owner(database) as owner:
            owner.execute("VACUUM ANALYZE")
        return log

    try:
        yield grown
    finally:
        log._session.close()
        server.stop()
        shutil.rmtree(folder)


def measure(log: Index, size: int, chance: random.Random) -> dict[str, float]:
    found = {}
    for name, draw in questions(size, chance).items():
        taken, count, used = [], [], []
        for _ in range(RUNS):
            question, most = draw()
            begun, busy = time.perf_counter(), time.process_time()
            got = [decode_entry(one.entry) for one in islice(answers(log, question), most)]
            taken.append(time.perf_counter() - begun)
            used.append(time.process_time() - busy)
            count.append(len(got))
        found[name] = 1000 * statistics.median(taken)
        print(f"  {size}: {name}: {found[name]:.2f} ms, of it {1000 * statistics.median(used):.2f}"
              f" on our CPU, longest {1000 * max(taken):.2f} ms,"
              f" {statistics.median(count):.0f} answers", file=sys.stderr)  # fmt: skip
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--upto", type=int, default=5, choices=range(3, 8))
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--folder", default=tempfile.gettempdir())
    parser.add_argument("--seed", type=int, default=67)
    arguments = parser.parse_args()
    chance, size = random.Random(arguments.seed), 0
    with (postgres if arguments.postgres else sqlite)(arguments) as grown:
        for power in range(3, arguments.upto + 1):
            log = grown(size, 10**power)
            size = 10**power
            begun = time.perf_counter()
            found = measure(log, size, chance)
            if power == 3:
                print("| entries | " + " | ".join(found) + " |")
            print(f"| {size:,} | " + " | ".join(f"{one:.1f} ms" for one in found.values()) + " |")
            print(f"  measured in {time.perf_counter() - begun:.0f} s", file=sys.stderr)
        begun = time.perf_counter()
        print(f"index of {log.check_index()} compared in {time.perf_counter() - begun:.1f} s")


if __name__ == "__main__":
    main()
