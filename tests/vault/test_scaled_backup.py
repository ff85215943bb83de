"""Backups of a vault in PostgreSQL and a bucket: as of one in a folder, and to and from it."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import boto3
import pytest

from postgres_server import Server
from sottovoce.backends import catching_up
from sottovoce.backends.site import site_of
from sottovoce.cli.main import main
from sottovoce.ledger.tiles import KEY_FILE, SECOND_FILE
from sottovoce.values.ids import PersonId
from sottovoce.vault.holding import State
from sottovoce.vault.tokens import Mention, Purpose, Term
from sottovoce.wiring import embedded

ANN, BEN = PersonId("ann-1"), PersonId("ben-2")
WORDS = b'{"said":"pilcrow seven"}'
SAID = [Mention(Term(Purpose.WORDS, "pilcrow"), 0)]
REGION = "eu-central-1"
SITE = """
[database]
host = "{host}"
name = "{name}"
user = "worker"
[bucket]
name = "{bucket}"
region = "eu-central-1"
endpoint = "{url}"
"""


@pytest.fixture
def place(postgres: Server, s3_url: str) -> Callable[[Path], None]:
    """Make a folder that says that its vault rests in a database and a bucket, both empty."""

    def place(folder: Path) -> None:
        database = postgres.database()
        bucket = f"vault-{os.urandom(6).hex()}"
        client = boto3.client("s3", endpoint_url=s3_url, region_name=REGION)
        client.create_bucket(
            Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        folder.mkdir(mode=0o700, parents=True)
        said = SITE.format(host=database.host, name=database.name, bucket=bucket, url=s3_url)
        (folder / "site.toml").write_text(said)

    return place


@pytest.fixture
def scaled(site, place):
    place(site.vault)
    return site


def objects(folder: Path) -> dict[str, bytes]:
    site = site_of(folder)
    assert site is not None
    client = boto3.client("s3", endpoint_url=site.place.endpoint, region_name=REGION)
    listed = client.list_objects_v2(Bucket=site.place.bucket).get("Contents", [])
    return {
        one["Key"]: client.get_object(Bucket=site.place.bucket, Key=one["Key"])["Body"].read()
        for one in listed
    }


def test_a_scaled_vault_comes_back_in_a_folder(scaled) -> None:
    recording = scaled.record(ANN, BEN, said=SAID)
    coming = scaled.record(ANN, settled=False)
    made = scaled.run("create")
    assert (made["parts"], made["copied"], made["left_out"]) == (4, 4, 0)
    assert scaled.run("create")["copied"] == 0
    assert scaled.run("verify")["troubles"] == []
    done = scaled.restore()

    assert (done["parts"], done["lost"], done["unfinished"]) == (4, 0, 1)
    assert scaled.words(scaled.back, recording) == [WORDS, WORDS]
    app = embedded(scaled.back)
    found = app.vault.seek(
        [Term(Purpose.WORDS, "pilcrow")],
        event=lambda asked, count: app.event("index.searched", None, asked=asked, found=count),
    )
    assert found == (recording,)
    assert app.vault.show(coming).state is State.ERASED
    app.close()
    assert scaled.is_sound(scaled.back)
    assert sorted(path.name for path in scaled.vault.iterdir()) == sorted(
        ["site.toml", "root.key", KEY_FILE, SECOND_FILE]
    )


def test_a_backup_is_restored_into_an_empty_tenant_and_bucket(scaled, place) -> None:
    hers, shared = scaled.record(ANN), scaled.record(ANN, BEN, said=SAID)
    his = scaled.record(BEN)
    first = scaled.run("create")["backup"]
    scaled.erase("people", "erase", ANN)
    scaled.erase("recordings", "erase", his)
    place(scaled.back)
    done = scaled.restore(first, "--ledger", str(scaled.vault))

    assert (done["persons_erased"], done["recordings_erased"], done["parts"]) == (1, 1, 2)
    assert scaled.words(scaled.back, shared) == [WORDS]
    assert {key.split("/")[1] for key in objects(scaled.back)} == {shared}
    app = embedded(scaled.back)
    states = {holding.id: holding.state for holding in app.vault.list()}
    assert not app.vault.keys.has_person(ANN)
    app.close()
    assert states == {hers: State.ERASED, shared: State.KEPT, his: State.ERASED}
    assert scaled.is_sound(scaled.back)
    assert [e["kind"] for e in scaled.ledger(scaled.back)][-2:] == [
        "backup.restored",
        "vault.checked",
    ]
    assert not (scaled.back / "restoring").exists()
    assert scaled.restore(first, status=1) == {}


def test_a_vault_in_a_folder_moves_to_a_tenant_and_a_bucket(site, place) -> None:
    recording = site.record(ANN, BEN)
    site.run("create")
    place(site.back)
    site.restore()

    assert site.words(site.back, recording) == [WORDS, WORDS]
    assert site.is_sound(site.back)
    assert len(site.ledger(site.back)) > len(site.ledger(site.vault))


def test_a_drill_of_a_scaled_vault_passes(scaled) -> None:
    scaled.record(ANN)
    scaled.run("create")
    scaled.erase("people", "erase", ANN)
    done = scaled.run("drill")

    assert (done["passed"], done["persons_erased"]) == (True, 1)


def test_nothing_planted_is_in_a_scaled_backup_or_where_it_is_restored(
    scaled, place, postgres: Server
) -> None:
    said, ask = [], scaled._out
    scaled._out = lambda: said.append(ask()) or said[-1]
    scaled.record(ANN, BEN, said=SAID)
    scaled.run("create")
    place(scaled.back)
    scaled.restore()
    scaled.erase("people", "erase", ANN)
    scaled.run("create")
    repair(scaled, "--ledger", str(scaled.vault))

    files = [path.read_bytes() for path in scaled.vault.parent.rglob("*") if path.is_file()]
    rest = [*objects(scaled.vault).values(), *objects(scaled.back).values(), *postgres.files()]
    for planted in (WORDS, b"pilcrow", b"/home/rosa"):
        assert not [data for data in (*files, *rest) if planted in data]
        assert planted.decode() not in "".join(said)


class Moment:
    """A database as it was once, to be put back: as by a point-in-time recovery."""

    def __init__(self, server: Server, folder: Path) -> None:
        site = site_of(folder)
        assert site is not None
        self._server, self._name = server, site.database.name
        self._do(f"CREATE DATABASE {self._name}_then TEMPLATE {self._name}")

    def put_back(self) -> None:
        self._do(f"DROP DATABASE {self._name}")
        self._do(f"CREATE DATABASE {self._name} TEMPLATE {self._name}_then")

    def _do(self, statement: str) -> None:
        with self._server.at("postgres") as connection:
            connection.execute(statement)


def repair(scaled, *more: str) -> dict:
    scaled._out()
    main(["vault", "repair", "--vault", str(scaled.vault), "--json", *more])
    return json.loads(scaled._out().splitlines()[0])


@pytest.mark.parametrize("gone_on", [False, True], ids=["at once", "after work went on"])
def test_an_erasure_outlives_a_database_that_is_put_back(
    scaled, postgres: Server, gone_on: bool
) -> None:
    hers, shared, his = scaled.record(ANN), scaled.record(ANN, BEN, said=SAID), scaled.record(BEN)
    before = Moment(postgres, scaled.vault)
    scaled.erase("people", "erase", ANN)
    scaled.erase("recordings", "erase", his)
    scaled.run("create")
    entries = len(scaled.ledger(scaled.vault))
    before.put_back()
    app = embedded(scaled.vault)
    assert app.vault.keys.has_person(ANN)
    app.close()
    new = scaled.record(BEN) if gone_on else None
    done = repair(scaled, "--backups", str(scaled.backups), "--keys", str(scaled.keys))

    assert (done["persons"], done["recordings"], done["lost"]) == (1, 1, 0)
    assert (done["adopted"] > 0, done["parted_at"] is None) == (not gone_on, not gone_on)
    app = embedded(scaled.vault)
    states = {holding.id: holding.state for holding in app.vault.list()}
    assert not app.vault.keys.has_person(ANN)
    app.close()
    assert states.pop(new, None) in (None, State.KEPT)
    assert states == {hers: State.ERASED, shared: State.KEPT, his: State.ERASED}
    assert {key.split("/")[1] for key in objects(scaled.vault)} == {shared, new} - {None}
    assert scaled.is_sound(scaled.vault)
    assert gone_on or len(scaled.ledger(scaled.vault)) > entries


def test_a_repair_that_was_cut_off_is_finished_by_the_next(
    scaled, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    scaled.record(ANN)
    before = Moment(postgres, scaled.vault)
    scaled.erase("people", "erase", ANN)
    scaled.run("create")
    before.put_back()
    where = ("--backups", str(scaled.backups), "--keys", str(scaled.keys))

    def dies(vault: object, later: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as cut:
        cut.setattr(catching_up, "reapply_here", dies)
        assert main(["vault", "repair", "--vault", str(scaled.vault), *where]) != 0
    assert repair(scaled, *where)["persons"] == 1
    assert repair(scaled, *where)["persons"] == 0


def test_a_ledger_of_another_vault_erases_nothing(site, tmp_path: Path) -> None:
    site.record(ANN)
    stranger = type(site)(tmp_path / "other", site._out)
    stranger.record(BEN)
    stranger.erase("people", "erase", BEN)
    where = ["vault", "repair", "--ledger", str(stranger.vault), "--vault", str(site.vault)]

    assert main(where) == 1
    app = embedded(site.vault)
    assert app.vault.keys.has_person(ANN)
    app.close()
