"""The ledger in the vault's SQLite database (docs/spec/ledger.md).

Rules:
1. An append works inside the caller's transaction: state and entry commit together.
2. Nothing but the last head that verified is kept between calls, so that two processes on one
   database agree.
3. The stored head and the right edge are verified before anything is signed onward.
4. A reader needs no secret and trusts neither the rows nor the tables that it finds.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from sottovoce.backends.log_index import IndexedRows
from sottovoce.backends.log_rows import Newer, Row, expect_hash
from sottovoce.backends.sqlite_log_tables import (
    WHOLE,
    Form,
    bring_up,
    expect_sound_index,
    form_of,
    make_tables,
)
from sottovoce.ledger.entry import encode_entry
from sottovoce.ledger.head import open_head, sign_head
from sottovoce.ledger.note import Signer, VerifierKey, has_line
from sottovoce.ledger.question import Found, Question
from sottovoce.ledger.tail import Tail, expect_own, read_tail, seal_tail
from sottovoce.ledger.tree import (
    EMPTY_ROOT,
    Growing,
    Node,
    leaf_hash,
)
from sottovoce.values.errors import SottovoceError, Tampered, Unavailable, Unfit
from sottovoce.values.event import Event

_SPOILED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_TOOBIG)
_MAX_VALUE = 1 << 20
_STRETCH = 1024


class SQLiteLogReader(IndexedRows):
    """Read and check a log, knowing its public key only."""

    def __init__(self, connection: sqlite3.Connection, key: VerifierKey) -> None:
        super().__init__(key)
        self._connection = connection
        self._form = Form()

    def tail(self) -> Tail | None:
        if not self._form.tails and not self._form_now().tails:
            return None
        return read_tail(self._one("SELECT size, root, mac FROM ledger_tail"), self.head())

    def _all(self, query: str, *values: object) -> Sequence[Row]:
        with _database_at_work():
            return self._connection.execute(query.replace("%s", "?"), values).fetchall()

    def find(self, question: Question, *, size: int, after: int | None = None) -> Iterator[Found]:
        if not question.is_open:
            self._expect_index()
        return super().find(question, size=size, after=after)

    def check_index(self) -> int:
        """Compare the index with all entries; raise Unavailable where there is none yet."""
        self._expect_index()
        count = self._expect_computed()
        with _database_at_work():
            expect_sound_index(self._connection)
        return count

    def _expect_index(self) -> None:
        if not self._form_now().indexed:
            raise Unavailable(
                "the ledger is from before it had an index",
                hint="sottovoce vault check makes it; until then list it whole",
            )

    def _form_now(self) -> Form:
        with _database_at_work():
            self._form = form_of(self._connection) or Form()
        return self._form


SecondSeed = Callable[[], bytes | None]
"""Give the seed of the second key, None while there is none."""


class SQLiteLog(SQLiteLogReader):
    """``ledger.log.Log`` on the connection that the vault's shelf uses."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        *,
        origin: str,
        signer: Signer,
        second: SecondSeed = lambda: None,
    ) -> None:
        """Sign with the second key too, from the transaction on in which it is made."""
        if origin != signer.key.name:
            raise ValueError("origin must be the name of the signer's key")
        if seed := second():
            signer = signer.with_second(seed)
        super().__init__(connection, signer.key)
        self._signer = signer
        self._second = second
        self._create()

    def append(self, event: Event) -> int:
        """Write the event's entry inside the open transaction and return its index.

        Raises ValueError when no transaction is open or the event is not of the register,
        Tampered when the log was edited at its edge; the caller then rolls back.
        """
        return self.append_encoded([encode_entry(event)])

    def append_encoded(self, entries: Sequence[bytes]) -> int:
        """Write what ``encode_entry`` gives, under one new head; return the first one's index.

        Raises as ``append`` does.
        """
        if not self._connection.in_transaction:
            raise ValueError("a transaction must be open, so that state and entry commit together")
        growing, signer = self._expect_sound(), self._signer_now()
        first = growing.size
        self._write(entries, growing)
        self._sign(growing, signer)
        return first

    def append_ahead(self, entries: Sequence[bytes]) -> int:
        """Write as ``append_encoded`` does, and leave the head for ``sign_tail``.

        Whoever calls it sees to it that the head is signed a second later at the latest.
        """
        if not self._connection.in_transaction:
            raise ValueError("a transaction must be open, so that state and entry commit together")
        growing = self._expect_sound()
        first = growing.size
        self._write(entries, growing)
        tail = seal_tail(growing.size, growing.root(), signer=self._signer)
        with _database_at_work():
            self._connection.execute(
                "INSERT OR REPLACE INTO ledger_tail VALUES (1, ?, ?, ?)",
                (tail.size, tail.root, tail.mac),
            )
        return first

    def sign_tail(self) -> None:
        """Sign a head over the entries that have none, inside the open transaction."""
        if self.tail():
            self._sign(self._expect_sound(), self._signer_now())

    def _sign(self, growing: Growing, signer: Signer) -> None:
        head = sign_head(growing.size, growing.root(), signer=signer)
        with _database_at_work():
            self._connection.execute("UPDATE ledger_head SET note = ? WHERE id = 1", (head.note,))
            self._connection.execute("DELETE FROM ledger_tail")
        self._verified = head

    def adopt(self, newer: Newer) -> int:
        """Go on from a log that began as this one did; return how many entries that brings.

        Everything of it is recomputed first. Raises Tampered when it is not this log grown on.
        """
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            self.sign_tail()
            mine = self.head()
            head = newer.check(older=[mine]).head
            growing, entries = Growing(mine.size, self._node), newer.entries(mine.size, head.size)
            while stretch := list(islice(entries, _STRETCH)):
                self._write(stretch, growing)
            self._connection.execute("UPDATE ledger_head SET note = ? WHERE id = 1", (head.note,))
            self._expect_sound()
            self._connection.execute("COMMIT")
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        return head.size - mine.size

    def _expect_sound(self) -> Growing:
        head, tail = self.head(), self.tail()
        known = expect_own(tail, signer=self._signer) if tail else head
        growing = Growing(known.size, self._edge(known.size))
        if growing.root() != known.root:
            raise Tampered(
                "the ledger's tree is not that of its signed head; nothing is added to it",
                hint="stop, and run sottovoce verify on the vault",
            )
        return growing

    def _edge(self, size: int) -> Node:
        """Read the complete nodes at the right edge at once: one by one they cost most of it."""
        levels = [level for level in range(size.bit_length()) if size >> level & 1]
        wanted = [number for level in levels for number in (level, (size >> level) - 1)]
        edge = ", ".join(["(%s, %s)"] * len(levels))
        # With CROSS JOIN each is looked up; by IN all nodes would be read.
        query = (
            f"WITH edge (level, position) AS (VALUES {edge}) SELECT level, position, hash"  # noqa: S608 - marks alone
            " FROM edge CROSS JOIN ledger_node USING (level, position)"
        )
        rows = self._all(query, *wanted) if levels else ()
        found = {(level, position): hash_ for level, position, hash_ in rows}
        return lambda level, position: expect_hash(found.get((level, position)), level, position)

    def _signer_now(self) -> Signer:
        """Return the signer, with the second key if that was made since this log was opened.

        Once a head has its line, every later one that is read here must have it.
        """
        seed = None if self._key.second else self._second()
        if seed is None:
            return self._signer
        joined = self._signer.with_second(seed)
        note = self.head().note
        if joined.key.second and has_line(note, joined.key.second):
            open_head(note, joined.key)
            self._signer, self._key = joined, joined.key
        return joined

    def _write(self, entries: Sequence[bytes], growing: Growing) -> None:
        rows = list(enumerate(entries, start=growing.size))
        nodes = [placed for entry in entries for placed in growing.add(leaf_hash(entry))]
        with _database_at_work():
            self._connection.executemany("INSERT INTO ledger_entry VALUES (?, ?)", rows)
            self._connection.executemany("INSERT INTO ledger_node VALUES (?, ?, ?)", nodes)

    def _create(self) -> None:
        """Make the tables, or what those from before lack."""
        if self._form_now() == WHOLE:
            return
        with _database_at_work():
            self._connection.execute("BEGIN IMMEDIATE")
        try:
            # Another process may have made them while this one waited.
            with _database_at_work():
                self._make(form_of(self._connection))
            self._connection.execute("COMMIT")
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise

    def _make(self, form: Form | None) -> None:
        if form is None:
            head = sign_head(0, EMPTY_ROOT, signer=self._signer)
            make_tables(self._connection)
            self._connection.execute("INSERT INTO ledger_head VALUES (1, ?)", (head.note,))
        bring_up(self._connection, form or Form())


