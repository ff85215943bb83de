"""Whatever is changed, every reading says which thing it is, ends with 1 and gives no content."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import toy_speech
from command_line import TOY, Answer, Shell, files_under

pytestmark = pytest.mark.slow

PARTS = ("audio-0", "audio-1", "words-0", "words-1")

Change = Callable[[Path], None]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a vault that holds two recordings, and their outputs."""
    folder = tmp_path_factory.mktemp("kept")
    toy_speech.write_call(folder / "one.wav")
    toy_speech.write_call(folder / "two.wav", [*reversed(toy_speech.CALL)])
    shell = Shell(folder, TOY)
    persons = ("--person", "agent", "--person", "caller")

    assert shell.process("one.wav", "two.wav", *persons).status == 0
    return folder


@pytest.fixture
def shell(kept: Path, tmp_path: Path) -> Shell:
    """The command beside a copy of that folder, to spoil."""
    shutil.copytree(kept, tmp_path / "copy")
    shutil.rmtree(tmp_path / "copy" / "temporary")
    return Shell(tmp_path / "copy", TOY)


def first(shell: Shell) -> str:
    """Return the id of the first recording."""
    return str(shell.recordings()[0]["recording"])


def part(shell: Shell, recording: str, name: str) -> Path:
    return shell.vault / "objects" / recording / f"{name}.seal"


def export(shell: Shell, recording: str) -> Answer:
    return shell(
        "recordings", "export", recording, "--out", shell.folder / "taken", "--vault", shell.vault
    )


def expect_refused(shell: Shell, answer: Answer, said: str) -> None:
    assert answer.status == 1
    assert said in answer.err
    assert answer.out == ""
    assert not list(files_under(shell.folder / "taken"))


def flip_first(path: Path) -> None:
    _flip(path, 0)


