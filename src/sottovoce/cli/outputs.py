"""Where commands write what they give out: a folder, and files that appear whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sottovoce.values.errors import Unfit


def output_folder(path: Path) -> Path:
    """Return a folder to write to, made if need be; raise Unfit where that cannot be."""
    with at_folder():
        path.mkdir(parents=True, exist_ok=True)
    return path


@contextmanager
def at_folder() -> Iterator[None]:
    """Turn a failure to write into Unfit."""
    try:
        yield
    except OSError as error:
        raise Unfit(
            "the output folder cannot be written",
            hint="choose a folder of your own with --out, with space for the sound",
        ) from error


@contextmanager
def aside(path: Path) -> Iterator[Path]:
    """Give a path beside, only ours to read, and rename it when all went well."""
    aside = path.with_name(f".{path.name}.part")
    with suppress(FileNotFoundError):
        aside.unlink()
    os.close(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        yield aside
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
