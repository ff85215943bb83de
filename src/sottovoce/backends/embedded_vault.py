"""Open a vault that is one folder: a root key, a database, sealed files, a lock."""

import os
import sqlite3
import stat
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sottovoce.backends.file_parts import FileParts, files_at_work
from sottovoce.backends.root_file import Argon2Cost, make_root, read_root
from sottovoce.backends.sqlite_shelf import (
    SQLiteKeys,
    SQLiteShelf,
    VaultLock,
    connect,
    create,
    is_new,
)
from sottovoce.values.errors import Refused, Unfit
from sottovoce.values.ids import ActorId
from sottovoce.vault.keys import Keys, WrappingKey, service_keys
from sottovoce.vault.shelf import Journal
from sottovoce.vault.vault import Vault

DATABASE = "vault.db"
ROOT_FILE = "root.key"
_LOCK = "lock"
_OBJECTS = "objects"
_OURS = {
    DATABASE,
    f"{DATABASE}-wal",
    f"{DATABASE}-shm",
    ROOT_FILE,
    f"{ROOT_FILE}.part",
    _LOCK,
    _OBJECTS,
}

MakeJournal = Callable[[sqlite3.Connection, Keys], Journal]
"""Make the journal on the vault's connection, signing with ``Keys.signing_seed()``."""


def open_vault(
    path: Path,
    *,
    journal: MakeJournal,
    clock: Callable[[], datetime],
    actor: ActorId,
    passphrase: bytes | None = None,
    cost: Argon2Cost | None = None,
) -> Vault:
    """Open the vault of a folder, or make one where the folder is empty or not there.

    Raises Missing, Refused or Tampered when the root key is lost, open to others or of another
    vault, Unfit when the folder is something else's, Unavailable when the disk fails.
    """
    _prepare(path)
    lock = VaultLock(path / _LOCK)
    connection = connect(path / DATABASE)
    try:
        root = _root(path, connection, lock, passphrase, cost or Argon2Cost())
        keys = Keys(root, SQLiteKeys(connection))
        keys.check()
        shelf = SQLiteShelf(connection, journal=journal(connection, keys), lock=lock)
    except BaseException:
        connection.close()
        lock.release()
        raise
    parts = FileParts(path / _OBJECTS)
    return Vault(shelf=shelf, index=shelf, parts=parts, keys=keys, clock=clock, actor=actor)


def is_vault(path: Path) -> bool:
    """Tell whether there is a vault in a folder."""
    return (path / DATABASE).is_file()


def _root(
    path: Path,
    connection: sqlite3.Connection,
    lock: VaultLock,
    passphrase: bytes | None,
    cost: Argon2Cost,
) -> WrappingKey:
    file = path / ROOT_FILE
    if not is_new(connection):
        return read_root(file, passphrase=passphrase)
    lock.claim()
    if file.is_symlink() or file.exists():
        root = read_root(file, passphrase=passphrase)
    else:
        root = make_root(file, passphrase=passphrase, cost=cost)
    if is_new(connection):
        create(connection, service_keys(root))
    lock.release()
    return root


def _prepare(path: Path) -> None:
    if path.is_symlink() or (path.exists() and not path.is_dir()):
        raise Unfit("the vault's path is not a folder", hint="choose another path")
    with files_at_work():
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        _check(path)
        (path / _OBJECTS).mkdir(mode=0o700, exist_ok=True)


def _check(path: Path) -> None:
    names = {entry.name for entry in path.iterdir()}
    if not names:
        path.chmod(0o700)
    elif DATABASE not in names and names - _OURS:
        raise Unfit(
            f"the folder holds {len(names - _OURS)} things and no vault",
            hint="choose an empty folder or one that is not there yet",
        )
    mode = stat.S_IMODE(os.stat(path).st_mode)
    if mode & 0o077:
        raise Refused(
            f"the vault's folder has mode {mode:04o}; it must be 0700",
            hint="others may have read it: chmod 700 the folder and look at what is in it",
        )
