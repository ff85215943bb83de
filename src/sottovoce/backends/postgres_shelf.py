"""Rows and wrapped keys in PostgreSQL, which the ledger shares (docs/scaled.md).

Rules:
1. Each change is one transaction with its entry; the journal writes inside it.
2. No statement names a tenant: the rows of others are not there for it.
3. A destroyed key is overwritten, then deleted; its dead copies wait for the vacuum and in the
   write-ahead log, which is not ours to cut (docs/scaled.md says what that means).
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from hmac import compare_digest
from hmac import digest as hmac_digest
from types import MappingProxyType
from typing import TYPE_CHECKING

from sottovoce.backends.postgres_session import Session
from sottovoce.backends.postgres_tokens import PostgresTokens, change_tokens
from sottovoce.values.errors import Missing, Tampered, Unfit
from sottovoce.values.event import Event
from sottovoce.values.ids import PersonId, RecordingId, recording_id
from sottovoce.vault.holding import Holding, State, canonical_row, text_of
from sottovoce.vault.keys import WRAPPED, KeyName
from sottovoce.vault.shelf import NO_CHANGE, Journal
from sottovoce.vault.tokens import Change

if TYPE_CHECKING:
    from psycopg import Connection

_COLUMNS = (
    "id, state, begun_at, rate_hz, frames, parts, fingerprint,"
    " arrived_at, settled_at, erased_at, unswept, seal"
)
_NEWS = ", ".join(f"{column} = excluded.{column}" for column in _COLUMNS.split(", ")[1:])
_MARKS = ", ".join(["%s"] * len(_COLUMNS.split(", ")))
_WRITE = (
    f"INSERT INTO holding ({_COLUMNS}) VALUES ({_MARKS})"  # noqa: S608 - the columns are ours
    f" ON CONFLICT (tenant, id) DO UPDATE SET {_NEWS}"
)
# One statement sees one moment.
_SELECT = (
    f"SELECT {_COLUMNS}, ARRAY(SELECT person FROM channel"  # noqa: S608 - the columns are ours
    " WHERE recording = holding.id ORDER BY channel) FROM holding"
)
_FIRST, _MOST = 64, 1024


class PostgresKeys:
    """``vault.keys.KeyShelf`` on the database."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def wrapped(self, name: KeyName) -> bytes | None:
        with self._session.transaction() as connection:
            row = connection.execute(
                "SELECT wrapped FROM wrapped_key WHERE purpose = %s AND id = %s",
                (name.purpose, name.id),
            ).fetchone()
        return bytes(row[0]) if row and isinstance(row[0], bytes) else None

    def names(self, purpose: str | None = None) -> Iterator[KeyName]:
        with self._session.transaction() as connection:
            rows = connection.execute(
                "SELECT purpose, id FROM wrapped_key WHERE %s::text IS NULL OR purpose = %s"
                " ORDER BY 1, 2",
                (purpose, purpose),
            ).fetchall()
        for found, name in rows:
            yield KeyName(str(found), str(name))

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


