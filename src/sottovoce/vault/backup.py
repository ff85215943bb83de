"""What a backup of a vault is made of, as values (docs/spec/backup.md)."""

import hmac
import json
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import NewType

from sottovoce.values.errors import Unfit
from sottovoce.values.ids import recording_id
from sottovoce.vault.arrival import parts_of
from sottovoce.vault.holding import SETTLED, Holding
from sottovoce.vault.keys import KeyName
from sottovoce.vault.part import Part
from sottovoce.vault.seal import SealReader, Source, tampered

BackupId = NewType("BackupId", str)
PARTS = KeyName("backup", "parts")
NAMES = KeyName("backup", "names")

_VERSION = 1
_ID = re.compile(r"bkp_[0-9a-f]{20}")
_LINE = re.compile(
    r"(rec_[0-9a-f]{20}) ([a-z]{1,32}) (0|[1-9]\d{0,3}) ([1-9]\d{0,15}) ([0-9a-f]{64})"
)
_HEADER = 40
_PIECE = 1 << 16


def new_backup_id() -> BackupId:
    """Draw a new backup id of 80 random bits."""
    return BackupId(f"bkp_{secrets.token_hex(10)}")


def backup_id(text: str) -> BackupId:
    """Read a backup id, or raise Unfit."""
    if not _ID.fullmatch(text):
        raise Unfit("a backup id is bkp_ and 20 hexadecimal digits")
    return BackupId(text)


def key_of(backup: BackupId) -> KeyName:
    """Name the key that seals one backup's database and manifest."""
    return KeyName("backup", backup)


@dataclass(frozen=True, slots=True)
class Piece:
    """A sealed file of a backup: what its seal is bound to; ``str`` of it is safe to show."""

    kind: str
    id: str

    def __str__(self) -> str:
        return f"{self.kind} of {self.id}" if self.kind != "part" else f"file {self.id[:12]}"

    @property
    def associated_data(self) -> bytes:
        return f"sottovoce backup v1\n{self.kind}\n{self.id}".encode()


@dataclass(frozen=True, slots=True)
class Copied:
    """A part that belongs to a backup, and the digits under which its copy rests."""

    part: Part
    size: int
    digits: str

    @property
    def line(self) -> str:
        part = self.part
        return f"{part.recording} {part.name} {part.channel} {self.size} {self.digits}"

    @property
    def piece(self) -> Piece:
        return Piece("part", self.digits)


@dataclass(frozen=True, slots=True)
class Heading:
    """The first line of a manifest; ``root`` is the vault's root key file, never a bare one."""

    backup: BackupId
    made_at: datetime
    entries: int
    database: int
    parts: int
    root: str | None = field(repr=False)


def digits_of(part: Part, source: Source, names: bytes) -> str:
    """Return under which digits a part rests in a backup; equal ones are equal parts."""
    header = bytearray(_HEADER)
    if source.read_into(0, memoryview(header)) != _HEADER:
        raise tampered(part)
    said = f"sottovoce backup part v1\n{part.recording}\n{part.name}\n{part.channel}\n"
    return hmac.new(names, said.encode() + header, sha256).hexdigest()


def wanted_parts(holding: Holding) -> tuple[Part, ...]:
    """Return the parts of a recording that belong in a backup: those of settled ones."""
    if holding.state not in SETTLED:
        return ()
    parts = (part for name in holding.parts for part in parts_of(holding, name))
    return tuple(part for part in parts if part.channel in holding.readable)


def encode_heading(heading: Heading) -> bytes:
    """Return the first line of a manifest."""
    value = {
        "v": _VERSION,
        "backup": heading.backup,
        "made_at": heading.made_at.isoformat(),
        "entries": heading.entries,
        "database": heading.database,
        "parts": heading.parts,
        "root": heading.root,
    }
    return json.dumps(value).encode() + b"\n"


def read_manifest(reader: SealReader) -> tuple[Heading, Iterator[Copied]]:
    """Read a manifest, its parts as they are asked for; raise Unfit when it is not in its form."""
    lines = _lines(reader)
    heading = _heading(next(lines, ""))
    return heading, _copied(lines, heading.parts)


def _heading(line: str) -> Heading:
    try:
        value = json.loads(line)
        if value["v"] != _VERSION:
            raise Unfit(f"the backup has version {value['v']}; we know {_VERSION}")
        return Heading(
            backup=backup_id(value["backup"]),
            made_at=datetime.fromisoformat(value["made_at"]),
            entries=int(value["entries"]),
            database=int(value["database"]),
            parts=int(value["parts"]),
            root=value["root"],
        )
    except (KeyError, TypeError, ValueError):
        raise Unfit("the backup's manifest is not in its form") from None


def _copied(lines: Iterator[str], count: int) -> Iterator[Copied]:
    for line in lines:
        found, count = _LINE.fullmatch(line), count - 1
        if not found:
            raise Unfit("a line of the backup's manifest is not in its form")
        part = Part(recording_id(found[1]), found[2], int(found[3]))
        yield Copied(part, int(found[4]), found[5])
    if count:
        raise Unfit("the backup's manifest does not have as many parts as it says")


def _lines(reader: SealReader) -> Iterator[str]:
    rest = b""
    for start in range(0, reader.size, _PIECE):
        *lines, rest = (rest + reader.read_at(start, _PIECE)).split(b"\n")
        yield from (line.decode() for line in lines)
    if rest:
        raise Unfit("the backup's manifest does not end in a line")
