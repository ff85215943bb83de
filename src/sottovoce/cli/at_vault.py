"""What the commands at a vault share: how it is named, opened, and what is asked beforehand.

Rule: what cannot be brought back is asked about, and where nobody can be asked it is refused.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

from platformdirs import user_data_path
from rich.console import Console
from rich.progress import DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from sottovoce.app import App
from sottovoce.backends.embedded_vault import DATABASE, is_vault
from sottovoce.backends.postgres_log import PostgresLogReader
from sottovoce.backends.restoring import OpenLedger, ledger_at
from sottovoce.backends.site import site_of
from sottovoce.backends.sqlite_log import SQLiteLogReader, open_readonly
from sottovoce.ledger.note import VerifierKey, read_vkeys
from sottovoce.ledger.tiles import KEY_FILE, SECOND_FILE
from sottovoce.values.errors import Missing, Refused
from sottovoce.vault.vault import Vault

Commands = argparse._SubParsersAction  # The type has no public name.
Run = Callable[[argparse.Namespace], int]
OpenApp = Callable[[Path], App]
OpenVault = Callable[[Path], Vault]


class _Closing(Protocol):
    def close(self) -> None: ...


Open = TypeVar("Open", bound=_Closing)


def wired_app(path: Path) -> App:
    """Open the vault of a folder, with its ledger and its signer."""
    # Late, so that asking for help loads neither speech nor sound.
    from sottovoce.wiring import embedded

    return embedded(path)


def wired_vault(path: Path) -> Vault:
    """Open the vault of a folder, with its ledger."""
    from sottovoce.wiring import open_vault

    return open_vault(path)


def usual_vault() -> Path:
    """Return where the vault is unless --vault names another."""
    return user_data_path("sottovoce") / "vault"


def verb(
    verbs: "Commands[argparse.ArgumentParser]", name: str, purpose: str, run: Run
) -> argparse.ArgumentParser:
    """Add a command with the option that names the vault."""
    parser = verbs.add_parser(name, help=purpose, description=purpose.capitalize() + ".")
    default = usual_vault()
    parser.add_argument("--vault", metavar="PATH", type=Path, default=default, help="the vault")
    parser.set_defaults(run=run)
    return parser


def json_verb(
    verbs: "Commands[argparse.ArgumentParser]", name: str, purpose: str, run: Run
) -> argparse.ArgumentParser:
    """Add a command that names the vault and prints JSON if asked to."""
    parser = verb(verbs, name, purpose, run)
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    return parser


def expect_vault(path: Path) -> None:
    """Raise Missing where there is no vault."""
    if not is_vault(path) and site_of(path) is None:
        raise Missing(
            "there is no vault at this path",
            hint="the first `sottovoce process` makes one; --vault names another",
        )


@contextmanager
def reading_ledger(path: Path, key: VerifierKey) -> Iterator[SQLiteLogReader | PostgresLogReader]:
    """Open the ledger of a vault, wherever it rests, reading only."""
    if site := site_of(path):
        from sottovoce.backends.scaled_vault import open_log

        with open_log(site, key) as scaled:
            yield scaled
        return
    with open_readonly(path / DATABASE, key) as log:
        yield log


def ledger_of(path: Path) -> OpenLedger:
    """Say how a ledger is opened that may be newer: of a vault wherever it rests, or in a file."""
    return partial(reading_ledger, path) if site_of(path) else ledger_at(path)


@contextmanager
def published_ledger(vault: Path) -> Iterator[SQLiteLogReader | PostgresLogReader]:
    """Open the ledger of a vault that is there, with the key that it publishes."""
    expect_vault(vault)
    with reading_ledger(vault, published_key(vault)) as log:
        yield log


def published_key(vault: Path) -> VerifierKey:
    """Read the key that a vault publishes for its ledger, or raise Missing."""
    try:
        second = vault / SECOND_FILE
        lines = (vault / KEY_FILE).read_text(encoding="ascii")
        lines += second.read_text(encoding="ascii") if second.exists() else ""
        return read_vkeys(lines.removesuffix("\n"))
    except (OSError, UnicodeDecodeError) as error:
        raise Missing(f"the vault publishes no key in {KEY_FILE}") from error


@contextmanager
def opening(path: Path, open_: Callable[[Path], Open]) -> Iterator[Open]:
    """Open a vault that is there, and close it in the end."""
    expect_vault(path)
    at_hand = open_(path)
    try:
        yield at_hand
    finally:
        at_hand.close()


def count(text: str) -> int:
    """Read a number of things, one or more."""
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError("a whole number, 1 or more, is needed")
    return int(text)


@contextmanager
def byte_bar(doing: str) -> Iterator[Callable[[int], None]]:
    """Show on a terminal how many bytes were worked on; yields what takes each stretch."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), DownloadColumn(), TransferSpeedColumn())
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task(doing, total=None)
        yield lambda size: bar.advance(task, size)


def confirm(question: str, *, nobody: str, refused: str) -> None:
    """Ask a person, or raise Refused where nobody can be asked or the answer is no."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Refused(nobody, hint="say --yes to do it without being asked")
    if input(f"{question} It cannot be brought back. [y/N] ").strip().lower() not in ("y", "yes"):
        raise Refused(refused)