class PostgresShelf:
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
            for holding in holdings:
                self._write(connection, holding)
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

    def find(self, recording: RecordingId) -> Holding:
        found = self._select("WHERE id = %s", recording)
        if not found:
            raise Missing(f"recording {recording} is not in this vault")
        return found[0]

    def list(
        self, state: State | None = None, *, after: RecordingId | None = None
    ) -> Iterator[Holding]:
        last = self.find(after) if after else None
        size = _FIRST
        while held := self._page(state, last, size):
            yield from held
            last, size = held[-1], min(2 * size, _MOST)

    def people(self, *, after: PersonId | None = None) -> Iterator[tuple[PersonId, int]]:
        last, size = after or "", _FIRST
        while found := self._counted(last, size):
            yield from found
            last, size = found[-1][0], min(2 * size, _MOST)

    def same_bytes(self, fingerprint: str) -> tuple[RecordingId, ...]:
        if not fingerprint:
            return ()
        found = self._select("WHERE fingerprint = %s AND fingerprint <> ''", fingerprint)
        return tuple(holding.id for holding in found)

    def of_person(self, person: PersonId) -> tuple[Holding, ...]:
        return self._select("WHERE id IN (SELECT recording FROM channel WHERE person = %s)", person)

    def unswept(self) -> tuple[Holding, ...]:
        return self._select("WHERE unswept")

    def _changed(
        self, change: "Callable[[Connection[tuple[object, ...]]], None]", event: Event
    ) -> int:
        with self._session.transaction() as connection:
            self._session.expect_claim()
            change(connection)
            return self._journal.append(event)

    def _write(self, connection: "Connection[tuple[object, ...]]", holding: Holding) -> None:
        connection.execute(_WRITE, (*_row(holding), _sealed(holding, self._row_key)))
        connection.execute("DELETE FROM channel WHERE recording = %s", (holding.id,))
        for channel, person in enumerate(holding.persons):
            connection.execute(
                "INSERT INTO channel (recording, channel, person) VALUES (%s, %s, %s)",
                (holding.id, channel, person),
            )

    def _page(self, state: State | None, last: Holding | None, size: int) -> tuple[Holding, ...]:
        place = (text_of(last.begun_at), last.id) if last else ("", "")
        which, values = ("state = %s AND", (state.value,)) if state else ("", ())
        where = f"WHERE {which} (begun_at, id) > (%s, %s) ORDER BY begun_at, id LIMIT %s"
        return self._select(where, *values, *place, size)

    def _counted(self, last: str, size: int) -> Sequence[tuple[PersonId, int]]:
        with self._session.transaction() as connection:
            rows = connection.execute(
                "SELECT person, count(DISTINCT recording) FROM channel WHERE person > %s"
                " GROUP BY person ORDER BY person LIMIT %s",
                (last, size),
            ).fetchall()
        return [(PersonId(str(person)), int(str(count))) for person, count in rows]

    def _select(self, where: str, *values: object) -> tuple[Holding, ...]:
        query = f"{_SELECT} {where}"
        with self._session.transaction() as connection:
            rows = connection.execute(query, values).fetchall()
        held = (self._opened(row) for row in rows)
        return tuple(sorted(held, key=lambda holding: (holding.begun_at, holding.id)))

    def _opened(self, row: tuple[object, ...]) -> Holding:
        holding, seal = _holding(row), row[11]
        is_ours = isinstance(seal, bytes) and compare_digest(seal, _sealed(holding, self._row_key))
        if not is_ours:
            raise Tampered(
                f"the row of {holding.id} is not what was written",
                hint="stop, and restore the database from a backup",
            )
        return holding


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
    for name in names:
        which = (name.purpose, name.id)
        connection.execute(
            "UPDATE wrapped_key SET wrapped = %s WHERE purpose = %s AND id = %s",
            (bytes(WRAPPED), *which),
        )
        connection.execute("DELETE FROM wrapped_key WHERE purpose = %s AND id = %s", which)


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


def _sealed(holding: Holding, key: bytes) -> bytes:
    return hmac_digest(key, canonical_row(holding), "sha256")


def _row(holding: Holding) -> tuple[object, ...]:
    times = (holding.arrived_at, holding.settled_at, holding.erased_at)
    return (
        holding.id,
        holding.state.value,
        text_of(holding.begun_at),
        holding.rate_hz,
        holding.frames,
        " ".join(holding.parts),
        holding.fingerprint,
        *(text_of(at) if at else None for at in times),
        holding.unswept,
    )


def _holding(row: tuple[object, ...]) -> Holding:
    try:
        return _as_holding(row)
    except (ValueError, Unfit):
        raise Tampered(
            "a row of the vault's index is damaged",
            hint="stop, and restore the database from a backup",
        ) from None


def _as_holding(row: tuple[object, ...]) -> Holding:
    persons = row[12] if isinstance(row[12], list) else []
    begun_at = _time(row[2])
    if begun_at is None:
        raise ValueError("begun_at must be a time")
    return Holding(
        id=recording_id(str(row[0])),
        state=State(row[1]),
        begun_at=begun_at,
        rate_hz=int(str(row[3])),
        frames=int(str(row[4])),
        persons=tuple(PersonId(str(person)) for person in persons),
        parts=tuple(str(row[5]).split()),
        fingerprint=str(row[6]),
        arrived_at=_time(row[7]),
        settled_at=_time(row[8]),
        erased_at=_time(row[9]),
        unswept=bool(row[10]),
    )


def _time(text: object) -> datetime | None:
    return datetime.fromisoformat(str(text)) if text else None
