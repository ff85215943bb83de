"""What is erased is nowhere: in no file, row or key, no backup, no listing, however it was done."""

import tempfile
from pathlib import Path

import pytest

from sottovoce.backends.backup_folder import open_backups
from sottovoce.backends.backup_ring import open_ring
from sottovoce.values.ids import PersonId
from sottovoce.vault.holding import SETTLED
from sottovoce.vault.keys import object_name, person_name
from sottovoce.wiring import embedded

ANN, BEN = PersonId("ann-1"), PersonId("ben-2")
CANARY = b"pilcrow"


def unlocking(site, person: PersonId) -> list[bytes]:
    """Return all that opens what is a person's: their keys, bare and as they rest."""
    app = embedded(site.vault)
    keys, found = app.vault.keys, []
    for holding in app.vault.list():
        for channel in [c for c in holding.readable if holding.persons[c] == person]:
            found.append(keys.object(holding.id, channel, person))
            found.append(keys._shelf.wrapped(object_name(holding.id, channel)))
    found.append(keys._shelf.wrapped(person_name(person)))
    app.close()
    return found


def everything(site, *folders: Path) -> bytes:
    """Every byte of folders, of the databases in backups that open, and of all argument lists."""
    held = [p.read_bytes() for folder in folders for p in folder.rglob("*") if p.is_file()]
    ring = open_ring(site.keys, passphrase=None, make=False)
    backups = open_backups(site.backups, ring, make=False)
    for backup in set(backups.whole()) & set(ring.backups()):
        held += backups.database(backup)
    ring.close()
    for listed in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            held.append(listed.read_bytes())
        except OSError:
            continue  # It has ended meanwhile.
    return b"\n".join(held)


def readable(vault: Path) -> list[tuple[PersonId, bytes]]:
    """Return every text that any key of a vault opens, and whose it is."""
    app = embedded(vault)
    found = []
    for holding in (h for h in app.vault.list() if h.state in SETTLED):
        with app.vault.open(holding.id) as opened:
            found += [(holding.persons[c], opened.text("words", c)) for c in holding.readable]
    app.close()
    return found


@pytest.fixture
def spoken(site):
    """A vault with a backup, in which two persons are heard, alone and together."""
    site.record(ANN)
    site.record(ANN, BEN)
    site.record(BEN)
    site.run("create")
    return site


def test_an_erased_person_is_in_no_byte_and_no_backup_and_does_not_come_back(spoken) -> None:
    hers = unlocking(spoken, ANN)
    first = spoken.run("list")["backup"]
    assert [key for key in hers if key in everything(spoken, spoken.vault)]
    spoken.erase("people", "erase", ANN)
    spoken.run("create")
    spoken.restore(first)
    # Until it expires the older backup has the wrapped keys: the search can find them.
    assert [key for key in hers if key in everything(spoken, spoken.vault)]
    spoken.run("expire", "--keep-days", "0")
    spoken.run("create")

    left = everything(spoken, spoken.vault, spoken.backups, spoken.keys, spoken.back)
    assert not [key for key in hers if key in left]
    assert CANARY not in left
    assert [readable(vault) for vault in (spoken.vault, spoken.back)] == [
        [(BEN, spoken.words(spoken.vault, r.id)[0]) for r in _of(spoken, BEN)]
    ] * 2
    assert ANN.encode() not in left


def _of(site, person: PersonId):
    app = embedded(site.vault)
    found = [h for h in app.vault.list() if h.state in SETTLED and person in h.persons]
    app.close()
    return found


def test_erased_twice_it_is_the_same(spoken) -> None:
    spoken.erase("people", "erase", ANN)
    rows, entries = _of(spoken, BEN), len(spoken.ledger(spoken.vault))
    files = {p: p.read_bytes() for p in (spoken.vault / "objects").rglob("*") if p.is_file()}
    spoken.erase("people", "erase", ANN)

    assert (_of(spoken, BEN), len(spoken.ledger(spoken.vault))) == (rows, entries)
    assert files == {p: p.read_bytes() for p in files}


@pytest.mark.parametrize("count", [10, pytest.param(1000, marks=pytest.mark.slow)])
def test_killed_at_any_step_of_an_erasure_it_finishes(spoken, steps, tmp_path, count) -> None:
    hers = unlocking(spoken, ANN)

    def work(site) -> None:
        site.erase("people", "erase", ANN)

    total = steps.of(lambda: work(steps.at(spoken, tmp_path / "count")))
    assert total > 20
    for step in steps.points(total, min(count, total)):
        with tempfile.TemporaryDirectory(dir=tmp_path) as folder:
            site = steps.at(spoken, Path(folder) / "site")
            steps.of(lambda site=site: work(site), step)
            work(site)
            app = embedded(site.vault)
            app.vault.recover(lambda r, app=app: app.event("recording.undone", r))
            app.close()
            held = b"".join(p.read_bytes() for p in site.vault.rglob("*") if p.is_file())

            assert not [key for key in hers if key in held]
            assert {person for person, _ in readable(site.vault)} == {BEN}
            assert [e["kind"] for e in site.ledger(site.vault)].count("person.erased") == 1
            assert site.is_sound(site.vault)