@contextmanager
def open_readonly(database: Path, key: VerifierKey) -> Iterator[SQLiteLogReader]:
    """Open the log of a database that may be a stranger's, reading only and changing no file.

    Raises Unfit when there is no ledger in it, Tampered when it is damaged.
    """
    # Beside a database at rest lies no write-ahead log; without `immutable` SQLite makes one.
    rests = not database.with_name(f"{database.name}-wal").exists()
    query = "mode=ro&immutable=1" if rests else "mode=ro"
    with _database_at_work():
        connection = sqlite3.connect(
            f"{database.absolute().as_uri()}?{query}", uri=True, isolation_level=None, timeout=5
        )
    try:
        with _database_at_work():
            connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MAX_VALUE)
            for pragma in ("trusted_schema = OFF", "query_only = ON", "temp_store = MEMORY"):
                connection.execute(f"PRAGMA {pragma}")
            connection.execute("BEGIN")
            if form_of(connection) is None:
                raise Unfit("the database has no ledger in it")
        yield SQLiteLogReader(connection, key)
    finally:
        connection.close()


@contextmanager
def _database_at_work() -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise _named(error) from error
    except UnicodeDecodeError as error:  # SQLite's reason may repeat text that is rotten.
        raise Tampered("the ledger's rows are damaged", hint="restore it from a backup") from error


def _named(error: sqlite3.DatabaseError) -> SottovoceError:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code in _SPOILED or isinstance(error, sqlite3.IntegrityError):
        return Tampered("the ledger's rows are damaged", hint="restore the vault from a backup")
    name = getattr(error, "sqlite_errorname", "unknown error")
    return Unavailable(f"the ledger's database cannot be used ({name})", hint="try again")
