"""The second key: heads signed by ML-DSA-65 too, and who may leave it out."""

import hashlib
import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from sottovoce.backends.sqlite_log import SQLiteLog, open_readonly
from sottovoce.cli.ledger import write_tree
from sottovoce.cli.verify_alone import main
from sottovoce.ledger.head import open_head, sign_head
from sottovoce.ledger.note import ledger_signer, read_vkey, read_vkeys
from sottovoce.ledger.tiles import check_tree
from sottovoce.values.errors import Tampered, Unfit
from sottovoce.vault.keys import SECOND_SIGNING
from sottovoce.wiring import embedded

SECOND = bytes(range(100, 132))
VECTORS = Path(__file__).parent.parent / "vectors" / "second.json"


@pytest.fixture(scope="session")
def both(ways):
    return ledger_signer(ways.seed, second=SECOND)


def test_the_second_key_and_head_of_the_vectors_are_ours_and_verify(both):
    made = json.loads(VECTORS.read_text(encoding="utf-8"))
    key = read_vkeys(f"{made['vkey']}\n{made['second_vkey']}")

    assert (key, key.second) == (both.key, both.key.second)
    assert open_head(made["head"].encode(), key).size == 3


def test_tools_that_know_only_the_first_key_read_the_head(both):
    head = sign_head(3, bytes(32), signer=both)

    assert open_head(head.note, read_vkey(both.key.vkey)) == head
    assert head.note.count("\N{EM DASH}".encode()) == 2


def test_whoever_has_the_second_key_wants_its_line(ways, both):
    head = sign_head(3, bytes(32), signer=both)
    lines = head.note.split(b"\n")
    first, second = lines[4], lines[5]
    for forged in (
        ways.signer,
        ledger_signer(ways.seed, second=bytes(32)),
    ):
        with pytest.raises(Tampered, match="0 signatures of the second key"):
            open_head(sign_head(3, bytes(32), signer=forged).note, both.key)
    with pytest.raises(Tampered, match="2 signatures of the second key"):
        open_head(b"\n".join([*lines[:4], first, second, second, b""]), both.key)


def test_every_flipped_byte_of_the_second_line_is_found(both):
    note = sign_head(3, bytes(32), signer=both).note
    begin = note.rindex(b" ") + 1
    for place in range(begin, len(note), 97):
        changed = note[:place] + bytes([note[place] ^ 1]) + note[place + 1 :]
        with pytest.raises((Tampered, Unfit)):
            open_head(changed, both.key)


@pytest.mark.parametrize("wrong", ["{first}", "{second}", "{first}\n{first}"])
def test_lines_that_are_not_a_key_and_its_second_are_unfit(both, wrong):
    lines = wrong.format(first=both.key.vkey, second=both.key.second.vkey)
    if wrong == "{first}":
        assert read_vkeys(lines).second is None
        return
    with pytest.raises(Unfit):
        read_vkeys(lines)


def test_the_second_key_of_another_ledger_is_tampered(both):
    other = ledger_signer(bytes(32), second=SECOND).key.second.vkey
    with pytest.raises(Tampered, match="two ledgers"):
        read_vkeys(f"{both.key.vkey}\n{other}")


def test_no_key_is_in_what_is_printed_of_it(both):
    assert SECOND.hex() not in repr(both.key)
    assert both.key.second.public.hex() not in repr(both.key)


@pytest.fixture
def vault(tmp_path):
    """A vault from before there was a second key, as such a vault was."""
    path = tmp_path / "vault"
    embedded(path).close()
    with sqlite3.connect(path / "vault.db") as connection:
        slot = "(SELECT slot FROM key_name WHERE id = ?)"
        connection.execute(f"DELETE FROM key_slot WHERE slot = {slot}", (SECOND_SIGNING.id,))  # noqa: S608
        connection.execute("DELETE FROM key_name WHERE id = ?", (SECOND_SIGNING.id,))
        (note,) = connection.execute("SELECT note FROM ledger_head").fetchone()
        plain = b"\n".join(note.split(b"\n")[:5]) + b"\n"
        connection.execute("UPDATE ledger_head SET note = ?", (plain,))
    (path / "ledger.mldsa65.vkey").unlink()
    return path


