"""``sottovoce ledger list|head|export``."""

import argparse
import json

import pytest

from sottovoce.backends.sqlite_log import SQLiteLog
from sottovoce.cli.ledger import add
from sottovoce.cli.verify import verify
from sottovoce.ledger.head import open_head
from sottovoce.values.errors import Missing, Refused, Tampered, Unfit
from sottovoce.values.event import Event
from sottovoce.values.ids import ActorId


@pytest.fixture(autouse=True)
def no_usual_vault(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "nothing"))


@pytest.fixture
def vault(ways, tmp_path):
    return ways.folder(tmp_path / "vault", 5)


@pytest.fixture
def run(ways, capsys):
    """Run a command on a vault of which only the ledger is real."""

    class Vault:
        def __init__(self, path):
            self._context = ways.database(path / "vault.db")
            self._connection = self._context.__enter__()
            self.log = SQLiteLog(self._connection, origin=ways.signer.key.name, signer=ways.signer)

        def event(self, kind, recording=None, **facts):
            return Event(kind, ways.event(9).at, ActorId("tester"), recording, facts)

        def note(self, event):
            self._connection.execute("BEGIN IMMEDIATE")
            index = self.log.append(event)
            self._connection.execute("COMMIT")
            return index

        def close(self):
            self._context.__exit__(None, None, None)

    def run(*arguments):
        top = argparse.ArgumentParser()
        add(top.add_subparsers(), open_vault=Vault)
        args = top.parse_args(["ledger", *map(str, arguments)])
        return args.run(args), capsys.readouterr().out

    return run


def test_list_prints_a_line_an_entry(run, vault):
    status, text = run("list", "--vault", vault)

    assert (status, len(text.splitlines())) == (0, 5)
    assert "recording.arrived" in text


def test_list_prints_json_and_picks_a_recording(ways, run, vault):
    wanted = ways.event(3).recording
    _, text = run("list", "--vault", vault, "--json", "--recording", wanted)

    assert json.loads(text)["index"] == 3
    assert json.loads(text)["recording"] == wanted


def test_head_prints_what_verify_takes_as_a_head(ways, run, vault, tmp_path):
    _, text = run("head", "--vault", vault)
    (tmp_path / "head").write_text(text)

    assert open_head(text.encode(), ways.signer.key).size == 5
    assert [one.failed for one in verify(vault, head=tmp_path / "head")] == [0]


def test_an_export_is_an_entry_and_verifies(run, vault, tmp_path):
    status, text = run("export", tmp_path / "out", "--vault", vault)

    assert (status, "6 entries" in text) == (0, True)
    assert [one.failed for one in verify(tmp_path / "out")] == [0]
    assert "ledger.exported" in run("list", "--vault", vault)[1]


def test_a_second_export_brings_the_first_up_to_date(run, vault, tmp_path):
    run("export", tmp_path / "out", "--vault", vault)
    run("export", tmp_path / "out", "--vault", vault)
    (found,) = verify(tmp_path / "out")

    assert (found.failed, found.says["entries"]) == (0, 7)
    assert not list((tmp_path / "out").rglob("*.part"))


def test_a_folder_with_other_things_or_another_ledger_is_left_alone(run, vault, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    for name in ("notes.txt", "checkpoint"):
        (out / name).write_text("sottovoce.example/other\n")
        with pytest.raises(Refused):
            run("export", out, "--vault", vault)

    assert len(run("list", "--vault", vault)[1].splitlines()) == 5


def test_a_folder_that_cannot_be_written_is_unfit(run, vault, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Unfit):
        run("export", tmp_path / "file", "--vault", vault)


def test_a_published_key_of_another_ledger_stops_the_export(ways, run, vault, tmp_path):
    (vault / "ledger.vkey").write_text(f"{ways.stranger.key.vkey}\n")
    with pytest.raises(Tampered):
        run("export", tmp_path / "out", "--vault", vault)

    assert not (tmp_path / "out").exists()


def test_without_a_vault_there_is_nothing_to_list(run, tmp_path):
    for verb in (("list",), ("head",), ("export", tmp_path / "out")):
        with pytest.raises(Missing):
            run(*verb, "--vault", tmp_path / "none")


def test_an_edited_ledger_is_not_listed(ways, run, vault, capsys):
    with ways.database(vault / "vault.db") as connection:
        connection.execute("UPDATE ledger_entry SET data = x'7b7d' WHERE position = 2")
    with pytest.raises(Tampered, match="entry 2"):
        run("list", "--vault", vault)

    assert capsys.readouterr().out == ""
