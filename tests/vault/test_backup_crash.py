"""Killed at any step of making, expiring or restoring a backup: it goes on, or was never there."""

import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import pytest

from sottovoce.values.errors import Unavailable
from sottovoce.values.ids import PersonId

ANN, BEN = PersonId("ann-1"), PersonId("ben-2")
TRACES = frozenset(
    ("open", "write", "pwrite", "flush", "fsync", "replace", "rename", "unlink", "rmdir", "mkdir")
)
QUERIES = frozenset(("execute", "backup"))


def steps_of(job: Callable[[], None], deadly: int = 0) -> int:
    """Run a job in a child, killed before one of its steps; return how many it made."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        _in_child(job, deadly, writing)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, -signal.SIGKILL)
    return int(said or 0)


def _in_child(job: Callable[[], None], deadly: int, writing: int) -> None:
    count = 0

    def step(frame: FrameType, event: str, called: object) -> None:
        nonlocal count
        name = getattr(called, "__name__", "")
        at_disk = frame.f_globals.get("__name__", "").startswith(("pathlib", "shutil", "sottovoce"))
        if event == "c_call" and at_disk and name in TRACES | QUERIES:
            count += 1
            if count == deadly:
                os.kill(os.getpid(), signal.SIGKILL)

    status = 70
    try:
        sys.setprofile(step)
        job()
        sys.setprofile(None)
        os.write(writing, str(count).encode())
        status = 0
    finally:
        os._exit(status)


def at(site, folder: Path):
    """Return the same site in a copy of its folder."""
    shutil.copytree(site.vault.parent, folder)
    moved = type(site)(folder, site._out)
    moved.back = folder / "back"
    return moved


@pytest.fixture
def begun(site):
    """A vault with one backup, of which one person was erased since."""
    site.record(ANN)
    site.record(BEN)
    site.run("create")
    site.erase("people", "erase", ANN)
    return site


def points(total: int, count: int) -> list[int]:
    return [1 + total * i // count for i in range(count)]


def test_killed_while_making_and_expiring_it_finishes_the_next_time(begun, tmp_path) -> None:
    def work(site) -> None:
        site.run("create")
        site.run("expire", "--keep-days", "0")
        site.run("create")

    total = steps_of(lambda: work(at(begun, tmp_path / "count")))
    assert total > 100
    for step in points(total, 24):
        site = at(begun, tmp_path / f"step-{step}")
        steps_of(lambda site=site: work(site), step)
        work(site)

        assert site.run("verify")["troubles"] == []
        assert len(list((site.backups / "backups").iterdir())) == 1
        assert not [p for p in site.backups.rglob("*") if p.suffix]
        assert len([p for p in (site.backups / "parts").rglob("*") if p.is_file()]) == 2
        assert not (site.vault / "backup.aside").exists()
        assert site.is_sound(site.vault)


def test_killed_while_restoring_there_is_no_vault_or_a_whole_one(begun, tmp_path) -> None:
    total = steps_of(lambda: at(begun, tmp_path / "count").restore("--ledger", str(begun.vault)))
    assert total > 60
    for step in points(total, 16):
        site = at(begun, tmp_path / f"step-{step}")
        steps_of(lambda site=site: site.restore("--ledger", str(begun.vault)), step)
        if not site.back.exists():
            done = site.restore("--ledger", str(begun.vault))
            assert (done["persons_erased"], done["parts"]) == (1, 2)

        assert site.is_sound(site.back)
        assert not site.back.with_name("back.restoring").exists()


def test_what_is_erased_while_a_backup_is_made_is_not_in_it(begun) -> None:
    from sottovoce.backends.backing_up import create
    from sottovoce.backends.backup_folder import open_backups
    from sottovoce.backends.backup_ring import open_ring
    from sottovoce.wiring import embedded

    news = [begun.record(BEN), begun.record(BEN)]
    app = embedded(begun.vault)
    ring = open_ring(begun.keys, passphrase=None, make=False)
    folder = open_backups(begun.backups, ring, make=False)
    last = max(news, key=lambda r: [h.id for h in app.vault.list()].index(r))

    def erase(_size: int) -> None:
        app.vault.erase(last, event=app.event("recording.erased", last))

    made = create(app, begun.vault, folder, ring, progress=erase)
    with folder.manifest(made.backup) as (heading, parts):
        assert last not in {copied.part.recording for copied in parts}
        assert heading.parts == 4
    with pytest.raises(Unavailable):
        open_ring(begun.keys, passphrase=None, make=False)
    ring.close()
    app.close()
