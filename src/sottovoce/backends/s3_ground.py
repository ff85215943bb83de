"""Look at a vault's bucket: who may enter it, what it keeps, and where it is.

Rules:
1. Each weakness has a stable name, says what was seen, and what to do about it.
2. What cannot be seen counts as weak, unless the owner vouches for it.
3. Settings are read only; nothing of the bucket is changed.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from sottovoce.backends.s3_place import Place
from sottovoce.backends.weakness import Weakness
from sottovoce.values.errors import Refused, Unavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

_BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
_ABSENT = (
    "NoSuchPublicAccessBlockConfiguration",
    "NoSuchBucketPolicy",
    "ServerSideEncryptionConfigurationNotFoundError",
    "ObjectLockConfigurationNotFoundError",
    "NoSuchLifecycleConfiguration",
)
_EVERYBODY = ("/global/AllUsers", "/global/AuthenticatedUsers")

Seen = Mapping[str, Any]  # What boto3 gives has no types of its own.
Ask = Callable[[str], "Seen | None"]
"""Return what the bucket says of one of its settings, empty where it has none, None unseen."""


def expect_region(place: Place) -> None:
    """Raise Refused where the bucket is not in the region that it is said to be in."""
    found = _region(_asking(place))
    if found is None:
        raise Unavailable(
            "it cannot be seen in which region the vault's bucket is",
            hint="see to the bucket, its rights (s3:ListBucket) and the way to it",
        )
    if found != place.region:
        raise Refused(
            f"the bucket is in {found}, and the vault's data belongs in {place.region}",
            hint="name a bucket of that region in site.toml; nothing was written",
        )


def look_at_bucket(
    place: Place, *, lock_days: int = 0, attested: bool = False, ask: Ask | None = None
) -> tuple[Weakness, ...]:
    """Return the weaknesses of a bucket.

    ``attested`` says that the owner vouches for what a store does not show.
    """
    ask = ask or _asking(place)
    found = [*_elsewhere(ask, place), *_open(ask), *_plain(ask), *_versions(ask)]
    found += _lock(ask, lock_days)
    return tuple(one for one in found if not (attested and one.name == "bucket-unseen"))


def _elsewhere(ask: Ask, place: Place) -> Iterator[Weakness]:
    region = _region(ask)
    if region is None:
        yield _unseen("its region")
    elif region != place.region:
        yield Weakness(
            "bucket-elsewhere",
            True,
            f"the bucket is in {region}, not in {place.region}",
            "move the vault to a bucket of the region where its data belongs",
        )


def _open(ask: Ask) -> Iterator[Weakness]:
    block, policy, acl = ask("public_access_block"), ask("policy_status"), ask("acl")
    if policy is None or acl is None:
        yield _unseen("who may enter it")
    is_public = bool((policy or {}).get("PolicyStatus", {}).get("IsPublic"))
    grants: Sequence[Seen] = (acl or {}).get("Grants", ())
    uris = [str(grant.get("Grantee", {}).get("URI", "")) for grant in grants]
    if is_public or any(uri.endswith(_EVERYBODY) for uri in uris):
        yield Weakness(
            "open-bucket",
            True,
            "everybody may enter the bucket",
            "take the public grants away, and find out since when they were there",
        )
    if block is None:
        yield _unseen("whether public access is blocked")
    elif not all(block.get("PublicAccessBlockConfiguration", {}).get(name) for name in _BLOCKS):
        yield Weakness(
            "unblocked-bucket",
            True,
            "one wrong rule would open the bucket to everybody",
            "block public access, all four kinds of it",
        )


def _plain(ask: Ask) -> Iterator[Weakness]:
    found = ask("encryption")
    if found is None:
        yield _unseen("whether it encrypts")
    elif not found:
        yield Weakness(
            "plain-bucket",
            False,
            "the bucket does not encrypt by itself; parts are sealed, names and sizes are not",
            "set a default encryption, best with a key of yours",
        )


def _versions(ask: Ask) -> Iterator[Weakness]:
    found = ask("versioning")
    if found is None:
        yield _unseen("whether it keeps versions")
    elif found.get("Status") != "Enabled":
        yield Weakness(
            "bucket-without-versions",
            False,
            "what is deleted or replaced in the bucket by mistake cannot be had back",
            "turn versions on, with a rule that drops older ones after some days",
        )
    elif not _drops_versions(ask("lifecycle_configuration")):
        yield Weakness(
            "bucket-keeps-versions",
            False,
            "erased recordings stay in the bucket without end, as noise without their key",
            "add a rule that drops versions that are not current after some days",
        )


def _drops_versions(found: Seen | None) -> bool:
    rules: Sequence[Seen] = (found or {}).get("Rules", ())
    return any(r.get("Status") == "Enabled" and r.get("NoncurrentVersionExpiration") for r in rules)


def _lock(ask: Ask, days: int) -> Iterator[Weakness]:
    if not days:
        return
    found = ask("object_lock_configuration")
    if found is None:
        yield _unseen("whether it locks objects")
        return
    config = found.get("ObjectLockConfiguration", {})
    rule = config.get("Rule", {}).get("DefaultRetention", {})
    locked = int(rule.get("Days", 0)) + 365 * int(rule.get("Years", 0))
    if config.get("ObjectLockEnabled") != "Enabled" or locked < days:
        yield Weakness(
            "bucket-without-lock",
            True,
            f"objects are locked for {locked} days; the site asks for {days}",
            "make a bucket with object lock and a default retention of at least that long",
        )


def _unseen(what: str) -> Weakness:
    return Weakness(
        "bucket-unseen",
        True,
        f"the bucket does not show us {what}",
        "let the vault read the bucket's settings, or vouch for them: SOTTOVOCE_BUCKET_ATTESTED=1",
    )


def _region(ask: Ask) -> str | None:
    found = ask("location")
    # The oldest region has no name there (AWS, GetBucketLocation), and one an older name.
    name = found.get("LocationConstraint") if found is not None else ""
    if name == "":
        return None
    return {None: "us-east-1", "EU": "eu-west-1"}.get(name, name)


def _asking(place: Place) -> Ask:
    try:
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError:
        raise Unavailable(
            "a vault on a bucket needs the extra s3", hint="pip install 'sottovoce[s3]'"
        ) from None
    config = Config(connect_timeout=5, read_timeout=10, retries={"max_attempts": 2})
    client = boto3.client(
        "s3", region_name=place.region, endpoint_url=place.endpoint or None, config=config
    )

    def ask(what: str) -> Seen | None:
        named = "get_" if what == "object_lock_configuration" else "get_bucket_"
        named = "get_" if what == "public_access_block" else named
        try:
            found: Seen = getattr(client, named + what)(Bucket=place.bucket)
        except ClientError as error:
            return {} if error.response.get("Error", {}).get("Code") in _ABSENT else None
        except BotoCoreError:
            return None
        return {name: value for name, value in found.items() if name != "ResponseMetadata"}

    return ask
