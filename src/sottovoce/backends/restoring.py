"""Build a vault anew from a backup, or try whether that would do (docs/spec/backup.md).

Rules:
1. The vault is built aside and renamed when it is whole; what a crash left is begun anew.
2. What was erased since is erased again before a part is placed, so it never touches the disk.
3. A drill leaves nothing but its evidence.
"""

import json
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from sottovoce.app import App
from sottovoce.backends.backing_up import Progress, heading_of, newest
from sottovoce.backends.backup_folder import BackupFolder
from sottovoce.backends.backup_ring import BackupRing
from sottovoce.backends.embedded_vault import DATABASE, ROOT_FILE, objects_of
from sottovoce.backends.file_parts import FileParts, blank, files_at_work, sync_folder, write_over
from sottovoce.backends.log_rows import Newer
from sottovoce.backends.sqlite_log import SQLiteLog, open_readonly
from sottovoce.ledger.head import open_head
from sottovoce.ledger.note import VerifierKey
from sottovoce.steps.reapplying import Reapplied, reapply, told
from sottovoce.values.errors import Conflict, Missing, Tampered
from sottovoce.values.event import Event, Fact
from sottovoce.vault.backup import BackupId, Copied, Heading, wanted_parts
from sottovoce.vault.part import Part
from sottovoce.vault.shelf import Parts

_NEWER = "newer.db"
OpenAside = Callable[[Path, list[Event]], tuple[App, SQLiteLog]]
"""Open a vault that is being built, with its ledger; the root key lies there already.

The list gets what is to be noted once the ledger has taken over all that is known."""


OpenLedger = Callable[[VerifierKey], AbstractContextManager[Newer]]
"""Open a ledger that may be newer, knowing the key that it must be signed with."""


def ledger_at(path: Path) -> OpenLedger:
    """Say how the ledger of a vault in a folder is opened, or that of a database in a file."""

    @contextmanager
    def opened(key: VerifierKey) -> Iterator[Newer]:
        database = path / DATABASE if path.is_dir() else path
        if not database.is_file():
            raise Missing(
                "there is no ledger at the path that was given",
                hint="--ledger names the folder of a vault, or its vault.db",
            )
        with open_readonly(database, key) as newer:
            yield newer

    return opened


def ledger_of_backups(folder: BackupFolder, ring: BackupRing, scratch: Path) -> OpenLedger:
    """Say how the newest ledger that backups have is opened; ``scratch`` holds it meanwhile."""

    @contextmanager
    def opened(key: VerifierKey) -> Iterator[Newer]:
        path = scratch / _NEWER
        try:
            _write(path, folder.database(newest(folder, ring)))
            with open_readonly(path, key) as newer:
                yield newer
        finally:
            blank(path)  # There are wrapped keys in it.

    return opened


@dataclass(frozen=True, slots=True)
class Source:
    """Where to restore from, and what is known besides: a root key file, a newer ledger."""

    folder: BackupFolder
    ring: BackupRing
    backup: BackupId
    root: Path | None = None
    ledger: OpenLedger | None = None
    head: bytes | None = None


@dataclass(frozen=True, slots=True)
class Restored:
    """What became of a backup."""

    backup: BackupId
    made_at: datetime
    entry: int
    parts: int
    adopted: int
    again: Reapplied
    left_out: tuple[Part, ...]

    @property
    def facts(self) -> dict[str, int]:
        again = self.again
        return {
            "parts": self.parts,
            "left_out": len(self.left_out),
            "adopted": self.adopted,
            "recordings_erased": again.recordings,
            "persons_erased": again.persons,
            "pseudonyms_destroyed": again.pseudonyms,
            "recipients_destroyed": again.recipients,
            "tokens_destroyed": again.tokens,
            "unfinished": again.unfinished,
            "lost": again.lost,
            "keys_to_rotate": again.keys_to_rotate,
        }


def restore(source: Source, vault: Path, *, open_aside: OpenAside, progress: Progress) -> Restored:
    """Build the vault of a backup at a path where there is none, with every known erasure."""
    if vault.is_symlink() or (vault.exists() and (not vault.is_dir() or any(vault.iterdir()))):
        raise Conflict(
            "there is something at the vault's path",
            hint="restore beside it, or move it away; --ledger takes its newer ledger",
        )
    aside = vault.with_name(f"{vault.name}.restoring")
    restored = build(source, aside, open_aside=open_aside, progress=progress)
    with files_at_work():
        aside.rename(vault)
        sync_folder(vault.parent)
    return restored


def build(
    source: Source,
    aside: Path,
    *,
    open_aside: OpenAside,
    progress: Progress,
    parts: Parts | None = None,
) -> Restored:
    """Build the vault of a backup in a folder that no one uses, begun anew if it is there.

    Its parts are placed in the folder too, unless others are given.
    """
    remove_vault(aside)
    heading = heading_of(source.folder, source.backup)
    _place_database(source, heading, aside)
    later: list[Event] = []
    app, log = open_aside(aside, later)
    try:
        if log.head().size != heading.entries:
            raise Tampered("the backup's ledger has not as many entries as its manifest says")
        adopted = _adopt(source, heading, aside, app, log)
        for event in later:
            app.note(event)
        again = reapply(app.vault, told(log.entries(heading.entries, log.head().size)))
        place = parts or FileParts(objects_of(aside))
        count, left_out = _place_parts(source, app, place, progress)
        made = (source.backup, heading.made_at, log.head().size, count, adopted, again, left_out)
        restored = Restored(*made)
        facts = restored.facts | {"entries": heading.entries}
        app.note(app.event("backup.restored", None, backup=source.backup, **facts))
        return restored
    finally:
        app.close()


