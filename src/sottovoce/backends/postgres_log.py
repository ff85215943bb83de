"""The ledger in the vault's PostgreSQL database (docs/spec/ledger.md).

Rules:
1. An append works inside the caller's transaction: state and entry commit together.
2. Who appends holds the head's row until the commit, so that entries come one after another.
3. The stored head and the right edge are verified before anything is signed onward.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from sottovoce.backends.postgres_session import Session
from sottovoce.ledger.audit import Checked, audit
from sottovoce.ledger.entry import encode_entry
from sottovoce.ledger.head import Head, open_head, sign_head
from sottovoce.ledger.note import Signer, VerifierKey
from sottovoce.ledger.tree import (
    EMPTY_ROOT,
    HASH,
    Growing,
    InclusionProof,
    leaf_hash,
    prove_consistency,
    prove_inclusion,
)
from sottovoce.values.errors import Missing, Tampered, Unfit
from sottovoce.values.event import Event

if TYPE_CHECKING:
    from psycopg import Connection

_STRETCH = 1024


class PostgresLogReader:
    """Read and check a log, knowing its public key only."""

    def __init__(self, session: Session, key: VerifierKey) -> None:
        self._session = session
        self._key = key
        self._verified: Head | None = None

    def head(self) -> Head:
        return self._opened(self._one("SELECT note FROM ledger_head"))

    def entry(self, index: int) -> bytes:
        row = self._one("SELECT data FROM ledger_entry WHERE position = %s", index)
        if row is None:
            raise Missing(f"the ledger has no entry {index}")
        return _bytes(row, f"entry {index}")

    def entries(self, start: int, stop: int) -> Iterator[bytes]:
        wanted = max(start, 0)
        while wanted < stop:
            with self._session.transaction() as connection:
                rows = connection.execute(
                    "SELECT position, data FROM ledger_entry WHERE position >= %s AND position < %s"
                    " ORDER BY position LIMIT %s",
                    (wanted, min(stop, 2**62), _STRETCH),
                ).fetchall()
            if not rows:
                return
            for position, data in rows:
                if position != wanted:
                    raise Tampered(f"entry {wanted} is missing")
                yield _bytes((data,), f"entry {wanted}")
                wanted += 1

    def prove(self, index: int, size: int) -> InclusionProof:
        if size > (known := self.head().size):
            raise ValueError(f"size must be at most {known}")
        return prove_inclusion(index, size, self._node)

    def prove_growth(self, old: int, size: int) -> tuple[bytes, ...]:
        """Prove that the first ``old`` entries are still those of then."""
        if size > (known := self.head().size):
            raise ValueError(f"size must be at most {known}")
        return prove_consistency(old, size, self._node)

    def check(self, *, older: Sequence[Head] = ()) -> Checked:
        """Recompute everything as of one moment; raise Tampered naming what is wrong first."""
        with self._session.moment():
            head = self.head()
            self._expect_no_strays(head.size)
            stop = max(head.size, self._count("SELECT max(position) + 1 FROM ledger_entry"))
            return audit(self.entries(0, stop), head, stored=self._stored, older=older)

    def _opened(self, row: tuple[object, ...] | None) -> Head:
        note = _bytes(row, "the ledger's head")
        if self._verified is None or self._verified.note != note:
            try:
                self._verified = open_head(note, self._key)
            except Unfit as error:
                raise Tampered(f"the ledger's head is damaged: {error}") from error
        return self._verified

    def _expect_no_strays(self, size: int) -> None:
        if self._count("SELECT count(*) FROM ledger_entry WHERE position < 0"):
            raise Tampered("an entry was added before the first")
        nodes = 2 * size - size.bit_count()
        found = self._count("SELECT count(*) FROM ledger_node")
        entries = self._count("SELECT count(*) FROM ledger_entry")
        if entries == size and found != nodes:
            raise Tampered(f"the tree has {found} stored hashes; {size} entries make {nodes}")

    def _stored(self, level: int, position: int) -> bytes | None:
        row = self._one(
            "SELECT hash FROM ledger_node WHERE level = %s AND position = %s", level, position
        )
        # A hash that is not there is a changed one: every complete node is stored.
        return bytes(row[0]) if row and isinstance(row[0], bytes) else b""

    def _node(self, level: int, position: int) -> bytes:
        found = self._stored(level, position) or b""
        if len(found) != HASH:
            raise Tampered(f"the tree's hash at level {level}, position {position} is damaged")
        return found

    def _count(self, query: str) -> int:
        row = self._one(query)
        return row[0] if row and isinstance(row[0], int) else 0

    def _one(self, query: str, *values: object) -> tuple[object, ...] | None:
        with self._session.transaction() as connection:
            return connection.execute(query, values).fetchone()


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
            self._write(connection, entry, growing)
            head = sign_head(growing.size, growing.root(), signer=self._signer)
            connection.execute("UPDATE ledger_head SET note = %s", (head.note,))
        return index

    def _expect_sound(self) -> Growing:
        """Take the head's row, so that whoever appends next waits, and verify what it is of."""
        head = self._opened(self._one("SELECT note FROM ledger_head FOR UPDATE"))
        growing = Growing(head.size, self._node)
        if growing.root() != head.root:
            raise Tampered(
                "the ledger's tree is not that of its signed head; nothing is added to it",
                hint="stop, and run sottovoce vault check",
            )
        return growing

    def _write(
        self, connection: "Connection[tuple[object, ...]]", entry: bytes, growing: Growing
    ) -> None:
        from psycopg import IntegrityError

        index = growing.size
        try:
            connection.execute(
                "INSERT INTO ledger_entry (position, data) VALUES (%s, %s)", (index, entry)
            )
            for placed in growing.add(leaf_hash(entry)):
                connection.execute(
                    "INSERT INTO ledger_node (level, position, hash) VALUES (%s, %s, %s)",
                    (placed.level, placed.position, placed.hash),
                )
        except IntegrityError:
            raise Tampered(
                f"the ledger has an entry {index} that its head does not know of",
                hint="stop, and restore the database from a backup",
            ) from None


def _bytes(row: tuple[object, ...] | None, what: str) -> bytes:
    if row is None:
        raise Tampered(f"{what} is missing")
    if not isinstance(row[0], bytes):
        raise Tampered(f"{what} is damaged")
    return row[0]
