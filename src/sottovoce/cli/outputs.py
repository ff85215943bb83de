"""Where commands write what they give out: a folder, and files that appear whole or not at all."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sottovoce.backends.file_parts import sync_folder
from sottovoce.values.errors import Conflict, Unfit


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
def new_file(path: Path) -> Iterator[Path]:
    """Give a path beside that gets its name durably when all went well; it takes no other's place.

    Raises Conflict where there is a file of that name.
    """
    with aside(path, put=_link) as beside:
        yield beside


def _link(beside: Path, path: Path) -> None:
    try:
        os.link(beside, path)
        beside.unlink()
    except OSError as error:  # A stick may know no links.
        if isinstance(error, FileExistsError) or path.exists():
            raise Conflict(
                "the file is there already", hint="move it away, or choose another --out"
            ) from None
        beside.replace(path)
    sync_folder(path.parent)


@contextmanager
def aside(path: Path, *, put: Callable[[Path, Path], object] = Path.replace) -> Iterator[Path]:
    """Give a path beside, only ours to read, and put it in place when all went well."""
    aside = path.with_name(f".{path.name}.part")
    with suppress(FileNotFoundError):
        aside.unlink()
    os.close(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        yield aside
        put(aside, path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
