"""A root key in a PKCS#11 token: it wraps inside, and never comes out (docs/providers.md).

Rules:
1. The key is AES-256, sensitive and not extractable, or it is refused.
2. It wraps by AES-GCM with a random nonce; what it is for and the vault are associated data. Where
   there is no AES-GCM, by AES key wrap (``pkcs11_ways``).
3. The module's path is a setting: a path from the vault's folder would run strangers' code.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sottovoce.backends.pkcs11_ways import GCMWay, KeyWrapWay, Way
from sottovoce.backends.root_held import Held
from sottovoce.values.errors import Missing, Refused, SottovoceError, Tampered, Unavailable, Unfit
from sottovoce.vault.keys import KEY, KeyName

if TYPE_CHECKING:
    from pkcs11 import Session, Token

_ONE_AT_A_TIME = threading.RLock()
_GONE = (
    "SessionHandleInvalid",
    "SessionClosed",
    "UserNotLoggedIn",
    "KeyHandleInvalid",
    "ObjectHandleInvalid",
    "DeviceRemoved",
    "TokenNotPresent",
)
"""What a token says of a session that is over, as when it was taken out and put back."""


class PKCS11Root:
    """``vault.keys.Root`` on a key of a token; one operation at a time."""

    def __init__(self, held: Held, open_: Callable[[], Any]) -> None:
        """Take what finds the key, whose class the package makes at run time: thus ``Any``."""
        self._held = held
        self._open = open_
        self._key = open_()
        self._way = _way(self._key)

    def wrap(self, key: bytes, name: KeyName) -> bytes:
        if len(key) != KEY:
            raise ValueError(f"key must have {KEY} bytes")
        bound = self._held.bound(name)
        with _token_at_work():
            wrapped = self._do(lambda ours: self._way.wrap(ours, key, bound))
        return self._way.version + wrapped

    def unwrap(self, wrapped: bytes, name: KeyName) -> bytes:
        if len(wrapped) != 1 + self._way.length or wrapped[:1] != self._way.version:
            raise _unopened(name)
        bound = self._held.bound(name)
        try:
            key = self._do(lambda ours: self._way.unwrap(ours, wrapped[1:], bound))
        except RuntimeError:
            # Tokens say of bytes that are not theirs no more than that something went wrong: is it
            # the token, or the bytes?
            self.wrap(bytes(KEY), name)
            raise _unopened(name) from None
        if len(key) != KEY:
            raise _unopened(name)
        return key

    def _do(self, work: Callable[[Any], bytes]) -> bytes:
        """Work with the key, and once more with it found anew when the session was over."""
        with _ONE_AT_A_TIME:
            try:
                return work(self._key)
            except RuntimeError as error:
                if type(error).__name__ not in _GONE:
                    raise
            self._key = self._open()
            return work(self._key)


def open_pkcs11(
    held: Held, *, module: Path | None, pin: Callable[[], bytes], make: bool
) -> PKCS11Root:
    """Log in to a token and find its key; with ``make``, have it drawn there where it is not.

    Raises Unavailable where module or token is not there, Missing where the key is not, Refused
    where the PIN is wrong or the key could be taken out.
    """
    token, _, label = held.key.partition("/")
    if module is None:
        raise Unfit(
            "the root key lies in a PKCS#11 token, and its module is not named",
            hint="SOTTOVOCE_PKCS11_MODULE names the library of the token",
        )

    def found() -> Any:
        with _token_at_work(), _ONE_AT_A_TIME:
            session = _session(_library(module), token, pin(), writing=make)
            key = _key(session, label, make=make)
            _expect_kept(key)
            return key

    return PKCS11Root(held, found)


def _way(key: Any) -> Way:
    """Choose by what the key may do; one that may both wraps by AES-GCM where the token has it."""
    from pkcs11 import Attribute, Mechanism

    has_gcm = Mechanism.AES_GCM in key.session.token.slot.get_mechanisms()
    if has_gcm and key[Attribute.ENCRYPT] and key[Attribute.DECRYPT]:
        return GCMWay()
    if key[Attribute.WRAP] and key[Attribute.UNWRAP]:
        return KeyWrapWay()
    raise Refused(
        "the key in the PKCS#11 token may not wrap in a way that we know",
        hint="it needs to encrypt and decrypt by CKM_AES_GCM, or to wrap by CKM_AES_KEY_WRAP",
    )


def _session(library: Any, token: str, pin: bytes, *, writing: bool) -> "Session":
    import pkcs11.exceptions as said

    found = _token(library, token)
    try:
        words = pin.decode()
    except UnicodeDecodeError:
        raise Unfit("the PIN of the PKCS#11 token is not text") from None
    try:
        return found.open(user_pin=words, rw=writing)
    except said.UserAlreadyLoggedIn:
        # A login is the process's: a second session has it already.
        return found.open(rw=writing)


def _token(library: Any, label: str) -> "Token":
    import pkcs11.exceptions as said

    try:
        found: Token = library.get_token(token_label=label)
    except said.NoSuchToken:
        raise Unavailable(
            f"the PKCS#11 token {label} is not there",
            hint="put it in, or see to the module's own settings",
        ) from None
    return found


def _library(module: Path) -> Any:
    try:
        import pkcs11
    except ImportError:
        raise Unavailable(
            "the root key lies in a PKCS#11 token, and python-pkcs11 is not installed",
            hint="pip install 'sottovoce[pkcs11]'",
        ) from None
    try:
        return pkcs11.lib(str(module))
    except pkcs11.PKCS11Error as error:
        # What it says may have the path in it.
        raise Unavailable(
            "the PKCS#11 module cannot be loaded",
            hint="SOTTOVOCE_PKCS11_MODULE names the library of the token",
        ) from error


def _key(session: "Session", label: str, *, make: bool) -> Any:
    import pkcs11
    import pkcs11.exceptions as said

    kind = pkcs11.ObjectClass.SECRET_KEY
    try:
        return session.get_key(object_class=kind, key_type=pkcs11.KeyType.AES, label=label)
    except said.NoSuchKey:
        if make:
            return _drawn(session, label)
        raise Missing(
            f"the key {label} is not in the PKCS#11 token",
            hint="without it nothing in the vault opens; restore the token from its own backup",
        ) from None
    except said.MultipleObjectsReturned:
        raise Refused(
            f"the PKCS#11 token has more than one key {label}", hint="give each its own label"
        ) from None


def _drawn(session: "Session", label: str) -> Any:
    from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag

    kept = {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False, Attribute.PRIVATE: True}
    has_gcm = Mechanism.AES_GCM in session.token.slot.get_mechanisms()
    # Never both: a key that wraps and decrypts could bring out what it wrapped.
    uses = MechanismFlag.ENCRYPT | MechanismFlag.DECRYPT
    if not has_gcm:
        uses = MechanismFlag.WRAP | MechanismFlag.UNWRAP
    return session.generate_key(
        KeyType.AES, 8 * KEY, label=label, store=True, capabilities=uses, template=kept
    )


def _expect_kept(key: Any) -> None:
    from pkcs11 import Attribute

    if key[Attribute.VALUE_LEN] != KEY:
        raise Refused("the key in the PKCS#11 token is not of 256 bits", hint="choose another")
    if not key[Attribute.SENSITIVE] or key[Attribute.EXTRACTABLE]:
        raise Refused(
            "the key in the PKCS#11 token could be taken out of it",
            hint="rotate to another label: the token then draws one that is sensitive and kept",
        )


@contextmanager
def _token_at_work() -> Iterator[None]:
    """Say what the token said as an error of ours, without its words."""
    try:
        yield
    except SottovoceError:
        raise
    except RuntimeError as error:  # The package's errors are of this kind, and it may be missing.
        raise _named(error) from error


def _named(error: RuntimeError) -> SottovoceError:
    name = type(error).__name__
    if name in ("PinIncorrect", "PinInvalid", "PinLenRange"):
        return Refused(
            "the PIN does not open the PKCS#11 token",
            hint="look at the PIN's file before trying again: a token locks after some failures",
        )
    if name in ("PinLocked", "PinExpired", "UserPinNotInitialized"):
        return Refused(
            f"the PKCS#11 token lets nobody in ({name})", hint="see its security officer"
        )
    if name in ("MechanismInvalid", "MechanismParamInvalid"):
        return Refused(
            f"the PKCS#11 token does not wrap as we need it ({name})",
            hint="use one that takes a nonce, or a key that may wrap and unwrap only",
        )
    return Unavailable(
        f"the PKCS#11 token cannot be used just now ({name})", hint="see to the token, try again"
    )


def _unopened(name: KeyName) -> Tampered:
    return Tampered(f"the {name} does not open", hint="restore the vault from a backup")
