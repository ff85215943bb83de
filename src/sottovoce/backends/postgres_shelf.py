"""Rows and wrapped keys in PostgreSQL, which the ledger shares (docs/scaled.md).

Rules:
1. Each change is one transaction with its entry; the journal writes inside it.
2. No statement names a tenant: the rows of others are not there for it.
3. A destroyed key is overwritten, then deleted; its dead copies wait for the vacuum and in the
   write-ahead log, which is not ours to cut (docs/scaled.md says what that means).
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from sottovoce.backends.holding_rows import (
    COLUMNS,
    HoldingRows,
    Row,
    expect_sealed,
    holding_of,
    row_of,
    seal_of,
)
from sottovoce.backends.postgres_session import Session
from sottovoce.backends.postgres_tokens import PostgresTokens, change_tokens
from sottovoce.values.event import Event
from sottovoce.values.ids import RecordingId
from sottovoce.vault.holding import Holding, State
from sottovoce.vault.keys import WRAPPED, KeyName
from sottovoce.vault.shelf import NO_CHANGE, Journal
from sottovoce.vault.tokens import Change

if TYPE_CHECKING:
    from psycopg import Connection

_COLUMNS = f"{COLUMNS}, seal"
_KEYS_AT_ONCE = 1000
_SEAL_AT = len(COLUMNS.split(", "))
_NEWS = ", ".join(f"{column} = excluded.{column}" for column in _COLUMNS.split(", ")[1:])
_MARKS = ", ".join(["%s"] * len(_COLUMNS.split(", ")))
_WRITE = (
    f"INSERT INTO holding ({_COLUMNS}) VALUES ({_MARKS})"  # noqa: S608 - the columns are ours
    f" ON CONFLICT (tenant, id) DO UPDATE SET {_NEWS}"
)
# One statement sees one moment.
_SELECT = (
    f"SELECT {_COLUMNS}, ARRAY(SELECT person FROM channel"  # noqa: S608 - the columns are ours
    " WHERE recording = holding.id ORDER BY channel), ARRAY(SELECT channel FROM strand"
    " WHERE recording = holding.id ORDER BY strand) FROM holding"
)


class PostgresKeys:
    """``vault.keys.KeyShelf`` on the database."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def wrapped(self, name: KeyName) -> bytes | None:
        with self._session.moment() as connection:
            row = connection.execute(
                "SELECT wrapped FROM wrapped_key WHERE purpose = %s AND id = %s",
                (name.purpose, name.id),
            ).fetchone()
        return bytes(row[0]) if row and isinstance(row[0], bytes) else None

    def names(self, purpose: str | None = None) -> Iterator[KeyName]:
        which = "(purpose, id) > (%s, %s)" if purpose is None else "purpose = %s AND id > %s"
        query = f"SELECT purpose, id FROM wrapped_key WHERE {which} ORDER BY 1, 2 LIMIT %s"  # noqa: S608 - which is ours
        last = (purpose or "", "")
        while True:
            with self._session.moment() as connection:
                some = connection.execute(query, (*last, _KEYS_AT_ONCE)).fetchall()
            if not some:
                return
            yield from (KeyName(str(of), str(name)) for of, name in some)
            last = (str(some[-1][0]), str(some[-1][1]))

    def left_over(self) -> int:
        """Return 0: what the database keeps of deleted rows, it shows to nobody who asks."""
        return 0


def create(session: Session, service_keys: Mapping[KeyName, bytes]) -> bool:
    """Store the keys that a vault starts with, unless some are there; tell whether it did."""
    with session.transaction() as connection:
        connection.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", (session.tenant,))
        if connection.execute("SELECT FROM wrapped_key LIMIT 1").fetchone() is not None:
            return False
        _add_keys(connection, service_keys)
    return True


def is_new(session: Session) -> bool:
    """Tell whether the tenant has no key here yet; raise Unavailable where there are no tables."""
    with session.transaction() as connection:
        return connection.execute("SELECT FROM wrapped_key LIMIT 1").fetchone() is None


