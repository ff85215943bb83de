"""``sottovoce verify``: what it says of receipts, folders, ledgers and vaults, and its status."""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys

import pytest

from sottovoce.backends.sqlite_log import SQLiteLog
from sottovoce.cli.ledger import write_tree
from sottovoce.cli.verify import add, verify
from sottovoce.ledger.head import sign_head
from sottovoce.values.errors import Unfit


@pytest.fixture(autouse=True)
def no_usual_vault(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "nothing"))


@pytest.fixture
def run(capsys):
    """Run the command; return its status and what it printed."""

    def run(*arguments):
        top = argparse.ArgumentParser()
        add(top.add_subparsers())
        args = top.parse_args(["verify", *map(str, arguments)])
        return args.run(args), capsys.readouterr().out

    return run


@pytest.fixture
def key(ways, tmp_path):
    (tmp_path / "key").write_text(f"{ways.signer.key.vkey}\n")
    return tmp_path / "key"


@pytest.fixture
def out(ways, tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    log = ways.memory(3)
    contents = {"redacted.flac": b"fLaC", "transcript.json": b"{}", "txt": b"hello"}
    for role, data in contents.items():
        (folder / f"call.{role}").write_bytes(data)
    digests = {role: hashlib.sha256(data).hexdigest() for role, data in contents.items()}
    (folder / "call.receipt.json").write_bytes(ways.receipt(log, digests, log.append))
    (tmp_path / "head").write_bytes(log.head().note)
    return folder


@pytest.fixture
def tree(ways, tmp_path):
    write_tree(ways.memory(300), ways.signer.key, tmp_path / "tree")
    return tmp_path / "tree"


@pytest.fixture
def vault(ways, tmp_path):
    return ways.folder(tmp_path / "vault", 30)


def test_a_receipt_and_its_outputs_are_proven(run, out, key):
    status, text = run(out / "call.receipt.json", "--key", key)

    assert status == 0
    assert "call.receipt.json: proven" in text
    assert "the key that you gave" in text
    assert "call.redacted.flac is the file that the receipt was signed for" in text
    assert "findings: fin.pan 2, per.name 1" in text


def test_without_a_key_the_fingerprint_is_to_be_compared(ways, run, out):
    status, text = run(out)

    assert status == 0
    assert ways.signer.key.fingerprint in text
    assert "compare its fingerprint" in text.split("not proven")[1]


def test_the_usual_vaults_key_is_trusted(ways, run, out, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    usual = tmp_path / "sottovoce" / "vault"
    usual.mkdir(parents=True)
    (usual / "ledger.vkey").write_text(f"{ways.signer.key.vkey}\n")
    proven = run(out)
    (usual / "ledger.vkey").write_text(f"{ways.stranger.key.vkey}\n")

    assert proven[0] == 0
    assert "the key of your vault" in proven[1]
    assert run(out)[0] == 1


@pytest.mark.parametrize("role", ["redacted.flac", "transcript.json", "txt"])
def test_a_changed_output_is_tampered(run, out, role):
    path = out / f"call.{role}"
    path.write_bytes(path.read_bytes() + b"x")
    status, text = run(out)

    assert status == 1
    assert f"call.{role} is not the file" in text
    assert "proven" not in text.replace("not proven", "")


def test_an_absent_output_is_said_to_be_not_checked(run, out):
    (out / "call.txt").unlink()
    status, text = run(out)

    assert status == 0
    assert "call.txt: it is not here, so it was not checked" in text.split("not proven")[1]


def test_a_swapped_receipt_is_tampered(ways, run, out):
    log = ways.memory(9)
    digests = {"redacted.flac": "00" * 32}
    (out / "call.receipt.json").write_bytes(ways.receipt(log, digests, log.append))

    assert run(out)[0] == 1


def test_an_output_without_a_receipt_is_tampered(run, out):
    (out / "other.redacted.flac").write_bytes(b"fLaC")
    status, text = run(out)

    assert status == 1
    assert "other.redacted.flac: tampered" in text
    assert "call.receipt.json: proven" in text


def test_tampered_outweighs_what_cannot_be_read(run, out):
    shutil.copy(out / "call.receipt.json", out / "pipe.receipt.json")
    (out / "call.redacted.flac").write_bytes(b"changed")
    os.mkfifo(out / "pipe.txt")
    status, text = run(out)

    assert "pipe.receipt.json: cannot be read" in text
    assert status == 1


def test_every_damaged_receipt_is_tampered_and_says_so(run, out):
    path = out / "call.receipt.json"
    whole = path.read_bytes()
    for data in (b"", whole[:-1], whole[: len(whole) // 2], b"x" + whole, b"{" * 10**6,
                 whole.replace(b"payloadType", b"payloadtype"), b"\x00" * (2 << 20)):  # fmt: skip
        path.write_bytes(data)
        status, text = run(path)

        assert (status, "tampered" in text) == (1, True)


def test_a_receipt_of_a_later_version_cannot_be_read(ways, run, out):
    path = out / "call.receipt.json"
    import base64

    envelope = json.loads(path.read_bytes())
    statement = base64.b64decode(envelope["payload"]).replace(b"receipt/v1", b"receipt/v9")
    kind = envelope["payloadType"]
    signed = f"DSSEv1 {len(kind)} {kind} {len(statement)} ".encode() + statement
    envelope["payload"] = base64.b64encode(statement).decode()
    envelope["signatures"][0]["sig"] = base64.b64encode(ways.signer.sign(signed)).decode()
    path.write_text(json.dumps(envelope, indent=2, sort_keys=True) + "\n")
    status, text = run(path)

    assert status == 2
    assert "version 1" in text


def test_a_file_that_is_no_receipt_cannot_be_read(run, tmp_path):
    (tmp_path / "notes.txt").write_text("hello")

    assert run(tmp_path / "notes.txt")[0] == 2


def test_a_path_without_anything_to_check_is_unfit(tmp_path):
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "empty", tmp_path / "absent"):
        with pytest.raises(Unfit):
            list(verify(path))


def test_a_pipe_in_the_place_of_an_output_is_not_waited_for(run, out):
    (out / "call.txt").unlink()
    os.mkfifo(out / "call.txt")
    status, text = run(out)

    assert status == 2
    assert "not a regular file" in text


def test_an_exported_ledger_is_proven(run, tree, key):
    status, text = run(tree, "--key", key)

    assert status == 0
    assert "all 300 entries" in text
    assert "--head" in text.split("not proven")[1]


@pytest.mark.parametrize(
    "name", ["checkpoint", "tile/entries/000", "tile/0/001.p/44", "tile/1/000.p/1", "ledger.vkey"]
)
def test_a_flipped_or_missing_part_of_an_exported_ledger_is_tampered(run, tree, name):
    data = bytearray((tree / name).read_bytes())
    data[len(data) // 2] ^= 1
    (tree / name).write_bytes(data)

    assert run(tree)[0] == 1


def test_a_ledger_with_no_key_at_all_cannot_be_read(run, tree):
    (tree / "ledger.vkey").unlink()

    assert run(tree)[0] == 2


def test_a_ledger_is_checked_against_a_head_kept_elsewhere(ways, run, tree, tmp_path):
    for name, size in (("older", 123), ("newer", 301)):
        (tmp_path / name).write_bytes(ways.memory(size).head().note)
    (tmp_path / "forged").write_bytes(sign_head(123, bytes(32), signer=ways.signer).note)
    (tmp_path / "foreign").write_bytes(sign_head(123, bytes(32), signer=ways.stranger).note)
    status, text = run(tree, "--head", tmp_path / "older")

    assert status == 0
    assert "it begins with the 123 entries kept elsewhere" in text
    assert "put back" in run(tree, "--head", tmp_path / "newer")[1]
    for name in ("newer", "forged", "foreign"):
        assert run(tree, "--head", tmp_path / name)[0] == 1


def test_a_receipt_serves_as_a_head_kept_elsewhere(run, tree, vault, out):
    receipt = out / "call.receipt.json"

    assert run(tree, "--head", receipt)[0] == 1
    assert "not those of the head kept elsewhere" in run(vault, "--head", receipt)[1]


def test_a_receipt_is_checked_against_a_head_of_its_size(ways, run, out, tmp_path):
    (tmp_path / "forged").write_bytes(sign_head(4, bytes(32), signer=ways.signer).note)
    status, text = run(out, "--head", tmp_path / "head")

    assert status == 0
    assert "written anew" not in text
    assert run(out, "--head", tmp_path / "forged")[0] == 1


def test_a_vault_is_proven_without_any_secret(run, vault):
    status, text = run(vault)

    assert status == 0
    assert "all 30 entries" in text
    assert "sealed recordings" in text.split("not proven")[1]


def test_entries_that_have_no_head_yet_are_told(ways, run, vault):
    with ways.database(vault / "vault.db") as connection:
        log = SQLiteLog(connection, origin=ways.signer.key.name, signer=ways.signer)
        connection.execute("BEGIN IMMEDIATE")
        log.append_ahead([log.entry(0)] * 3)
        connection.execute("COMMIT")
    status, said = run(vault)

    assert status == 0
    assert "3 entries after the signed head: none covers them yet" in " ".join(said.split())


def test_an_edited_vault_is_tampered(ways, run, vault):
    with ways.database(vault / "vault.db") as connection:
        connection.execute("UPDATE ledger_entry SET data = x'7b7d' WHERE position = 12")
    status, text = run(vault)

    assert status == 1
    assert "entry 12 is not what was logged" in text


def test_a_vault_that_someone_works_in_is_checked(ways, run, vault):
    with ways.database(vault / "vault.db") as connection:
        connection.execute("CREATE TABLE busy (a)")
        connection.execute("BEGIN IMMEDIATE")
        status, _ = run(vault)

    assert status == 0


def test_a_spoiled_database_is_tampered(run, vault):
    (vault / "vault.db").write_bytes(b"not a database, but long enough to be one" * 100)

    assert run(vault)[0] == 1


def test_json_gives_one_object_a_thing(run, out, vault, tree):
    for path, what in ((out, "receipt"), (vault, "vault"), (tree, "ledger")):
        status, text = run(path, "--json")
        found = json.loads(text)

        assert (status, found["status"], found["what"]) == (0, "proven", what)
        assert found["key"]
        assert found["proven"]
        assert found["not_proven"]


def test_a_name_that_steers_a_terminal_is_shown_harmless(run, out):
    shutil.copy(out / "call.txt", out / "\x1b[2J.redacted.flac")

    assert "\x1b" not in run(out)[1]


def test_verifying_loads_no_sound_and_no_speech():
    code = (
        "import sys, sottovoce.cli.verify, sottovoce.backends.sqlite_log;"
        "print(*(m for m in ('numpy', 'av', 'faster_whisper', 'rich') if m in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == ""
