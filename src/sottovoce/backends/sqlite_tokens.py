"""Blind tokens in the vault's SQLite database; they change inside of the shelf's transaction."""

import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence

from sottovoce.backends.sqlite_work import database_at_work
from sottovoce.backends.token_rows import ASTRAY, AT_ONCE, COLUMNS, posting_of
from sottovoce.values.ids import RecordingId
from sottovoce.vault.tokens import Change, Posting

SCHEMA = """
CREATE TABLE token (
    label BLOB PRIMARY KEY,
    purpose TEXT NOT NULL,
    recording TEXT NOT NULL REFERENCES holding (id),
    channel INTEGER NOT NULL,
    back BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX token_recording ON token (recording)
"""


def change_tokens(connection: sqlite3.Connection, change: Change) -> None:
    """Empty purposes, strike labels out, place postings, in the transaction that is open."""
    emptied = ((purpose.value,) for purpose in change.emptied)
    connection.executemany("DELETE FROM token WHERE purpose = ?", emptied)
    struck = ((label,) for label in change.struck)
    connection.executemany("DELETE FROM token WHERE label = ?", struck)
    placed = ((p.label, p.purpose.value, p.recording, p.channel, p.back) for p in change.placed)
    connection.executemany(
        f"INSERT OR REPLACE INTO token ({COLUMNS}) VALUES (?, ?, ?, ?, ?)",  # noqa: S608 - the columns are ours
        placed,
    )


class SQLiteTokens:
    """``vault.tokens.Tokens`` on the database."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def among(self, labels: Sequence[bytes]) -> Mapping[bytes, Posting]:
        found: dict[bytes, Posting] = {}
        for some in _stretches(labels):
            found |= {p.label: p for p in self._select(_in(some), *some)}
        return found

    def there(self, labels: Sequence[bytes]) -> Collection[bytes]:
        return self._labels(labels, "")

    def astray(self, labels: Sequence[bytes]) -> Collection[bytes]:
        return self._labels(labels, f"AND {ASTRAY}")

    def of_recording(self, recording: RecordingId) -> tuple[Posting, ...]:
        return tuple(self._select("recording = ? ORDER BY label", recording))

    def every(self) -> Iterator[Posting]:
        last = b""
        while some := self._select("label > ? ORDER BY label LIMIT ?", last, AT_ONCE):
            yield from some
            last = some[-1].label

    def _labels(self, labels: Sequence[bytes], which: str) -> Collection[bytes]:
        found: set[bytes] = set()
        for some in _stretches(labels):
            query = f"SELECT label FROM token WHERE {_in(some)} {which}"  # noqa: S608 - ours
            with database_at_work():
                found.update(label for (label,) in self._connection.execute(query, some))
        return found

    def _select(self, where: str, *values: object) -> list[Posting]:
        with database_at_work():
            rows = self._connection.execute(
                f"SELECT {COLUMNS} FROM token WHERE {where}",  # noqa: S608 - where is ours
                values,
            ).fetchall()
        return [posting_of(row) for row in rows]


def _stretches(labels: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    return (labels[start : start + AT_ONCE] for start in range(0, len(labels), AT_ONCE))


def _in(labels: Sequence[bytes]) -> str:
    return f"label IN ({', '.join('?' * len(labels))})"
