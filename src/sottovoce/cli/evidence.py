"""Give evidence out: ``evidence bundle`` (docs/spec/bundle.md).

Rules:
1. That evidence was taken out is an entry, written before its first byte.
2. What is written is verified with our own key before it gets its name.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from sottovoce.app import App
from sottovoce.cli import cosign
from sottovoce.cli.at_vault import Commands, OpenApp, json_verb, opening, wired_app
from sottovoce.cli.main import shown
from sottovoce.cli.outputs import at_folder, new_file
from sottovoce.ledger.bundle import Growth, check_bundle, write_bundle
from sottovoce.ledger.head import Head, open_head
from sottovoce.ledger.note import MAX_NOTE
from sottovoce.ledger.receipt import MAX_RECEIPT
from sottovoce.steps.evidence import Wanted, gather, pieces, wanted
from sottovoce.values.errors import Unfit
from sottovoce.values.ids import person_id, recording_id


def add(commands: "Commands[argparse.ArgumentParser]", *, open_app: OpenApp = wired_app) -> None:
    """Add ``evidence`` and its command; it sets ``run``, which returns the exit status."""
    group = commands.add_parser("evidence", help="give out what the ledger proves")
    group.set_defaults(open_app=open_app)
    verbs = group.add_subparsers(metavar="COMMAND", required=True)
    purpose = "write what the ledger has about something, with its proofs, into one file"
    made = json_verb(verbs, "bundle", purpose, bundle)
    for name, kind, whose in (
        ("--recording", recording_id, "entries about this recording"),
        ("--person", person_id, "about this person and the recordings linked with them"),
    ):
        made.add_argument(
            name, metavar="ID", action="append", default=[], type=kind, help=f"{whose}; repeatable"
        )
    made.add_argument("--since", metavar="TIME", type=moment, help="from this time on, UTC")
    made.add_argument("--until", metavar="TIME", type=moment, help="before this time, UTC")
    made.add_argument(
        "--receipt", metavar="FILE", action="append", default=[], type=Path, help="put it in too"
    )
    made.add_argument(
        "--from-head", metavar="FILE", type=Path, help="a head: prove growth from it as well"
    )
    made.add_argument("--out", metavar="FILE", type=Path, required=True, help="where to write")


def bundle(arguments: argparse.Namespace) -> int:
    """Write an evidence bundle."""
    receipts = [_read(path, MAX_RECEIPT) for path in arguments.receipt]
    with opening(arguments.vault, arguments.open_app) as app:
        want = wanted(
            app.vault, arguments.recording, arguments.person, arguments.since, arguments.until
        )
        indexes = gather(app.log, want)
        counts = {"entries": len(indexes), "recordings": len(want.about.recordings)}
        with at_folder(), new_file(arguments.out) as beside:
            entry = app.note(app.event("evidence.bundled", None, **counts))
            with beside.open("wb") as file:
                file.writelines(_lines(app, arguments, want, indexes, receipts))
            with beside.open("rb") as made:
                check_bundle(made, trusted=app.signer.key)
    if arguments.json:
        print(json.dumps({"output": str(arguments.out), **counts, "entry": entry}))
    else:
        print(f"wrote {shown(arguments.out)}: {len(indexes)} entries of the ledger")
    return 0


def moment(text: str) -> datetime:
    """Read a day or a time, in UTC unless it says another zone."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("a day or time, such as 2026-11-22T18:00:00Z") from None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def _lines(
    app: App,
    arguments: argparse.Namespace,
    want: Wanted,
    indexes: Sequence[int],
    receipts: Sequence[bytes],
) -> Iterator[bytes]:
    head, stamp = _head(app, arguments.vault)
    return write_bundle(
        want.about,
        head,
        pieces(app.log, indexes, head.size, receipts),
        made_at=app.event("evidence.bundled").at,
        signer=app.signer,
        growth=_growth(app, head.size, arguments.from_head) if arguments.from_head else None,
        stamp=stamp,
    )


def _head(app: App, vault: Path) -> tuple[Head, bytes | None]:
    """Return the newest head, with the cosignatures and the time stamp that can be had."""
    quorum, head = cosign.quorum_of(vault), app.log.head()
    if quorum is None:
        return head, None
    vouched = cosign.cosigned(app.log, head, quorum, vault)
    return replace(head, note=vouched.note), vouched.stamp


def _growth(app: App, size: int, path: Path) -> Growth:
    old = open_head(_read(path, MAX_NOTE), app.signer.key)
    return Growth(old.size, app.log.prove_growth(old.size, size))


def _read(path: Path, limit: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(limit + 1)
    except OSError:
        raise Unfit(f"{shown(path.name)} cannot be read") from None
