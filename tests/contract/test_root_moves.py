"""A vault's root key moves from one holder to another, and no sound is touched."""

import json
import shutil
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from holders import ALL, Holder

from sottovoce.app import App
from sottovoce.backends import embedded_vault
from sottovoce.cli.main import main
from sottovoce.values.errors import Missing, Refused, Tampered, Unavailable
from sottovoce.values.ids import PersonId, RecordingId, new_recording_id
from sottovoce.vault.holding import State
from sottovoce.vault.keys import SIGNING, TENANT
from sottovoce.wiring import embedded

SOUND = np.arange(8000, dtype=np.int16)[None]


@dataclass
class Moved:
    """A vault with a recording, and short ways to move its root key."""

    vault: Path
    recording: RecordingId

    def run(self, *words: str, status: int = 0) -> None:
        assert main([*words, "--vault", str(self.vault)]) == status

    def rotate(self, *more: str, status: int = 0) -> None:
        self.run("keys", "rotate", "root", *more, status=status)

    def read(self) -> None:
        app = embedded(self.vault)
        with app.vault.open(self.recording) as opened:
            assert np.array_equal(opened.sound.read(0, 0, 8000), SOUND[0])
        app.close()

    def raw(self) -> bytes:
        return b"".join(p.read_bytes() for p in sorted(self.vault.rglob("*")) if p.is_file())

    def entries(self, capsys) -> list[dict]:
        capsys.readouterr()
        self.run("ledger", "list", "--json")
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def record(app: App) -> RecordingId:
    recording = new_recording_id()
    arrival = app.vault.begin(
        recording,
        rate_hz=8000,
        persons=(PersonId("caller-1"),),
        job=b"job",
        fingerprint="",
        event=app.event("recording.admitted", recording),
    )
    arrival.write(SOUND)
    arrival.complete(event=app.event("recording.arrived", recording))
    event = app.event("recording.processed", recording)
    app.vault.keep(recording, sound=[SOUND], texts={}, state=State.KEPT, event=event)
    return recording


@pytest.fixture
def moved(tmp_path: Path) -> Moved:
    app = embedded(tmp_path / "vault")
    recording = record(app)
    app.close()
    return Moved(tmp_path / "vault", recording)


def test_a_vault_moves_to_a_holder_and_back(moved: Moved, holder: Holder) -> None:
    seals = {p: p.read_bytes() for p in moved.vault.rglob("*.seal")}
    bare = (moved.vault / "root.key").read_bytes().split()[-1]
    moved.rotate("--to", holder.spec)
    moved.read()
    assert holder.spec in (moved.vault / "root.key").read_text()
    assert bare not in moved.raw()
    moved.run("vault", "check")

    moved.rotate("--to", "file")
    moved.read()
    assert (moved.vault / "root.key").read_text().split("\n")[1].startswith("bare ")
    assert {p: p.read_bytes() for p in moved.vault.rglob("*.seal")} == seals
    moved.run("vault", "check")


def test_a_vault_moves_through_every_holder(moved: Moved, holders: dict[str, Holder]) -> None:
    for name in ALL:
        moved.rotate("--to", holders[name].spec)
        moved.read()

    moved.run("vault", "check")


def test_what_was_wrapped_before_is_in_no_byte_afterwards(moved: Moved, holder: Holder) -> None:
    app = embedded(moved.vault)
    before = [app.vault.keys._shelf.wrapped(name) for name in (SIGNING, TENANT)]
    app.close()
    moved.rotate("--to", holder.spec)
    app = embedded(moved.vault)
    between = [app.vault.keys._shelf.wrapped(name) for name in (SIGNING, TENANT)]
    app.close()
    moved.rotate()  # By the same holder, anew.
    moved.read()

    assert not [wrapped for wrapped in (*before, *between) if wrapped in moved.raw()]
    assert holder.spec in (moved.vault / "root.key").read_text()


