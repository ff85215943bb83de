"""The ledger in the vault's PostgreSQL database (docs/spec/ledger.md).

Rules:
1. An append works inside the caller's transaction: state and entry commit together.
2. Who appends holds the head's row until the commit, so that entries come one after another.
3. The stored head and the right edge are verified before anything is signed onward.
"""

from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING

from sottovoce.backends.log_index import IndexedRows
from sottovoce.backends.log_rows import HEAD, Newer, Row
from sottovoce.backends.postgres_session import Session
from sottovoce.ledger.audit import Checked
from sottovoce.ledger.entry import encode_entry
from sottovoce.ledger.head import Head, sign_head
from sottovoce.ledger.note import Signer, VerifierKey
from sottovoce.ledger.tree import (
    EMPTY_ROOT,
    Growing,
    leaf_hash,
)
from sottovoce.values.errors import Tampered, Unavailable
from sottovoce.values.event import Event

_STRETCH = 1024

if TYPE_CHECKING:
    from psycopg import Connection


_INDICES = (
    ("ledger_kind", "kind, at, position", "true"),
    ("ledger_actor", "actor, kind, at, position", "true"),
    ("ledger_recording", "recording, at, position", "recording IS NOT NULL"),
    ("ledger_person", "person, at, position", "person IS NOT NULL"),
    ("ledger_refused", "at, position", "refused = 1"),
)
_WALK = (
    "SELECT count(*), sum(hashtextextended(concat_ws(' ', {0}), 0)::numeric) FROM"
    " (SELECT {0} FROM ledger_entry WHERE {1} ORDER BY {0} OFFSET 0) AS walked"
)


class PostgresLogReader(IndexedRows):
    """Read and check a log, knowing its public key only."""

    def __init__(self, session: Session, key: VerifierKey) -> None:
        super().__init__(key)
        self._session = session

    def check(self, *, older: Sequence[Head] = ()) -> Checked:
        """Recompute everything as of one moment; raise Tampered naming what is wrong first."""
        with self._session.moment():
            return super().check(older=older)

    def check_index(self) -> int:
        """Compare the index with all entries as of one moment; raise Tampered."""
        with self._session.moment() as connection:
            count = self._expect_computed()
            for name, columns, where in _INDICES:
                walk = _WALK.format(columns, where)
                if _told(connection, walk, by_index=True) != _told(connection, walk):
                    raise Tampered(
                        f"the index {name} is not that of the ledger's entries",
                        hint="an entry may have been hidden from questions; REINDEX the table",
                    )
        return count

    def _all(self, query: str, *values: object) -> Sequence[Row]:
        with self._session.transaction() as connection:
            return connection.execute(query, values).fetchall()


class PostgresLog(PostgresLogReader):
    """``ledger.log.Log`` on the session that the vault's shelf uses."""

    def __init__(self, session: Session, *, signer: Signer) -> None:
        super().__init__(session, signer.key)
        self._signer = signer
        head = sign_head(0, EMPTY_ROOT, signer=signer)
        with session.transaction() as connection:
            if connection.execute("SELECT FROM ledger_head").fetchone() is None:
                connection.execute(
                    "INSERT INTO ledger_head (note) VALUES (%s) ON CONFLICT DO NOTHING",
                    (head.note,),
                )

    def append(self, event: Event) -> int:
        """Write the event's entry inside the open transaction and return its index.

        Raises ValueError when no transaction is open or the event is not of the register,
        Tampered when the log was edited at its edge; the caller then rolls back.
        """
        if not self._session.is_inside:
            raise ValueError("a transaction must be open, so that state and entry commit together")
        entry = encode_entry(event)
        with self._session.transaction() as connection:
            growing = self._expect_sound()
            index = growing.size
            self._write(connection, [entry], growing)
            head = sign_head(growing.size, growing.root(), signer=self._signer)
            connection.execute("UPDATE ledger_head SET note = %s", (head.note,))
        return index

    def adopt(self, newer: Newer) -> int:
        """Go on from a log that began as this one did; return how many entries that brings.

        Everything of it is recomputed first. Raises Tampered when it is not this log grown on.
        """
        mine = self.head()
        head = newer.check(older=[mine]).head
        with self._session.transaction() as connection:
            growing = self._expect_sound()
            if growing.size != mine.size:
                raise Unavailable("the ledger grew meanwhile", hint="run it again")
            entries = newer.entries(mine.size, head.size)
            while stretch := list(islice(entries, _STRETCH)):
                self._write(connection, stretch, growing)
            connection.execute("UPDATE ledger_head SET note = %s", (head.note,))
            self._expect_sound()
        return head.size - mine.size

    def _expect_sound(self) -> Growing:
        """Take the head's row, so that whoever appends next waits, and verify what it is of."""
        head = self._opened(self._one(f"{HEAD} FOR UPDATE"))
        growing = Growing(head.size, self._node)
        if growing.root() != head.root:
            raise Tampered(
                "the ledger's tree is not that of its signed head; nothing is added to it",
                hint="stop, and run sottovoce vault check",
            )
        return growing

    def _write(
        self,
        connection: "Connection[tuple[object, ...]]",
        entries: Sequence[bytes],
        growing: Growing,
    ) -> None:
        from psycopg import IntegrityError

        first = growing.size
        nodes = [placed for entry in entries for placed in growing.add(leaf_hash(entry))]
        try:
            with connection.cursor() as cursor:
                cursor.executemany(
                    "INSERT INTO ledger_entry (position, data) VALUES (%s, %s)",
                    list(enumerate(entries, start=first)),
                )
                cursor.executemany(
                    "INSERT INTO ledger_node (level, position, hash) VALUES (%s, %s, %s)",
                    [(node.level, node.position, node.hash) for node in nodes],
                )
        except IntegrityError:
            raise Tampered(
                f"the ledger has an entry {first} that its head does not know of",
                hint="stop, and restore the database from a backup",
            ) from None


def _told(
    connection: "Connection[tuple[object, ...]]", walk: str, *, by_index: bool = False
) -> object:
    """Return what a walk over the entries comes to, by their index or by their rows."""
    ways = {"indexscan": by_index, "indexonlyscan": by_index, "seqscan": not by_index}
    for way, allowed in (ways | {"bitmapscan": False, "sort": not by_index}).items():
        connection.execute("SELECT set_config(%s, %s, true)", (f"enable_{way}", str(allowed)))
    return connection.execute(walk).fetchone()