class PostgresShelf(HoldingRows):
    """``vault.shelf.Shelf`` and ``Index`` on the session that the journal shares.

    ``tokens`` are on it too.
    """

    def __init__(self, session: Session, *, journal: Journal, row_key: bytes) -> None:
        self._session = session
        self._journal = journal
        self._row_key = row_key
        self.tokens = PostgresTokens(session)

    def claim(self) -> None:
        self._session.claim()

    def put(
        self,
        *holdings: Holding,
        added: Mapping[KeyName, bytes],
        destroyed: Collection[KeyName],
        event: Event,
        rewrapped: Mapping[KeyName, bytes] = MappingProxyType({}),
        tokens: Change = NO_CHANGE,
    ) -> int:
        def change(connection: "Connection[tuple[object, ...]]") -> None:
            self._write(connection, holdings)
            change_tokens(connection, tokens)
            _add_keys(connection, added)
            _destroy_keys(connection, destroyed)
            _rewrap_keys(connection, rewrapped)

        return self._changed(change, event)

    def swept(self, *recordings: RecordingId) -> None:
        if not recordings:
            return  # What is left of dead rows is the vacuum's.
        ids = list(recordings)
        with self._session.transaction() as connection:
            self._session.expect_claim()
            connection.execute(
                "DELETE FROM holding WHERE id = ANY (%s) AND state = %s", (ids, State.UNDONE.value)
            )
            connection.execute("UPDATE holding SET unswept = false WHERE id = ANY (%s)", (ids,))

    def destroy(self, keys: Collection[KeyName], *, event: Event) -> int:
        return self._changed(lambda connection: _destroy_keys(connection, keys), event)

    def note(self, event: Event) -> int:
        with self._session.transaction():
            return self._journal.append(event)

    def close(self) -> None:
        self._session.close()

    def _changed(
        self, change: "Callable[[Connection[tuple[object, ...]]], None]", event: Event
    ) -> int:
        with self._session.transaction() as connection:
            self._session.expect_claim()
            change(connection)
            return self._journal.append(event)

    def _write(
        self, connection: "Connection[tuple[object, ...]]", holdings: Sequence[Holding]
    ) -> None:
        ids = [holding.id for holding in holdings]
        for table in ("channel", "strand"):
            connection.execute(
                f"DELETE FROM {table} WHERE recording = ANY (%s)",  # noqa: S608 - one of ours
                (ids,),
            )
        # Of many rows each statement goes to the server at once, not row by row.
        with connection.cursor() as cursor:
            cursor.executemany(_WRITE, [(*row_of(h), seal_of(h, self._row_key)) for h in holdings])
            cursor.executemany(
                "INSERT INTO channel (recording, channel, person) VALUES (%s, %s, %s)",
                [(h.id, channel, p) for h in holdings for channel, p in enumerate(h.persons)],
            )
            cursor.executemany(
                "INSERT INTO strand (recording, strand, channel) VALUES (%s, %s, %s)",
                [
                    (h.id, strand, channel)
                    for h in holdings
                    for strand, channel in enumerate(h.strands)
                ],
            )

    def _all(self, query: str, *values: object) -> Sequence[Row]:
        with self._session.moment() as connection:
            return connection.execute(query, values).fetchall()

    def _select(self, where: str, *values: object) -> tuple[Holding, ...]:
        held = (self._opened(row) for row in self._all(f"{_SELECT} {where}", *values))
        return tuple(sorted(held, key=lambda holding: (holding.begun_at, holding.id)))

    def _opened(self, row: Row) -> Holding:
        seal, *found = row[_SEAL_AT:]
        persons, strands = (some if isinstance(some, list) else [] for some in found)
        holding = holding_of(row, persons, strands)
        return expect_sealed(holding, seal, self._row_key)


def _add_keys(connection: "Connection[tuple[object, ...]]", keys: Mapping[KeyName, bytes]) -> None:
    for name, wrapped in keys.items():
        added = connection.execute(
            "INSERT INTO wrapped_key (purpose, id, wrapped) VALUES (%s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            (name.purpose, name.id, wrapped),
        )
        if added.rowcount != 1:
            raise ValueError(f"added must be new keys; the {name} is there")


def _destroy_keys(connection: "Connection[tuple[object, ...]]", names: Iterable[KeyName]) -> None:
    which = [(name.purpose, name.id) for name in names]
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE wrapped_key SET wrapped = %s WHERE purpose = %s AND id = %s",
            [(bytes(WRAPPED), *one) for one in which],
        )
        cursor.executemany("DELETE FROM wrapped_key WHERE purpose = %s AND id = %s", which)


def _rewrap_keys(
    connection: "Connection[tuple[object, ...]]", keys: Mapping[KeyName, bytes]
) -> None:
    for name, wrapped in keys.items():
        changed = connection.execute(
            "UPDATE wrapped_key SET wrapped = %s WHERE purpose = %s AND id = %s",
            (wrapped, name.purpose, name.id),
        )
        if changed.rowcount != 1:
            raise ValueError(f"rewrapped must be keys that are there; the {name} is not")