def test_a_holder_who_is_away_changes_nothing(moved: Moved, holder: Holder, monkeypatch) -> None:
    holder.away(monkeypatch)
    before = (moved.vault / "root.key").read_bytes()
    moved.rotate("--to", holder.spec, status=3)

    assert (moved.vault / "root.key").read_bytes() == before
    assert not (moved.vault / "root.key.next").exists()
    moved.read()


def test_a_vault_whose_holder_is_away_does_not_open(
    moved: Moved, holder: Holder, monkeypatch
) -> None:
    moved.rotate("--to", holder.spec)
    holder.away(monkeypatch)

    with pytest.raises(Unavailable) as said:
        embedded(moved.vault)
    assert said.value.hint


@pytest.mark.parametrize("stops_at", ["rotate_root", "replace_root"])
@pytest.mark.parametrize("is_away", [False, True], ids=["there", "away"])
def test_a_crash_on_the_way_to_a_holder_is_finished_or_undone(
    moved: Moved, holder: Holder, monkeypatch, stops_at: str, is_away: bool
) -> None:
    def dies(*arguments: object, **more: object) -> None:
        raise RuntimeError("killed")

    where = embedded_vault.Vault if stops_at == "rotate_root" else embedded_vault
    with monkeypatch.context() as crash:
        crash.setattr(where, stops_at, dies)
        moved.rotate("--to", holder.spec, status=3)
    assert (moved.vault / "root.key.next").exists()
    if is_away:
        with monkeypatch.context() as out:
            holder.away(out)
            if stops_at == "rotate_root":
                moved.read()
            else:
                with pytest.raises(Unavailable):
                    embedded(moved.vault)

    moved.read()
    assert not (moved.vault / "root.key.next").exists()
    is_moved = holder.spec in (moved.vault / "root.key").read_text()
    assert is_moved is (stops_at == "replace_root")


def test_who_opened_the_vault_before_it_moved_goes_on_reading(moved: Moved, holder: Holder) -> None:
    app = embedded(moved.vault)
    moved.rotate("--to", holder.spec)

    with app.vault.open(moved.recording) as opened:
        assert np.array_equal(opened.sound.read(0, 0, 8000), SOUND[0])
    app.close()


