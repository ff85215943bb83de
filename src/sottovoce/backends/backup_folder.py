"""A folder of backups: sealed files written aside, synced and renamed (docs/spec/backup.md)."""

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sottovoce.backends.backup_ring import BackupRing
from sottovoce.backends.file_parts import FileSink, FileSource, files_at_work, sync_folder
from sottovoce.values.errors import Missing, Refused, Tampered, Unfit
from sottovoce.vault.backup import PARTS, BackupId, Copied, Heading, Piece, backup_id, key_of
from sottovoce.vault.backup import read_manifest as read
from sottovoce.vault.seal import SealReader, SealWriter, Source

_PIECE = 1 << 20
_ASIDE, _GONE = ".part", ".gone"


class BackupFolder:
    """``parts`` and ``backups`` of one folder; the ring's lock keeps others out of it."""

    def __init__(self, folder: Path, ring: BackupRing) -> None:
        self._parts = folder / "parts"
        self._backups = folder / "backups"
        self._ring = ring

    def whole(self) -> tuple[BackupId, ...]:
        """Return the backups that are whole, whether they have a key or not."""
        return tuple(backup_id(name) for name in self._names("")) if self._backups.exists() else ()

    def settle(self) -> None:
        """Finish or undo what a crash left of backups that were being made."""
        known = {str(backup) for backup in self._ring.backups()}
        for name in self._names(_ASIDE):
            aside = self._backups / f"{name}{_ASIDE}"
            with files_at_work():
                shutil.rmtree(aside) if name not in known else aside.rename(self._backups / name)
                sync_folder(self._backups)
        for stray in self._parts.glob(f"*/*{_ASIDE}"):
            stray.unlink(missing_ok=True)

    def has(self, copied: Copied) -> bool:
        return self._path(copied.digits).is_file()

    def copy(self, copied: Copied, source: Source) -> None:
        """Seal a part once more and put it in its place, whole or not at all."""
        path = self._path(copied.digits)
        aside = path.with_name(f"{path.name}{_ASIDE}")
        with files_at_work():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            aside.unlink(missing_ok=True)
        self._seal(aside, _read(source), self._ring.key(PARTS), copied.piece)
        with files_at_work():
            aside.rename(path)
            sync_folder(path.parent)

    def begin(self, backup: BackupId, database: Iterable[bytes], manifest: Iterable[bytes]) -> None:
        """Write a backup aside, under a key of its own that is then put in the ring."""
        aside, key = self._backups / f"{backup}{_ASIDE}", os.urandom(32)
        with files_at_work():
            aside.mkdir(mode=0o700)
        self._seal(aside / "database", database, key, Piece("database", backup))
        self._seal(aside / "manifest", manifest, key, Piece("manifest", backup))
        with files_at_work():
            sync_folder(aside)
            sync_folder(self._backups)
        self._ring.add(key_of(backup), key)

    def show(self, backup: BackupId) -> None:
        """Put a backup in its place, durably."""
        with files_at_work():
            (self._backups / f"{backup}{_ASIDE}").rename(self._backups / backup)
            sync_folder(self._backups)

    @contextmanager
    def manifest(self, backup: BackupId) -> "Iterator[tuple[Heading, Iterator[Copied]]]":
        """Open what belongs to a backup; raise Missing when it expired, Tampered otherwise."""
        with self._opened(backup, "manifest") as reader:
            heading, parts = read(reader)
            if heading.backup != backup:
                raise Tampered(f"the manifest of {backup} is another's")
            yield heading, parts

    def database(self, backup: BackupId) -> Iterator[bytes]:
        """Yield the database of a backup."""
        with self._opened(backup, "database") as reader:
            for start in range(0, reader.size, _PIECE):
                yield bytes(reader.read_at(start, _PIECE))

    def part(self, copied: Copied) -> Iterator[bytes]:
        """Yield the sealed bytes of a part as they rest in the vault, or raise Tampered."""
        with self._reader(self._path(copied.digits), self._ring.key(PARTS), copied.piece) as reader:
            if reader.size != copied.size:
                raise Tampered(f"the {copied.piece} has not the length that the manifest says")
            for start in range(0, reader.size, _PIECE):
                yield bytes(reader.read_at(start, _PIECE))

    def retire(self, backups: Iterable[BackupId]) -> tuple[BackupId, ...]:
        """Destroy the keys of backups; return all that are to be removed, earlier ones too."""
        for backup in backups:
            with files_at_work():
                (self._backups / backup).rename(self._backups / f"{backup}{_GONE}")
                sync_folder(self._backups)
        gone = tuple(backup_id(name) for name in self._names(_GONE))
        self._ring.destroy(*gone)
        return gone

    def remove_retired(self) -> None:
        """Remove what is left of retired backups, and parts that no backup names any more."""
        for name in self._names(_GONE):
            with files_at_work():
                shutil.rmtree(self._backups / f"{name}{_GONE}")
                sync_folder(self._backups)
        known = set(self._ring.backups())
        if set(self.whole()) <= known:
            self._remove_unnamed()

    def _remove_unnamed(self) -> None:
        named: set[str] = set()
        for backup in self.whole():
            with self.manifest(backup) as (_, parts):
                named.update(copied.digits for copied in parts)
        for path in self._parts.glob("??/*"):
            if path.parent.name + path.name not in named:
                path.unlink(missing_ok=True)

    def _names(self, ending: str) -> list[str]:
        with files_at_work():
            names = [path.name for path in self._backups.iterdir() if path.suffix == ending]
        return sorted(name.removesuffix(ending) for name in names)

    def _path(self, digits: str) -> Path:
        return self._parts / digits[:2] / digits[2:]

    def _seal(self, path: Path, data: Iterable[bytes], key: bytes, piece: Piece) -> None:
        with files_at_work():
            writer = SealWriter(FileSink(path), key, piece)
        try:
            for stretch in data:
                writer.write(stretch)
            writer.close()
        except BaseException:
            writer.discard()
            raise

    @contextmanager
    def _opened(self, backup: BackupId, kind: str) -> Iterator[SealReader]:
        if backup not in self.whole():
            raise Missing(f"there is no backup {backup} here", hint="sottovoce backup list")
        key = self._ring.key(key_of(backup))
        with self._reader(self._backups / backup / kind, key, Piece(kind, backup)) as reader:
            yield reader

    @contextmanager
    def _reader(self, path: Path, key: bytes, piece: Piece) -> Iterator[SealReader]:
        with files_at_work():
            try:
                file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            except FileNotFoundError:
                raise Tampered(f"the {piece} is not there") from None
        source = FileSource(file)
        try:
            yield SealReader(source, key, piece)
        finally:
            source.close()


def open_backups(folder: Path, ring: BackupRing, *, make: bool) -> BackupFolder:
    """Open a folder of backups, or make it where ``make`` says so and the folder is empty."""
    if not (folder / "backups").is_dir():
        if not make:
            raise Missing("there are no backups in this folder", hint="sottovoce backup create")
        _make(folder)
    if folder.stat().st_mode & 0o077:
        raise Refused("others can enter the folder of the backups", hint="chmod 700 it")
    backups = BackupFolder(folder, ring)
    backups.settle()
    return backups


def _make(folder: Path) -> None:
    if folder.exists() and {path.name for path in folder.iterdir()} - {"parts"}:
        raise Unfit("the folder holds other things", hint="choose an empty folder for backups")
    with files_at_work():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in ("parts", "backups"):
            (folder / name).mkdir(mode=0o700, exist_ok=True)
        sync_folder(folder)


def _read(source: Source) -> Iterator[bytes]:
    buffer = memoryview(bytearray(_PIECE))
    for start in range(0, source.size, _PIECE):
        yield bytes(buffer[: source.read_into(start, buffer)])
