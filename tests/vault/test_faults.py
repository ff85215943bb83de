"""A clock that is set back, a second process: nothing is lost, and nothing is half there."""

import fcntl
import os
import resource
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from sottovoce import wiring
from sottovoce.backends.sqlite_snapshot import _made, clear_aside
from sottovoce.cli.main import main
from sottovoce.values.errors import Unavailable
from sottovoce.values.ids import PersonId
from sottovoce.wiring import embedded

ANN, BEN = PersonId("ann-1"), PersonId("ben-2")
WORDS = b'{"said":"pilcrow seven"}'


class SetBack(datetime):
    """The clock of a machine that was set back by ten years."""

    @classmethod
    def now(cls, tz=None):
        return datetime.now(tz) - timedelta(days=3650)


def test_with_a_clock_set_back_nothing_is_lost_and_nothing_expires(site, monkeypatch) -> None:
    before = site.record(ANN)
    kept = site.run("create")["backup"]
    monkeypatch.setattr(wiring, "datetime", SetBack)
    after = site.record(BEN)
    site.run("create", "--keep-days", "1")
    site.erase("recordings", "erase", after)

    assert site.words(site.vault, before) == [WORDS]
    assert site.is_sound(site.vault)
    # By time the backup with the erased recording is the older one; the ledger knows better.
    done = site.restore(kept, "--ledger", str(site.vault))
    assert (done["recordings_erased"], done["lost"]) == (0, 0)
    assert site.words(site.back, before) == [WORDS]
    entries = site.ledger(site.vault)
    assert entries[-1]["at"] < entries[0]["at"]


def test_what_a_second_process_may_not_do_changes_nothing(site, capsys) -> None:
    recording = site.record(ANN)
    app = embedded(site.vault)
    app.vault.claim()
    child = os.fork()
    if not child:
        os._exit(main(["recordings", "erase", recording, "--yes", "--vault", str(site.vault)]))
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    app.close()

    assert status == 3
    assert site.words(site.vault, recording) == [WORDS]
    assert site.is_sound(site.vault)
    capsys.readouterr()


def test_two_processes_that_take_turns_lose_nothing(site) -> None:
    embedded(site.vault).close()
    children = [_recording_child(site, person) for person in (ANN, BEN)]
    while any(os.waitpid(child, os.WNOHANG) == (0, 0) for child in children[:1]):
        site.run("create")  # A third looks on meanwhile, and copies.
    codes = [os.waitstatus_to_exitcode(_status(child)) for child in children[1:]]

    app = embedded(site.vault)
    people = dict(app.vault.people())
    app.close()
    assert (codes, people) == ([0], {ANN: 5, BEN: 5})
    assert site.is_sound(site.vault)
    site.run("create")
    assert site.restore()["parts"] == 20


def _status(child: int) -> int:
    return os.waitpid(child, 0)[1]


def _recording_child(site, person: PersonId) -> int:
    child = os.fork()
    if child:
        return child
    status, left = 70, 5
    try:
        while left:
            try:
                site.record(person)
                left -= 1
            except Unavailable:
                continue
        status = 0
    finally:
        os._exit(status)


def test_a_second_connection_does_not_take_the_locks_of_the_first(site) -> None:
    site.record(ANN)
    first = embedded(site.vault)
    embedded(site.vault).close()
    child = os.fork()
    if not child:
        os._exit(_takes_the_shared_lock(site.vault / "vault.db"))
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    first.close()

    assert status == 1, "another process would take the first for gone, and remove its log"


def _takes_the_shared_lock(database: Path) -> int:
    """Return 0 when nobody holds SQLite's shared lock, 510 bytes from two after the first GiB."""
    with database.open("r+b") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 510, 0x40000002)
        except OSError:
            return 1
    return 0


@pytest.mark.parametrize("step", [0, 1, 2])
def test_a_disk_that_is_full_while_a_backup_is_made_leaves_no_half_of_one(site, step: int) -> None:
    site.record(ANN)
    site.run("create")
    site.record(BEN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, ((200, 5_000, 20_000)[step], hard))
    try:
        where = ["--keys", str(site.keys), "--vault", str(site.vault)]
        assert main(["backup", "create", str(site.backups), *where]) == 3
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert len(list((site.backups / "backups").glob("bkp_*"))) == 1
    assert not (site.vault / "backup.aside").exists()
    assert site.run("create")["parts"] == 4
    assert site.run("verify")["troubles"] == []
    assert site.is_sound(site.vault)


def test_who_opens_the_vault_while_a_copy_is_begun_is_not_in_its_way(tmp_path, monkeypatch) -> None:
    """The copy was taken for a dead one's between its making and its lock."""
    aside, opened = tmp_path / "backup.aside", os.open
    begun = []

    def opening(path, flags, *more, **named):
        file = opened(path, flags, *more, **named)
        if flags & os.O_EXCL and not begun:
            begun.append(file)
            clear_aside(aside)
        return file

    monkeypatch.setattr(os, "open", opening)
    file = _made(aside)

    assert begun
    assert os.path.samestat(os.fstat(file), aside.stat())
    os.close(file)
