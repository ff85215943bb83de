"""Who holds a root key that does not lie in the vault's folder (docs/providers.md).

Rules:
1. A holder is named by one word without spaces: the provider, a colon, its own name of the key.
2. What is wrapped is bound to the vault and to what the key is for, at every provider.
3. What an outside holder opened is kept for a limited time only, and each asking is told.
"""

import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from sottovoce.values.errors import Unfit
from sottovoce.vault.keys import KeyName, Root

LEASE_S = 300.0
_VAULT = re.compile(r"[0-9a-f]{32}")
_KEYS = {
    "credential": re.compile(r"[A-Za-z0-9._-]{1,64}"),
    "pkcs11": re.compile(r"[A-Za-z0-9._-]{1,32}/[A-Za-z0-9._-]{1,64}"),
    "kms": re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]{1,32}:[0-9]{12}:key/[A-Za-z0-9-]{1,64}"),
    "transit": re.compile(r"(?:[A-Za-z0-9_-]{1,64}/){1,4}[A-Za-z0-9._-]{1,64}"),
}
_FORMS = {
    "credential": "credential:NAME",
    "pkcs11": "pkcs11:TOKEN/KEY",
    "kms": "kms:ARN, with the key's own id, not an alias",
    "transit": "transit:MOUNT/KEY",
}
PROVIDERS = ("file", *_KEYS)


@dataclass(frozen=True, slots=True)
class Held:
    """A provider, its name of the key, and the vault that what it wraps is bound to."""

    provider: str
    key: str
    vault: str

    @property
    def spec(self) -> str:
        return f"{self.provider}:{self.key}"

    def bound(self, name: KeyName) -> bytes:
        """Return the associated data of a key that is wrapped for this vault."""
        return f"sottovoce root v1\n{self.vault}\n{name.purpose}\n{name.id}".encode()


Hold = Callable[[Held, bool], Root]
"""Open a holder; with True it may make the key where the provider lets us."""


def parse_held(spec: str, *, vault: str | None = None) -> Held:
    """Read who is to hold a root key; draw the id that binds to the vault where none is given."""
    provider, _, key = spec.partition(":")
    vault = secrets.token_hex(16) if vault is None else vault
    if provider not in _KEYS or not _VAULT.fullmatch(vault):
        raise Unfit(
            "the root key's holder is not one that we know",
            hint=f"file, or {'; '.join(_FORMS.values())}",
        )
    if not _KEYS[provider].fullmatch(key):
        raise Unfit(f"the name of the key at {provider} is not in its form", hint=_FORMS[provider])
    return Held(provider, key, vault)


class LeasedRoot:
    """``vault.keys.Root`` that asks an outside holder once, and again when the lease is over.

    ``used`` is told before each asking; when it raises, nobody is asked. What was opened lies in
    memory until the lease is over and it is asked for again.
    """

    def __init__(
        self,
        root: Root,
        *,
        used: Callable[[], None],
        lease_s: float = LEASE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._root = root
        self._used = used
        self._lease_s = lease_s
        self._clock = clock
        self._open: dict[tuple[KeyName, bytes], tuple[float, bytearray]] = {}

    def wrap(self, key: bytes, name: KeyName) -> bytes:
        return self._root.wrap(key, name)

    def unwrap(self, wrapped: bytes, name: KeyName) -> bytes:
        now, which = self._clock(), (name, wrapped)
        self._drop(now)
        if which not in self._open:
            self._used()
            self._open[which] = (now, bytearray(self._root.unwrap(wrapped, name)))
        return bytes(self._open[which][1])

    def _drop(self, now: float) -> None:
        over = [w for w, (since, _) in self._open.items() if now - since >= self._lease_s]
        for which in over:
            _, key = self._open.pop(which)
            key[:] = bytes(len(key))
