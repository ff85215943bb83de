"""Sealed parts as files: written aside, synced, renamed, and the folder synced.

Layout: ``objects/<recording>/<name>-<channel>.seal``, and ``.seal.part`` while it is written.
"""

import errno
import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from sottovoce.values.errors import Unavailable, Unfit
from sottovoce.values.ids import RecordingId
from sottovoce.vault.part import Part
from sottovoce.vault.seal import Sink, Source, tampered
from sottovoce.vault.shelf import Resting

_WRITE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
_NOT_THERE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)
_SETTLED = ".seal"
_ASIDE = ".seal.part"


@contextmanager
def files_at_work() -> Iterator[None]:
    """Say Unavailable, with the system's reason and no path, when a file cannot be handled."""
    try:
        yield
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else "unknown error"
        raise Unavailable(
            f"the vault's files cannot be used: {reason.lower()}",
            hint="see to the space and the permissions of the vault's disk, then run it again",
        ) from error


def replace_file(path: Path, data: bytes) -> None:
    """Write a small file aside and put it in place, durably; only its owner may read it."""
    aside = path.with_name(f".{path.name}.part")
    with files_at_work():
        aside.unlink(missing_ok=True)
        file = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            os.write(file, data)
            os.fsync(file)
        finally:
            os.close(file)
        aside.replace(path)
        sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Make what was created, renamed or removed in a folder durable."""
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def write_over(file: Path, data: bytes) -> None:
    """Replace a small file, whole or not at all, and overwrite the bytes of the old one."""
    aside = file.with_name(f"{file.name}.part")
    with files_at_work():
        aside.unlink(missing_ok=True)
        new = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with open(new, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(new)
        old = os.open(file, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC) if file.exists() else None
        aside.replace(file)
        sync_folder(file.parent)
        if old is not None:
            blank_open(old)
            os.close(old)


def blank(file: Path) -> None:
    """Overwrite a file with zeros and remove it; one that is not there is none."""
    with files_at_work():
        if file.exists():
            old = os.open(file, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            blank_open(old)
            os.close(old)
            file.unlink()


def blank_open(file: int) -> None:
    """Overwrite an open file with zeros, durably."""
    size, place = os.fstat(file).st_size, 0
    while place < size:
        place += os.pwrite(file, bytes(min(size - place, 1 << 20)), place)
    os.fsync(file)


class FileSink:
    """A file being written; ``close`` makes it durable, ``discard`` removes it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = os.open(path, _WRITE, 0o600)

    def write(self, data: memoryview) -> None:
        if self._file is None:
            raise ValueError("the file is closed already")
        with files_at_work():
            while len(data):
                data = data[os.write(self._file, data) :]

    def close(self) -> None:
        if self._file is None:
            return
        with files_at_work():
            os.fsync(self._file)
            self._let_go()

    def discard(self) -> None:
        if self._file is None:
            return
        with files_at_work():
            self._let_go()
            self._path.unlink(missing_ok=True)

    def _let_go(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            os.close(file)

    def __del__(self) -> None:
        self._let_go()


class FileSource:
    """A settled file, read at any place."""

    def __init__(self, file: int) -> None:
        self._file: int | None = file
        self.size = os.fstat(file).st_size

    def read_into(self, offset: int, view: memoryview) -> int:
        if self._file is None:
            raise ValueError("the part is closed already")
        done = 0
        with files_at_work():
            while done < len(view):
                count = os.preadv(self._file, [view[done:]], offset + done)
                if count == 0:
                    break
                done += count
        return done

    def close(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            os.close(file)

    def __del__(self) -> None:
        self.close()


class FileParts:
    """``vault.shelf.Parts`` on a folder of our own; raises Unavailable when the disk fails."""

    def __init__(self, objects: Path) -> None:
        self._objects = objects

    def create(self, part: Part) -> Sink:
        with files_at_work():
            folder = self._make_folder(part.recording)
            path = folder / f"{part.stem}{_ASIDE}"
            path.unlink(missing_ok=True)
            return FileSink(path)

    def settle(self, parts: Sequence[Part]) -> None:
        with files_at_work():
            for part in parts:
                folder = self._objects / part.recording
                os.replace(folder / f"{part.stem}{_ASIDE}", folder / f"{part.stem}{_SETTLED}")
            for recording in {part.recording for part in parts}:
                sync_folder(self._objects / recording)

    def open(self, part: Part) -> Source:
        path = self._objects / part.recording / f"{part.stem}{_SETTLED}"
        with files_at_work():
            try:
                return FileSource(os.open(path, _READ))
            except OSError as error:
                if error.errno in _NOT_THERE:
                    raise tampered(part) from None
                raise

    def prune(self, recording: RecordingId, spare: Collection[str]) -> None:
        folder = self._objects / recording
        with files_at_work(), suppress(FileNotFoundError):
            for path in list(folder.iterdir()):
                if not (path.name.endswith(_SETTLED) and path.name.split("-")[0] in spare):
                    path.unlink(missing_ok=True)
            sync_folder(folder)
            if not spare:
                folder.rmdir()
                sync_folder(self._objects)

    def remove(self, part: Part) -> None:
        folder = self._objects / part.recording
        with files_at_work(), suppress(FileNotFoundError):
            for ending in (_ASIDE, _SETTLED):
                (folder / f"{part.stem}{ending}").unlink(missing_ok=True)
            sync_folder(folder)
            if not any(folder.iterdir()):
                folder.rmdir()
                sync_folder(self._objects)

    def resting(self) -> Iterator[Resting]:
        # Neither sorted nor listed at once: there may be a million folders.
        with files_at_work(), os.scandir(self._objects) as folders:
            for folder in folders:
                if folder.is_dir(follow_symlinks=False):
                    yield from _resting_in(folder)
                elif os.path.lexists(folder):
                    yield Resting(None, settled=False)

    def _make_folder(self, recording: RecordingId) -> Path:
        folder = self._objects / recording
        if not folder.is_dir():
            folder.mkdir(mode=0o700)
            sync_folder(self._objects)
        return folder


def _resting_in(folder: os.DirEntry[str]) -> list[Resting]:
    try:
        with os.scandir(folder) as files:
            found = sorted(files, key=lambda file: file.name)
    except FileNotFoundError:
        return []  # It was erased meanwhile.
    resting = [(file, _resting(folder.name, file)) for file in found]
    return [one for file, one in resting if one.part or os.path.lexists(file)]


def _resting(recording: str, file: os.DirEntry[str]) -> Resting:
    stem, settled = file.name.removesuffix(_ASIDE), file.name.endswith(_SETTLED)
    name, _, channel = stem.removesuffix(_SETTLED).rpartition("-")
    is_ours = file.name.endswith((_SETTLED, _ASIDE)) and file.is_file(follow_symlinks=False)
    try:
        part = Part(RecordingId(recording), name, int(channel))
    except (ValueError, Unfit):
        return Resting(None, settled)
    is_ours = is_ours and file.name.startswith(f"{part.stem}.")
    return Resting(part if is_ours else None, settled)
