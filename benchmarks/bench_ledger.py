"""What the ledger costs beside plain SQLite inserts, in one run and in turn.

``speed``   durable entries a second, one by one and by group commit, beside plain inserts.
``proof``   the time of an inclusion proof in a log of ``--entries``, and the memory that it takes.
``killed``  writers in processes that are killed at random moments: nothing acknowledged is lost.

Each rate is the median of ``--rounds``. A plain insert writes the same bytes into one table, with
the same pragmas and by the same threads, grouped in the same way. The sync of the disk is most of
it, so rates say something only beside those of the plain insert; ``--folder /dev/shm`` shows the
rest.
"""

import argparse
import random
import resource
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from threading import Thread

from sottovoce.backends.sqlite_group import GroupLog
from sottovoce.backends.sqlite_log import SQLiteLog, open_readonly
from sottovoce.backends.sqlite_shelf import connect, transaction
from sottovoce.ledger.entry import decode_entry, encode_entry
from sottovoce.ledger.note import ledger_signer
from sottovoce.ledger.tree import leaf_hash, verify_inclusion
from sottovoce.values.event import Event
from sottovoce.values.ids import ActorId, RecordingId

SIGNER = ledger_signer(bytes(range(32)), second=bytes(32))  # As vaults have it.
PLAIN = "CREATE TABLE plain (position INTEGER PRIMARY KEY, data BLOB NOT NULL)"


def event(number: int) -> Event:
    at, recording = datetime.now(UTC), RecordingId(f"rec_{number:020x}")
    return Event("recording.erased", at, ActorId("local"), recording, {"keys": number % 9})


class PlainLog:
    """Rows and nothing else, where ``GroupLog`` has its log."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        connection.execute(PLAIN)
        self._connection, self._next = connection, 0

    def append_encoded(self, entries: Sequence[bytes]) -> int:
        first, self._next = self._next, self._next + len(entries)
        rows = list(enumerate(entries, start=first))
        self._connection.executemany("INSERT INTO plain VALUES (?, ?)", rows)
        return first

    append_ahead = append_encoded

    def sign_tail(self) -> None:
        """There is nothing to sign."""


def one_by_one(folder: Path, number: int) -> list[float]:
    """Return entries a second, in turn: plain, each with a head of its own, by a group of one."""
    connection = connect(folder / "one.db")
    plain = PlainLog(connection)
    log = SQLiteLog(connection, origin=SIGNER.key.name, signer=SIGNER)
    group = GroupLog(folder / "group.db", signer=SIGNER)

    def within(write: Callable[[Sequence[bytes]], int], made: Event) -> None:
        with transaction(connection):
            write([encode_entry(made)])

    ways: list[Callable[[Event], object]] = [
        lambda made: within(plain.append_encoded, made),
        lambda made: within(log.append_encoded, made),
        group.append,
    ]
    taken = [0.0] * len(ways)
    for i in range(number):
        for which, write in enumerate(ways):
            begun = time.perf_counter()
            write(event(i))
            taken[which] += time.perf_counter() - begun
    connection.close()
    group.close()
    return [number / seconds for seconds in taken]


def by_group(
    folder: Path, *, plain: bool, threads: int, calls: int, each: int
) -> tuple[float, float]:
    """Return entries a second of threads that wait for each of their calls, and a group's mean."""
    log = GroupLog(folder / f"{'plain' if plain else 'group'}.db", signer=SIGNER)
    groups: list[int] = []
    if plain:
        log._log = PlainLog(log._connection)
    commit = log._commit
    log._commit = lambda group: (groups.append(len(group) * each), commit(group))[1]

    def work(thread: int) -> None:
        for call in range(calls):
            first = (thread * calls + call) * each
            log.append_all(event(first + i) for i in range(each))

    seconds = in_threads(work, threads)
    log.close()
    return threads * calls * each / seconds, statistics.mean(groups)


