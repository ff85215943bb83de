"""How far a ledger was sent, in a file of its own: written aside, synced, renamed."""

import fcntl
import os
from pathlib import Path

from sottovoce.backends.file_parts import files_at_work, sync_folder
from sottovoce.ledger.stream import Position, read_position, write_position
from sottovoce.values.errors import Unavailable

_LONGEST = 4096


class PositionFile:
    """``ledger.stream.Memory`` in a file; nobody else sends by it until it is closed."""

    def __init__(self, path: Path) -> None:
        """Take the file, which need not be there yet; raise Unavailable while another has it."""
        self._path = path
        with files_at_work():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
            self._lock = os.open(path.with_name(f"{path.name}.lock"), flags, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            raise Unavailable(
                "another process sends by this position", hint="give each receiver its own"
            ) from None

    def load(self) -> Position | None:
        with files_at_work():
            if not self._path.exists():
                return None
            with self._path.open("rb") as file:
                return read_position(file.read(_LONGEST))

    def keep(self, position: Position) -> None:
        aside = self._path.with_name(f"{self._path.name}.part")
        with files_at_work():
            file = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            try:
                os.write(file, write_position(position))
                os.fsync(file)
            finally:
                os.close(file)
            aside.replace(self._path)
            sync_folder(self._path.parent)

    def close(self) -> None:
        """Let another send by it."""
        os.close(self._lock)
