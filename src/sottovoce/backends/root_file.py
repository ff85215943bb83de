"""The root key's file: bare, wrapped by a passphrase, or who holds it (docs/spec/vault.md).

Rule: the file of a root key that is held elsewhere has nothing secret in it, and no address either:
where to ask, and with which token or PIN, is the settings' alone.
"""

import base64
import binascii
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from argon2.low_level import Type, hash_secret_raw

from sottovoce.backends.file_parts import files_at_work, sync_folder
from sottovoce.backends.root_held import Held, parse_held
from sottovoce.values.errors import Missing, Refused, Tampered, Unfit
from sottovoce.vault.keys import KEY, KeyName, Root, WrappingKey

_MARK = "sottovoce root key v1"
_ROOT = KeyName("root", "passphrase")
_SALT = 16
_LONGEST = 4096
_MOST_TIME, _MOST_MEMORY_KIB, _MOST_LANES = 64, 4 * 1024 * 1024, 64


@dataclass(frozen=True, slots=True)
class Argon2Cost:
    """What a guess of the passphrase costs; the second recommended choice of RFC 9106."""

    time: int = 3
    memory_kib: int = 65536
    lanes: int = 4


def make_root(path: Path, *, passphrase: bytes | None, cost: Argon2Cost) -> WrappingKey:
    """Draw a root key and write it, whole or not at all, to a file only we can read.

    The caller has made sure, under the vault's lock, that there is none yet.
    """
    root = os.urandom(KEY)
    lines = [f"bare {_text(root)}"] if passphrase is None else _wrapped(root, passphrase, cost)
    _place(path, lines)
    return WrappingKey(root)


def make_held(path: Path, held: Held) -> None:
    """Write down who holds the root key, whole or not at all, as ``make_root`` does."""
    _place(path, [f"held {held.spec} {held.vault}"])


def held_in(path: Path) -> Held | None:
    """Return who holds the root key, None where it lies in the file itself."""
    lines = _lines(path)
    if not lines[0].startswith("held "):
        return None
    fields = lines[0].split(" ")
    try:
        if len(lines) == 1 and len(fields) == 3:
            return parse_held(fields[1], vault=fields[2])
    except Unfit:
        pass
    raise _spoiled()