def test_a_vault_is_made_with_a_holder_that_the_settings_name(
    holder: Holder, monkeypatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SOTTOVOCE_ROOT", holder.spec)
    app = embedded(tmp_path / "made")
    made = Moved(tmp_path / "made", record(app))
    app.close()

    made.read()
    assert holder.spec in (made.vault / "root.key").read_text()
    monkeypatch.delenv("SOTTOVOCE_ROOT")
    made.read()


def test_another_holder_than_the_settings_name_is_refused(moved: Moved, monkeypatch) -> None:
    monkeypatch.setenv("SOTTOVOCE_ROOT", "transit:transit/vaults")

    with pytest.raises(Refused, match="not held where the settings say"):
        embedded(moved.vault)


def test_a_changed_vault_id_opens_nothing(moved: Moved, holder: Holder) -> None:
    moved.rotate("--to", holder.spec)
    file = moved.vault / "root.key"
    line = file.read_text()
    file.write_text(line[:-2] + ("0" if line[-2] != "0" else "1") + "\n")

    with pytest.raises(Tampered, match="do not belong together"):
        embedded(moved.vault)


BROKEN = [
    "held",
    "held kms:x",
    "held nobody:x {}",
    "held pkcs11:a {}",
    "held kms:arn:aws:s3:x {}",
    "held transit:../x {}",
    "held credential:../x {}",
    "held credential:x {} y",
    "held credential:x 0",
]


@pytest.mark.parametrize("line", BROKEN)
def test_a_spoiled_name_of_a_holder_is_said_so(moved: Moved, line: str) -> None:
    (moved.vault / "root.key").write_text(f"sottovoce root key v1\n{line.format('0f' * 16)}\n")

    with pytest.raises(Tampered, match="not in its format"):
        embedded(moved.vault)


@pytest.mark.parametrize(
    "spec", ["vault:x", "kms:alias/x", "pkcs11:one", "transit:key", "credential:a/b", "file:x"]
)
def test_who_is_no_holder_is_unfit(moved: Moved, spec: str) -> None:
    moved.rotate("--to", spec, status=2)


def test_a_backup_of_a_held_vault_has_who_holds_it_and_comes_back(
    moved: Moved, holder: Holder, tmp_path: Path
) -> None:
    moved.rotate("--to", holder.spec)
    where = (str(tmp_path / "backups"), "--keys", str(tmp_path / "keys"))
    moved.run("backup", "create", *where)
    moved.run("backup", "drill", *where)
    shutil.rmtree(moved.vault)
    moved.run("backup", "restore", *where)

    moved.read()


def test_each_opening_by_an_outside_holder_is_an_entry(
    moved: Moved, holder: Holder, capsys
) -> None:
    moved.rotate("--to", holder.spec)
    before = len(moved.entries(capsys))
    for _ in range(2):
        moved.read()
    new = moved.entries(capsys)[before:]

    provider = holder.held().provider
    used = {"level": "root", "provider": provider, "keys": 3}
    expected = [] if provider == "credential" else [used, used]
    assert [entry["facts"] for entry in new] == expected
    assert {entry["kind"] for entry in new} <= {"key.used"}
    rotated = [e for e in moved.entries(capsys) if e["kind"] == "key.rotated"]
    assert [e["facts"] for e in rotated] == [{"level": "root", "provider": provider}]


def test_work_in_one_lease_asks_the_holder_once_and_the_next_asks_again(
    moved: Moved, holders: dict[str, Holder], monkeypatch, capsys
) -> None:
    moved.rotate("--to", holders["transit"].spec)
    before = len(moved.entries(capsys))
    app = embedded(moved.vault)
    for _ in range(3):
        app.vault.open(moved.recording).close()
    app.close()
    assert len(moved.entries(capsys)) == before + 1

    monkeypatch.setenv("SOTTOVOCE_ROOT_LEASE_S", "0")
    app = embedded(moved.vault)
    opened = len(moved.entries(capsys))
    for _ in range(3):
        app.vault.open(moved.recording).sound.read(0, 0, 1)
    app.close()
    assert len(moved.entries(capsys)) - opened >= 3


def test_when_a_use_cannot_be_written_down_nobody_is_asked(
    moved: Moved, holders: dict[str, Holder], monkeypatch
) -> None:
    moved.rotate("--to", holders["transit"].spec)
    monkeypatch.setenv("SOTTOVOCE_ROOT_LEASE_S", "0")
    app = embedded(moved.vault)

    def full(event: object) -> int:
        raise Unavailable("the disk is full")

    monkeypatch.setattr(app.vault, "note", full)
    with pytest.raises(Unavailable, match="full"):
        app.vault.keys.person(PersonId("caller-1"))
    app.close()


def test_reads_go_on_while_the_root_key_moves(moved: Moved, holders: dict[str, Holder]) -> None:
    failures: list[BaseException] = []
    done = threading.Event()

    def read() -> None:
        try:
            while not done.is_set():
                moved.read()
        except BaseException as error:  # noqa: BLE001 - told to the test below
            failures.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for name in ("transit", "pkcs11"):
        moved.rotate("--to", holders[name].spec)
    moved.rotate("--to", "file")
    done.set()
    reader.join()

    assert failures == []


@pytest.mark.parametrize(("name", "package"), [("pkcs11", "pkcs11"), ("kms", "boto3")])
def test_a_package_that_is_not_there_is_named(
    holders: dict[str, Holder], monkeypatch, name: str, package: str
) -> None:
    holder = holders[name]
    monkeypatch.setitem(sys.modules, package, None)

    with pytest.raises(Unavailable) as said:
        holder.open()
    assert f"sottovoce[{name}]" in said.value.hint


def test_a_key_that_is_not_in_the_token_is_missing_and_not_drawn(
    holders: dict[str, Holder],
) -> None:
    pkcs11 = holders["pkcs11"]
    other = Holder("pkcs11:vaults/not-there", pkcs11.secrets, pkcs11.away)

    for _ in range(2):
        with pytest.raises(Missing, match="not in the PKCS#11 token"):
            other.open(make=False)
