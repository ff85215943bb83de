"""Read strangers' files: bounded, and never a pipe or a device, which would not end."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from sottovoce.cli.verdict import shown_name
from sottovoce.values.errors import Unfit

_PIECE = 1 << 20


def read(path: Path, limit: int) -> bytes:
    data = piece(path, limit)
    if data is None:
        raise Unfit(f"{shown_name(path.name)} is not there")
    return data


def piece(path: Path, limit: int) -> bytes | None:
    # One byte more than the limit, for the parser to refuse.
    with regular(path) as file:
        return file.read(limit + 1) if file else None


def digest_of(path: Path) -> str | None:
    whole = sha256()
    with regular(path) as file:
        if file is None:
            return None
        while piece := file.read(_PIECE):
            whole.update(piece)
    return whole.hexdigest()


@contextmanager
def regular(path: Path) -> Iterator[BinaryIO | None]:
    """Open a regular file, None where there is none; a pipe or device would never end."""
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise Unfit(f"{shown_name(path.name)} is not a regular file")
            yield file
    except FileNotFoundError:
        yield None
    except OSError as error:
        raise Unfit(f"{shown_name(path.name)} cannot be read ({error.strerror})") from error