def _place(path: Path, lines: list[str]) -> None:
    data = "\n".join([_MARK, *lines, ""]).encode()
    aside = path.with_name(f"{path.name}.part")
    with files_at_work():
        aside.unlink(missing_ok=True)
        file = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with open(file, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(file)
        aside.rename(path)
        sync_folder(path.parent)


def read_root(path: Path, *, passphrase: bytes | None) -> WrappingKey:
    """Read the root key; raise Missing, Refused or Tampered, each saying what to do."""
    lines = _lines(path)
    if not lines[0].startswith(("bare ", "argon2id ")):
        raise _spoiled()
    if len(lines) == 1:
        if passphrase is not None:
            raise Refused(
                "the vault's root key is not wrapped by a passphrase, but one was given",
                hint="leave the passphrase out, or make a new vault with it",
            )
        return WrappingKey(_bytes(lines[0].removeprefix("bare "), KEY))
    if passphrase is None:
        raise Refused("the vault's root key is wrapped by a passphrase and none was given")
    return WrappingKey(_unwrapped(lines, passphrase))


class FileRoot:
    """``vault.keys.Root`` by its file: read anew when it was replaced while we were at work.

    While it is being replaced the new one lies beside it, and may count already.
    """

    def __init__(self, path: Path, *, read: Callable[[Path], Root], is_next: bool = False) -> None:
        """Open it; with ``is_next`` the one that lies beside it, which counts already."""
        self._path = path
        self._read = read
        self._root = self._next() if is_next else read(path)

    def wrap(self, key: bytes, name: KeyName) -> bytes:
        return self._root.wrap(key, name)

    def unwrap(self, wrapped: bytes, name: KeyName) -> bytes:
        try:
            return self._root.unwrap(wrapped, name)
        except Tampered:
            with suppress(Missing, Refused, Tampered):
                newer = self._read(next_root(self._path))
                key, self._root = newer.unwrap(wrapped, name), newer
                return key
            self._root = self._read(self._path)
            return self._root.unwrap(wrapped, name)

    def _next(self) -> Root:
        try:
            return self._read(next_root(self._path))
        except Missing:
            return self._read(self._path)  # It was put in place at this moment.


def next_root(path: Path) -> Path:
    """Return where a root key lies that is to replace the one at a path."""
    return path.with_name(f"{path.name}.next")


def replace_root(path: Path, by: Path) -> None:
    """Put another root key file in the place of one, and overwrite the old one's bytes.

    What the file system keeps of them elsewhere, as flash and snapshots do, is out of reach.
    """
    with files_at_work():
        old = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            by.replace(path)
            sync_folder(path.parent)
            os.pwrite(old, bytes(os.fstat(old).st_size), 0)
            os.fsync(old)
        finally:
            os.close(old)


def is_bare(path: Path) -> bool:
    """Tell whether the root key rests without a passphrase around it."""
    return _lines(path)[0].startswith("bare ")


def _lines(path: Path) -> list[str]:
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise Missing(
            "the vault's root key is not there",
            hint="put root.key back from your copy; without it nothing in the vault opens",
        ) from None
    except OSError as error:
        raise Refused(
            "the vault's root key is not a plain file that we can read",
            hint="root.key must be a file of your own, not a link",
        ) from error
    try:
        _check_mode(os.fstat(file))
    except Refused:
        os.close(file)
        raise
    with open(file, "rb") as stream:
        *lines, end = stream.read(_LONGEST).decode("ascii", "replace").split("\n")
    if len(lines) not in (2, 3) or lines[0] != _MARK or end:
        raise _spoiled()
    return lines[1:]


def _check_mode(found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise Refused("the vault's root key is not a plain file")
    if found.st_mode & 0o077:
        raise Refused(
            f"the vault's root key has mode {stat.S_IMODE(found.st_mode):04o}; it must be 0600",
            hint="others may have read it: chmod 600 root.key, and think of making a new vault",
        )


def _spoiled() -> Tampered:
    return Tampered("the vault's root key file is not in its format", hint="put your copy back")


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str, length: int) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise _spoiled() from None
    if len(data) != length:
        raise _spoiled()
    return data


def _wrapped(root: bytes, passphrase: bytes, cost: Argon2Cost) -> list[str]:
    salt = os.urandom(_SALT)
    wrapped = WrappingKey(_stretched(passphrase, salt, cost)).wrap(root, _ROOT)
    costs = f"{cost.time} {cost.memory_kib} {cost.lanes}"
    return [f"argon2id {costs} {_text(salt)}", f"wrapped {_text(wrapped)}"]


def _unwrapped(lines: list[str], passphrase: bytes) -> bytes:
    first, second = lines[0].split(" "), lines[-1].split(" ")
    if len(first) != 5 or len(second) != 2 or (first[0], second[0]) != ("argon2id", "wrapped"):
        raise _spoiled()
    key = _stretched(passphrase, _bytes(first[4], _SALT), _cost(first[1:4]))
    wrapped = _bytes(second[1], 1 + 12 + KEY + 16)
    try:
        return WrappingKey(key).unwrap(wrapped, _ROOT)
    except Tampered:
        raise Refused("the passphrase does not open the vault's root key") from None


def _cost(fields: list[str]) -> Argon2Cost:
    if not all(field.isdecimal() and len(field) < 9 for field in fields):
        raise _spoiled()
    cost = Argon2Cost(*(int(field) for field in fields))
    most = (_MOST_TIME, _MOST_MEMORY_KIB, _MOST_LANES)
    within = zip((cost.time, cost.memory_kib, cost.lanes), most, strict=True)
    if not all(0 < value <= limit for value, limit in within) or cost.memory_kib < 8 * cost.lanes:
        raise _spoiled()
    return cost


def _stretched(passphrase: bytes, salt: bytes, cost: Argon2Cost) -> bytes:
    if not passphrase:
        raise Refused("the passphrase is empty")
    return hash_secret_raw(
        passphrase,
        salt,
        time_cost=cost.time,
        memory_cost=cost.memory_kib,
        parallelism=cost.lanes,
        hash_len=KEY,
        type=Type.ID,
    )
