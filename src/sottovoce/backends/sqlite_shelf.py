"""Rows and wrapped keys in one SQLite database, which the ledger shares (docs/spec/vault.md).

Rules:
1. Each change is one transaction with its entry; the journal writes inside it.
2. Wrapped keys lie in slots that are appended, overwritten in place and never moved or deleted:
   SQLite leaves stale copies of rows in pages that it splits, even with secure_delete on.
3. Destroyed keys leave the write-ahead log when it is checkpointed and cut to nothing.
"""

import errno
import fcntl
import os
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from types import MappingProxyType

from sottovoce.backends.file_parts import files_at_work
from sottovoce.backends.holding_rows import (
    COLUMNS,
    HoldingRows,
    Row,
    expect_sealed,
    holding_of,
    row_of,
    seal_of,
)
from sottovoce.backends.sqlite_tokens import SCHEMA as TOKENS
from sottovoce.backends.sqlite_tokens import SQLiteTokens, change_tokens
from sottovoce.backends.sqlite_work import database_at_work
from sottovoce.values.errors import Unavailable
from sottovoce.values.event import Event
from sottovoce.values.ids import RecordingId
from sottovoce.vault.holding import Holding, State
from sottovoce.vault.keys import KeyName
from sottovoce.vault.shelf import NO_CHANGE, Journal
from sottovoce.vault.tokens import Change

_APPLICATION = 0x536F7656
_VERSION = 4
_KEYS_AT_ONCE = 1000
_SEALED = 2
_UNSEALED = 1

_ROW_SEALS = """
CREATE TABLE row_seal (
    recording TEXT PRIMARY KEY REFERENCES holding (id) ON DELETE CASCADE,
    seal BLOB NOT NULL
) WITHOUT ROWID
"""

_SCHEMA = """
CREATE TABLE holding (
    id TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    begun_at TEXT NOT NULL,
    rate_hz INTEGER NOT NULL,
    frames INTEGER NOT NULL,
    parts TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    arrived_at TEXT,
    settled_at TEXT,
    erased_at TEXT,
    unswept INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX holding_state ON holding (state, begun_at);
CREATE INDEX holding_fingerprint ON holding (fingerprint) WHERE fingerprint <> '';
CREATE INDEX holding_unswept ON holding (unswept) WHERE unswept = 1;
CREATE TABLE channel (
    recording TEXT NOT NULL REFERENCES holding (id) ON DELETE CASCADE,
    channel INTEGER NOT NULL,
    person TEXT NOT NULL,
    PRIMARY KEY (recording, channel)
) WITHOUT ROWID;
CREATE INDEX channel_person ON channel (person);
CREATE TABLE key_slot (slot INTEGER PRIMARY KEY, wrapped BLOB NOT NULL);
CREATE TABLE key_name (
    purpose TEXT NOT NULL,
    id TEXT NOT NULL,
    slot INTEGER NOT NULL REFERENCES key_slot (slot),
    PRIMARY KEY (purpose, id)
) WITHOUT ROWID;
"""

_STRANDS = """
CREATE TABLE strand (
    recording TEXT NOT NULL REFERENCES holding (id) ON DELETE CASCADE,
    strand INTEGER NOT NULL,
    channel INTEGER NOT NULL,
    PRIMARY KEY (recording, strand)
) WITHOUT ROWID
"""
_BEGUN = "CREATE INDEX holding_begun ON holding (begun_at, id)"
_SINCE = ((3, (*TOKENS.split(";"), _BEGUN)), (_VERSION, (_STRANDS,)))
_EVERYTHING = (*_SCHEMA.split(";"), _ROW_SEALS, *(one for _, some in _SINCE for one in some))

_SEAL = "(SELECT seal FROM row_seal WHERE recording = holding.id)"
_SELECT = f"SELECT {COLUMNS}, {_SEAL} FROM holding"  # noqa: S608 - the columns are ours
_VOICES = (
    "SELECT channel.recording, person, strand.channel FROM channel LEFT JOIN strand"
    " ON strand.recording = channel.recording AND strand.strand = channel.channel"
)
_Voice = tuple[str, int | None]
"""The person of a strand, and the channel that it is of unless each channel is one."""
_OLD = f"SELECT {COLUMNS} FROM holding"  # noqa: S608 - as above


def connect(path: Path, *, one_thread: bool = True) -> sqlite3.Connection:
    """Open the database, durable and forgetting what is deleted; create an empty one.

    Unless for ``one_thread`` the caller sees to it that threads use it in turn.
    """
    with files_at_work():
        _make_file(path)
    with database_at_work():
        connection = sqlite3.connect(
            path, isolation_level=None, timeout=10, check_same_thread=one_thread
        )
        for pragma in (
            "secure_delete = ON",
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "temp_store = MEMORY",
            "trusted_schema = OFF",
        ):
            connection.execute(f"PRAGMA {pragma}")
        return connection


