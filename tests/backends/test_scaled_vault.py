"""A vault in PostgreSQL and a bucket, opened whole: what it keeps, where, and what it refuses."""

import os
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import boto3
import numpy as np
import pytest

from postgres_server import OWNER, Server
from sottovoce.backends.postgres_log import PostgresLog
from sottovoce.backends.postgres_session import Session
from sottovoce.backends.root_file import Argon2Cost, next_root
from sottovoce.backends.root_way import RootWay
from sottovoce.backends.s3_bucket import Patience
from sottovoce.backends.s3_place import Place
from sottovoce.backends.scaled_vault import open_scaled
from sottovoce.backends.site import Site, read_site, site_of
from sottovoce.ledger.note import ledger_signer
from sottovoce.values.errors import Conflict, Missing, Refused, Tampered, Unavailable, Unfit
from sottovoce.values.event import Event
from sottovoce.values.ids import ActorId, PersonId, RecordingId
from sottovoce.vault.check import Fault
from sottovoce.vault.holding import State
from sottovoce.vault.keys import Keys
from sottovoce.vault.vault import Vault

sys.path.insert(0, str(Path(__file__).parent))
from bad_store import bad_store, lies, says, writes

REGION = "eu-central-1"
AT = datetime(2025, 3, 1, 12, tzinfo=UTC)
ONE = RecordingId("rec_" + "1" * 20)
AGENT, CALLER = PersonId("agent-7"), PersonId("caller-1")
JOB, WORDS = b"job: ashdown 55518842", b"my card is 4242 4283 1527 4962"
SOUND = (np.arange(120_000, dtype=np.int32) * 7919 % 65536 - 32768).astype(np.int16).reshape(2, -1)
CHEAP = RootWay(b"quiet words", cost=Argon2Cost(time=1, memory_kib=64, lanes=1))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "vault"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def site(postgres: Server, s3_url: str) -> Site:
    name = f"vault-{os.urandom(6).hex()}"
    client = boto3.client("s3", endpoint_url=s3_url, region_name=REGION)
    client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    return Site(postgres.database(), Place(name, REGION, endpoint=s3_url))


def open_(folder: Path, site: Site) -> Vault:
    def journal(session: Session, keys: Keys) -> PostgresLog:
        return PostgresLog(session, signer=ledger_signer(keys.signing_seed()))

    return open_scaled(
        folder,
        site,
        journal=journal,
        clock=lambda: AT,
        actor=ActorId("tester"),
        way=CHEAP,
        patience=Patience(request_s=2, tries=1, all_s=2),
    )


def event(recording: RecordingId = ONE) -> Event:
    return Event("recording.erased", AT, ActorId("tester"), recording, {"keys": 1})


def arrive(vault: Vault, recording: RecordingId = ONE) -> None:
    arrival = vault.begin(
        recording,
        rate_hz=8000,
        persons=(AGENT, CALLER),
        job=JOB,
        fingerprint="",
        event=event(recording),
    )
    arrival.write(SOUND)
    arrival.complete(event=event(recording))


def keep(vault: Vault) -> None:
    vault.keep(ONE, sound=[SOUND], texts={"words": (WORDS, WORDS)}, state=State.KEPT, event=event())


def objects(site: Site) -> dict[str, bytes]:
    client = boto3.client("s3", endpoint_url=site.place.endpoint, region_name=REGION)
    listed = client.list_objects_v2(Bucket=site.place.bucket).get("Contents", [])
    return {
        one["Key"]: client.get_object(Bucket=site.place.bucket, Key=one["Key"])["Body"].read()
        for one in listed
    }


