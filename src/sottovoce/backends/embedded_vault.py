"""Open a vault that is one folder: a root key, a database, sealed files, a lock."""

import os
import sqlite3
import stat
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from sottovoce.backends.file_parts import FileParts, files_at_work
from sottovoce.backends.root_file import FileRoot, held_in, next_root, replace_root
from sottovoce.backends.root_held import Held
from sottovoce.backends.root_way import RootWay
from sottovoce.backends.sqlite_shelf import (
    SQLiteKeys,
    SQLiteShelf,
    VaultLock,
    connect,
    create,
    has_row_seals,
    is_new,
    is_of_this_version,
)
from sottovoce.backends.sqlite_snapshot import ASIDE, clear_aside
from sottovoce.values.errors import (
    Missing,
    Refused,
    SottovoceError,
    Tampered,
    Unavailable,
    Unfit,
)
from sottovoce.values.event import Event
from sottovoce.values.ids import ActorId
from sottovoce.vault.keys import KEY, TENANT, Keys, Root, service_keys
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
    f"{ROOT_FILE}.next",
    f"{ROOT_FILE}.next.part",
    _LOCK,
    _OBJECTS,
    ASIDE,
}

MakeJournal = Callable[[sqlite3.Connection, Keys], Journal]
"""Make the journal on the vault's connection, signing with ``Keys.signing_seed()``."""


class _Later:
    """A journal that holds back what a vault that is being restored has to tell."""

    def __init__(self, held: list[Event]) -> None:
        self._held = held

    def append(self, event: Event) -> int:
        self._held.append(event)
        return -1


def open_vault(
    path: Path,
    *,
    journal: MakeJournal,
    clock: Callable[[], datetime],
    actor: ActorId,
    way: RootWay | None = None,
    later: list[Event] | None = None,
) -> Vault:
    """Open the vault of a folder, or make one where the folder is empty or not there.

    Where ``later`` is given, it gets the events of what an older vault lacked, and the caller notes
    them: a ledger that is to go on from a newer one must not grow by itself before.

    Raises Missing, Refused or Tampered when the root key is lost, open to others or of another
    vault, Unfit when the folder is something else's, Unavailable when the disk fails.
    """
    _prepare(path)
    lock = VaultLock(path / _LOCK)
    connection = connect(path / DATABASE)
    try:
        root = _root(path, connection, lock, way or RootWay())
        keys = Keys(root, SQLiteKeys(connection))
        keys.check()
        log = journal(connection, keys)
        shelf = SQLiteShelf(connection, journal=log, lock=lock, row_key=keys.row_key())
        told = log if later is None else _Later(later)
        older = SQLiteShelf(connection, journal=told, lock=lock, row_key=keys.row_key())
        _bring_up(
            connection, older, lambda **facts: Event("vault.migrated", clock(), actor, None, facts)
        )
    except BaseException:
        connection.close()
        lock.release()
        raise
    parts = FileParts(path / _OBJECTS)
    return Vault(
        shelf=shelf,
        index=shelf,
        tokens=shelf.tokens,
        parts=parts,
        keys=keys,
        clock=clock,
        actor=actor,
    )


def _bring_up(
    connection: sqlite3.Connection, older: SQLiteShelf, event: Callable[..., Event]
) -> None:
    """Give a vault of an older version what it lacks."""
    if not has_row_seals(connection):
        older.seal_rows(event=lambda rows: event(format=2, rows=rows))
    if not is_of_this_version(connection):
        older.make_room(event=lambda version: event(format=version, rows=0))


def tell_uses(path: Path, vault: Vault, way: RootWay) -> None:
    """Write down how often a holder was asked to open the vault, and each time from now on.

    Not done while a vault is restored: its ledger may have to take over entries first.
    """
    held = held_in(path / ROOT_FILE)
    provider = held.provider if held else "file"

    def note(count: int) -> object:
        event = vault.event("key.used", None, level="root", provider=provider, keys=count)
        return vault.note(event)

    way.uses.tell(note)


