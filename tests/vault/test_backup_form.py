"""The values of a backup against vectors made by hand from docs/spec/backup.md."""

import json
from pathlib import Path

import pytest

from sottovoce.values.errors import Unfit
from sottovoce.values.ids import RecordingId
from sottovoce.vault.backup import (
    Piece,
    backup_id,
    digits_of,
    encode_heading,
    key_of,
    read_manifest,
)
from sottovoce.vault.keys import WrappingKey
from sottovoce.vault.part import Part
from sottovoce.vault.seal import SealReader, SealWriter

VECTOR = json.loads((Path(__file__).parents[1] / "vectors" / "backup.json").read_text())
BACKUP = backup_id(VECTOR["backup"])


class Bytes:
    """Sealed bytes in memory, to write and to read."""

    def __init__(self, data: bytes = b"") -> None:
        self.data = data

    @property
    def size(self) -> int:
        return len(self.data)

    def read_into(self, offset: int, view: memoryview) -> int:
        stretch = self.data[offset : offset + len(view)]
        view[: len(stretch)] = stretch
        return len(stretch)

    def write(self, data: memoryview) -> None:
        self.data += bytes(data)

    def close(self) -> None: ...

    def discard(self) -> None: ...


def opened(data: bytes) -> SealReader:
    return SealReader(Bytes(data), bytes.fromhex(VECTOR["key"]), Piece("manifest", BACKUP))


def test_a_manifest_made_by_hand_is_read() -> None:
    heading, parts = read_manifest(opened(bytes.fromhex(VECTOR["manifest"])))
    (copied,) = parts

    assert (heading.backup, heading.entries, heading.database) == (BACKUP, 7, 4096)
    assert copied.digits == VECTOR["digits"]
    assert str(copied.part) == f"audio-1 of {VECTOR['recording']}"


def test_a_part_has_the_digits_of_the_page() -> None:
    part = Part(RecordingId(VECTOR["recording"]), "audio", 1)
    source = Bytes(bytes.fromhex(VECTOR["part"]))

    assert digits_of(part, source, bytes.fromhex(VECTOR["names"])) == VECTOR["digits"]


def test_a_key_of_the_ring_made_by_hand_opens() -> None:
    root = WrappingKey(bytes.fromhex(VECTOR["root"]))

    assert root.unwrap(bytes.fromhex(VECTOR["wrapped"]), key_of(BACKUP)).hex() == VECTOR["key"]


@pytest.mark.parametrize("more", [b"", b"x", b"rec_1 audio 1 5 00\n"])
def test_a_manifest_that_is_not_in_its_form_is_refused(more: bytes) -> None:
    heading, _ = read_manifest(opened(bytes.fromhex(VECTOR["manifest"])))
    sink = Bytes()
    writer = SealWriter(sink, bytes.fromhex(VECTOR["key"]), Piece("manifest", BACKUP))
    writer.write(encode_heading(heading) + more)
    writer.close()

    with pytest.raises(Unfit):
        list(read_manifest(opened(sink.data))[1])
