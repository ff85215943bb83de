"""The ledger's tables in SQLite, and the index that SQLite computes from the entries' own bytes.

Rules:
1. A stranger's tables must be as we make them, letter by letter, with the index or without.
2. The index has no column that is written: its columns are computed from an entry's bytes, and
   SQLite itself compares them with it (``expect_sound_index``).
"""

import sqlite3
from contextlib import closing
from functools import cache
from itertools import product, starmap
from typing import NamedTuple

from sottovoce.values.errors import Tampered

_TABLES = (
    "CREATE TABLE ledger_entry (position INTEGER PRIMARY KEY, data BLOB NOT NULL)",
    "CREATE TABLE ledger_node (level INTEGER, position INTEGER, hash BLOB NOT NULL,"
    " PRIMARY KEY (level, position)) WITHOUT ROWID",
    "CREATE TABLE ledger_head (id INTEGER PRIMARY KEY CHECK (id = 1), note BLOB NOT NULL)",
)
_TAIL = (
    "CREATE TABLE ledger_tail (id INTEGER PRIMARY KEY CHECK (id = 1), size INTEGER NOT NULL,"
    " root BLOB NOT NULL, mac BLOB NOT NULL)"
)


def _bytes(words: str) -> str:
    return f"X'{words.encode().hex()}'"


def _has(words: str) -> str:
    return f"instr(data, {_bytes(words)})"


# By place, as ledger.question.traits() has it: SQLite does not let a schema of others call json().
_AT = '","at":"'
_PERSON = '"person":"'
_ABOUT = "substr(data, -46, 14) = " + _bytes(',"recording":"')
_BEFORE_TAIL = f"CAST(substr(data, CASE WHEN {_ABOUT} THEN -87 ELSE -48 END, 40) AS TEXT)"
_LETTERS = "'abcdefghijklmnopqrstuvwxyz0123456789_.'"
_COMPUTED = {
    "at": f"substr(data, {_has(_AT)} + {len(_AT)}, 24)",
    "kind": f"substr({_BEFORE_TAIL}, length(rtrim({_BEFORE_TAIL}, {_LETTERS})) + 1)",
    "actor": f"substr(data, 11, max({_has(_AT)}, 11) - 11)",
    "recording": f"CASE WHEN {_ABOUT} THEN substr(data, -32, 24) END",
    "person": (
        f"CASE WHEN {_has(_PERSON)} THEN substr(data, {_has(_PERSON)} + {len(_PERSON)}, 64) END"
    ),
}
_REFUSAL = "substr(kind, -8) = '.refused' OR " + _has('"reason":"refused"')
_INDEX = (
    *(
        f"ALTER TABLE ledger_entry ADD COLUMN {name} TEXT GENERATED ALWAYS AS (CAST({how} AS TEXT))"
        for name, how in _COMPUTED.items()
    ),
    "ALTER TABLE ledger_entry ADD COLUMN refused INTEGER GENERATED ALWAYS AS"
    f" (CASE WHEN {_REFUSAL} THEN 1 ELSE 0 END)",
    "CREATE INDEX ledger_kind ON ledger_entry (kind, at)",
    "CREATE INDEX ledger_actor ON ledger_entry (actor, kind, at)",
    "CREATE INDEX ledger_recording ON ledger_entry (recording, at) WHERE recording IS NOT NULL",
    "CREATE INDEX ledger_person ON ledger_entry (person, at) WHERE person IS NOT NULL",
    "CREATE INDEX ledger_refused ON ledger_entry (at) WHERE refused = 1",
)


class Form(NamedTuple):
    """What a log's tables have: room for entries that are ahead of the head, and the index."""

    tails: bool = False
    indexed: bool = False


WHOLE = Form(tails=True, indexed=True)


def make_tables(connection: sqlite3.Connection) -> None:
    """Make the tables of an empty log, inside the open transaction."""
    for statement in _TABLES:
        connection.execute(statement)


def bring_up(connection: sqlite3.Connection, form: Form) -> None:
    """Give a log from before what it lacks, inside the open transaction."""
    if not form.tails:
        connection.execute(_TAIL)
    for statement in () if form.indexed else _INDEX:
        connection.execute(statement)


def form_of(connection: sqlite3.Connection) -> Form | None:
    """Tell what the log's tables have, None where there are none.

    Raises Tampered when they are not as we make them.
    """
    found = _schema(connection)
    if not found:
        return None
    if found not in (forms := _forms()):
        raise Tampered("the ledger's tables are not as they were made")
    return forms[found]


def expect_sound_index(connection: sqlite3.Connection) -> None:
    """Have SQLite compare the index with the entries; raise Tampered where they differ."""
    said = connection.execute("PRAGMA integrity_check(ledger_entry)").fetchmany(2)
    if said != [("ok",)]:
        raise Tampered(
            "the ledger's index is not that of its entries",
            hint="an entry may have been hidden from questions; restore the vault from a backup",
        )


_Schema = frozenset[tuple[str, str, str]]


def _schema(connection: sqlite3.Connection) -> _Schema:
    rows = connection.execute(
        "SELECT type, name, sql FROM sqlite_schema WHERE tbl_name LIKE 'ledger\\_%' ESCAPE '\\'"
        " AND sql IS NOT NULL"
    )
    return frozenset(rows.fetchall())


@cache
def _forms() -> dict[_Schema, Form]:
    """Return how tables look that we made, now and before."""
    return {_schema_with(form): form for form in starmap(Form, product((False, True), repeat=2))}


def _schema_with(form: Form) -> _Schema:
    with closing(sqlite3.connect(":memory:")) as made:
        make_tables(made)
        # What is to be there is what is said to be lacking.
        bring_up(made, Form(tails=not form.tails, indexed=not form.indexed))
        return _schema(made)
