"""A watcher that reads a file: JSON lines, appended and synced.

Rule: a line that a crash left torn is cut off before the next is written; the entry comes again.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from sottovoce.backends.file_parts import files_at_work, sync_folder
from sottovoce.ledger.stream import Line

_BACK = 1 << 16


class FileReceiver:
    """``ledger.stream.Receiver`` into a file, found by its name each time: it may be rotated."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def take(self, lines: Sequence[Line]) -> None:
        with files_at_work():
            is_new = not self._path.exists()
            flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
            file = os.open(self._path, flags, 0o600)
            try:
                size = os.lseek(file, _whole(file), os.SEEK_SET)
                os.ftruncate(file, size)
                try:
                    _write(file, b"".join(line.json + b"\n" for line in lines))
                    os.fsync(file)
                except OSError:
                    os.ftruncate(file, size)  # On a full disk nothing torn is left.
                    raise
            finally:
                os.close(file)
            if is_new:
                sync_folder(self._path.parent)


def _whole(file: int) -> int:
    """Return where the last whole line ends."""
    end = os.lseek(file, 0, os.SEEK_END)
    while end:
        begin = max(0, end - _BACK)
        found = os.pread(file, end - begin, begin).rfind(b"\n")
        if found >= 0:
            return begin + found + 1
        end = begin
    return 0


def _write(file: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(file, rest) :]
