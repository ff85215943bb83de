"""Look at the ledger and copy it out: ``ledger head|cosign|export DIR``, and what asks it.

Rules:
1. Looking needs no secret: it reads the database with the key that the vault publishes.
2. An export is an event, written before the first byte leaves.
"""

import argparse
import os
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from sottovoce.cli import asking, cosign
from sottovoce.cli.at_vault import (
    Commands,
    opening,
    published_key,
    published_ledger,
    verb,
    wired_app,
)
from sottovoce.ledger.head import open_head
from sottovoce.ledger.log import Log
from sottovoce.ledger.note import VerifierKey
from sottovoce.ledger.tiles import CHECKPOINT, KEY_FILE, SECOND_FILE, export_tree
from sottovoce.values.errors import Refused, Unfit
from sottovoce.values.event import Event, Fact
from sottovoce.values.ids import RecordingId


class OpenedVault(Protocol):
    """What exporting needs of an open vault."""

    @property
    def log(self) -> Log: ...

    def event(self, kind: str, recording: RecordingId | None = None, **facts: Fact) -> Event: ...

    def note(self, event: Event) -> int: ...

    def close(self) -> None: ...


OpenVault = Callable[[Path], OpenedVault]


def add(
    commands: "Commands[argparse.ArgumentParser]", *, open_vault: OpenVault = wired_app
) -> None:
    """Add ``ledger`` and its commands; each sets ``run``, which returns the exit status."""
    group = commands.add_parser("ledger", help="see what happened, and copy the proof out")
    group.set_defaults(open_vault=open_vault)
    verbs = group.add_subparsers(metavar="COMMAND", required=True)
    asking.add(verbs)
    verb(verbs, "head", "print the signed head, to keep elsewhere", print_head)
    cosign.add_options(verb(verbs, "cosign", "have witnesses cosign the head", print_cosigned))
    export = verb(verbs, "export", "write the ledger as a tlog-tiles tree", export_ledger)
    export.add_argument(
        "out", metavar="DIR", type=Path, help="where to write; may hold an older one"
    )


def print_head(arguments: argparse.Namespace) -> int:
    """Print the newest signed head as it is."""
    with published_ledger(arguments.vault) as log:
        print(log.head().note.decode(), end="")
    return 0


def print_cosigned(arguments: argparse.Namespace) -> int:
    """Print the newest head with the cosignatures of witnesses."""
    with published_ledger(arguments.vault) as log:
        return cosign.print_cosigned(log, arguments)


def export_ledger(arguments: argparse.Namespace) -> int:
    """Write the tree to a folder that is empty or holds an older export of the same ledger."""
    with opening(arguments.vault, arguments.open_vault) as vault:
        log = vault.log
        _prepare(arguments.out, log.head().origin)
        vault.note(vault.event("ledger.exported", size=log.head().size + 1))
        key = published_key(arguments.vault)
        open_head(log.head().note, key)  # A published key that is not the log's would mislead.
        write_tree(log, key, arguments.out)
        print(f"wrote {log.head().size} entries to {arguments.out}")
    return 0


def write_tree(log: Log, key: VerifierKey, folder: Path) -> None:
    """Write each file of the tree, whole or not at all, the checkpoint last."""
    try:
        _write(folder / KEY_FILE, f"{key.vkey}\n".encode())
        if key.second:
            _write(folder / SECOND_FILE, f"{key.second.vkey}\n".encode())
        for name, data in export_tree(log):
            _write(folder / name, data)
    except OSError as error:
        raise Unfit(
            f"the folder cannot be written ({error.strerror})", hint="choose one of your own"
        ) from error


def _prepare(folder: Path, origin: str) -> None:
    if folder.is_dir() and any(folder.iterdir()):
        checkpoint = folder / CHECKPOINT
        found = checkpoint.read_bytes()[:1024] if checkpoint.is_file() else b""
        if not found.startswith(f"{origin}\n".encode()):
            raise Refused(
                "the folder is not empty and holds no export of this ledger",
                hint="choose an empty folder",
            )


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.part")
    with aside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
