"""A copy of the vault's database of one moment, for a backup (docs/spec/backup.md).

Rules:
1. The copy has a name only until it is whole; what a crash leaves of it, the next start overwrites.
2. It has no arrival key: what law forbids to keep must not live on in a backup.
"""

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sottovoce.backends.file_parts import blank_open, files_at_work
from sottovoce.backends.sqlite_shelf import SQLiteShelf, VaultLock
from sottovoce.backends.sqlite_work import database_at_work
from sottovoce.values.event import Event
from sottovoce.vault.holding import Holding, State
from sottovoce.vault.keys import WRAPPED

ASIDE = "backup.aside"
_PIECE = 1 << 20
_NO_LOG = b"\x01\x01"
"""Of a database that has no write-ahead log, at byte 18 of its file."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The copy as an open file, what it holds, and how many entries its ledger has."""

    file: int
    size: int
    entries: int
    holdings: tuple[Holding, ...]


@contextmanager
def snapshot(database: Path) -> Iterator[Snapshot]:
    """Copy the database of one moment; whoever works in it goes on meanwhile."""
    aside = database.with_name(ASIDE)
    with snapshot_by(lambda path: _copy(database, path), aside) as taken:
        yield taken


@contextmanager
def snapshot_by(copy: Callable[[Path], None], aside: Path) -> Iterator[Snapshot]:
    """Have a copy of a database made aside, by whatever way."""
    file = _made(aside)
    try:
        yield _taken(copy, aside, file)
    finally:
        with files_at_work():
            aside.unlink(missing_ok=True)
            blank_open(file)
            os.close(file)


def _made(aside: Path) -> int:
    """Make the file of a copy, and lock it, which says that we are not dead."""
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    while True:
        clear_aside(aside)
        with files_at_work():
            file = os.open(aside, flags, 0o600)
            # Who opens the vault at this moment may have taken it for a dead one's: it lets go at
            # once, and then the name is gone.
            fcntl.flock(file, fcntl.LOCK_EX)
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(file), aside.stat()):
                    return file
            os.close(file)


def clear_aside(aside: Path) -> None:
    """Overwrite and remove a copy that a dead process left; leave a living one's alone."""
    try:
        file = os.open(aside, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    with files_at_work(), suppress(BlockingIOError):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            blank_open(file)
            aside.unlink(missing_ok=True)
        finally:
            os.close(file)


def _taken(make: Callable[[Path], None], aside: Path, file: int) -> Snapshot:
    make(aside)
    with files_at_work():
        os.pwrite(file, _NO_LOG, 18)  # Else a log and an index of it would lie about as well.
    with database_at_work():
        copy = sqlite3.connect(aside, isolation_level=None)
        try:
            _leave_arrivals_out(copy)
            entries = copy.execute("SELECT count(*) FROM ledger_entry").fetchone()[0]
            shelf = SQLiteShelf(copy, journal=_NoJournal(), lock=VaultLock(aside), row_key=None)
            held = (*shelf.list(State.KEPT), *shelf.list(State.QUARANTINED))
        finally:
            copy.close()
    with files_at_work():
        aside.unlink()
    return Snapshot(file, os.fstat(file).st_size, entries, held)


def _copy(database: Path, aside: Path) -> None:
    with database_at_work():
        source = sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True, timeout=10)
        copy = sqlite3.connect(aside, isolation_level=None)
        try:
            copy.execute("PRAGMA journal_mode = OFF")
            source.backup(copy)
        finally:
            copy.close()
            source.close()


def _leave_arrivals_out(copy: sqlite3.Connection) -> None:
    copy.execute("PRAGMA journal_mode = MEMORY")
    copy.execute("PRAGMA secure_delete = ON")
    named = "SELECT slot FROM key_name WHERE purpose = 'arrival'"
    copy.execute("BEGIN")
    copy.execute(f"UPDATE key_slot SET wrapped = zeroblob({WRAPPED}) WHERE slot IN ({named})")  # noqa: S608 - it is ours
    copy.execute("DELETE FROM key_name WHERE purpose = 'arrival'")
    copy.execute("COMMIT")


class _NoJournal:
    """A snapshot is only read."""

    def append(self, event: Event) -> int:
        raise ValueError("a snapshot takes no events")


def read_snapshot(taken: Snapshot) -> Iterator[bytes]:
    """Yield the bytes of the copy."""
    for start in range(0, taken.size, _PIECE):
        with files_at_work():
            stretch = os.pread(taken.file, _PIECE, start)
        yield stretch