def remove_vault(path: Path) -> None:
    """Remove a vault that was only tried, or half built; overwrite its keys first."""
    if path.is_dir() and not path.is_symlink():
        for name in (ROOT_FILE, DATABASE, f"{DATABASE}-wal", _NEWER):
            blank(path / name)
        with files_at_work():
            shutil.rmtree(path)
            sync_folder(path.parent)


def _place_database(source: Source, heading: Heading, aside: Path) -> None:
    with files_at_work():
        aside.mkdir(mode=0o700, parents=True)
        objects_of(aside).mkdir(mode=0o700)
    write_over(aside / ROOT_FILE, _root(source, heading))
    _write(aside / DATABASE, source.folder.database(source.backup))


def _root(source: Source, heading: Heading) -> bytes:
    if source.root is not None:
        with files_at_work():
            return source.root.read_bytes()
    if heading.root is None:
        raise Missing(
            "the backup has no root key of the vault: it was bare",
            hint="--root-key names your own copy of root.key from that time",
        )
    return heading.root.encode("ascii")


def _write(path: Path, data: Iterable[bytes]) -> None:
    with files_at_work():
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with open(file, "wb") as stream:
            for stretch in data:
                stream.write(stretch)
            stream.flush()
            os.fsync(file)


def _adopt(source: Source, heading: Heading, aside: Path, app: App, log: SQLiteLog) -> int:
    """Take over the longest ledger that is known, and expect the head that is known to be in it."""
    adopted = 0
    latest = newest(source.folder, source.ring)
    if heading_of(source.folder, latest).entries > heading.entries:
        adopted += _adopt_from(ledger_of_backups(source.folder, source.ring, aside), app, log)
    if source.ledger is not None:
        adopted += _adopt_from(source.ledger, app, log)
    if source.head is not None:
        log.check(older=[open_head(source.head, first_key(app))])
    return adopted


def _adopt_from(open_ledger: OpenLedger, app: App, log: SQLiteLog) -> int:
    with open_ledger(first_key(app)) as newer:
        if newer.head().size <= log.head().size:
            log.check(older=[newer.head()])  # An older one has to agree, and brings nothing.
            return 0
        return log.adopt(newer)


def first_key(app: App) -> VerifierKey:
    """Return the key that a ledger from before there was a second one is signed with too."""
    return replace(app.signer.key, second=None)


def _place_parts(
    source: Source, app: App, parts: Parts, progress: Progress
) -> tuple[int, tuple[Part, ...]]:
    wanted = {part for holding in app.vault.list() for part in wanted_parts(holding)}
    count = 0
    with source.folder.manifest(source.backup) as (_, copied):
        for one in copied:
            if one.part in wanted:
                _place(one, source.folder, parts)
                wanted.remove(one.part)
                count += 1
                progress(one.size)
    return count, tuple(sorted(wanted, key=str))


def _place(one: Copied, folder: BackupFolder, parts: Parts) -> None:
    sink = parts.create(one.part)
    try:
        for stretch in folder.part(one):
            sink.write(memoryview(stretch))
        sink.close()
    except BaseException:
        sink.discard()
        raise
    parts.settle([one.part])


@dataclass(frozen=True, slots=True)
class Drilled:
    """What a drill found, and where its evidence lies."""

    restored: Restored
    troubles: tuple[str, ...]
    recovery_point_s: int
    recovery_time_ms: int
    entry: int
    evidence: Path


def drill(
    app: App,
    source: Source,
    scratch: Path,
    *,
    open_aside: OpenAside,
    evidence: Path,
    progress: Progress,
) -> Drilled:
    """Restore a backup on trial, read all of it, throw it away and leave the evidence."""
    begun_at, begun = app.event("backup.drilled").at, time.monotonic()
    try:
        restored = build(source, scratch, open_aside=open_aside, progress=progress)
        took = int((time.monotonic() - begun) * 1000)
        tried, log = open_aside(scratch, [])
        try:
            troubles = tuple(t.thing for t in tried.vault.check(progress=progress))
            log.check()
        finally:
            tried.close()
    finally:
        remove_vault(scratch)
    point = max(0, int((begun_at - restored.made_at).total_seconds()))
    facts = restored.facts | {"troubles": len(troubles), "recovery_point_s": point}
    said: dict[str, Fact] = {"backup": source.backup, "passed": not troubles, **facts}
    said["recovery_time_ms"] = took
    data = json.dumps({"v": 1, "at": begun_at.isoformat(), "log": app.signer.key.name} | said)
    line = f"{data}\n".encode()
    write_over(evidence, line)
    event = app.event("backup.drilled", None, **said, evidence=sha256(line).hexdigest())
    return Drilled(restored, troubles, point, took, app.note(event), evidence)
