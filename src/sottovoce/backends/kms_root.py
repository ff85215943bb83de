"""A root key at AWS KMS, which wraps and opens and never gives it away (docs/providers.md).

Rules:
1. The encryption context has the vault and what a key is for; KMS opens with the same one only.
2. The key is named by its ARN, in an open request too, and the region is the ARN's. Which endpoint
   answers for it is the owner's to set, as boto3 finds it (`AWS_ENDPOINT_URL`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from sottovoce.backends.root_held import Held
from sottovoce.values.errors import Missing, Refused, SottovoceError, Tampered, Unavailable
from sottovoce.vault.keys import KEY, KeyName

if TYPE_CHECKING:
    from botocore.client import BaseClient

_VERSION = b"\x21"
_LONGEST = 6144
"""Of a ciphertext; the limit of KMS itself (API reference, Decrypt)."""
_CONNECT_S, _READ_S = 3, 10
_ALTERED = ("InvalidCiphertextException", "IncorrectKeyException")
_DENIED = (
    "AccessDeniedException",
    "UnrecognizedClientException",
    "InvalidSignatureException",
    "ExpiredTokenException",
    "IncompleteSignature",
    "MissingAuthenticationTokenException",
)


class KMSRoot:
    """``vault.keys.Root`` on a symmetric key of AWS KMS."""

    def __init__(self, held: Held, client: "BaseClient") -> None:
        self._held = held
        self._client: Any = client  # Its methods are made at run time.

    def wrap(self, key: bytes, name: KeyName) -> bytes:
        if len(key) != KEY:
            raise ValueError(f"key must have {KEY} bytes")
        with _kms_at_work(name):
            answer = self._client.encrypt(Plaintext=key, **self._for(name))
        return _VERSION + bytes(answer["CiphertextBlob"])

    def unwrap(self, wrapped: bytes, name: KeyName) -> bytes:
        if wrapped[:1] != _VERSION or not 1 < len(wrapped) <= 1 + _LONGEST:
            raise _unopened(name)
        try:
            return self._opened(wrapped[1:], name)
        except Refused:
            # It says so too of what another key wrapped. Is it we, or the bytes?
            self._opened(self.wrap(bytes(KEY), name)[1:], name)
            raise _unopened(name) from None

    def _opened(self, blob: bytes, name: KeyName) -> bytes:
        with _kms_at_work(name):
            answer = self._client.decrypt(CiphertextBlob=blob, **self._for(name))
        key = bytes(answer["Plaintext"])
        if answer["KeyId"] != self._held.key or len(key) != KEY:
            raise _unopened(name)
        return key

    def _for(self, name: KeyName) -> dict[str, Any]:
        return {"KeyId": self._held.key, "EncryptionContext": context(self._held, name)}


@contextmanager
def _kms_at_work(name: KeyName) -> Iterator[None]:
    """Say what KMS said as an error of ours, by its code: its words may name the account."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        raise _named(str(error.response.get("Error", {}).get("Code", "")), name) from None
    except BotoCoreError as error:
        raise _away(type(error).__name__) from None


def context(held: Held, name: KeyName) -> dict[str, str]:
    """Return the encryption context: it is in the clear in the owner's own log at AWS."""
    return {"sottovoce-vault": held.vault, "sottovoce-key": f"{name.purpose}/{name.id}"}


def open_kms(held: Held) -> KMSRoot:
    """Make a client for the region of the key; who we are is found as boto3 finds it.

    Raises Unavailable where boto3 is not installed. KMS is not asked before a key is.
    """
    try:
        import boto3
        from botocore.config import Config
    except ImportError:
        raise Unavailable(
            "the root key is held by AWS KMS, and boto3 is not installed",
            hint="pip install 'sottovoce[kms]'",
        ) from None
    config = Config(
        connect_timeout=_CONNECT_S,
        read_timeout=_READ_S,
        retries={"mode": "standard"},
    )
    region = held.key.split(":")[3]
    return KMSRoot(held, _session(boto3).client("kms", region_name=region, config=config))


@cache
def _session(boto3: Any) -> Any:
    """One for the process: it reads descriptions of services, which takes long."""
    return boto3.session.Session()


def _named(code: str, name: KeyName) -> SottovoceError:
    if code in _ALTERED:
        return _unopened(name)
    if code in _DENIED:
        return Refused(
            f"AWS KMS does not let us use the root key ({code})",
            hint="the service needs kms:Encrypt and kms:Decrypt on this key, with its context",
        )
    if code == "NotFoundException":
        return Missing(
            "the root key is not at AWS KMS, in this account and region",
            hint="without it nothing in the vault opens; a deletion can be cancelled for some days",
        )
    return _away(code)


def _away(why: str) -> Unavailable:
    return Unavailable(
        f"AWS KMS cannot use the root key just now ({why})",
        hint="see to the network, the credentials of the service and the key's state; try again",
    )


def _unopened(name: KeyName) -> Tampered:
    return Tampered(f"the {name} does not open", hint="restore the vault from a backup")