def keys_of(vault):
    lines = (vault / "ledger.vkey").read_text() + (vault / "ledger.mldsa65.vkey").read_text()
    return read_vkeys(lines.rstrip("\n"))


def test_a_new_vault_signs_with_both_from_its_first_head(tmp_path):
    embedded(tmp_path / "vault").close()
    with open_readonly(tmp_path / "vault" / "vault.db", keys_of(tmp_path / "vault")) as log:
        assert log.check().head.size == 0


def test_an_old_vault_gets_its_second_key_by_an_event_and_only_once(vault):
    first = embedded(vault)
    entries = [json.loads(one)["kind"] for one in first.log.entries(0, 99)]
    first.close()
    second = embedded(vault)
    second.note(second.event("ledger.exported", size=1))
    second.close()

    assert entries == ["ledger.key_made"]
    with open_readonly(vault / "vault.db", keys_of(vault)) as log:
        assert log.check().head.size == 2


def test_who_was_at_work_meanwhile_signs_with_the_second_key_too(ways, vault, tmp_path):
    from sottovoce.wiring import embedded_with_log

    older, _ = embedded_with_log(vault)
    newer = embedded(vault)
    older.note(older.event("ledger.exported", size=1))
    newer.note(newer.event("ledger.exported", size=2))
    older.note(older.event("ledger.exported", size=3))
    older.close()
    newer.close()

    with open_readonly(vault / "vault.db", keys_of(vault)) as log:
        assert log.check().head.size == 4


def test_a_head_without_the_second_line_is_never_signed_onward(ways, both, tmp_path):
    with ways.database(tmp_path / "vault.db") as connection:
        name = both.key.name
        log = SQLiteLog(connection, origin=name, signer=ways.signer, second=lambda: SECOND)
        connection.execute("BEGIN")
        log.append(ways.event(1))
        head = log.head()
        stripped = sign_head(head.size, head.root, signer=ways.signer).note
        connection.execute("UPDATE ledger_head SET note = ?", (stripped,))

        with pytest.raises(Tampered, match="second key"):
            log.append(ways.event(2))


def test_verify_wants_it_of_a_tree_where_its_key_is_given(ways, both, tmp_path, capsys):
    log = ways.memory(3)
    write_tree(log, both.key, tmp_path / "tree")
    signed = sign_head(3, log.head().root, signer=both).note
    key = tmp_path / "key"
    key.write_text(f"{both.key.vkey}\n{both.key.second.vkey}\n")

    assert main([str(tmp_path / "tree"), "--key", str(key)]) == 1
    (tmp_path / "tree" / "checkpoint").write_bytes(signed)
    assert main([str(tmp_path / "tree"), "--key", str(key)]) == 0
    assert "ML-DSA-65" in capsys.readouterr().out
    shutil.copy(tmp_path / "tree" / "ledger.vkey", key)
    assert main([str(tmp_path / "tree"), "--key", str(key)]) == 0
    assert check_tree(lambda name: (tmp_path / "tree" / name).read_bytes(), both.key).head.size == 3


def test_a_receipt_from_before_the_second_key_stands_and_says_so(ways, both, tmp_path, capsys):
    log = ways.memory(3)
    (tmp_path / "a.txt").write_bytes(b"hello")
    digests = {"txt": hashlib.sha256(b"hello").hexdigest()}
    (tmp_path / "a.receipt.json").write_bytes(ways.receipt(log, digests, log.append))
    (tmp_path / "key").write_text(f"{both.key.vkey}\n{both.key.second.vkey}\n")

    assert main([str(tmp_path / "a.receipt.json"), "--key", str(tmp_path / "key")]) == 0
    assert "before the second key" in capsys.readouterr().out.split("not proven")[1]
