"""Backups of a vault: ``backup create|list|verify|restore|drill|expire``.

Rules:
1. What is printed is ids, counts and times.
2. The exit status is 0 only where nothing is wrong: nothing left out, nothing rotten.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sottovoce.app import App
from sottovoce.backends.backing_up import (
    Origin,
    Progress,
    create,
    expire,
    folder_origin,
    heading_of,
    newest,
    old_ones,
    verify,
)
from sottovoce.backends.backup_folder import BackupFolder, open_backups
from sottovoce.backends.backup_ring import BackupRing, open_ring
from sottovoce.backends.embedded_vault import ROOT_FILE
from sottovoce.backends.file_parts import files_at_work
from sottovoce.backends.restoring import (
    Restored,
    Source,
    drill,
    restore,
)
from sottovoce.backends.site import site_of
from sottovoce.backends.sqlite_log import SQLiteLog
from sottovoce.cli.approvers import expect_order, with_approver_key
from sottovoce.cli.at_vault import (
    Commands,
    Run,
    byte_bar,
    json_verb,
    ledger_of,
    opening,
    wired_app,
)
from sottovoce.steps.approving import Order
from sottovoce.values.errors import Unfit
from sottovoce.values.event import Event
from sottovoce.vault.backup import backup_id

_LONGEST_HEAD = 1 << 20


def add(commands: "Commands[argparse.ArgumentParser]") -> None:
    """Add ``backup`` and its commands; each sets ``run``, which returns the exit status."""
    group = commands.add_parser("backup", help="copy the vault, bring it back, let copies expire")
    verbs = group.add_subparsers(metavar="COMMAND", required=True)
    made = _verb(verbs, "create", "copy what is new since the last backup", create_)
    made.add_argument("--keep-days", metavar="DAYS", type=_one_or_more, help="let older expire")
    _verb(verbs, "list", "list the backups", list_)
    _with_id(_verb(verbs, "verify", "read every seal of a backup, or of all", verify_))
    back = _with_id(_verb(verbs, "restore", "build the vault anew, every erasure again", restore_))
    back.add_argument("--root-key", metavar="FILE", type=Path, help="your copy of a bare root.key")
    back.add_argument("--ledger", metavar="PATH", type=Path, help="a vault with a newer ledger")
    back.add_argument("--head", metavar="FILE", type=Path, help="the newest head that you know")
    tried = _with_id(_verb(verbs, "drill", "restore on trial, measure, leave evidence", drill_))
    tried.add_argument("--scratch", metavar="DIR", type=Path, help="where to restore on trial")
    tried.add_argument("--evidence", metavar="FILE", type=Path, help="where the evidence goes")
    old = _verb(verbs, "expire", "destroy the keys of old backups", expire_)
    with_approver_key(old).add_argument(
        "--keep-days", metavar="DAYS", type=_days, required=True, help="how old"
    )


def _verb(
    verbs: "Commands[argparse.ArgumentParser]", name: str, purpose: str, run: Run
) -> argparse.ArgumentParser:
    parser = json_verb(verbs, name, purpose, run)
    parser.add_argument("backups", metavar="BACKUPS", type=Path, help="the folder of the backups")
    parser.add_argument("--keys", metavar="DIR", type=Path, required=True, help="their keys")
    return parser


def _with_id(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("id", metavar="ID", nargs="?", type=backup_id, help="which (the newest)")
    return parser


def _one_or_more(text: str) -> timedelta:
    if not (days := _days(text)):
        raise Unfit("days are a whole number from 1 to 99999, so that the backup itself stays")
    return days


def _days(text: str) -> timedelta:
    if not text.isdecimal() or len(text) > 5:
        raise Unfit("days are a whole number from 0 to 99999")
    return timedelta(days=int(text))


@dataclass(frozen=True, slots=True)
class Backups:
    """The folder that a command works on, with its keys."""

    folder: BackupFolder
    ring: BackupRing


def create_(arguments: argparse.Namespace) -> int:
    """Make a backup, and let old ones expire where that is asked for."""
    with (
        _opening(arguments.vault) as app,
        backups_at(arguments, make=True) as at,
        byte_bar("copying") as progress,
    ):
        made = create(app, _origin(arguments.vault), at.folder, at.ring, progress=progress)
        keep = arguments.keep_days
        gone = expire(app, at.folder, at.ring, keep=keep) if keep is not None else ()
    counts = {"parts": made.parts, "copied": made.copied, "bytes": made.bytes}
    said = {"backup": made.backup, **counts, "left_out": len(made.left_out)}
    if arguments.json:
        print(json.dumps(said | {"expired": len(gone), "entry": made.entry}))
    else:
        print(f"{made.backup}: {made.parts} parts, {made.copied} of them copied now")
        _tell_expired(len(gone))
    for part in made.left_out:
        print(f"left out: {part} is lost or rotten in the vault", file=sys.stderr)
    return 1 if made.left_out else 0


def list_(arguments: argparse.Namespace) -> int:
    """Print the backups, and which of them can be opened."""
    with backups_at(arguments) as at:
        known = set(at.ring.backups())
        found = [(b, heading_of(at.folder, b) if b in known else None) for b in at.folder.whole()]
    for backup, heading in sorted(found, key=lambda one: one[1].entries if one[1] else -1):
        when = heading.made_at.isoformat(timespec="seconds") if heading else None
        parts = heading.parts if heading else None
        if arguments.json:
            print(json.dumps({"backup": backup, "made_at": when, "parts": parts}))
        else:
            print(f"{backup}  {when}  {parts:6d} parts" if heading else f"{backup}  has no key")
    return 0


def verify_(arguments: argparse.Namespace) -> int:
    """Read backups to their last byte and print what is wrong."""
    is_wrong = False
    with backups_at(arguments) as at, byte_bar("reading") as progress:
        for backup in [arguments.id] if arguments.id else at.folder.whole():
            found = verify(at.folder, backup, progress=progress)
            is_wrong |= bool(found.troubles)
            if arguments.json:
                said = {"backup": backup, "parts": found.parts, "troubles": found.troubles}
                print(json.dumps(said))
                continue
            print(f"{backup}: {found.parts} parts, {len(found.troubles)} troubles")
            for trouble in found.troubles:
                print(f"  {trouble}")
    return 1 if is_wrong else 0


def restore_(arguments: argparse.Namespace) -> int:
    """Build the vault anew and say what was erased again and what is lost."""
    with backups_at(arguments) as at, byte_bar("restoring") as progress:
        source = Source(
            at.folder,
            at.ring,
            arguments.id or newest(at.folder, at.ring),
            root=arguments.root_key,
            ledger=ledger_of(arguments.ledger) if arguments.ledger else None,
            head=_head(arguments.head),
        )
        done = _restored(source, arguments.vault, progress)
    if arguments.json:
        print(json.dumps({"backup": done.backup, **done.facts, "entry": done.entry}))
    else:
        _tell(done)
    return 1 if done.left_out else 0


def drill_(arguments: argparse.Namespace) -> int:
    """Restore on trial and say whether it would do."""
    with (
        _opening(arguments.vault) as app,
        backups_at(arguments) as at,
        _scratch(arguments) as scratch,
        byte_bar("restoring on trial") as progress,
    ):
        backup = arguments.id or newest(at.folder, at.ring)
        root = arguments.vault / ROOT_FILE
        source = Source(at.folder, at.ring, backup, root=root, ledger=ledger_of(arguments.vault))
        evidence = arguments.evidence or arguments.backups / f"drill-{backup}.json"
        done = drill(
            app,
            source,
            scratch,
            open_aside=_open_aside,
            evidence=evidence,
            progress=progress,
        )
    said = {"backup": backup, "passed": not done.troubles, **done.restored.facts}
    measured = {
        "recovery_point_s": done.recovery_point_s,
        "recovery_time_ms": done.recovery_time_ms,
    }
    if arguments.json:
        print(json.dumps({**said, "troubles": done.troubles, **measured, "entry": done.entry}))
    else:
        _tell(done.restored)
        print(
            f"recovery point {done.recovery_point_s} s, time {done.recovery_time_ms / 1000:.1f} s"
        )
        print(f"{len(done.troubles)} troubles; the evidence is entry {done.entry}")
    for trouble in done.troubles:
        print(f"trouble: {trouble}", file=sys.stderr)
    return 1 if done.troubles else 0


def expire_(arguments: argparse.Namespace) -> int:
    """Let old backups expire."""
    with _opening(arguments.vault) as app, backups_at(arguments) as at:
        ages = old_ones(app, at.folder, at.ring, keep=arguments.keep_days)
        if ages.old and not ages.left:
            expect_order(app.vault, arguments, Order("backups", {"ids": sorted(ages.old)}))
        gone = expire(app, at.folder, at.ring, keep=arguments.keep_days)
    if arguments.json:
        print(json.dumps({"expired": len(gone), "backups": gone}))
    else:
        _tell_expired(len(gone))
    return 0


def _tell_expired(count: int) -> None:
    print(f"{count} backup(s) expired: their keys are destroyed")


def _tell(done: Restored) -> None:
    again = done.again
    print(f"{done.backup} of {done.made_at.isoformat(timespec='seconds')}: {done.parts} parts")
    print(f"erased again: {again.recordings} recording(s), {again.persons} person(s)")
    print(
        f"{again.lost} recording(s) came after it and are lost, {again.unfinished} were on the way"
    )
    if again.pseudonyms:
        print("the key of pseudonyms is destroyed again")
    if again.keys_to_rotate:
        print(
            f"hint: rotate keys: {again.keys_to_rotate} rotation(s) came after it", file=sys.stderr
        )
    for part in done.left_out:
        print(f"left out: {part} is not in the backup", file=sys.stderr)


@contextmanager
def backups_at(arguments: argparse.Namespace, *, make: bool = False) -> Iterator[Backups]:
    """Open the folder of backups and the keys that a command names, apart from the vault."""
    from sottovoce.wiring import backup_passphrase

    folder, keys, vault = (
        p.absolute() for p in (arguments.backups, arguments.keys, arguments.vault)
    )
    if keys == folder or folder in keys.parents:
        raise Unfit("the keys lie in the folder of the backups", hint="keep them apart")
    if vault in (folder, keys) or vault in folder.parents or vault in keys.parents:
        raise Unfit("backups and their keys do not belong in the vault", hint="keep them apart")
    ring = open_ring(keys, passphrase=backup_passphrase(), make=make)
    try:
        yield Backups(open_backups(folder, ring, make=make), ring)
    finally:
        ring.close()


@contextmanager
def _opening(vault: Path) -> Iterator[App]:
    with opening(vault, wired_app) as app:
        yield app


def _origin(vault: Path) -> Origin:
    site = site_of(vault)
    if site is None:
        return folder_origin(vault)
    # Late, so that nothing is loaded that could ask a network unless a site does.
    from sottovoce.backends.scaled_backup import site_origin

    return site_origin(vault, site)


def _restored(source: Source, vault: Path, progress: Progress) -> Restored:
    site = site_of(vault)
    if site is None:
        return restore(source, vault, open_aside=_open_aside, progress=progress)
    from sottovoce.backends.scaled_backup import restore_to_site

    return restore_to_site(source, vault, site, open_aside=_open_aside, progress=progress)


@contextmanager
def _scratch(arguments: argparse.Namespace) -> Iterator[Path]:
    with files_at_work(), tempfile.TemporaryDirectory(dir=arguments.scratch) as folder:
        yield Path(folder) / "vault"


def _open_aside(path: Path, later: list[Event]) -> tuple[App, SQLiteLog]:
    from sottovoce.wiring import embedded_with_log

    return embedded_with_log(path, later)


def _head(path: Path | None) -> bytes | None:
    if path is None:
        return None
    try:
        with path.open("rb") as file:
            return file.read(_LONGEST_HEAD)
    except OSError as error:
        raise Unfit(
            "the file of the head cannot be read",
            hint="--head names a file with what `sottovoce ledger head` printed",
        ) from error
