"""Killed at any step of making, expiring or restoring a backup: it goes on, or was never there."""

import pytest

from sottovoce.values.errors import Unavailable
from sottovoce.values.ids import PersonId

ANN, BEN = PersonId("ann-1"), PersonId("ben-2")


@pytest.fixture
def begun(site):
    """A vault with one backup, of which one person was erased since."""
    site.record(ANN)
    site.record(BEN)
    site.run("create")
    site.erase("people", "erase", ANN)
    return site


def test_killed_while_making_and_expiring_it_finishes_the_next_time(begun, steps, tmp_path) -> None:
    def work(site) -> None:
        site.run("create")
        site.run("expire", "--keep-days", "0")
        site.run("create")

    total = steps.of(lambda: work(steps.at(begun, tmp_path / "count")))
    assert total > 100
    for step in steps.points(total, 24):
        site = steps.at(begun, tmp_path / f"step-{step}")
        steps.of(lambda site=site: work(site), step)
        work(site)

        assert site.run("verify")["troubles"] == []
        assert len(list((site.backups / "backups").iterdir())) == 1
        assert not [p for p in site.backups.rglob("*") if p.suffix]
        assert len([p for p in (site.backups / "parts").rglob("*") if p.is_file()]) == 2
        assert not (site.vault / "backup.aside").exists()
        assert site.is_sound(site.vault)


def test_killed_while_restoring_there_is_no_vault_or_a_whole_one(begun, steps, tmp_path) -> None:
    total = steps.of(
        lambda: steps.at(begun, tmp_path / "count").restore("--ledger", str(begun.vault))
    )
    assert total > 60
    for step in steps.points(total, 16):
        site = steps.at(begun, tmp_path / f"step-{step}")
        steps.of(lambda site=site: site.restore("--ledger", str(begun.vault)), step)
        if not site.back.exists():
            done = site.restore("--ledger", str(begun.vault))
            assert (done["persons_erased"], done["parts"]) == (1, 2)

        assert site.is_sound(site.back)
        assert not site.back.with_name("back.restoring").exists()


def test_what_is_erased_while_a_backup_is_made_is_not_in_it(begun) -> None:
    from sottovoce.backends.backing_up import create, folder_origin
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

    made = create(app, folder_origin(begun.vault), folder, ring, progress=erase)
    with folder.manifest(made.backup) as (heading, parts):
        assert last not in {copied.part.recording for copied in parts}
        assert heading.parts == 4
    with pytest.raises(Unavailable):
        open_ring(begun.keys, passphrase=None, make=False)
    ring.close()
    app.close()
