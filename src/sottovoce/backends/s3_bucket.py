"""A bucket that speaks S3: few calls, each with one clear end (docs/spec/bucket.md).

Rules:
1. What is written is created, never written over, and read back before it counts: a store that
   says it wrote and did not is found while the bytes are still at hand.
2. A call that fails is tried again for a bounded time, then it is Unavailable; a message has no
   path, no host and no name.
3. Nothing is sent in the clear but to this machine.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sottovoce.backends.s3_place import Place
from sottovoce.values.errors import SottovoceError, Unavailable

if TYPE_CHECKING:
    from obstore.store import S3Config, S3Store


@dataclass(frozen=True, slots=True)
class Patience:
    """How long one request may take, and how often and how long a failed one is tried again."""

    request_s: float = 30.0
    tries: int = 4
    all_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Stored:
    """An object of the bucket: its key below the prefix, and its size."""

    key: str
    size: int


class Bucket:
    """Create, read, list and delete objects; every failure is Unavailable."""

    def __init__(self, place: Place, *, patience: Patience | None = None) -> None:
        """Open it with the credentials of the usual places of AWS's tools.

        Raises Unavailable where the extra ``s3`` is not installed.
        """
        self._store = _open(place, patience or Patience())

    def create(self, key: str, data: bytes) -> None:
        """Write an object that is not there yet, and read it back.

        One that is there already with the same bytes is taken for ours: an answer may have been
        lost, and the key is random.
        """
        import obstore
        from obstore.exceptions import AlreadyExistsError

        # What an object that is there holds is compared below.
        with bucket_at_work(), suppress(AlreadyExistsError):
            obstore.put(self._store, key, data, mode="create", use_multipart=False)
        self._expect(key, data)

    def replace(self, key: str, data: bytes) -> None:
        """Create a small object, or put it in the place of the one that is there; read it back.

        Raises Unavailable where another writer was faster.
        """
        import obstore
        from obstore.exceptions import AlreadyExistsError, PreconditionError

        with bucket_at_work():
            try:
                obstore.put(self._store, key, data, mode="create", use_multipart=False)
            except AlreadyExistsError:
                found = obstore.get(self._store, key)
                if bytes(found.bytes()) != data:
                    e_tag = found.meta["e_tag"]
                    # Another was faster, or our first try was: what is there then tells.
                    with suppress(PreconditionError):
                        obstore.put(self._store, key, data, mode={"e_tag": e_tag})
        self._expect(key, data)

    def read(self, key: str) -> bytes | None:
        """Return a small object, None where there is none."""
        import obstore

        with bucket_at_work():
            try:
                return bytes(obstore.get(self._store, key).bytes())
            except FileNotFoundError:
                return None

    def read_range(self, key: str, start: int, stop: int) -> bytes | None:
        """Return the bytes from start up to stop, None where the object has not all of them."""
        import obstore
        from obstore.exceptions import GenericError

        with bucket_at_work():
            try:
                found = bytes(obstore.get_range(self._store, key, start=start, end=stop))
            except FileNotFoundError:
                return None
            except GenericError:
                # A stretch beyond the end is an error like any other; the size tells them apart.
                if obstore.head(self._store, key)["size"] >= stop:
                    raise
                return None
        return found if len(found) == stop - start else None

    def list(self, prefix: str) -> Iterator[Stored]:
        """Yield the objects below a prefix, in the order of their keys."""
        import obstore

        with bucket_at_work():
            for some in obstore.list(self._store, prefix=prefix):
                for one in some:
                    yield Stored(one["path"], one["size"])

    def delete(self, keys: Sequence[str]) -> None:
        """Delete objects; those that are not there are none."""
        import obstore

        with bucket_at_work():
            for start in range(0, len(keys), 500):
                obstore.delete(self._store, list(keys[start : start + 500]))

    def _expect(self, key: str, data: bytes) -> None:
        if self.read(key) != data:
            raise Unavailable(
                f"the bucket said that {len(data)} bytes are written, and has not got them",
                hint="do not trust this store; nothing counts that was written now",
            )


@contextmanager
def bucket_at_work() -> Iterator[None]:
    """Say Unavailable, with a reason of ours and nothing of the bucket's, when it fails."""
    from obstore.exceptions import BaseError

    try:
        yield
    except SottovoceError:
        raise
    except (BaseError, OSError) as error:
        raise Unavailable(
            f"the vault's bucket cannot be used: {_reason(error)}",
            hint="see to the bucket, its rights and the way to it, then run it again",
        ) from None  # The store's own words name hosts and keys.


def _reason(error: Exception) -> str:
    from obstore import exceptions as known

    if isinstance(error, (known.PermissionDeniedError, known.UnauthenticatedError)):
        return "it does not let us in"
    if isinstance(error, FileNotFoundError):
        return "it is not there"
    if isinstance(error, known.PreconditionError):
        return "another writer was faster"
    return "it failed, or did not answer in time"


def _open(place: Place, patience: Patience) -> "S3Store":
    try:
        from boto3 import Session
        from obstore.auth.boto3 import Boto3CredentialProvider
        from obstore.store import S3Store
    except ImportError:
        raise Unavailable(
            "a vault on a bucket needs the extra s3", hint="pip install 'sottovoce[s3]'"
        ) from None
    try:
        credentials = Boto3CredentialProvider(Session(region_name=place.region))
    except ValueError:
        raise Unavailable(
            "there are no credentials for the vault's bucket",
            hint="give them where AWS's tools look for them, such as AWS_SHARED_CREDENTIALS_FILE",
        ) from None
    with bucket_at_work():
        return S3Store(
            place.bucket,
            prefix=place.prefix or None,
            credential_provider=credentials,
            config=_config(place),
            client_options={
                "allow_http": urlsplit(place.endpoint).scheme == "http",
                "timeout": timedelta(seconds=patience.request_s),
                "connect_timeout": timedelta(seconds=min(5.0, patience.request_s)),
            },
            retry_config={
                "max_retries": patience.tries,
                "retry_timeout": timedelta(seconds=patience.all_s),
            },
        )


def _config(place: Place) -> "S3Config":
    config: S3Config = {
        "region": place.region,
        "checksum_algorithm": "SHA256",  # The store compares what came with what was sent.
        "virtual_hosted_style_request": not place.endpoint,
    }
    if place.endpoint:
        config["endpoint"] = place.endpoint
    return config