def _make_file(path: Path) -> None:
    if path.is_symlink():
        raise OSError(errno.ELOOP, "the database is a link")
    # One that is there is left alone: to close a file drops every lock that this process has on
    # it, and a second connection would take them from the first, whose log is then removed in use.
    if not path.exists():
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def is_new(connection: sqlite3.Connection) -> bool:
    """Tell whether the database is empty; raise Unavailable when it is not a vault we know."""
    with database_at_work():
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if (application, version, tables) == (0, 0, 0):
        return True
    if application != _APPLICATION or version not in range(_UNSEALED, _VERSION + 1):
        raise Unavailable(f"the vault's database has version {version}; we know {_VERSION}")
    return False


def create(connection: sqlite3.Connection, service_keys: Mapping[KeyName, bytes]) -> None:
    """Make the tables and store the keys that a vault starts with, in one transaction."""
    with transaction(connection):
        for statement in _EVERYTHING:
            connection.execute(statement)
        _add_keys(connection, service_keys)
        connection.execute(f"PRAGMA application_id = {_APPLICATION}")
        connection.execute(f"PRAGMA user_version = {_VERSION}")


def has_row_seals(connection: sqlite3.Connection) -> bool:
    """Tell whether the vault was made, or migrated, since rows have seals."""
    return _is_since(connection, _SEALED)


def is_of_this_version(connection: sqlite3.Connection) -> bool:
    """Tell whether the vault has all tables that one made today has."""
    return _is_since(connection, _VERSION)


def _is_since(connection: sqlite3.Connection, version: int) -> bool:
    with database_at_work():
        return bool(connection.execute("PRAGMA user_version").fetchone()[0] >= version)


def unsound_pages(database: Path) -> int:
    """Return how many pages, indices and rows of a database do not agree, as SQLite counts them."""
    uri = f"{database.absolute().as_uri()}?mode=ro"
    with database_at_work():
        connection = sqlite3.connect(uri, uri=True, timeout=10)
        try:
            said = connection.execute("PRAGMA integrity_check").fetchall()
            strays = connection.execute("PRAGMA foreign_key_check").fetchall()
            changed = _tables() - _tables_of(connection)
        finally:
            connection.close()
    return len([line for line in said if line != ("ok",)]) + len(strays) + len(changed)


def _tables() -> set[tuple[str, ...]]:
    with closing(sqlite3.connect(":memory:")) as made:
        for statement in _EVERYTHING:
            made.execute(statement)
        return _tables_of(made)


def _tables_of(connection: sqlite3.Connection) -> set[tuple[str, ...]]:
    # A letter that is changed here may change what SQLite takes a row for.
    query = "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL"
    return set(connection.execute(query).fetchall())


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Commit what is done inside, or nothing of it."""
    with database_at_work():
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def _add_keys(connection: sqlite3.Connection, keys: Mapping[KeyName, bytes]) -> None:
    for name, wrapped in keys.items():
        slot = connection.execute("INSERT INTO key_slot (wrapped) VALUES (?)", (wrapped,))
        row = (name.purpose, name.id, slot.lastrowid)
        try:
            connection.execute("INSERT INTO key_name (purpose, id, slot) VALUES (?, ?, ?)", row)
        except sqlite3.IntegrityError:
            raise ValueError(f"added must be new keys; the {name} is there") from None


def _destroy_keys(connection: sqlite3.Connection, names: Iterable[KeyName]) -> None:
    for name in names:
        which = (name.purpose, name.id)
        connection.execute(
            "UPDATE key_slot SET wrapped = zeroblob(length(wrapped))"
            " WHERE slot = (SELECT slot FROM key_name WHERE purpose = ? AND id = ?)",
            which,
        )
        connection.execute("DELETE FROM key_name WHERE purpose = ? AND id = ?", which)


def _rewrap_keys(connection: sqlite3.Connection, keys: Mapping[KeyName, bytes]) -> None:
    for name, wrapped in keys.items():
        which = (name.purpose, name.id)
        found = connection.execute(
            "SELECT slot, length(wrapped) FROM key_slot JOIN key_name USING (slot)"
            " WHERE purpose = ? AND id = ?",
            which,
        ).fetchone()
        if found is None:
            raise ValueError(f"rewrapped must be keys that are there; the {name} is not")
        slot, length = found
        if length == len(wrapped):
            connection.execute("UPDATE key_slot SET wrapped = ? WHERE slot = ?", (wrapped, slot))
        else:
            # A slot that grew would move others: it is emptied, and a new one appended.
            connection.execute(_EMPTY_SLOT, (slot,))
            new = connection.execute("INSERT INTO key_slot (wrapped) VALUES (?)", (wrapped,))
            change = "UPDATE key_name SET slot = ? WHERE purpose = ? AND id = ?"
            connection.execute(change, (new.lastrowid, *which))


_EMPTY_SLOT = "UPDATE key_slot SET wrapped = zeroblob(length(wrapped)) WHERE slot = ?"
# All that are there without those that have a name: to ask of each would hold all names at once.
_COUNT_LEFT_OVER = """
SELECT (SELECT count(*) FROM key_slot WHERE wrapped <> zeroblob(length(wrapped)))
    - (SELECT count(*) FROM key_name JOIN key_slot USING (slot)
        WHERE wrapped <> zeroblob(length(wrapped)))