def in_threads(work: Callable[[int], None], number: int) -> float:
    threads = [Thread(target=work, args=(one,)) for one in range(number)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - begun


def speed(arguments: argparse.Namespace) -> None:
    ones, groups = [], {each: [] for each in (1, 8)}
    for _ in range(arguments.rounds):
        with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
            ones.append(one_by_one(Path(folder), 2000))
        for each, found in groups.items():
            found.append([grouped(arguments, plain=plain, each=each) for plain in (True, False)])
    plain, headed, ours = (statistics.median(column) for column in zip(*ones, strict=True))
    print(f"one by one, each under its own head: {beside(plain, headed)}")
    print(f"one by one, a head twice a second: {beside(plain, ours)}")
    for each, found in groups.items():
        plain, ours = (statistics.median(pair[i][0] for pair in found) for i in range(2))
        mean = statistics.median(pair[1][1] for pair in found)
        who = f"{arguments.threads} threads, {each} entries a call"
        print(f"{who}: {beside(plain, ours)}, {mean:.0f} entries a group")


def grouped(arguments: argparse.Namespace, *, plain: bool, each: int) -> tuple[float, float]:
    calls = max(1, 40_000 // arguments.threads // each)
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        return by_group(
            Path(folder), plain=plain, threads=arguments.threads, calls=calls, each=each
        )


def beside(plain: float, ours: float) -> str:
    return f"plain {plain:.0f}/s, ledger {ours:.0f}/s, {plain / ours:.2f} times the cost"


def proof(arguments: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        begun = time.perf_counter()
        build(Path(folder) / "big.db", arguments.entries)
        size = (Path(folder) / "big.db").stat().st_size
        seconds = time.perf_counter() - begun
        print(f"{arguments.entries} entries built in {seconds:.0f} s, {size >> 20} MiB, {memory()}")
        with open_readonly(Path(folder) / "big.db", SIGNER.key) as log:
            chance, taken = random.Random(arguments.seed), []
            head = log.head()
            for _ in range(2000):
                index = chance.randrange(head.size)
                begun = time.perf_counter()
                made = log.prove(index, head.size)
                taken.append(time.perf_counter() - begun)
                verify_inclusion(made, leaf_hash(log.entry(index)), head.root)
        milliseconds = [1000 * one for one in sorted(taken)]
        print(f"proof: median {milliseconds[1000]:.2f} ms, 99 % within {milliseconds[1980]:.2f} ms,"
              f" longest {milliseconds[-1]:.2f} ms, {memory()}")  # fmt: skip


def build(path: Path, entries: int) -> None:
    connection = connect(path)
    connection.execute("PRAGMA synchronous = OFF")  # Here nothing has to outlive a crash.
    log = SQLiteLog(connection, origin=SIGNER.key.name, signer=SIGNER)
    before, _, after = encode_entry(event(0)).partition(b"0" * 20)
    for first in range(0, entries, 20_000):
        stretch = range(first, min(first + 20_000, entries))
        with transaction(connection):
            log.append_encoded([before + b"%020x" % number + after for number in stretch])
        if first == 20_000:
            print(f"after {first} entries {memory()}")
    connection.close()


def memory() -> str:
    return f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MiB of memory at the most"


WRITER = """
import os, sys
from pathlib import Path
from threading import Thread
sys.path.insert(0, sys.argv[3])
from bench_ledger import SIGNER, GroupLog, event, count

log = GroupLog(Path(sys.argv[1]), signer=SIGNER)

def write(first):
    for number in count(first):
        os.write(1, f"{log.append(event(number))} {number}\\n".encode())

for thread in range(int(sys.argv[4])):
    Thread(target=write, args=(int(sys.argv[2]) + thread * 10**6,)).start()
"""


def killed(arguments: argparse.Namespace) -> None:
    chance, serial = random.Random(arguments.seed), count()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        folder = Path(name)
        GroupLog(folder / "log.db", signer=SIGNER).close()
        writers = [writer(folder, next(serial)) for _ in range(arguments.processes)]
        begun, kills = time.monotonic(), 0
        while time.monotonic() - begun < arguments.seconds:
            time.sleep(chance.uniform(0, 0.5))
            which = chance.randrange(len(writers))
            kill(writers[which])
            writers[which], kills = writer(folder, next(serial)), kills + 1
        for one in writers:
            kill(one)
        report(folder, kills)


def writer(folder: Path, serial: int) -> subprocess.Popen[bytes]:
    arguments = [sys.executable, "-c", WRITER, str(folder / "log.db"), str(serial * 10**8)]
    with (folder / f"said-{serial}").open("wb") as said:
        return subprocess.Popen([*arguments, str(Path(__file__).parent), "8"], stdout=said)


def kill(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


def report(folder: Path, kills: int) -> None:
    lines = [line for path in folder.glob("said-*") for line in path.read_text().split("\n")[:-1]]
    with open_readonly(folder / "log.db", SIGNER.key) as log:
        checked = log.check()
        size = checked.head.size + checked.unsigned
        entries = [decode_entry(entry).recording for entry in log.entries(0, size)]
    said = [tuple(map(int, line.split())) for line in lines]
    lost = sum(entries[index] != f"rec_{number:020x}" for index, number in said)
    twice = sum(times > 1 for times in Counter(entries).values())
    print(f"{kills} kills, {size} entries in a whole tree, {len(said)} acknowledged:", end=" ")
    print(f"{lost} lost, {twice} twice")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("speed", "proof", "killed"), nargs="?", default="speed")
    parser.add_argument("--folder", default=tempfile.gettempdir())
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=128)
    parser.add_argument("--entries", type=int, default=10_000_000)
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--seed", type=int, default=6)
    arguments = parser.parse_args()
    {"speed": speed, "proof": proof, "killed": killed}[arguments.what](arguments)


if __name__ == "__main__":
    main()
