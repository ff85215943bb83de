"""Look at the ledger and copy it out: ``ledger head|cosign|export DIR``, and what asks it.

Rules:
1. Looking needs no secret: it reads the database with the key that the vault publishes.
2. An export is an event, written before the first byte leaves.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from sottovoce.cli import asking, cosign, stream
from sottovoce.cli.at_vault import (
    Commands,
    expect_vault,
    json_verb,
    opening,
    published_key,
    published_ledger,
    verb,
    wired_app,
)
from sottovoce.cli.vouched import TREE_STAMP
from sottovoce.ledger.head import Head, open_head
from sottovoce.ledger.log import Log
from sottovoce.ledger.note import VerifierKey
from sottovoce.ledger.quorum import Quorum
from sottovoce.ledger.tiles import CHECKPOINT, KEY_FILE, SECOND_FILE, export_tree
from sottovoce.ledger.witness import witness_vkey
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
    stream.add(verbs)
    verb(verbs, "head", "print the signed head, to keep elsewhere", print_head)
    cosign.add_options(verb(verbs, "cosign", "have witnesses cosign the head", print_cosigned))
    purpose = "list the witnesses of this vault, or set them by a file"
    told = json_verb(verbs, "witnesses", purpose, witnesses)
    told.add_argument(
        "file", metavar="FILE", type=Path, nargs="?", help="set them: quorum and [[witness]]"
    )
    export = verb(verbs, "export", "write the ledger as a tlog-tiles tree", export_ledger)
    export.add_argument(
        "out", metavar="DIR", type=Path, help="where to write; may hold an older one"
    )


def print_head(arguments: argparse.Namespace) -> int:
    """Print the newest signed head as it is."""
    quorum = cosign.quorum_of(arguments.vault)
    with published_ledger(arguments.vault) as log:
        head = log.head()
        note = _as_kept(head, quorum, arguments.vault)
    print(note.decode(), end="")
    if quorum and len(names := quorum.of(note, head)) < quorum.least:
        told = f"unwitnessed: {quorum.in_words(names)}"
        print(f"{told}; `sottovoce ledger cosign` asks them", file=sys.stderr)
    return 0


def witnesses(arguments: argparse.Namespace) -> int:
    """Set the witnesses where a file is given, and print them."""
    expect_vault(arguments.vault)
    if arguments.file:
        with opening(arguments.vault, arguments.open_vault) as vault:
            cosign.set_witnesses(vault, arguments.vault, arguments.file)
    quorum = cosign.quorum_of(arguments.vault)
    for one in quorum.witnesses if quorum else ():
        said = {"witness": one.key.name, "url": one.url, "key": witness_vkey(one.key)}
        print(json.dumps(said) if arguments.json else f"{one.key.name}  {one.url}")
    if not arguments.json:
        print(f"{quorum.least} of them make a head witnessed" if quorum else "no witnesses are set")
    return 0


def _as_kept(head: Head, quorum: Quorum | None, vault: Path) -> bytes:
    """Return the head with the cosignatures that are kept for it."""
    note = cosign.kept_cosigned(vault) if quorum else None
    return note if note and note.startswith(head.note) else head.note


def print_cosigned(arguments: argparse.Namespace) -> int:
    """Print the newest head with the cosignatures of witnesses."""
    with published_ledger(arguments.vault) as log:
        return cosign.print_cosigned(log, arguments)


def export_ledger(arguments: argparse.Namespace) -> int:
    """Write the tree to a folder that is empty or holds an older export of the same ledger."""
    with opening(arguments.vault, arguments.open_vault) as vault:
        log = vault.log
        _prepare(arguments.out, log.head().origin)
        written = (log.tail() or log.head()).size
        vault.note(vault.event("ledger.exported", size=written + 1))
        key = published_key(arguments.vault)
        open_head(log.head().note, key)  # A published key that is not the log's would mislead.
        quorum, head = cosign.quorum_of(arguments.vault), log.head()
        vouched = cosign.Vouched(head.note)
        if quorum:
            vouched = cosign.cosigned(log, head, quorum, arguments.vault)
        write_tree(log, key, arguments.out, vouched)
        print(f"wrote {head.size} entries to {arguments.out}")
    if quorum:
        cosign.expect_witnessed(vouched.note, head, quorum)
    return 0


def write_tree(
    log: Log, key: VerifierKey, folder: Path, vouched: cosign.Vouched | None = None
) -> None:
    """Write each file of the tree, whole or not at all, the checkpoint last.

    ``vouched`` is the log's head with cosignatures and a time stamp, where there are any.
    """
    note = vouched.note if vouched else b""
    try:
        _write(folder / KEY_FILE, f"{key.vkey}\n".encode())
        if key.second:
            _write(folder / SECOND_FILE, f"{key.second.vkey}\n".encode())
        if vouched and vouched.stamp:
            _write(folder / TREE_STAMP, vouched.stamp)
        else:
            (folder / TREE_STAMP).unlink(missing_ok=True)
        for name, data in export_tree(log):
            _write(folder / name, note if name == CHECKPOINT and note.startswith(data) else data)
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
