"""Make, verify and expire backups of a vault (docs/spec/backup.md).

Rules:
1. A backup is seen only when it is whole, its key is in the ring and its event in the ledger.
2. Whoever works in the vault goes on meanwhile.
3. A part that is lost or rotten does not stop a backup of the others; it is named.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sottovoce.app import App
from sottovoce.backends.backup_folder import BackupFolder
from sottovoce.backends.backup_ring import BackupRing
from sottovoce.backends.embedded_vault import DATABASE, ROOT_FILE, objects_of
from sottovoce.backends.file_parts import FileParts, files_at_work
from sottovoce.backends.root_file import is_bare
from sottovoce.backends.sqlite_snapshot import Snapshot, read_snapshot, snapshot
from sottovoce.values.errors import Missing, Tampered, Unavailable
from sottovoce.vault.backup import (
    NAMES,
    BackupId,
    Copied,
    Heading,
    digits_of,
    encode_heading,
    new_backup_id,
    wanted_parts,
)
from sottovoce.vault.part import Part
from sottovoce.vault.shelf import Parts

_TRIES = 5
Progress = Callable[[int], None]
"""Is told of each stretch of bytes that was copied or read."""


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was made: how many parts it has, how many of them were copied now."""

    backup: BackupId
    made_at: datetime
    entry: int
    parts: int
    copied: int
    bytes: int
    left_out: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a vault rests that is backed up: its root key's file, its rows, its parts."""

    root: Path
    snapshot: Callable[[], AbstractContextManager[Snapshot]]
    parts: Parts


def folder_origin(vault: Path) -> Origin:
    """Say where a vault in a folder rests."""
    parts = FileParts(objects_of(vault))
    return Origin(vault / ROOT_FILE, lambda: snapshot(vault / DATABASE), parts)


def create(
    app: App, origin: Origin, folder: BackupFolder, ring: BackupRing, *, progress: Progress
) -> Made:
    """Make a backup; raise Unavailable when the vault changes too fast to be caught."""
    copier = _Copier(origin.parts, folder, ring.key(NAMES), progress)
    for _ in range(_TRIES):
        made_at = app.event("backup.created").at
        with origin.snapshot() as taken:
            copied, left_out = copier.copy(taken)
            if any(_has_changed(app, taken, part) for part in left_out):
                continue  # It was erased or settled while we copied: take the newer state.
            return _placed(app, origin, folder, taken, made_at, copied, left_out, copier)
    raise Unavailable("the vault changes faster than it can be copied", hint="try again")


def _placed(
    app: App,
    origin: Origin,
    folder: BackupFolder,
    taken: Snapshot,
    made_at: datetime,
    copied: list[Copied],
    left_out: list[Part],
    copier: "_Copier",
) -> Made:
    backup = new_backup_id()
    heading = Heading(backup, made_at, taken.entries, taken.size, len(copied), _root(origin.root))
    folder.begin(backup, read_snapshot(taken), _manifest(heading, copied))
    sums = {"parts": len(copied), "copied": copier.count, "bytes": copier.bytes}
    facts = sums | {"left_out": len(left_out)}
    entry = app.note(app.event("backup.created", None, backup=backup, **facts))
    folder.show(backup)
    return Made(backup, made_at, entry, **sums, left_out=tuple(left_out))


def _manifest(heading: Heading, copied: list[Copied]) -> Iterator[bytes]:
    yield encode_heading(heading)
    for one in copied:
        yield f"{one.line}\n".encode()


def _root(file: Path) -> str | None:
    with files_at_work():
        return None if is_bare(file) else file.read_text("ascii")


def _has_changed(app: App, taken: Snapshot, part: Part) -> bool:
    then = next(holding for holding in taken.holdings if holding.id == part.recording)
    try:
        return app.vault.show(part.recording) != then
    except Missing:
        return True


class _Copier:
    """Copy the parts that are not there yet, and count them over all tries."""

    def __init__(
        self, parts: Parts, folder: BackupFolder, names: bytes, progress: Progress
    ) -> None:
        self._parts, self._folder, self._names = parts, folder, names
        self._progress = progress
        self.count = self.bytes = 0

    def copy(self, taken: Snapshot) -> tuple[list[Copied], list[Part]]:
        copied, left_out = [], []
        for part in (part for holding in taken.holdings for part in wanted_parts(holding)):
            try:
                copied.append(self._one(part))
            except Tampered:
                left_out.append(part)
        return copied, left_out

    def _one(self, part: Part) -> Copied:
        source = self._parts.open(part)
        try:
            one = Copied(part, source.size, digits_of(part, source, self._names))
            if not self._folder.has(one):
                self._folder.copy(one, source)
                self.count, self.bytes = self.count + 1, self.bytes + one.size
                self._progress(one.size)
            return one
        finally:
            source.close()


@dataclass(frozen=True, slots=True)
class Verified:
    """What reading a backup to its last byte found."""

    backup: BackupId
    made_at: datetime | None
    parts: int
    troubles: tuple[str, ...]


def verify(folder: BackupFolder, backup: BackupId, *, progress: Progress) -> Verified:
    """Read every seal of a backup; raise Missing when it expired."""
    troubles: list[str] = []
    made_at, count = None, 0
    try:
        for stretch in folder.database(backup):
            progress(len(stretch))
    except Tampered as error:
        troubles.append(str(error))
    try:
        with folder.manifest(backup) as (heading, parts):
            made_at = heading.made_at
            for copied in parts:
                count += 1
                troubles += _read(folder, copied, progress)
    except Tampered as error:
        troubles.append(str(error))
    return Verified(backup, made_at, count, tuple(troubles))


def _read(folder: BackupFolder, copied: Copied, progress: Progress) -> Iterator[str]:
    try:
        for stretch in folder.part(copied):
            progress(len(stretch))
    except Tampered:
        yield f"the copy of {copied.part} is not what was sealed"


def expire(
    app: App, folder: BackupFolder, ring: BackupRing, *, keep: timedelta
) -> tuple[BackupId, ...]:
    """Destroy the keys of backups older than ``keep``, then their files; safe to repeat."""
    gone = folder.retire(old_ones(app, folder, ring, keep=keep).old)
    if gone:
        left = len(folder.whole())
        app.note(app.event("backup.expired", None, backups=len(gone), left=left))
        folder.remove_retired()
    return gone


@dataclass(frozen=True, slots=True)
class Ages:
    """Which backups that can be opened are old, and how many are not."""

    old: list[BackupId]
    left: int


def old_ones(app: App, folder: BackupFolder, ring: BackupRing, *, keep: timedelta) -> Ages:
    """Return which backups ``expire`` would destroy now."""
    now, found = app.event("backup.expired").at, _openable(folder, ring)
    old = [backup for backup in found if now - _made(folder, backup) >= keep]
    return Ages(old, len(found) - len(old))


def newest(folder: BackupFolder, ring: BackupRing) -> BackupId:
    """Return the backup with the longest ledger that can be opened, or raise Missing."""
    found = _openable(folder, ring)
    if not found:
        raise Missing("no backup here can be opened", hint="sottovoce backup create")
    return max(found, key=lambda backup: heading_of(folder, backup).entries)


def heading_of(folder: BackupFolder, backup: BackupId) -> Heading:
    """Return the first line of a backup's manifest."""
    with folder.manifest(backup) as (heading, _):
        return heading


def _openable(folder: BackupFolder, ring: BackupRing) -> list[BackupId]:
    known = set(ring.backups())
    return [backup for backup in folder.whole() if backup in known]


def _made(folder: BackupFolder, backup: BackupId) -> datetime:
    return heading_of(folder, backup).made_at
