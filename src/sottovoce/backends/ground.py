"""Look at the ground that a vault stands on: its disk, its memory's way to disk, its files' modes.

Rules:
1. Each weakness has a stable name, says what was seen, and what to do about it.
2. What cannot be seen counts as weak: a volume of which nothing is known is not an encrypted one.
3. Only Linux's own files are read; nothing is run and nothing is changed.
"""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sottovoce.backends.embedded_vault import ROOT_FILE
from sottovoce.backends.file_parts import files_at_work
from sottovoce.backends.root_file import is_bare
from sottovoce.backends.weakness import Weakness
from sottovoce.values.errors import Refused

_CRYPT = "CRYPT-"
"""How device-mapper begins the uuid of an encrypted volume (cryptsetup's FAQ, section 6)."""


@dataclass(frozen=True, slots=True)
class Host:
    """Where Linux shows its state; another place in tests."""

    proc: Path = Path("/proc")
    sys: Path = Path("/sys")


def look(vault: Path, host: Host | None = None, *, attested: bool = False) -> tuple[Weakness, ...]:
    """Return the weaknesses of the ground, the serious ones first.

    ``attested`` says that the owner vouches for a volume that is encrypted where we cannot see it.
    """
    host = host or Host()
    with files_at_work():
        found = (*_modes(vault), *_root_key(vault), *_volume(vault, host, attested=attested))
        found = (*found, *_swap(host), *_dumps(host))
    return tuple(sorted(found, key=lambda weakness: not weakness.serious))


def expect_firm(weaknesses: tuple[Weakness, ...]) -> None:
    """Raise Refused where there is a serious weakness: this is no ground for production."""
    serious = [weakness for weakness in weaknesses if weakness.serious]
    if serious:
        names = ", ".join(weakness.name for weakness in serious)
        raise Refused(
            f"the machine has {len(serious)} serious weaknesses: {names}",
            hint="sottovoce vault ground says what was seen and what to do",
        )


def _modes(vault: Path) -> Iterator[Weakness]:
    if not vault.is_dir():
        return
    others = [path for path in (vault, *vault.rglob("*")) if _is_open(path)]
    if others:
        yield Weakness(
            "open-files",
            True,
            f"others may enter or read {len(others)} files or folders of the vault",
            "chmod -R go= the vault's folder, own it, and look at who may have read it",
        )


def _is_open(path: Path) -> bool:
    if path.name == "ledger.vkey":
        return False  # The vault publishes it.
    found = path.lstat()
    return bool(stat.S_IMODE(found.st_mode) & 0o077) or found.st_uid != os.getuid()


def _root_key(vault: Path) -> Iterator[Weakness]:
    file = vault / ROOT_FILE
    if file.is_file() and is_bare(file):
        yield Weakness(
            "bare-root-key",
            True,
            "the root key lies unwrapped beside what it opens",
            "sottovoce keys rotate root, with --new-passphrase-file, or --to where it is held",
        )


def _volume(vault: Path, host: Host, *, attested: bool) -> Iterator[Weakness]:
    encrypted = _is_encrypted(_device(vault, host), host)
    if encrypted or attested:
        return
    what = "cannot be seen into" if encrypted is None else "is not encrypted by this machine"
    yield Weakness(
        "open-volume",
        True,
        f"the volume of the vault {what}: sizes, times and pseudonyms can be read from the disk",
        "put the vault on an encrypted volume (LUKS), or vouch for one that is encrypted beneath"
        " this machine: SOTTOVOCE_VOLUME_ATTESTED=1",
    )


def _swap(host: Host) -> Iterator[Weakness]:
    lines = (host.proc / "swaps").read_text().splitlines()[1:]
    if any(not _is_safe_swap(line.split()[0], host) for line in lines):
        yield Weakness(
            "open-swap",
            True,
            "memory may be written to a swap that is not encrypted, with words and keys in it",
            "swapoff, or encrypt the swap with a key drawn at each start",
        )


def _dumps(host: Host) -> Iterator[Weakness]:
    pattern = (host.proc / "sys/kernel/core_pattern").read_text().strip()
    if pattern.startswith("|"):
        yield Weakness(
            "core-handler",
            False,
            "a handler takes the memory of programs that crash; ours forbid it for themselves",
            "turn the handler off on this machine: sysctl kernel.core_pattern=core",
        )


def _is_safe_swap(name: str, host: Host) -> bool:
    path = Path(name)
    if path.name.startswith("zram"):
        return True
    if path.parent == Path("/dev"):
        device = host.sys / "class/block" / path.name
        return device.exists() and bool(_is_encrypted(device, host))
    return bool(_is_encrypted(_device(path, host), host))


def _device(path: Path, host: Host) -> Path | None:
    """Return the kernel's folder of the block device that a path lies on, None if it has none."""
    whole = path.absolute()
    within = [
        (len(point.parts), number, source)
        for point, number, source in _mounts(host)
        if whole == point or point in whole.parents
    ]
    if not within:
        return None
    # Of mounts on the same point the last one counts.
    _, number, source = max(reversed(within), key=lambda mount: mount[0])
    for device in (host.sys / "dev/block" / number, host.sys / "class/block" / Path(source).name):
        if device.exists():
            return device
    return None


def _mounts(host: Host) -> Iterator[tuple[Path, str, str]]:
    """Yield mount point, device number and source of each mount (proc_pid_mountinfo(5))."""
    for line in (host.proc / "self/mountinfo").read_text().splitlines():
        before, _, after = line.partition(" - ")
        fields, rest = before.split(), after.split()
        if len(fields) > 4 and len(rest) > 1:
            point = fields[4].encode().decode("unicode_escape")
            yield Path(point), fields[2], rest[1]


def _is_encrypted(device: Path | None, host: Host) -> bool | None:
    """Tell whether a device lies on encrypted ones only; None where that cannot be seen."""
    if device is None:
        return None
    uuid = device / "dm/uuid"
    if uuid.exists() and uuid.read_text().startswith(_CRYPT):
        return True
    slaves = device / "slaves"
    below = list(slaves.iterdir()) if slaves.is_dir() else []
    return bool(below) and all(_is_encrypted(slave, host) for slave in below)
