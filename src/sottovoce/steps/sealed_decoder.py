"""The decoder's process for a sealed file: it unwraps the bytes where it decodes them.

Rules:
1. It gets the key of this one file, never the recipient's seed.
2. It is confined as the decoder is: the plain bytes in its memory can go out as sound only.
3. Every byte's seal is verified before the first is decoded: a decoder skips what it does not need.
"""

import io
import os
from collections.abc import Callable
from typing import TypeVar

from sottovoce.intake.decoder import main as decode
from sottovoce.intake.reasons import Breach, Reason
from sottovoce.values.errors import Tampered, Unfit
from sottovoce.vault.seal import SealReader
from sottovoce.vault.sealed_file import open_body

_LONGEST_KEY = 512
_PIECE = 1 << 20
Read = TypeVar("Read")


class _Given:
    """A file that may only be sought and read, as a source of sealed bytes."""

    def __init__(self, file: io.RawIOBase, size: int) -> None:
        self._file = file
        self.size = size

    def read_into(self, offset: int, view: memoryview) -> int:
        self._file.seek(offset)
        done = 0
        while done < len(view) and (got := self._file.readinto(view[done:])):
            done += got
        return done

    def close(self) -> None: ...


class Unsealed(io.RawIOBase):
    """What is in a sealed file, to be read anywhere; a wrong seal is a Breach."""

    def __init__(self, reader: SealReader) -> None:
        super().__init__()
        self._reader = reader
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self._reader.size}[whence]
        self._place = max(0, start + offset)
        return self._place

    def tell(self) -> int:
        return self._place

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]
        view = memoryview(buffer).cast("B")
        piece = _or_breach(lambda: self._reader.read_at(self._place, len(view)))
        view[: len(piece)] = piece
        self._place += len(piece)
        return len(piece)


def unsealed(file: io.RawIOBase, size: int, key: bytes) -> tuple[Unsealed, int]:
    """Open what is in a sealed file, all of it verified, and return it with its size."""
    reader = _or_breach(lambda: _verified(open_body(_Given(file, size), key)))
    return Unsealed(reader), reader.size


def _verified(reader: SealReader) -> SealReader:
    for offset in range(0, reader.size, _PIECE):
        reader.read_at(offset, _PIECE)
    return reader


def main(arguments: list[str]) -> None:
    """Decode as ``intake.decoder`` does; the first argument names where the key is read."""
    with os.fdopen(int(arguments[0]), "rb") as pipe:
        key = pipe.read(_LONGEST_KEY)
    decode(arguments[1:], unwrap=lambda file, size: unsealed(file, size, key))


def _or_breach(read: Callable[[], Read]) -> Read:
    try:
        return read()
    except (Tampered, Unfit):
        raise Breach(Reason.TAMPERED) from None
