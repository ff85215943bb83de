"""Backups through the command line: made, read, brought back, expired."""

import json
import sqlite3
from contextlib import closing

from sottovoce.cli.main import main
from sottovoce.values.ids import PersonId
from sottovoce.vault.holding import State
from sottovoce.wiring import embedded

ANN, BEN = PersonId("ann-1"), PersonId("ben-2")
WORDS = b'{"said":"pilcrow seven"}'


def test_a_vault_comes_back_as_it_was(site) -> None:
    recording = site.record(ANN, BEN)
    made = site.run("create")
    assert (made["parts"], made["copied"], made["left_out"]) == (4, 4, 0)
    done = site.restore()

    assert (done["parts"], done["lost"], done["recordings_erased"]) == (4, 0, 0)
    assert site.words(site.back, recording) == [WORDS, WORDS]
    assert site.is_sound(site.back)
    kinds = [entry["kind"] for entry in site.ledger(site.back)]
    assert kinds[-2:] == ["backup.restored", "vault.checked"]


def test_a_part_is_copied_once(site) -> None:
    site.record(ANN)
    site.run("create")
    site.record(BEN)

    assert site.run("create")["copied"] == 2
    assert site.run("create")["copied"] == 0


def test_what_was_erased_after_a_backup_does_not_come_back(site) -> None:
    hers, shared, his = site.record(ANN), site.record(ANN, BEN), site.record(BEN)
    first = site.run("create")["backup"]
    site.erase("people", "erase", ANN)
    site.erase("recordings", "erase", his)
    site.run("create")
    done = site.restore(first)

    assert (done["recordings_erased"], done["persons_erased"], done["adopted"]) == (1, 1, 3)
    assert site.words(site.back, shared) == [WORDS]
    app = embedded(site.back)
    states = {holding.id: holding.state for holding in app.vault.list()}
    assert not app.vault.keys.has_person(ANN)
    app.close()
    assert states == {hers: State.ERASED, shared: State.KEPT, his: State.ERASED}
    assert site.is_sound(site.back)


def test_the_ledger_of_a_vault_that_survived_tells_the_erasures(site) -> None:
    site.record(ANN)
    site.run("create")
    site.erase("people", "erase", ANN)

    assert site.restore("--ledger", str(site.vault))["persons_erased"] == 1


def test_without_the_newer_ledger_a_head_kept_elsewhere_refuses(site, tmp_path, capsys) -> None:
    site.record(ANN)
    site.run("create")
    site.erase("people", "erase", ANN)
    capsys.readouterr()
    assert main(["ledger", "head", "--vault", str(site.vault)]) == 0
    head = tmp_path / "head"
    head.write_text(capsys.readouterr().out)

    site.restore("--head", str(head), status=1)
    assert not site.back.exists()


def test_a_recording_on_its_way_in_is_not_in_a_backup(site) -> None:
    coming = site.record(ANN, settled=False)
    assert site.run("create")["parts"] == 0
    done = site.restore()

    assert (done["unfinished"], done["lost"]) == (1, 0)
    app = embedded(site.back)
    assert app.vault.show(coming).state is State.ERASED
    app.close()
    assert site.is_sound(site.back)


def test_recordings_after_the_backup_are_counted_as_lost(site) -> None:
    site.record(ANN)
    first = site.run("create")["backup"]
    site.record(BEN)
    site.run("create")

    assert site.restore(first)["lost"] == 1


def test_an_expired_backup_opens_no_more_and_its_parts_go(site) -> None:
    erased = site.record(ANN)
    first = site.run("create")["backup"]
    kept = site.record(BEN)
    site.erase("recordings", "erase", erased)
    assert site.run("expire", "--keep-days", "1")["expired"] == 0
    assert site.run("expire", "--keep-days", "0")["expired"] == 1
    assert site.run("create", "--keep-days", "1")["parts"] == 2

    site.restore(first, status=1)
    assert first not in (site.keys / "ring").read_text()
    assert len([p for p in (site.backups / "parts").rglob("*") if p.is_file()]) == 2
    site.restore()
    assert site.words(site.back, kept) == [WORDS]
    assert "backup.expired" in [entry["kind"] for entry in site.ledger(site.vault)]


