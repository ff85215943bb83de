"""What is weak about a bucket is named, and so is what cannot be seen of it."""

import os
from collections.abc import Mapping
from typing import Any

import boto3
import pytest

from sottovoce.backends.ground import expect_firm
from sottovoce.backends.s3_ground import expect_region, look_at_bucket
from sottovoce.backends.s3_place import Place
from sottovoce.values.errors import Refused, Unavailable

REGION = "eu-central-1"
KINDS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
BLOCKED = dict.fromkeys(KINDS, True)
GOOD: Mapping[str, Mapping[str, Any]] = {
    "location": {"LocationConstraint": REGION},
    "public_access_block": {"PublicAccessBlockConfiguration": BLOCKED},
    "policy_status": {},
    "acl": {"Grants": []},
    "encryption": {"ServerSideEncryptionConfiguration": {"Rules": [{}]}},
    "versioning": {"Status": "Enabled"},
    "lifecycle_configuration": {
        "Rules": [{"Status": "Enabled", "NoncurrentVersionExpiration": {"NoncurrentDays": 7}}]
    },
    "object_lock_configuration": {
        "ObjectLockConfiguration": {
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 30}},
        }
    },
}
PLACE = Place("vault", REGION)


def names(settings: Mapping[str, Any], lock_days: int = 30, attested: bool = False) -> list[str]:
    found = look_at_bucket(PLACE, lock_days=lock_days, attested=attested, ask=settings.get)
    return [one.name for one in found]


def test_nothing_is_weak_about_a_good_bucket() -> None:
    assert names(GOOD) == []


EVERYBODY = {"URI": "http://acs.amazonaws.com/groups/global/AllUsers", "Type": "Group"}
WEAK = {
    "bucket-elsewhere": {"location": {"LocationConstraint": "us-west-2"}},
    "open-bucket": {"policy_status": {"PolicyStatus": {"IsPublic": True}}},
    "unblocked-bucket": {"public_access_block": {}},
    "plain-bucket": {"encryption": {}},
    "bucket-without-versions": {"versioning": {}},
    "bucket-keeps-versions": {"lifecycle_configuration": {}},
    "bucket-without-lock": {"object_lock_configuration": {}},
}


@pytest.mark.parametrize("name", WEAK)
def test_each_weakness_has_its_name(name: str) -> None:
    assert names({**GOOD, **WEAK[name]}) == [name]


def test_a_grant_to_everybody_opens_the_bucket() -> None:
    assert names({**GOOD, "acl": {"Grants": [{"Grantee": EVERYBODY}]}}) == ["open-bucket"]


@pytest.mark.parametrize("blocked", BLOCKED)
def test_public_access_is_blocked_only_by_all_four_kinds(blocked: str) -> None:
    block = {"PublicAccessBlockConfiguration": {**BLOCKED, blocked: False}}

    assert names({**GOOD, "public_access_block": block}) == ["unblocked-bucket"]


@pytest.mark.parametrize("what", [what for what in GOOD if what != "lifecycle_configuration"])
def test_what_cannot_be_seen_is_weak_unless_the_owner_vouches_for_it(what: str) -> None:
    settings = {**GOOD, what: None}

    assert names(settings) == ["bucket-unseen"]
    assert names(settings, attested=True) == []


def test_who_vouches_does_not_vouch_for_what_is_seen() -> None:
    assert names({**GOOD, "public_access_block": {}}, attested=True) == ["unblocked-bucket"]


def test_a_lock_is_looked_for_only_where_it_is_asked_for_and_for_long_enough() -> None:
    assert names({**GOOD, "object_lock_configuration": {}}, lock_days=0) == []
    assert names(GOOD, lock_days=31) == ["bucket-without-lock"]


def test_a_real_store_is_asked(s3_url: str) -> None:
    name = f"vault-{os.urandom(6).hex()}"
    client = boto3.client("s3", endpoint_url=s3_url, region_name=REGION)
    client.create_bucket(
        Bucket=name,
        CreateBucketConfiguration={"LocationConstraint": REGION},
        ObjectLockEnabledForBucket=True,
    )
    place = Place(name, REGION, endpoint=s3_url)
    found = look_at_bucket(place, lock_days=1)

    assert [one.name for one in found] == [
        "unblocked-bucket",
        "plain-bucket",
        "bucket-keeps-versions",
        "bucket-without-lock",
    ]
    with pytest.raises(Refused, match="unblocked-bucket"):
        expect_firm(found)
    client.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=BLOCKED)
    lock = GOOD["object_lock_configuration"]["ObjectLockConfiguration"]
    client.put_object_lock_configuration(Bucket=name, ObjectLockConfiguration=lock)
    expect_firm(look_at_bucket(place, lock_days=1))


def test_a_bucket_that_is_not_there_has_no_region(s3_url: str) -> None:
    with pytest.raises(Unavailable, match="which region"):
        expect_region(Place("no-such-bucket", REGION, endpoint=s3_url))