def rotate_root(path: Path, vault: Vault, *, way: RootWay, event: Event) -> int:
    """Draw a new root key, or have a holder's, and wrap anew what lies beneath; return the entry.

    Nothing is changed when the new holder cannot be had. A crash leaves both files; the next start
    keeps the one that opens the vault.
    """
    vault.claim()  # From here on no other process takes the file aside for one that a crash left.
    file, aside = path / ROOT_FILE, next_root(path / ROOT_FILE)
    with files_at_work():
        aside.unlink(missing_ok=True)
    way.make(aside)
    try:
        root = way.read(aside, make=True)
        _try(root)
    except SottovoceError:
        with files_at_work():
            aside.unlink(missing_ok=True)
        raise
    index = vault.rotate_root(root, event=event)
    replace_root(file, aside)
    tell_uses(path, vault, way)
    vault.keys.adopt(FileRoot(file, read=way.read))
    return index


def _try(root: Root) -> None:
    """Have a key wrapped and opened that nobody needs, before all depends on it."""
    key = os.urandom(KEY)
    if root.unwrap(root.wrap(key, TENANT), TENANT) != key:
        raise Tampered("the new root key's holder gives back another key than it was given")


def _settled_root(
    path: Path, connection: sqlite3.Connection, lock: VaultLock, read: Callable[[Path], Root]
) -> FileRoot:
    """Open the root key; finish or undo a rotation of it that a crash cut off."""
    file, aside = path / ROOT_FILE, next_root(path / ROOT_FILE)
    if not aside.exists():
        return FileRoot(file, read=read)
    with suppress(Unavailable):  # Whoever is at work on it will finish; we only choose.
        lock.claim()
        try:
            _settle_root(file, aside, connection, read)
        finally:
            lock.release()
    is_next = aside.exists() and _opens(aside, connection, read)
    return FileRoot(file, read=read, is_next=is_next)


def _settle_root(
    file: Path, aside: Path, connection: sqlite3.Connection, read: Callable[[Path], Root]
) -> None:
    if _opens(aside, connection, read):
        replace_root(file, aside)
    elif _opens(file, connection, read):
        with files_at_work():
            aside.unlink(missing_ok=True)


def _opens(file: Path, connection: sqlite3.Connection, read: Callable[[Path], Root]) -> bool:
    """Tell whether a root key is proven to be the vault's; a holder who is away proves nothing."""
    try:
        Keys(read(file), SQLiteKeys(connection)).check()
    except (Missing, Refused, Tampered, Unavailable):
        return False
    return True


def objects_of(path: Path) -> Path:
    """Return where a vault's sealed files lie."""
    return path / _OBJECTS


def is_vault(path: Path) -> bool:
    """Tell whether there is a vault in a folder."""
    return (path / DATABASE).is_file()


def _root(path: Path, connection: sqlite3.Connection, lock: VaultLock, way: RootWay) -> Root:
    file = path / ROOT_FILE
    if not is_new(connection):
        root = _settled_root(path, connection, lock, way.read)
        _expect_holder(file, way.held)
        return root
    lock.claim()
    if not (file.is_symlink() or file.exists()):
        way.make(file)
    root = FileRoot(file, read=lambda path: way.read(path, make=True))
    if is_new(connection):
        create(connection, service_keys(root))
    lock.release()
    return root


def _expect_holder(file: Path, expected: Held | None) -> None:
    found = held_in(file)
    if expected is not None and (found is None or found.spec != expected.spec):
        raise Refused(
            "the vault's root key is not held where the settings say",
            hint="sottovoce keys rotate root --to moves it; SOTTOVOCE_ROOT must name where it is",
        )


def expect_folder(path: Path) -> None:
    """Raise Refused where others may enter a vault's folder, Unfit where it is none."""
    if path.is_symlink() or not path.is_dir():
        raise Unfit("the vault's path is not a folder", hint="choose another path")
    _expect_own(path)


def _prepare(path: Path) -> None:
    if path.is_symlink() or (path.exists() and not path.is_dir()):
        raise Unfit("the vault's path is not a folder", hint="choose another path")
    with files_at_work():
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        _check(path)
        clear_aside(path / ASIDE)
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
    _expect_own(path)


def _expect_own(path: Path) -> None:
    mode = stat.S_IMODE(os.stat(path).st_mode)
    if mode & 0o077:
        raise Refused(
            f"the vault's folder has mode {mode:04o}; it must be 0700",
            hint="others may have read it: chmod 700 the folder and look at what is in it",
        )
