"""Blind tokens in the vault's PostgreSQL database; they change in the shelf's transaction."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from sottovoce.backends.postgres_session import Session
from sottovoce.backends.token_rows import ASTRAY, AT_ONCE, COLUMNS, posting_of
from sottovoce.values.ids import RecordingId
from sottovoce.vault.tokens import Change, Posting

if TYPE_CHECKING:
    from psycopg import Connection

_SELECT = f"SELECT {COLUMNS} FROM token"  # noqa: S608 - the columns are ours


def change_tokens(connection: "Connection[tuple[object, ...]]", change: Change) -> None:
    """Empty purposes, strike labels out, place postings, in the transaction that is open."""
    for purpose in change.emptied:
        connection.execute("DELETE FROM token WHERE purpose = %s", (purpose.value,))
    with connection.cursor() as cursor:
        cursor.executemany(
            "DELETE FROM token WHERE label = %s", [(label,) for label in change.struck]
        )
        cursor.executemany(
            f"INSERT INTO token ({COLUMNS})"  # noqa: S608 - the columns are ours
            " VALUES (%s, %s, %s, %s, %s) ON CONFLICT (tenant, label) DO UPDATE SET"
            " purpose = excluded.purpose, recording = excluded.recording,"
            " channel = excluded.channel, back = excluded.back",
            [(p.label, p.purpose.value, p.recording, p.channel, p.back) for p in change.placed],
        )


class PostgresTokens:
    """``vault.tokens.Tokens`` on the database."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def among(self, labels: Sequence[bytes]) -> Mapping[bytes, Posting]:
        return {p.label: p for p in self._select("WHERE label = ANY (%b)", list(labels))}

    def there(self, labels: Sequence[bytes]) -> Collection[bytes]:
        return self._labels(labels, "")  # The index alone answers this.

    def astray(self, labels: Sequence[bytes]) -> Collection[bytes]:
        return self._labels(labels, f"AND {ASTRAY}")

    def of_recording(self, recording: RecordingId) -> tuple[Posting, ...]:
        return tuple(self._select("WHERE recording = %s ORDER BY label", recording))

    def every(self) -> Iterator[Posting]:
        last = b""
        while some := self._select("WHERE label > %s ORDER BY label LIMIT %s", last, AT_ONCE):
            yield from some
            last = some[-1].label

    def _labels(self, labels: Sequence[bytes], which: str) -> Collection[bytes]:
        query = f"SELECT label FROM token WHERE label = ANY (%b) {which}"  # noqa: S608 - ours
        with self._session.moment() as connection:
            rows = connection.execute(query, (list(labels),), binary=True).fetchall()
        return {label for (label,) in rows if isinstance(label, bytes)}

    def _select(self, where: str, *values: object) -> list[Posting]:
        with self._session.moment() as connection:
            rows = connection.execute(f"{_SELECT} {where}", values).fetchall()
        return [posting_of(row) for row in rows]
