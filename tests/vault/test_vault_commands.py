"""``vault check|repair`` through a real vault with its ledger."""

import json
from pathlib import Path

import numpy as np
import pytest

from sottovoce.cli.main import main
from sottovoce.values.ids import PersonId, RecordingId, new_recording_id
from sottovoce.vault.holding import State
from sottovoce.wiring import embedded


@pytest.fixture
def kept(tmp_path: Path) -> tuple[Path, RecordingId]:
    path, recording = tmp_path / "vault", new_recording_id()
    app = embedded(path)
    block = np.arange(8000, dtype=np.int16)[None, :]
    arrival = app.vault.begin(
        recording,
        rate_hz=8000,
        persons=[PersonId("caller-1")],
        job=b"",
        fingerprint="",
        event=app.event("recording.admitted", recording),
    )
    arrival.write(block)
    arrival.complete(event=app.event("recording.arrived", recording))
    app.vault.keep(
        recording,
        sound=[block],
        texts={"words": [b"{}"]},
        state=State.KEPT,
        event=app.event("recording.processed", recording),
    )
    app.close()
    return path, recording


def entries(path: Path, capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    capsys.readouterr()
    assert main(["ledger", "list", "--json", "--vault", str(path)]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_sound_vault_says_so_and_the_ledger_says_that_it_was_looked_at(kept, capsys) -> None:
    path, _ = kept
    assert main(["vault", "check", "--vault", str(path)]) == 0
    assert capsys.readouterr().out == "nothing is wrong: every seal, key, row and entry was read\n"

    last = entries(path, capsys)[-1]
    assert last["kind"] == "vault.checked"
    assert set(dict(last["facts"]).values()) == {0}  # type: ignore[call-overload]


def test_rot_is_named_and_cannot_be_repaired(kept, capsys) -> None:
    path, recording = kept
    part = path / "objects" / recording / "audio-0.seal"
    data = bytearray(part.read_bytes())
    data[5000] ^= 1
    part.write_bytes(data)

    assert main(["vault", "check", "--vault", str(path), "--json"]) == 1
    said = capsys.readouterr()
    assert json.loads(said.out) == {
        "fault": "rotten",
        "thing": f"the part audio-0 of {recording}",
        "recording": recording,
    }
    assert "backup" in said.err
    assert main(["vault", "repair", "--vault", str(path)]) == 1
    assert capsys.readouterr().out.splitlines()[0] == "0 cleared away"


def test_repair_clears_orphans_away_and_is_an_event(kept, capsys) -> None:
    path, recording = kept
    stray = path / "objects" / recording / "arrival-0.seal.part"
    stray.write_bytes(b"cut off")

    assert main(["vault", "check", "--vault", str(path)]) == 1
    assert f"orphan: a file of arrival-0 of {recording}" in capsys.readouterr().out
    assert main(["vault", "repair", "--vault", str(path)]) == 0
    assert not stray.exists()
    assert [e["kind"] for e in entries(path, capsys)][-2:] == ["vault.checked", "vault.repaired"]


def test_a_ledger_that_was_edited_is_rotten(kept, capsys) -> None:
    import sqlite3

    path, _ = kept
    connection = sqlite3.connect(path / "vault.db")
    connection.execute("UPDATE ledger_entry SET data = x'00' WHERE position = 0")
    connection.commit()
    connection.close()

    assert main(["vault", "check", "--vault", str(path)]) == 1
    assert "rotten: the ledger: " in capsys.readouterr().out


def test_the_ledger_is_asked_about_a_person_and_their_recordings(kept, capsys) -> None:
    path, recording = kept
    person = json.loads(shown(path, capsys, "people", "list")[0])["person"]
    asked = ("ledger", "list", "--person", person)
    before = [json.loads(line)["kind"] for line in shown(path, capsys, *asked)]
    assert before == [one["kind"] for one in entries(path, capsys) if "recording" in one]
    assert main(["people", "erase", person, "--yes", "--vault", str(path)]) == 0

    assert [json.loads(line)["kind"] for line in shown(path, capsys, *asked)] == ["person.erased"]
    nobody = ("--person", "cust-none", "--kind", "recording.opened")
    assert shown(path, capsys, "ledger", "list", *nobody) == []
    assert main(["ledger", "list", "--person", person, "--recording", recording]) == 2


def shown(path: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    capsys.readouterr()
    assert main([*arguments, "--json", "--vault", str(path)]) == 0
    return capsys.readouterr().out.splitlines()


def test_where_no_vault_is_none_is_made(tmp_path: Path, capsys) -> None:
    assert main(["vault", "check", "--vault", str(tmp_path / "none")]) == 1
    assert "there is no vault" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


def test_production_is_refused_on_weak_ground(kept, tmp_path: Path, capsys) -> None:
    """The root key of this vault lies bare, so that the ground is weak on every machine."""
    path, _ = kept
    words = ["process", str(tmp_path / "call.wav"), "--vault", str(path), "--out", str(tmp_path)]
    assert main([*words, "--production"]) == 1

    said = capsys.readouterr().err
    assert "serious weaknesses" in said
    assert "bare-root-key" in said
    assert entries(path, capsys)[-1]["kind"] == "ground.looked_at"


def test_the_ground_is_told_with_its_remedies(kept, capsys) -> None:
    path, _ = kept
    assert main(["vault", "ground", "--vault", str(path)]) == 1
    assert "serious: bare-root-key: " in capsys.readouterr().out
    assert main(["vault", "ground", "--vault", str(path), "--json"]) == 1
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert "bare-root-key" in {weakness["name"] for weakness in told}
