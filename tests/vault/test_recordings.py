"""The commands that see, take and erase what the vault holds."""

import argparse
import json
import os
import pty
import stat
import sys
from contextlib import suppress

import numpy as np
import pytest
import soundfile

from sottovoce.cli.recordings import _print_facts, add
from sottovoce.values.errors import Conflict, Missing, Refused, Tampered, Unfit
from sottovoce.values.ids import new_recording_id
from sottovoce.vault.holding import State

WORDS = (b'{"words": ["hello"]}', b'{"words": ["caf\\u00e9"]}')


class Shell:
    """Run a command as the command line would, on a vault with one of each."""

    def __init__(self, folder, ways, capsys) -> None:
        self.folder, self.ways, self.capsys = folder, ways, capsys
        self.sound = ways.stereo(300_000)
        vault = folder.open()
        self.kept, self.quarantined, self.arrived, self.erased = (
            ways.arrive(vault, self.sound, fingerprint="f" * 64) for _ in range(4)
        )
        ways.keep(vault, self.kept, self.sound, words=WORDS)
        ways.keep(vault, self.quarantined, self.sound, state=State.QUARANTINED)
        vault.erase(self.erased, event=vault.event("recording.erased", self.erased))
        vault.close()

    def __call__(self, *words: object) -> str:
        parser = argparse.ArgumentParser()
        add(parser.add_subparsers(), open_vault=lambda path: self.folder.open())
        arguments = ["recordings", *map(str, words), "--vault", str(self.folder.path)]
        read = parser.parse_args(arguments)
        assert read.run(read) == 0
        return self.capsys.readouterr().out


@pytest.fixture
def shell(folder, ways, capsys) -> Shell:
    return Shell(folder, ways, capsys)


def test_the_list_has_a_line_for_each(shell: Shell) -> None:
    lines = shell("list").splitlines()

    assert len(lines) == 5
    assert lines[1].split()[:4] == [shell.kept, "kept", "0:38", "2"]
    assert lines[4].split()[:2] == [shell.erased, "erased"]


def test_the_list_for_machines_is_an_object_a_line(shell: Shell) -> None:
    rows = [json.loads(line) for line in shell("list", "--json").splitlines()]

    assert [row["state"] for row in rows] == ["kept", "quarantined", "arrived", "erased"]
    assert rows[0]["duration_s"] == 37.5
    assert rows[0]["begun_at"].endswith("Z")
    assert rows[3]["persons"] == []


def test_one_is_shown_with_those_of_the_same_bytes(shell: Shell) -> None:
    row = json.loads(shell("show", shell.kept, "--json"))

    assert row["recording"] == shell.kept
    assert row["same_bytes"] == [shell.quarantined, shell.arrived]
    assert "quarantined" in shell("show", shell.quarantined)


def test_an_export_is_the_sound_and_the_words_and_an_entry(shell: Shell, tmp_path) -> None:
    out = tmp_path / "new" / "out"
    shown = json.loads(shell("export", shell.kept, "--out", out, "--purpose", "audit", "--json"))
    samples, rate = soundfile.read(shown["outputs"]["original"], dtype="int16")
    words = json.loads((out / f"{shell.kept}.words.json").read_text(encoding="utf-8"))

    assert (rate, np.array_equal(samples.T, shell.sound)) == (8000, True)
    assert words["channels"] == [{"words": ["hello"]}, {"words": ["café"]}]
    assert shell.folder.entries()[-1] == ("recording.exported", shell.kept)
    assert {stat.S_IMODE(path.stat().st_mode) for path in out.iterdir()} == {0o600}
    assert len(list(out.iterdir())) == 2


def test_an_export_twice_is_the_same(shell: Shell, tmp_path) -> None:
    first = shell("export", shell.kept, "--out", tmp_path / "out")

    assert shell("export", shell.kept, "--out", tmp_path / "out") == first


