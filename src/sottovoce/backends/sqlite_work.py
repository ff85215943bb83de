"""What fails while the vault's database is at work, said as errors that a person can act on."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sottovoce.values.errors import SottovoceError, Tampered, Unavailable

_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_SPOILED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


@contextmanager
def database_at_work() -> Iterator[None]:
    """Say Unavailable or Tampered, with SQLite's reason, when the database fails."""
    try:
        yield
    except (sqlite3.ProgrammingError, sqlite3.IntegrityError):
        raise  # These are mistakes of ours, not of the disk.
    except sqlite3.DatabaseError as error:
        raise _named(error) from error
    except UnicodeDecodeError as error:  # SQLite's reason may repeat text that is rotten.
        raise _damaged() from error


def _damaged() -> Tampered:
    return Tampered(
        "the vault's database is damaged", hint="stop, and restore the vault from a backup"
    )


def _named(error: sqlite3.DatabaseError) -> SottovoceError:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code in _SPOILED:
        return _damaged()
    if code in _BUSY:
        return Unavailable("the vault's database is in use by another process", hint="try again")
    name = getattr(error, "sqlite_errorname", "unknown error")
    return Unavailable(
        f"the vault's database cannot be used ({name})",
        hint="see to the space and the permissions of the vault's disk, then run it again",
    )
