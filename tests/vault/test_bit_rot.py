"""Any byte of any file of a vault that is flipped is found and named, or changes nothing."""

import json
import random
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from hmac import digest
from pathlib import Path

import pytest

from sottovoce.cli.main import main
from sottovoce.values.ids import PersonId, RecordingId
from sottovoce.vault.holding import Holding, State, canonical_row

ANN, BEN = PersonId("ann-1"), PersonId("ben-2")
VECTOR = json.loads((Path(__file__).parents[1] / "vectors" / "row.json").read_text())


def content(vault: Path) -> list[str]:
    """Return every table and row, as SQL: what is in free pages and in gaps is not in it."""
    with closing(sqlite3.connect(f"file:{vault / 'vault.db'}?mode=ro", uri=True)) as connection:
        held = [(version,) for (version,) in connection.execute("PRAGMA user_version")]
        return [*map(str, held), *connection.iterdump()]


def flipped(path: Path, place: int, bit: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 1 << bit
    path.write_bytes(data)


@pytest.fixture
def held(site):
    site.record(ANN, BEN)
    site.record(BEN, settled=False)
    site.erase("recordings", "erase", site.record(ANN))
    assert site.is_sound(site.vault)
    return site.vault


@pytest.mark.parametrize("count", [6, pytest.param(40, marks=pytest.mark.slow)])
@pytest.mark.parametrize("seed", range(3))
def test_any_flipped_byte_is_named_or_changes_nothing(held, tmp_path, capsys, seed, count) -> None:
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    files = sorted(p.relative_to(held) for p in held.rglob("*") if p.is_file())
    whole = content(held)
    for file in [f for f in files if (held / f).stat().st_size]:
        size = (held / file).stat().st_size
        for _ in range(count * 4 if file.name == "vault.db" else count // 3):
            place, bit = chance.randrange(size), chance.randrange(8)
            copy = tmp_path / "copy"
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(held, copy)
            flipped(copy / file, place, bit)
            same = file.name == "vault.db" and _is_same(copy, whole)
            capsys.readouterr()
            status = main(["vault", "check", "--vault", str(copy)])
            said = capsys.readouterr()

            assert status or same, (file.name, place, bit, said.out)
            assert not status or (said.out + said.err).strip(), (file.name, place)
            assert "did not foresee" not in said.err, (file.name, place, bit, said.err)


def _is_same(vault: Path, whole: list[str]) -> bool:
    try:
        return content(vault) == whole
    except (sqlite3.Error, ValueError):  # Text that is not UTF-8 any more is one of them.
        return False


@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE holding SET rate_hz = 16000",
        "UPDATE holding SET begun_at = '2001-01-01T00:00:00.000000+00:00'",
        "UPDATE holding SET fingerprint = 'f0'",
        "UPDATE holding SET settled_at = NULL",
        "UPDATE channel SET person = 'cy-3' WHERE channel = 0",
        "DELETE FROM channel WHERE channel = 1",
        "DELETE FROM row_seal",
        "UPDATE row_seal SET seal = 'text'",
    ],
)
def test_an_edited_row_is_named_by_the_read_and_by_the_check(site, capsys, edit: str) -> None:
    recording = site.record(ANN, BEN)
    with closing(sqlite3.connect(site.vault / "vault.db")) as connection, connection:
        connection.execute(edit)
    capsys.readouterr()

    assert main(["recordings", "show", recording, "--vault", str(site.vault)]) == 1
    assert f"the row of {recording} is not what was written" in capsys.readouterr().err
    assert main(["vault", "check", "--vault", str(site.vault)]) == 1
    assert f"the row of {recording}" in capsys.readouterr().out


def test_a_vault_from_before_rows_had_seals_gets_them_once(site) -> None:
    recording = site.record(ANN)
    with closing(sqlite3.connect(site.vault / "vault.db")) as connection, connection:
        for table in ("row_seal", "token", "strand"):
            connection.execute(f"DROP TABLE {table}")
        connection.execute("DROP INDEX holding_begun")
        connection.execute("PRAGMA user_version = 1")
    assert site.words(site.vault, recording)
    assert site.is_sound(site.vault)

    migrated = [e["facts"] for e in site.ledger(site.vault) if e["kind"] == "vault.migrated"]
    assert migrated == [
        {"format": 2, "rows": 1},
        {"format": 3, "rows": 0},
        {"format": 4, "rows": 0},
    ]


def test_a_row_is_sealed_as_the_page_says() -> None:
    at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    row = Holding(
        id=RecordingId("rec_00112233445566778899"),
        state=State.KEPT,
        begun_at=at.replace(microsecond=6),
        rate_hz=8000,
        frames=16000,
        persons=(PersonId("caller-1"), PersonId("")),
        parts=("audio", "words"),
        fingerprint="0f0f",
        arrived_at=at.replace(second=6),
        settled_at=at.replace(second=7),
    )

    assert canonical_row(row).decode() == VECTOR["row"]
    assert canonical_row(replace(row, unswept=True)) == canonical_row(row)
    sealed = digest(bytes.fromhex(VECTOR["key"]), canonical_row(row), "sha256")
    assert sealed.hex() == VECTOR["seal"]
