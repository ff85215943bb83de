"""Look after a vault: ``vault check|repair|ground|migrate``.

Rules:
1. A check changes nothing but the ledger, which says that it was done and what it found.
2. Troubles are printed by ids and names of ours; what was said or whose it was is not looked at.
3. The exit status is 0 only where nothing is wrong when the command ends.
"""

import argparse
import json
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from sottovoce.app import App
from sottovoce.backends.catching_up import CaughtUp, catch_up
from sottovoce.backends.embedded_vault import DATABASE
from sottovoce.backends.file_parts import files_at_work
from sottovoce.backends.ground import look
from sottovoce.backends.postgres_tables import VERSION, migrate
from sottovoce.backends.restoring import OpenLedger, ledger_of_backups
from sottovoce.backends.site import SITE_FILE, site_of
from sottovoce.backends.sqlite_shelf import unsound_pages
from sottovoce.backends.weakness import Weakness
from sottovoce.cli.at_vault import (
    Commands,
    OpenApp,
    expect_vault,
    json_verb,
    ledger_of,
    opening,
    reading_ledger,
    verb,
    wired_app,
)
from sottovoce.cli.backup import backups_at
from sottovoce.cli.progress import Tally
from sottovoce.steps.approving import Desk, expect_told
from sottovoce.values.errors import Tampered, Unfit
from sottovoce.vault.check import MENDABLE, Fault, Trouble

_REMEDY = {
    Fault.LOST: "put it back from a backup, or erase the recording",
    Fault.ROTTEN: "put it back from a backup, or erase the recording",
    Fault.ODD: "put the database back from a backup",
    Fault.ORPHAN: "sottovoce vault repair",
    Fault.LEFT_OVER: "sottovoce vault repair",
    Fault.STRANGE: "look at them; the vault never removes what is not its own",
}


def add(commands: "Commands[argparse.ArgumentParser]", *, open_app: OpenApp = wired_app) -> None:
    """Add ``vault`` and its commands; each sets ``run``, which returns the exit status."""
    group = commands.add_parser("vault", help="read all that the vault holds, and mend it")
    group.set_defaults(open_app=open_app)
    verbs = group.add_subparsers(metavar="COMMAND", required=True)
    json_verb(verbs, "check", "read every seal, key, row and entry and name what is wrong", check)
    json_verb(verbs, "ground", "look at the machine that the vault stands on", ground)
    tables = verb(verbs, "migrate", "bring the tables of a vault in PostgreSQL up", migrate_)
    tables.add_argument(
        "--owner", metavar="ROLE", required=True, help="the role that owns the tables"
    )
    mend = json_verb(
        verbs, "repair", "check, then clear away what is nobody's or was left over", repair
    )
    mend.add_argument(
        "--ledger",
        metavar="PATH",
        type=Path,
        help="first erase again what this newer ledger tells: a vault, or its vault.db",
    )
    mend.add_argument("--backups", metavar="DIR", type=Path, help="the same, of the newest here")
    mend.add_argument("--keys", metavar="DIR", type=Path, help="the keys of these backups")


def check(arguments: argparse.Namespace) -> int:
    """Print what is wrong with a vault."""
    with opening(arguments.vault, arguments.open_app) as app:
        found = _found(app, arguments.vault)
        app.note(app.event("vault.checked", None, **_counts(found)))
    _print(found, json_lines=arguments.json)
    return 1 if found else 0


def repair(arguments: argparse.Namespace) -> int:
    """Clear away what can be, and print what is still wrong."""
    with _newer(arguments) as newer:
        if newer is not None:
            _tell(_caught_up(arguments.vault, newer), json_lines=arguments.json)
    with opening(arguments.vault, arguments.open_app) as app:
        before = _found(app, arguments.vault)
        mended = [trouble for trouble in before if trouble.fault in MENDABLE]
        if mended:
            app.vault.repair(mended, event=app.event("vault.repaired", None, **_counts(mended)))
        found = _found(app, arguments.vault) if mended else before
    if not arguments.json:
        print(f"{len(mended)} cleared away")
    _print(found, json_lines=arguments.json)
    return 1 if found else 0


@contextmanager
def _newer(arguments: argparse.Namespace) -> Iterator[OpenLedger | None]:
    """Find the newer ledger that a command names, None where it names none."""
    if (arguments.backups is None) != (arguments.keys is None):
        raise Unfit("--backups and --keys go together")
    if arguments.ledger is not None and arguments.backups is not None:
        raise Unfit("--ledger and --backups each name a newer ledger", hint="give one of them")
    if arguments.backups is None:
        yield ledger_of(arguments.ledger) if arguments.ledger else None
        return
    with (
        backups_at(arguments) as at,
        files_at_work(),
        tempfile.TemporaryDirectory() as scratch,
    ):
        yield ledger_of_backups(at.folder, at.ring, Path(scratch))