def test_a_recording_goes_all_the_way_and_is_gone(folder: Path, site: Site) -> None:
    vault = open_(folder, site)
    arrive(vault)
    with vault.open_arrival(ONE) as opened:
        assert opened.job == JOB
    keep(vault)
    vault.close()
    again = open_(folder, site)
    with again.open(ONE) as opened:
        assert np.array_equal(opened.sound.read(1, 50_000, 50_100), SOUND[1, 50_000:50_100])
        assert opened.text("words", 1) == WORDS
    assert list(again.check(progress=lambda size: None)) == []
    again.erase(ONE, event=event())

    assert again.show(ONE).state is State.ERASED
    assert objects(site) == {}
    again.close()


def test_parts_of_one_tenant_do_not_stand_in_for_those_of_another(
    folder: Path, site: Site, tmp_path: Path
) -> None:
    """Each tenant has a root of its own, so the same recording rests under other keys."""
    (tmp_path / "clinic").mkdir(mode=0o700)
    for place, tenant in ((folder, "local"), (tmp_path / "clinic", "clinic")):
        vault = open_(place, replace(site, tenant=tenant))
        arrive(vault)
        keep(vault)
        vault.close()
    client = boto3.client("s3", endpoint_url=site.place.endpoint, region_name=REGION)
    theirs = {key: data for key, data in objects(site).items() if key.startswith("local/")}
    for key in objects(site).keys() - theirs.keys():
        client.delete_object(Bucket=site.place.bucket, Key=key)
    for key, data in theirs.items():
        moved = {
            "Key": key.replace("local/", "clinic/"),
            "Body": data.replace(b"local/", b"clinic/"),
        }
        client.put_object(Bucket=site.place.bucket, **moved)
    clinic = open_(tmp_path / "clinic", replace(site, tenant="clinic"))

    with pytest.raises(Tampered, match="not what was sealed"):
        clinic.open(ONE)
    assert {trouble.fault for trouble in clinic.check(progress=lambda size: None)} == {Fault.ROTTEN}
    clinic.close()


def test_nothing_planted_is_in_the_database_or_the_bucket(
    postgres: Server, folder: Path, site: Site
) -> None:
    vault = open_(folder, site)
    arrive(vault)
    planted = (
        JOB,
        WORDS,
        b"ashdown",
        b"4283 1527",
        SOUND[0, :64].tobytes(),
        SOUND[1, :64].tobytes(),
    )
    found = [" ".join(objects(site)).encode(), *objects(site).values()]
    keep(vault)
    found += [*objects(site), *objects(site).values()]
    found += postgres.files()
    vault.close()

    assert any(ONE.encode() in data for data in map(_bytes, found))
    for data in map(_bytes, found):
        assert [secret for secret in planted if secret in data] == []


def _bytes(data: str | bytes) -> bytes:
    return data.encode() if isinstance(data, str) else data


def test_a_bucket_of_another_region_is_refused_before_anything_is_written(
    postgres: Server, folder: Path, site: Site
) -> None:
    elsewhere = replace(site, place=replace(site.place, region="us-east-2"))
    with pytest.raises(Refused, match="is in eu-central-1"):
        open_(folder, elsewhere)

    assert list(folder.iterdir()) == []
    assert objects(site) == {}


def test_a_folder_that_others_may_enter_is_refused(folder: Path, site: Site) -> None:
    folder.chmod(0o755)
    with pytest.raises(Refused, match="mode 0755"):
        open_(folder, site)


def test_a_vault_whose_root_key_is_not_here_is_not_made_anew(folder: Path, site: Site) -> None:
    open_(folder, site).close()
    (folder / "root.key").unlink()

    with pytest.raises(Missing):
        open_(folder, site)


def test_two_servers_on_one_vault_work_in_turn(folder: Path, site: Site) -> None:
    first, second = open_(folder, site), open_(folder, site)
    arrive(first)
    with pytest.raises(Unavailable, match="another process"):
        arrive(second, RecordingId("rec_" + "2" * 20))
    with second.open_arrival(ONE) as opened:
        assert opened.job == JOB
    first.close()
    second.recover(event)
    keep(second)

    assert second.show(ONE).state is State.KEPT
    second.close()


