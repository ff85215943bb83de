"""A tenant's rows as a database of SQLite, and back: what a backup of them is.

Rules:
1. All rows are of one moment; whoever works goes on meanwhile.
2. Rows go by as a stream: memory does not grow with them.
3. Keys of recordings on their way in are left out (docs/spec/backup.md).
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from sottovoce.backends.holding_rows import COLUMNS, Row
from sottovoce.backends.postgres_session import Session
from sottovoce.backends.postgres_shelf import is_new
from sottovoce.backends.sqlite_log_tables import make_tables
from sottovoce.backends.sqlite_shelf import create
from sottovoce.backends.sqlite_work import database_at_work
from sottovoce.backends.token_rows import COLUMNS as TOKENS
from sottovoce.values.errors import Conflict

if TYPE_CHECKING:
    from psycopg import Connection

_AT_ONCE = 2000
_KEYS = "wrapped_key WHERE purpose <> 'arrival'"
_OUT = (
    ("holding", COLUMNS, "text text text int4 int8 text text text text text bool", "id"),
    ("row_seal", "id, seal", "text bytea", "id"),
    ("channel", "recording, channel, person", "text int4 text", "recording, channel"),
    ("strand", "recording, strand, channel", "text int4 int4", "recording, strand"),
    ("token", TOKENS, "bytea text text int4 bytea", "label"),
    ("ledger_entry", "position, data", "int8 bytea", "position"),
    ("ledger_node", "level, position, hash", "int4 int8 bytea", "level, position"),
    ("ledger_head", "1::int4, note", "int4 bytea", "1"),
    ("key_slot", "row_number() OVER (ORDER BY purpose, id), wrapped", "int8 bytea", "purpose, id"),
    (
        "key_name",
        "purpose, id, row_number() OVER (ORDER BY purpose, id)",
        "text text int8",
        "purpose, id",
    ),
)
"""Tables of SQLite, what fills them in PostgreSQL, its types, and its order."""
_FROM = {"row_seal": "holding", "key_slot": _KEYS, "key_name": _KEYS}

_IN = (
    (
        f"holding ({COLUMNS}, seal)",
        f"SELECT {COLUMNS}, seal FROM holding JOIN row_seal ON recording = id ORDER BY id",  # noqa: S608 - ours
    ),
    ("channel (recording, channel, person)", "SELECT recording, channel, person FROM channel"),
    ("strand (recording, strand, channel)", "SELECT recording, strand, channel FROM strand"),
    (f"token ({TOKENS})", f"SELECT {TOKENS} FROM token"),  # noqa: S608 - ours
    ("ledger_entry (position, data)", "SELECT position, data FROM ledger_entry"),
    ("ledger_node (level, position, hash)", "SELECT level, position, hash FROM ledger_node"),
    ("ledger_head (note)", "SELECT note FROM ledger_head"),
    (
        "wrapped_key (purpose, id, wrapped)",
        "SELECT purpose, id, wrapped FROM key_name JOIN key_slot USING (slot)",
    ),
)
_UNSWEPT = COLUMNS.split(", ").index("unswept")


def copy_out(session: Session, path: Path) -> None:
    """Write the tenant's rows into a new database of SQLite, as a vault in a folder has it."""
    with database_at_work(), closing(sqlite3.connect(path, isolation_level=None)) as copy:
        # What a crash leaves of a copy is thrown away: it needs no journal.
        copy.execute("PRAGMA journal_mode = OFF")
        copy.execute("PRAGMA synchronous = OFF")
        create(copy, {})
        make_tables(copy)
        with session.moment() as connection:
            copy.execute("BEGIN")
            for table, columns, types, order in _OUT:
                question = f"SELECT {columns} FROM {_FROM.get(table, table)} ORDER BY {order}"  # noqa: S608 - ours
                marks = ", ".join("?" * len(types.split()))
                rows = _streamed(connection, question, types)
                copy.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608 - ours
            copy.execute("COMMIT")


def copy_in(path: Path, session: Session) -> None:
    """Give an empty tenant the rows of a vault in a folder, all or none.

    Raises Conflict where the tenant has a vault.
    """
    with (
        database_at_work(),
        closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as copy,
        session.transaction() as connection,
    ):
        expect_empty(session)
        for into, question in _IN:
            found = iter(copy.execute(question))
            count = into.count(",") + 1
            marks = ", ".join(["%s"] * count)
            with connection.cursor() as cursor:
                while rows := [_adapted(into, row) for row in islice(found, _AT_ONCE)]:
                    cursor.executemany(f"INSERT INTO {into} VALUES ({marks})", rows)  # noqa: S608 - ours


def expect_empty(session: Session) -> None:
    """Raise Conflict where the tenant has a vault."""
    if not is_new(session):
        raise Conflict(
            "the tenant has a vault in this database",
            hint="restore into another tenant or database, or clear this one away first",
        )


def _streamed(
    connection: "Connection[tuple[object, ...]]", question: str, types: str
) -> Iterator[Row]:
    told = f"COPY ({question}) TO STDOUT (FORMAT BINARY)"
    with connection.cursor() as cursor, cursor.copy(told) as copy:
        copy.set_types(types.split())
        yield from copy.rows()


def _adapted(into: str, row: Row) -> Row:
    if not into.startswith("holding "):
        return row
    return (*row[:_UNSWEPT], bool(row[_UNSWEPT]), *row[_UNSWEPT + 1 :])