def test_a_quarantined_recording_is_not_given_out(shell: Shell, tmp_path) -> None:
    with pytest.raises(Refused, match="quarantined"):
        shell("export", shell.quarantined, "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_what_is_not_kept_is_not_exported(shell: Shell, tmp_path) -> None:
    with pytest.raises(Conflict):
        shell("export", shell.arrived, "--out", tmp_path / "out")
    with pytest.raises(Missing):
        shell("export", shell.erased, "--out", tmp_path / "out")


def test_a_folder_that_cannot_be_written_is_unfit(shell: Shell, tmp_path) -> None:
    (tmp_path / "file").write_text("a file")

    with pytest.raises(Unfit, match="output folder cannot be written"):
        shell("export", shell.kept, "--out", tmp_path / "file")


def test_a_part_that_was_tampered_with_leaves_no_output(shell: Shell, tmp_path) -> None:
    path = shell.folder.path / "objects" / shell.kept / "audio-1.seal"
    data = bytearray(path.read_bytes())
    data[100_000] ^= 1
    path.write_bytes(data)

    with pytest.raises(Tampered, match="audio-1"):
        shell("export", shell.kept, "--out", tmp_path / "out")
    assert not list((tmp_path / "out").glob("*.flac"))
    assert not list((tmp_path / "out").glob(".*"))


def test_erasing_asks_nobody_in_a_pipe(shell: Shell) -> None:
    with pytest.raises(Refused, match="nobody can be asked") as refusal:
        shell("erase", shell.kept)

    assert "--yes" in refusal.value.hint
    assert shell.folder.open().show(shell.kept).state is State.KEPT


def test_erasing_twice_says_so(shell: Shell) -> None:
    first = json.loads(shell("erase", shell.kept, "--yes", "--json"))
    second = shell("erase", shell.kept)

    assert first["erased"] is True
    assert "was erased already" in second
    assert [entry for entry in shell.folder.entries() if entry[1] == shell.kept][-1] == (
        "recording.erased",
        shell.kept,
    )


@pytest.mark.parametrize(("answer", "state"), [(b"y\n", State.ERASED), (b"\n", State.KEPT)])
def test_on_a_terminal_erasing_asks_first(shell: Shell, monkeypatch, answer, state) -> None:
    main, terminal = pty.openpty()
    os.write(main, answer)
    with os.fdopen(terminal, "r+b", 0) as raw, os.fdopen(main, "rb", 0):
        stream = open(raw.fileno(), closefd=False)  # noqa: SIM115 - closed below
        monkeypatch.setattr(sys, "stdin", stream)
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
        with suppress(Refused):
            shell("erase", shell.kept)
        monkeypatch.undo()
        stream.close()

    assert shell.folder.open().show(shell.kept).state is state


@pytest.mark.parametrize("text", ["rec_1", "../../etc", "rec_" + "G" * 20])
def test_an_id_of_another_shape_is_unfit(shell: Shell, text: str) -> None:
    with pytest.raises(Unfit):
        shell("show", text)


def test_an_unknown_id_is_missing(shell: Shell) -> None:
    with pytest.raises(Missing):
        shell("show", new_recording_id())


@pytest.mark.parametrize("purpose", ["", "Rosa Diaz", "x" * 41])
def test_a_purpose_is_a_plain_word(shell: Shell, tmp_path, purpose: str) -> None:
    with pytest.raises(Unfit, match="1 to 40 lower case letters"):
        shell("export", shell.kept, "--out", tmp_path / "out", "--purpose", purpose)


def test_a_path_without_a_vault_is_missing_and_stays_so(tmp_path, capsys) -> None:
    parser = argparse.ArgumentParser()
    add(parser.add_subparsers())
    read = parser.parse_args(["recordings", "list", "--vault", str(tmp_path / "none")])

    with pytest.raises(Missing, match="no vault at this path"):
        read.run(read)
    assert not (tmp_path / "none").exists()


def test_who_is_erased_is_shown_as_erased(capsys) -> None:
    _print_facts({"persons": ["ann-1", None]})

    assert capsys.readouterr().out.split() == ["persons", "ann-1,", "(erased)"]