def test_what_was_arriving_when_a_server_died_is_undone(folder: Path, site: Site) -> None:
    first = open_(folder, site)
    arrival = first.begin(
        ONE, rate_hz=8000, persons=(AGENT,), job=JOB, fingerprint="", event=event()
    )
    arrival.write(SOUND[:1])
    first._shelf.close()  # As when it dies: its claim ends with its connection.
    second = open_(folder, site)

    assert second.recover(event) == (ONE,)
    assert objects(site) == {}
    second.close()


@pytest.mark.parametrize("fault", [says(503, writes), lies(writes)], ids=["503", "lying"])
def test_a_bucket_that_fails_while_results_are_kept_costs_nothing(
    folder: Path, site: Site, fault: object
) -> None:
    with bad_store(site.place.endpoint) as store:
        vault = open_(folder, replace(site, place=replace(site.place, endpoint=store.url)))
        arrive(vault)
        store.fault = fault  # type: ignore[assignment]  # it is one
        with pytest.raises(Unavailable):
            keep(vault)
        assert vault.show(ONE).state is State.ARRIVED
        store.fault = lambda request: False
        keep(vault)
        with vault.open(ONE) as opened:
            assert opened.text("words", 0) == WORDS
        vault.close()


def test_a_database_restarted_while_results_are_kept_costs_nothing(
    postgres: Server, folder: Path, site: Site
) -> None:
    vault = open_(folder, site)
    arrive(vault)
    postgres.stop("immediate")
    postgres.start()
    keep(vault)

    with pytest.raises(Conflict):
        keep(vault)
    with vault.open(ONE) as opened:
        assert opened.text("words", 0) == WORDS
    vault.close()


def test_a_rotation_of_the_root_that_a_crash_cut_off_is_settled(folder: Path, site: Site) -> None:
    vault = open_(folder, site)
    arrive(vault)
    aside = next_root(folder / "root.key")
    CHEAP.make(aside)
    vault.close()
    undone = open_(folder, site)
    assert not aside.exists()
    CHEAP.make(aside)
    undone.rotate_root(CHEAP.read(aside), event=event())
    undone.close()
    finished = open_(folder, site)

    assert not aside.exists()
    with finished.open_arrival(ONE) as opened:
        assert opened.job == JOB
    finished.close()


TEXT = """
tenant = "clinic"
[database]
host = "db.example"
name = "sottovoce"
user = "worker"
[bucket]
name = "calls"
region = "eu-central-1"
prefix = "voice"
lock_days = 30
"""


def test_a_site_is_read_from_its_file(tmp_path: Path) -> None:
    assert site_of(tmp_path) is None
    (tmp_path / "site.toml").write_text("# " + "x" * 70_000)
    with pytest.raises(Unfit, match="more than 65536 bytes"):
        site_of(tmp_path)
    (tmp_path / "site.toml").write_text(TEXT)
    site = site_of(tmp_path)

    assert site is not None
    assert (site.tenant, site.lock_days, site.database.port) == ("clinic", 30, 5432)
    assert site.place == Place("calls", REGION, prefix="voice")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("tenant", "tenat"),
        ('user = "worker"', ""),
        ('user = "worker"', "user = 7"),
        ('user = "worker"', 'user = "worker"\npassword = "not here"'),
        ("30", "true"),
        ("30", "-30"),
        ("[bucket]", "[buckets]"),
        ('region = "eu-central-1"', ""),
        ('region = "eu-central-1"', 'region = "eu"\nendpoint = "http://store.example"'),
        ("=", "=="),
    ],
)
def test_a_site_that_is_not_whole_and_known_is_unfit(old: str, new: str) -> None:
    with pytest.raises(Unfit) as caught:
        read_site(TEXT.replace(old, new, 1))
    assert "not here" not in str(caught.value)


def test_the_owner_of_the_tables_opens_no_vault(folder: Path, site: Site) -> None:
    with pytest.raises(Refused, match="above the borders"):
        open_(folder, replace(site, database=replace(site.database, user=OWNER)))