def flip_middle(path: Path) -> None:
    _flip(path, path.stat().st_size // 2)


def flip_last(path: Path) -> None:
    _flip(path, path.stat().st_size - 1)


def _flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def cut_one(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def cut_segment(path: Path) -> None:
    """Leave only whole segments, so that nothing but the end is missing."""
    data = path.read_bytes()
    path.write_bytes(data[: (len(data) - 1) // 65536 * 65536])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def lengthen(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")


def delete(path: Path) -> None:
    path.unlink()


def link(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


CHANGES = (
    flip_first,
    flip_middle,
    flip_last,
    cut_one,
    cut_segment,
    empty,
    lengthen,
    delete,
    link,
)


@pytest.mark.parametrize("name", PARTS)
def test_a_changed_part_is_named_and_nothing_is_exported(shell: Shell, name: str) -> None:
    recording = first(shell)
    path = part(shell, recording, name)
    whole = path.read_bytes()
    for change in CHANGES:
        change(path)

        expect_refused(shell, export(shell, recording), f"{name} of {recording}")
        path.unlink(missing_ok=True)
        path.write_bytes(whole)
    assert export(shell, recording).status == 0


@pytest.mark.parametrize("stem", ["audio", "words"])
def test_parts_of_two_channels_cannot_be_swapped(shell: Shell, stem: str) -> None:
    recording = first(shell)
    _swap(part(shell, recording, f"{stem}-0"), part(shell, recording, f"{stem}-1"))

    expect_refused(shell, export(shell, recording), f"{stem}-0 of {recording}")


@pytest.mark.parametrize("name", PARTS)
def test_parts_of_two_recordings_cannot_be_swapped(shell: Shell, name: str) -> None:
    one, two = (str(recording["recording"]) for recording in shell.recordings())
    _swap(part(shell, one, name), part(shell, two, name))

    expect_refused(shell, export(shell, one), f"{name} of {one}")
    expect_refused(shell, export(shell, two), f"{name} of {two}")


def _swap(one: Path, two: Path) -> None:
    aside = one.with_name("aside")
    one.rename(aside)
    two.rename(one)
    aside.rename(two)


@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE holding SET frames = frames - 1",
        "UPDATE holding SET frames = 'many'",
        "UPDATE holding SET rate_hz = x'00'",
        "UPDATE holding SET state = 'published'",
        "UPDATE holding SET state = 'arrived'",
        "UPDATE holding SET begun_at = 'yesterday'",
        "UPDATE holding SET parts = 'audio'",
        "DELETE FROM channel",
        "UPDATE channel SET person = 'nobody' WHERE channel = 1",
        "UPDATE channel SET person = 'agent'",
        "DELETE FROM key_name WHERE purpose = 'object'",
        "UPDATE key_slot SET wrapped = randomblob(length(wrapped))",
        "UPDATE key_name SET id = 'caller2' WHERE id = 'caller'",
        "UPDATE holding SET id = 'rec_0000000000000000000' || rowno FROM"
        " (SELECT id AS was, row_number() OVER () AS rowno FROM holding) WHERE id = was",
        "UPDATE holding SET id = char(27) || '[31m' || id",
    ],
)
def test_an_edited_index_gives_no_content(shell: Shell, edit: str) -> None:
    recording = first(shell)
    _edit(shell, edit)
    answer = export(shell, recording)

    assert answer.status == 1
    assert answer.err.startswith("error: ")
    assert "\x1b" not in answer.err
    assert not list(files_under(shell.folder / "taken"))


def _edit(shell: Shell, *statements: str) -> None:
    with closing(sqlite3.connect(shell.vault / "vault.db")) as database:
        for statement in statements:
            database.execute(statement)
        database.commit()


LEDGER_EDITS = [
    ("UPDATE ledger_entry SET data = replace(data, 'processed', 'erasedxxx')", "entr"),
    ("UPDATE ledger_entry SET data = x'00' WHERE position = 2", "entry 2"),
    ("DELETE FROM ledger_entry WHERE position = 1", "entry 1"),
    (
        "INSERT INTO ledger_entry SELECT max(position) + 1, data FROM ledger_entry",
        "entr",
    ),
    ("DELETE FROM ledger_node WHERE level = 1", "tree"),
    ("UPDATE ledger_node SET hash = randomblob(32) WHERE level = 0 AND position = 0", "of entry 0"),
    ("UPDATE ledger_head SET note = replace(note, 'sottovoce', 'overheard')", "head"),
    ("DELETE FROM ledger_head", "head"),
]


@pytest.mark.parametrize(("edit", "said"), LEDGER_EDITS, ids=[e for e, _ in LEDGER_EDITS])
def test_an_edited_ledger_is_found_by_whoever_reads_it(shell: Shell, edit: str, said: str) -> None:
    _edit(shell, edit)
    verified = shell("verify", shell.vault)
    listed = shell("ledger", "list", "--vault", shell.vault)

    assert (verified.status, listed.status) == (1, 1)
    assert said in verified.out.lower()
    assert said in listed.err.lower()
    assert listed.out == ""


@pytest.mark.parametrize("edit", [edit for edit, _ in LEDGER_EDITS if "node" not in edit])
def test_an_edited_ledger_is_not_exported(shell: Shell, edit: str) -> None:
    """But for the hashes between, which an export is never made of."""
    _edit(shell, edit)
    answer = shell("ledger", "export", shell.folder / "taken", "--vault", shell.vault)

    assert answer.status == 1
    assert not (shell.folder / "taken" / "checkpoint").exists()


@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE ledger_node SET hash = randomblob(32)",
        "UPDATE ledger_head SET note = replace(note, 'sottovoce', 'overheard')",
        "DELETE FROM ledger_head",
        "DELETE FROM ledger_node",
        "DROP TABLE ledger_entry",
    ],
)
def test_nothing_is_added_to_a_ledger_that_was_edited_at_its_edge(shell: Shell, edit: str) -> None:
    _edit(shell, edit)
    before = len(list(files_under(shell.vault / "objects")))
    answer = shell.process("one.wav", "--json")

    assert answer.status == 1
    assert "ledger" in answer.err or "tree" in answer.err
    assert '"outputs"' not in answer.out
    assert len(list(files_under(shell.vault / "objects"))) == before


def test_a_damaged_database_is_said(shell: Shell) -> None:
    database = shell.vault / "vault.db"
    data = bytearray(database.read_bytes())
    data[4096 : len(data) // 2] = b"\xff" * (len(data) // 2 - 4096)
    database.write_bytes(data)
    answer = shell.process("one.wav")

    assert answer.status == 1
    assert "error: the vault's database is damaged" in answer.err
    assert shell("recordings", "list", "--vault", shell.vault).status == 1


@pytest.mark.parametrize("change", [flip_last, cut_one, empty, delete, link])
def test_a_changed_root_key_opens_nothing(shell: Shell, change: Change) -> None:
    recording = first(shell)
    root = shell.vault / "root.key"
    data = root.read_bytes()
    root.write_bytes(data.rstrip(b"\n"))
    change(root)

    expect_refused(shell, export(shell, recording), "root key")
    assert shell.process("one.wav").status == 1


def test_a_root_key_of_another_vault_opens_nothing(shell: Shell) -> None:
    recording = first(shell)
    shell("process", "one.wav", "--vault", shell.folder / "other", "--out", shell.folder / "other2")
    shutil.copy(shell.folder / "other" / "root.key", shell.vault / "root.key")

    expect_refused(shell, export(shell, recording), "do not belong together")


def test_a_published_key_that_was_changed_is_said(shell: Shell) -> None:
    recording = first(shell)
    shell("process", "one.wav", "--vault", shell.folder / "other", "--out", shell.folder / "other2")
    shutil.copy(shell.folder / "other" / "ledger.vkey", shell.vault / "ledger.vkey")

    expect_refused(shell, export(shell, recording), "ledger.vkey is not the one that signs")
    answer = shell("verify", shell.out / "one.receipt.json", "--vault", shell.vault)
    assert (answer.status, "two ledgers" in answer.err) == (1, True)


@pytest.mark.parametrize("change", CHANGES[:-2])
def test_a_changed_output_is_named_by_verify(shell: Shell, change: Change) -> None:
    """The outputs that a receipt signs, each, and the receipt itself."""
    for path in sorted(shell.out.glob("two.*")):
        whole = path.read_bytes()
        change(path)
        answer = shell("verify", shell.out / "two.receipt.json", "--vault", shell.vault, "--json")

        assert (answer.status, answer.object["status"]) == (1, "tampered"), path.name
        assert path.name in f"{answer.object['error']} {answer.object['name']}"
        assert "says" not in answer.object
        path.write_bytes(whole)


def test_a_receipt_that_says_something_else_is_refused(shell: Shell) -> None:
    path = shell.out / "one.receipt.json"
    envelope = json.loads(path.read_text())
    for name, value in envelope.items():
        changed = "x" + value[1:] if isinstance(value, str) else []
        path.write_text(json.dumps(envelope | {name: changed}))

        assert shell("verify", path, "--vault", shell.vault).status == 1


def test_outputs_of_two_recordings_cannot_be_swapped(shell: Shell) -> None:
    _swap(shell.out / "one.transcript.json", shell.out / "two.transcript.json")
    answer = shell("verify", shell.out, "--vault", shell.vault)

    assert answer.status == 1
    assert "one.transcript.json is not the file that the receipt was signed for" in answer.out
    assert "two.transcript.json is not the file that the receipt was signed for" in answer.out


@pytest.mark.parametrize("change", [flip_first, flip_middle, cut_one, empty, delete])
def test_a_changed_arrival_is_not_worked_on(toy: Shell, change: Change) -> None:
    toy_speech.write_call(
        toy.folder / "call.wav", (*toy_speech.CALL, "thank you", toy_speech.BREAKDOWN)
    )

    assert toy.run("process", "call.wav", "--out", toy.out, "--vault", toy.vault).status == 3
    (recording,) = toy.recordings()
    change(part(toy, str(recording["recording"]), "arrival-1"))
    answer = toy.process("call.wav", "--json")

    assert (recording["state"], answer.status) == ("arrived", 1)
    assert f"arrival-1 of {recording['recording']}" in answer.err
    assert answer.object["error"]["code"] == "tampered"
    assert not list(files_under(toy.out, toy.temporary))
