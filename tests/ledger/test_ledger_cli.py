"""``sottovoce ledger list|show|prove|head|check|export``."""

import argparse
import base64
import json
from datetime import UTC, datetime
from hashlib import sha256

import pytest

from sottovoce.backends.sqlite_log import SQLiteLog
from sottovoce.cli.ledger import add
from sottovoce.cli.verify import verify
from sottovoce.ledger.head import open_head
from sottovoce.values.errors import Missing, Refused, Tampered, Unavailable, Unfit
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


@pytest.fixture
def story(ways, vault):
    """Return a vault with a night in which something was listened to, and something refused."""
    said = [
        ("recording.opened", "uid:7", ways.event(3).recording, HEARD),
        ("approval.refused", "uid:8", None, {"act": "root", "why": "unsigned"}),
        ("recording.erased", "uid:7", ways.event(3).recording, {"keys": 2}),
    ]
    with ways.database(vault / "vault.db") as connection:
        log = SQLiteLog(connection, origin=ways.signer.key.name, signer=ways.signer)
        connection.execute("BEGIN IMMEDIATE")
        for hour, (kind, actor, recording, facts) in enumerate(said):
            at = datetime(2025, 3, 1, 20 + hour, tzinfo=UTC)
            log.append(Event(kind, at, ActorId(actor), recording, facts))
        connection.execute("COMMIT")
    return vault


HEARD = {"part": "audio", "channel": 0, "from_ms": 1500, "to_ms": 4000}


def test_who_listened_to_a_recording_and_which_seconds(ways, run, story):
    recording = ways.event(3).recording
    _, text = run("list", "--recording", recording, "--kind", "recording.opened", "--vault", story)

    assert text.split() == [
        "5", "2025-03-01T20:00:00.000Z", "recording.opened", recording, "uid:7",
        "seconds=1.500-4.000", "channel=0", "part=audio",
    ]  # fmt: skip


def test_what_an_actor_did(run, story):
    _, text = run("list", "--actor", "uid:7", "--vault", story, "--json")
    found = [json.loads(line) for line in text.splitlines()]

    assert [one["index"] for one in found] == [5, 7]
    assert found[0]["facts"] == HEARD


def test_every_refusal_last_night(run, story):
    night = ("--since", "2025-03-01T20:00", "--until", "2025-03-02T08:00+01:00")
    _, text = run("list", "--refused", *night, "--vault", story)

    assert (len(text.splitlines()), "approval.refused" in text) == (1, True)
    assert run("list", "--refused", "--since", "12h", "--vault", story) == (0, "")


def test_pages_follow_one_another(run, story):
    pages, after = [], ()
    while text := run("list", "--limit", "3", *after, "--vault", story, "--json")[1]:
        pages.append([json.loads(line)["index"] for line in text.splitlines()])
        after = ("--after", pages[-1][-1])

    assert pages == [[0, 1, 2], [3, 4, 5], [6, 7]]


def test_one_entry_is_shown_with_what_it_is_proved_under(run, story):
    status, text = run("show", 5, "--vault", story)

    assert (status, "1.500-4.000" in text, "signed head of 8 entries" in text) == (0, True, True)
    assert json.loads(run("show", 5, "--vault", story, "--json")[1])["facts"] == HEARD
    with pytest.raises(Missing, match="8 entries"):
        run("show", 8, "--vault", story)


def test_a_proof_stands_alone(ways, run, story):
    """It is read here by its page alone: C2SP tlog-proof."""
    _, text = run("prove", 5, "--vault", story)
    first, extra, index, *hashes = text.split("\n\n")[0].split("\n")
    note = text.split("\n\n", 1)[1].encode()
    head = open_head(note, ways.signer.key)
    entry = base64.b64decode(extra.removeprefix("extra "))
    place, size, node = int(index.removeprefix("index ")), head.size, b"\0" + entry
    node, last = sha256(node).digest(), size - 1
    for sibling in map(base64.b64decode, hashes):
        is_right = place & 1 or place == last
        node = sha256(b"\1" + (sibling + node if is_right else node + sibling)).digest()
        while is_right and place and not place & 1:
            place, last = place >> 1, last >> 1
        place, last = place >> 1, last >> 1

    assert (first, index) == ("c2sp.org/tlog-proof@v1", "index 5")
    assert (node, last) == (head.root, 0)
    assert b"recording.opened" in entry


def test_check_compares_heads_that_were_kept_and_the_index(run, story, tmp_path):
    (tmp_path / "head").write_text(run("head", "--vault", story)[1])
    status, text = run("check", "--vault", story, "--head", tmp_path / "head")

    assert (status, "8 entries" in text) == (0, True)
    assert json.loads(run("check", "--vault", story, "--json")[1]) == {
        "entries": 8, "unknown": 0, "heads": 0,
    }  # fmt: skip
    with pytest.raises(Unfit):
        run("check", "--vault", story, "--head", tmp_path / "none")


def test_a_forged_index_is_found(ways, run, story):
    """Its pages are edited as who holds the disk could: a question is not told of one entry."""
    with ways.database(story / "vault.db") as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(
            "UPDATE sqlite_schema SET sql = sql || ' AND position <> 6'"
            " WHERE name = 'ledger_refused'"
        )
    with ways.database(story / "vault.db") as connection:
        connection.execute("REINDEX ledger_refused")
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(
            "UPDATE sqlite_schema SET sql = replace(sql, ' AND position <> 6', '')"
            " WHERE name = 'ledger_refused'"
        )

    assert run("list", "--refused", "--vault", story) == (0, "")
    with pytest.raises(Tampered, match="index"):
        run("check", "--vault", story)


def test_an_edited_entry_is_never_an_answer(ways, run, story):
    with ways.database(story / "vault.db") as connection:
        connection.execute(
            "UPDATE ledger_entry SET data = replace(CAST(data AS TEXT), 'uid:7', 'uid:9')"
            " WHERE position = 5"
        )
        connection.execute("UPDATE ledger_entry SET data = CAST(data AS BLOB) WHERE position = 5")
    with pytest.raises(Tampered, match="entry 5"):
        run("list", "--actor", "uid:9", "--vault", story)


def test_a_ledger_from_before_the_index_is_given_one_when_it_is_opened(ways, run, story):
    with ways.database(story / "vault.db") as connection:
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'index' AND name LIKE 'ledger%'"
        ).fetchall():
            connection.execute(f"DROP INDEX {name}")
        for column in ("refused", "person", "recording", "actor", "kind", "at"):
            connection.execute(f"ALTER TABLE ledger_entry DROP COLUMN {column}")
    listed = run("list", "--vault", story)[1]
    with pytest.raises(Unavailable, match="before it had an index"):
        run("list", "--refused", "--vault", story)
    with ways.database(story / "vault.db") as connection:
        SQLiteLog(connection, origin=ways.signer.key.name, signer=ways.signer)

    assert len(listed.splitlines()) == 8
    assert "approval.refused" in run("list", "--refused", "--vault", story)[1]
    assert run("check", "--vault", story)[0] == 0


@pytest.mark.parametrize(
    "wrong",
    [("--kind", "oliver"), ("--since", "oliver"), ("--after", "-1"), ("--limit", "0")],
)
def test_what_cannot_be_asked_is_said_without_repeating_it(run, story, wrong, capsys):
    with pytest.raises(SystemExit):
        run("list", *wrong, "--vault", story)

    assert "oliver" not in capsys.readouterr().err