def _caught_up(vault: Path, newer: OpenLedger) -> CaughtUp:
    from sottovoce.wiring import with_log

    expect_vault(vault)
    app, log = with_log(vault)
    try:
        return catch_up(vault, app, log, newer)
    finally:
        app.close()


def _tell(caught: CaughtUp, *, json_lines: bool) -> None:
    again = caught.again
    if json_lines:
        said = {"adopted": caught.adopted, "parted_at": caught.parted_at}
        print(json.dumps(said | asdict(again)))
        return
    print(f"{caught.adopted} entries taken over from the newer ledger")
    print(f"erased again: {again.recordings} recording(s), {again.persons} person(s)")
    print(f"{again.lost} recording(s) came later and are lost")
    if caught.parted_at is not None:
        print(
            f"the two ledgers part at entry {caught.parted_at}: this vault went on by itself, and"
            " a witness will take that for a fork; keep the newer ledger as evidence",
            file=sys.stderr,
        )


def ground(arguments: argparse.Namespace) -> int:
    """Print the weaknesses of the machine; the status is 1 where one is serious."""
    with opening(arguments.vault, arguments.open_app) as app:
        found = ground_of(app, arguments.vault, production=False)
    for weakness in found:
        if arguments.json:
            print(json.dumps(asdict(weakness)))
        else:
            print(f"{'serious' if weakness.serious else 'note'}: {weakness.name}: {weakness.seen}")
            print(f"  {weakness.remedy}")
    if not found and not arguments.json:
        print("nothing is weak that can be seen from here")
    return 1 if any(weakness.serious for weakness in found) else 0


def ground_of(app: App, vault: Path, *, production: bool) -> tuple[Weakness, ...]:
    """Look at the machine and write down in the ledger that it was done, and what it came to."""
    attested = os.environ.get("SOTTOVOCE_VOLUME_ATTESTED") == "1"
    found = (*look(vault, attested=attested), *_bucket(vault))
    found = tuple(sorted(found, key=lambda weakness: not weakness.serious))
    counts = {"weaknesses": len(found), "serious": sum(weakness.serious for weakness in found)}
    attested = attested or _bucket_is_attested()
    facts = counts | {"attested": attested, "production": production}
    app.note(app.event("ground.looked_at", None, **facts))
    return found


def migrate_(arguments: argparse.Namespace) -> int:
    """Bring the tables of a vault in PostgreSQL to this version."""
    site = site_of(arguments.vault)
    if site is None:
        raise Unfit(
            f"the vault's folder has no {SITE_FILE}",
            hint="a vault in a folder is brought to this version when it is opened",
        )
    migrate(site.database, owner=arguments.owner)
    print(f"the tables are those of version {VERSION}")
    return 0


def _bucket(vault: Path) -> tuple[Weakness, ...]:
    site = site_of(vault)
    if site is None:
        return ()
    from sottovoce.backends.s3_ground import look_at_bucket

    return look_at_bucket(site.place, lock_days=site.lock_days, attested=_bucket_is_attested())


def _bucket_is_attested() -> bool:
    return os.environ.get("SOTTOVOCE_BUCKET_ATTESTED") == "1"


def _found(app: App, vault: Path) -> list[Trouble]:
    with Tally(Console(stderr=True)) as tally:
        found = list(app.vault.check(progress=tally.read, counted=tally.counted))
        tally.turn_to("the database's pages")
        found += _database(vault)
        tally.turn_to("the ledger")
        return [*found, *_ledger(app, vault)]


def _database(vault: Path) -> Iterator[Trouble]:
    if site_of(vault):
        return  # A server's pages are not ours to read.
    # What it says of the pages is not repeated: some of it may be of a row.
    if wrong := unsound_pages(vault / DATABASE):
        yield Trouble(Fault.ROTTEN, f"the database: {wrong} pages or indices")


def _ledger(app: App, vault: Path) -> Iterator[Trouble]:
    try:
        with reading_ledger(vault, app.signer.key) as log:
            log.check()
            log.check_index()
            expect_told(Desk(app.vault, log, app.signer.key.name))
    except Tampered as error:
        yield Trouble(Fault.ROTTEN, f"the ledger: {error}")


def _counts(found: Iterable[Trouble]) -> dict[str, int]:
    counts = Counter(trouble.fault for trouble in found)
    return {fault.name.lower(): counts[fault] for fault in Fault}


def _print(found: Sequence[Trouble], *, json_lines: bool) -> None:
    for trouble in found:
        if json_lines:
            said = {"fault": trouble.fault.value, "thing": trouble.thing}
            whose = {"recording": trouble.recording} if trouble.recording else {}
            print(json.dumps(said | whose))
        else:
            print(f"{trouble.fault.value}: {trouble.thing}")
    if not found and not json_lines:
        print("nothing is wrong: every seal, key, row and entry was read")
    for fault in dict.fromkeys(trouble.fault for trouble in found):
        print(f"hint: {fault.value}: {_REMEDY[fault]}", file=sys.stderr)