def test_every_flipped_byte_of_a_backup_is_found(site) -> None:
    site.record(ANN)
    backup = site.run("create")["backup"]
    assert site.run("verify")["troubles"] == []
    files = [p for p in site.backups.rglob("*") if p.is_file()]
    assert len(files) == 4
    for path in files:
        good = path.read_bytes()
        for place in {0, 20, 39, 40, len(good) // 2, len(good) - 1}:
            path.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
            found = site.run("verify", backup, status=1)
            assert found["troubles"], (path.name, place)
        path.unlink()
        assert site.run("verify", backup, status=1)["troubles"]
        path.write_bytes(good)
    assert site.run("verify")["troubles"] == []


def test_a_drill_measures_and_leaves_evidence_and_nothing_else(site, tmp_path) -> None:
    site.record(ANN)
    site.run("create")
    site.erase("people", "erase", ANN)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    done = site.run("drill", "--scratch", str(scratch))

    assert (done["passed"], done["troubles"], done["persons_erased"]) == (True, [], 1)
    assert done["recovery_time_ms"] > 0
    assert list(scratch.iterdir()) == []
    (evidence,) = site.backups.glob("drill-*.json")
    assert json.loads(evidence.read_text())["recovery_point_s"] == done["recovery_point_s"]
    assert site.ledger(site.vault)[-1]["kind"] == "backup.drilled"


def test_a_rotten_part_does_not_pass_a_drill(site) -> None:
    recording = site.record(ANN)
    part = site.vault / "objects" / recording / "audio-0.seal"
    data = bytearray(part.read_bytes())
    data[100] ^= 1
    part.write_bytes(data)
    site.run("create")

    assert site.run("drill", status=1)["troubles"] == [f"the part audio-0 of {recording}"]


def test_a_lost_part_is_left_out_and_named(site) -> None:
    recording = site.record(ANN)
    (site.vault / "objects" / recording / "words-0.seal").unlink()

    assert site.run("create", status=1)["left_out"] == 1


def test_a_thief_of_the_backups_alone_has_nothing(site) -> None:
    recording = site.record(ANN)
    backup = site.run("create")["backup"]
    root = (site.vault / "root.key").read_bytes().split()[-1]
    held = b"".join(p.read_bytes() for p in site.backups.rglob("*") if p.is_file())
    names = "".join(str(p) for p in site.backups.rglob("*"))

    for secret in (root, ANN.encode(), recording.encode(), b"SQLite", WORDS):
        assert secret not in held
    assert recording not in names
    site.keys = site.keys.with_name("others")
    site.run("verify", backup, status=1)


def test_a_bare_root_key_is_not_in_a_backup(site) -> None:
    site.record(ANN)
    site.run("create")

    site.run("restore", vault=site.back, status=1)
    assert not site.back.exists()


def test_a_wrapped_root_key_comes_back_with_the_vault(site, tmp_path, monkeypatch) -> None:
    words = tmp_path / "words"
    words.write_text("a pilcrow in seven gardens")
    monkeypatch.setenv("SOTTOVOCE_PASSPHRASE_FILE", str(words))
    recording = site.record(ANN)
    site.run("create")
    site.run("restore", vault=site.back)

    assert site.words(site.back, recording) == [WORDS]


def test_keys_that_lie_with_the_backups_are_refused(site) -> None:
    site.record(ANN)
    site.keys = site.backups / "keys"
    site.run("create", status=2)


def test_another_vaults_ledger_is_refused(site, tmp_path) -> None:
    site.record(ANN)
    site.run("create")
    other = type(site)(tmp_path / "other", lambda: "")
    other.record(BEN)

    site.restore("--ledger", str(other.vault), status=1)


def test_nothing_is_restored_over_a_vault(site) -> None:
    site.record(ANN)
    site.run("create")
    site.run("restore", vault=site.vault, status=1)

    assert site.is_sound(site.vault)


def test_a_ring_that_was_put_back_from_before_costs_no_backup(site) -> None:
    recording = site.record(ANN)
    site.run("create")
    old = (site.keys / "ring").read_bytes()
    newer = site.run("create")["backup"]
    ring = (site.keys / "ring").read_bytes()
    (site.keys / "ring").write_bytes(old)
    site.run("expire", "--keep-days", "0")
    (site.keys / "ring").write_bytes(ring)

    site.restore(newer)
    assert site.words(site.back, recording) == [WORDS]


def test_a_backup_from_before_there_were_tokens_comes_back(site, monkeypatch) -> None:
    recording, his = site.record(ANN), site.record(BEN)
    with closing(sqlite3.connect(site.vault / "vault.db")) as connection, connection:
        connection.execute("DROP TABLE token")
        connection.execute("DROP TABLE strand")
        connection.execute("DROP INDEX holding_begun")
        connection.execute("PRAGMA user_version = 2")
    with monkeypatch.context() as before:
        before.setattr(
            "sottovoce.backends.embedded_vault.is_of_this_version", lambda connection: True
        )
        voices = "SELECT channel.recording, person, NULL FROM channel"
        before.setattr("sottovoce.backends.sqlite_shelf._VOICES", voices)
        first = site.run("create")["backup"]
    site.erase("people", "erase", BEN)
    site.run("create")
    done = site.restore(first)

    assert done["persons_erased"] == 1
    assert site.words(site.back, recording) == [WORDS]
    migrated = [e["facts"] for e in site.ledger(site.back) if e["kind"] == "vault.migrated"]
    assert migrated[-2:] == [{"format": 3, "rows": 0}, {"format": 4, "rows": 0}]
    app = embedded(site.back)
    assert app.vault.show(his).state is State.ERASED
    app.close()
    assert site.is_sound(site.back)