"""
_LEFT_OVER = "wrapped <> zeroblob(length(wrapped)) AND slot NOT IN (SELECT slot FROM key_name)"


class VaultLock:
    """The right to be the one who works in a vault; it ends with the process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def claim(self) -> None:
        """Take the right, or raise Unavailable; a second call does nothing."""
        if self._file is not None:
            return
        with files_at_work():
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            raise Unavailable(
                "another process is working in this vault",
                hint="wait until it is done, or use another vault",
            ) from None
        self._file = file

    def release(self) -> None:
        """Give the right back; a second call does nothing."""
        file, self._file = self._file, None
        if file is not None:
            os.close(file)


class SQLiteKeys:
    """``vault.keys.KeyShelf`` on the database."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def wrapped(self, name: KeyName) -> bytes | None:
        with database_at_work():
            row = self._connection.execute(
                "SELECT wrapped FROM key_slot JOIN key_name USING (slot)"
                " WHERE purpose = ? AND id = ?",
                (name.purpose, name.id),
            ).fetchone()
        return bytes(row[0]) if row else None

    def names(self, purpose: str | None = None) -> Iterator[KeyName]:
        which = "(purpose, id) > (?, ?)" if purpose is None else "purpose = ? AND id > ?"
        query = f"SELECT purpose, id FROM key_name WHERE {which} ORDER BY 1, 2 LIMIT ?"  # noqa: S608 - which is ours
        last = (purpose or "", "")
        while True:
            # No read stays open between pages: it would keep destroyed keys in the log.
            with database_at_work():
                some = self._connection.execute(query, (*last, _KEYS_AT_ONCE)).fetchall()
            if not some:
                return
            yield from (KeyName(of, name) for of, name in some)
            last = some[-1]

    def left_over(self) -> int:
        with database_at_work():
            row = self._connection.execute(_COUNT_LEFT_OVER).fetchone()
        return max(0, int(row[0]))


class SQLiteShelf(HoldingRows):
    """``vault.shelf.Shelf`` and ``Index`` on the database that the journal shares.

    ``tokens`` are on it too.
    """

    unswept_rows = "WHERE unswept = 1"  # As the index of them has it.

    def __init__(
        self,
        connection: sqlite3.Connection,
        *,
        journal: Journal,
        lock: VaultLock,
        row_key: bytes | None,
    ) -> None:
        """Seal rows under ``row_key``; with None they are read only, and not verified."""
        self._connection = connection
        self._journal = journal
        self._lock = lock
        self._row_key = row_key
        self.tokens = SQLiteTokens(connection)

    def seal_rows(self, *, event: Callable[[int], Event]) -> None:
        """Give seals to the rows of a vault from before they had them; ``event`` gets how many."""
        self._lock.claim()
        try:
            if has_row_seals(self._connection):
                return
            with transaction(self._connection):
                found = [self._unsealed(row) for row in self._connection.execute(_OLD).fetchall()]
                self._connection.execute(_ROW_SEALS)
                for holding in found:
                    self._seal(holding)
                self._connection.execute(f"PRAGMA user_version = {_SEALED}")
                self._journal.append(event(len(found)))
        finally:
            self._lock.release()

    def make_room(self, *, event: Callable[[int], Event]) -> None:
        """Add to a vault of an older version the tables it lacks; ``event`` gets each version."""
        self._lock.claim()
        try:
            for version, statements in _SINCE:
                if _is_since(self._connection, version):
                    continue
                with transaction(self._connection):
                    for statement in statements:
                        self._connection.execute(statement)
                    self._connection.execute(f"PRAGMA user_version = {version}")
                    self._journal.append(event(version))
        finally:
            self._lock.release()

    def claim(self) -> None:
        self._lock.claim()

    def put(
        self,
        *holdings: Holding,
        added: Mapping[KeyName, bytes],
        destroyed: Collection[KeyName],
        event: Event,
        rewrapped: Mapping[KeyName, bytes] = MappingProxyType({}),
        tokens: Change = NO_CHANGE,
    ) -> int:
        with transaction(self._connection):
            for holding in holdings:
                self._write(holding)
            change_tokens(self._connection, tokens)
            _add_keys(self._connection, added)
            _destroy_keys(self._connection, destroyed)
            _rewrap_keys(self._connection, rewrapped)
            return self._journal.append(event)

    def swept(self, *recordings: RecordingId) -> None:
        self._forget()
        if not recordings:
            return
        undone = [(recording, State.UNDONE.value) for recording in recordings]
        ids = [(recording,) for recording in recordings]
        with transaction(self._connection):
            self._connection.executemany("DELETE FROM holding WHERE id = ? AND state = ?", undone)
            self._connection.executemany("UPDATE holding SET unswept = 0 WHERE id = ?", ids)

    def destroy(self, keys: Collection[KeyName], *, event: Event) -> int:
        with transaction(self._connection):
            _destroy_keys(self._connection, keys)
            self._connection.execute(
                f"UPDATE key_slot SET wrapped = zeroblob(length(wrapped)) WHERE {_LEFT_OVER}"  # noqa: S608 - it is ours
            )
            index = self._journal.append(event)
        self._forget()
        return index

    def note(self, event: Event) -> int:
        with transaction(self._connection):
            return self._journal.append(event)

    def close(self) -> None:
        with database_at_work():
            self._connection.close()
        self._lock.release()

    def _forget(self) -> None:
        with database_at_work():
            row = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if row[0]:
            raise Unavailable(
                "traces of destroyed keys wait until a reader of the vault is done",
                hint="run it again",
            )

    def _write(self, holding: Holding) -> None:
        row = row_of(holding)
        columns = COLUMNS.split(", ")
        news = ", ".join(f"{column} = excluded.{column}" for column in columns[1:])
        marks = ", ".join("?" * len(columns))
        self._connection.execute(
            f"INSERT INTO holding ({COLUMNS}) VALUES ({marks})"  # noqa: S608 - the columns are ours
            f" ON CONFLICT (id) DO UPDATE SET {news}",
            row,
        )
        self._connection.execute("DELETE FROM channel WHERE recording = ?", (holding.id,))
        persons = [(holding.id, channel, p) for channel, p in enumerate(holding.persons)]
        self._connection.executemany("INSERT INTO channel VALUES (?, ?, ?)", persons)
        self._connection.execute("DELETE FROM strand WHERE recording = ?", (holding.id,))
        strands = [(holding.id, strand, channel) for strand, channel in enumerate(holding.strands)]
        self._connection.executemany("INSERT INTO strand VALUES (?, ?, ?)", strands)
        self._seal(holding)

    def _seal(self, holding: Holding) -> None:
        if self._row_key is None:
            raise ValueError("row_key must be given to write rows")
        sealed = (holding.id, seal_of(holding, self._row_key))
        self._connection.execute("INSERT OR REPLACE INTO row_seal VALUES (?, ?)", sealed)

    def _unsealed(self, row: Row) -> Holding:
        query = "SELECT person FROM channel WHERE recording = ? ORDER BY channel"
        persons = self._connection.execute(query, (row[0],)).fetchall()
        return holding_of(row, [person for (person,) in persons])

    def _opened(self, row: Row, voices: Sequence[_Voice]) -> Holding:
        strands = [channel for _, channel in voices if channel is not None]
        holding = holding_of(row, [person for person, _ in voices], strands)
        return expect_sealed(holding, row[-1], self._row_key) if self._row_key else holding

    def _all(self, query: str, *values: object) -> Sequence[Row]:
        with database_at_work():
            return self._connection.execute(query.replace("%s", "?"), values).fetchall()

    def _select(self, where: str, *values: object) -> tuple[Holding, ...]:
        where = where.replace("%s", "?")
        within = f"SELECT id FROM holding {where}"  # noqa: S608 - where is ours
        voices = f"{_VOICES} WHERE channel.recording IN ({within}) ORDER BY 1, channel.channel"
        with database_at_work():
            self._connection.execute("BEGIN")  # Both answers must be of one moment.
            try:
                rows = self._connection.execute(f"{_SELECT} {where}", values).fetchall()
                voiced: dict[str, list[_Voice]] = {}
                for recording, *voice in self._connection.execute(voices, values):
                    voiced.setdefault(recording, []).append((voice[0], voice[1]))
            finally:
                self._connection.execute("COMMIT")
        held = (self._opened(row, voiced.get(str(row[0]), ())) for row in rows)
        return tuple(sorted(held, key=lambda holding: (holding.begun_at, holding.id)))
