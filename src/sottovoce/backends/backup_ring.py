"""The keys of backups, in a folder apart from vault and backups (docs/spec/backup.md).

Rules:
1. A key rests only wrapped, under a root key that is not the vault's.
2. A key that leaves the ring is overwritten before the change is called done.
3. One process works on backups at a time: who holds the lock.
"""

import base64
import os
from pathlib import Path

from sottovoce.backends.file_parts import files_at_work, write_over
from sottovoce.backends.root_file import Argon2Cost, make_root, read_root
from sottovoce.backends.sqlite_shelf import VaultLock
from sottovoce.values.errors import Missing, Refused, SottovoceError, Tampered, Unavailable, Unfit
from sottovoce.vault.backup import NAMES, PARTS, BackupId, backup_id, key_of
from sottovoce.vault.keys import KEY, KeyName, WrappingKey

_MARK = "sottovoce backup ring v1"
_LONGEST = 1 << 24
_OWN = (PARTS.id, NAMES.id)


class BackupRing:
    """The keys of a folder of backups; held by one process until ``close``."""

    def __init__(self, folder: Path, root: WrappingKey, lock: VaultLock) -> None:
        self._file = folder / "ring"
        self._root = root
        self._lock = lock
        self._wrapped = _read(self._file)

    def key(self, name: KeyName) -> bytes:
        """Return a key; raise Missing when it expired or never was, Tampered otherwise."""
        if name.id not in self._wrapped:
            raise Missing("the backup's key is destroyed: the backup has expired, or never was")
        return self._root.unwrap(self._wrapped[name.id], name)

    def backups(self) -> tuple[BackupId, ...]:
        """Return the backups that have a key."""
        return tuple(backup_id(name) for name in self._wrapped if name not in _OWN)

    def add(self, name: KeyName, key: bytes) -> None:
        """Put a key in the ring, durably."""
        self._wrapped = _write(self._file, self._wrapped | {name.id: self._root.wrap(key, name)})

    def destroy(self, *backups: BackupId) -> None:
        """Take keys of backups out of the ring and overwrite them; safe to repeat."""
        gone = {key_of(backup).id for backup in backups}
        if left := gone & set(self._wrapped):
            kept = {n: w for n, w in self._wrapped.items() if n not in left}
            self._wrapped = _write(self._file, kept)

    def close(self) -> None:
        """Let another process work on the backups."""
        self._lock.release()


def open_ring(
    folder: Path, *, passphrase: bytes | None, make: bool, cost: Argon2Cost | None = None
) -> BackupRing:
    """Open the keys of backups, or make them where there are none and ``make`` says so.

    Raises Missing, Refused or Tampered when they cannot be had, Unavailable while another process
    works on the backups.
    """
    file = folder / "root.key"
    if not make and not file.exists():
        raise _none()
    with files_at_work():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = VaultLock(folder / "lock")
    _claim(lock)
    try:
        return _opened(folder, file, lock, passphrase, cost or Argon2Cost())
    except BaseException:
        lock.release()
        raise


def _opened(
    folder: Path, file: Path, lock: VaultLock, passphrase: bytes | None, cost: Argon2Cost
) -> BackupRing:
    if folder.stat().st_mode & 0o077:
        raise Refused("others can enter the folder of the backups' keys", hint="chmod 700 it")
    ring = folder / "ring"
    if not file.exists():
        if ring.exists():
            raise _none()
        root = make_root(file, passphrase=passphrase, cost=cost)
        _write(ring, {name.id: root.wrap(os.urandom(KEY), name) for name in (PARTS, NAMES)})
    if not ring.exists():
        raise Missing(
            "the ring of the backups is not there",
            hint="put it back; if no backup was made with these keys yet, choose another folder",
        )
    return BackupRing(folder, _root(file, passphrase), lock)


def _claim(lock: VaultLock) -> None:
    try:
        lock.claim()
    except Unavailable:
        raise Unavailable(
            "another process is working on these backups", hint="wait until it is done"
        ) from None


def _root(file: Path, passphrase: bytes | None) -> WrappingKey:
    try:
        return read_root(file, passphrase=passphrase)
    except (Missing, Refused, Tampered) as error:
        said = str(error).replace("the vault's root key", "the root key of the backups")
        raise type(error)(said, hint=error.hint) from None


def _none() -> SottovoceError:
    return Missing(
        "the root key of the backups is not there",
        hint="--keys names the folder that `backup create` made; without it nothing opens",
    )


def _write(file: Path, wrapped: dict[str, bytes]) -> dict[str, bytes]:
    lines = [f"{name} {base64.b64encode(wrapped[name]).decode()}" for name in sorted(wrapped)]
    write_over(file, "\n".join([_MARK, *lines, ""]).encode())
    return wrapped


def _read(file: Path) -> dict[str, bytes]:
    try:
        with file.open("rb") as stream:
            mark, *lines, end = stream.read(_LONGEST).decode("ascii").split("\n")
        pairs = [line.split(" ") for line in lines]
        found = {_named(name): base64.b64decode(key, validate=True) for name, key in pairs}
    except (OSError, ValueError, Unfit):
        raise _spoiled() from None
    if (mark, end) != (_MARK, ""):
        raise _spoiled()
    return found


def _spoiled() -> Tampered:
    return Tampered("the ring of the backups is not in its form", hint="put your copy back")


def _named(name: str) -> str:
    return name if name in _OWN else backup_id(name)
