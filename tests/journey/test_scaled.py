"""The command on a vault in PostgreSQL and a bucket: the same words, the same answers."""

import os
from pathlib import Path

import boto3
import pytest
import soundfile
import toy_speech
from command_line import Shell

from postgres_server import OWNER, Server
from sottovoce.ledger.tiles import KEY_FILE, SECOND_FILE

pytestmark = pytest.mark.slow

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
def shell(toy: Shell, postgres: Server, s3_url: str) -> Shell:
    database = postgres.database()
    with postgres.owner(database) as connection:
        connection.execute("DROP SCHEMA sottovoce CASCADE")
    bucket = f"vault-{os.urandom(6).hex()}"
    client = boto3.client("s3", endpoint_url=s3_url, region_name=REGION)
    client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    toy.vault.mkdir(mode=0o700)
    text = SITE.format(host=database.host, name=database.name, bucket=bucket, url=s3_url)
    (toy.vault / "site.toml").write_text(text)
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_EC2_METADATA_DISABLED")
    toy.environment.update({name: os.environ[name] for name in names})
    return toy


@pytest.fixture
def call(shell: Shell) -> Path:
    path = shell.folder / "call.flac"
    soundfile.write(path, toy_speech.call()[0], toy_speech.RATE_HZ, subtype="PCM_16")
    return path


def test_a_call_goes_all_the_way_in_a_database_and_a_bucket(shell: Shell, call: Path) -> None:
    at = ("--vault", shell.vault)
    before = shell.process(call)
    assert before.status == 3
    assert "no vault" in before.err
    assert shell("vault", "migrate", "--owner", OWNER, *at).status == 0
    done = shell.process(call, "--json")
    assert done.status == 0, done.err
    recording = str(done.object["recording"])

    assert [one["recording"] for one in shell.recordings()] == [recording]
    assert shell("vault", "check", *at).status == 0
    assert recording in shell("ledger", "list", *at).out
    assert shell("ledger", "head", *at).status == 0
    receipt = shell.out / "call.receipt.json"
    assert shell("verify", receipt, *at).status == 0
    ground = shell("vault", "ground", *at)
    assert "unblocked-bucket" in ground.out
    refused = shell.process(call, "--production")
    assert refused.status == 1
    assert "unblocked-bucket" in refused.err
    exported = shell("recordings", "export", recording, "--out", shell.folder / "taken", *at)
    assert exported.status == 0, exported.err
    assert shell("keys", "rotate", "root", *at).status == 0
    assert shell("recordings", "erase", recording, "--yes", *at).status == 0
    assert shell("vault", "check", *at).status == 0
    tree = shell.folder / "tree"
    assert shell("ledger", "export", tree, *at).status == 0
    assert shell("verify", tree, *at).status == 0
    names = {path.name for path in shell.vault.iterdir()}
    assert names == {KEY_FILE, SECOND_FILE, "root.key", "site.toml"}
