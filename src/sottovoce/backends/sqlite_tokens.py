"""Blind tokens in the vault's SQLite database; they change inside of the shelf's transaction."""

import sqlite3
from collections.abc import Mapping, Sequence
from itertools import batched

from sottovoce.backends.sqlite_work import database_at_work
from sottovoce.values.ids import RecordingId
from sottovoce.vault.tokens import Change, Posting, Purpose

SCHEMA = """
CREATE TABLE token (
    label BLOB PRIMARY KEY,
    purpose TEXT NOT NULL,
    recording TEXT NOT NULL,
    channel INTEGER NOT NULL,
    back BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX token_recording ON token (recording)
"""
_COLUMNS = "label, purpose, recording, channel, back"
_MOST_AT_ONCE = 500


def change_tokens(connection: sqlite3.Connection, change: Change) -> None:
    """Strike labels out, then place postings, in the transaction that is open."""
    struck = ((label,) for label in change.struck)
    connection.executemany("DELETE FROM token WHERE label = ?", struck)
    placed = ((p.label, p.purpose.value, p.recording, p.channel, p.back) for p in change.placed)
    connection.executemany(
        f"INSERT OR REPLACE INTO token ({_COLUMNS}) VALUES (?, ?, ?, ?, ?)",  # noqa: S608 - the columns are ours
        placed,
    )


class SQLiteTokens:
    """``vault.tokens.Tokens`` on the database."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def among(self, labels: Sequence[bytes]) -> Mapping[bytes, Posting]:
        found: dict[bytes, Posting] = {}
        for some in batched(labels, _MOST_AT_ONCE, strict=False):
            marks = ", ".join("?" * len(some))
            found |= {p.label: p for p in self._select(f"label IN ({marks})", *some)}
        return found

    def of_recording(self, recording: RecordingId) -> tuple[Posting, ...]:
        return tuple(self._select("recording = ? ORDER BY label", recording))

    def _select(self, where: str, *values: object) -> list[Posting]:
        with database_at_work():
            rows = self._connection.execute(
                f"SELECT {_COLUMNS} FROM token WHERE {where}",  # noqa: S608 - where is ours
                values,
            ).fetchall()
        return [
            Posting(bytes(label), Purpose(purpose), RecordingId(recording), channel, bytes(back))
            for label, purpose, recording, channel, back in rows
        ]
