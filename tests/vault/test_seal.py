"""The seal: our bytes are Tink's bytes, any stretch opens, and nothing else does."""

import base64
import hashlib
import importlib.util
import io
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given, settings
from hypothesis import strategies as st
from in_memory import Bytes
from tink import core, streaming_aead

from sottovoce.values.errors import Tampered
from sottovoce.values.ids import RecordingId
from sottovoce.vault.part import Part
from sottovoce.vault.seal import SealReader, SealWriter

VECTORS = Path(__file__).parents[1] / "vectors"
DOCUMENT = json.loads((VECTORS / "seal.json").read_text())
KEY = bytes.fromhex(DOCUMENT["key"])
PART = Part(RecordingId("rec_00112233445566778899"), "audio", 1)
BORDERS = (0, 1, 65479, 65480, 65481, 131000, 131001, 300000)

spec = importlib.util.spec_from_file_location("seal_make", VECTORS / "seal_make.py")
assert spec is not None
assert spec.loader is not None
seal_make = importlib.util.module_from_spec(spec)
spec.loader.exec_module(seal_make)
streaming_aead.register()
plaintext = seal_make.plaintext


def sealed(data: bytes, part: Part = PART, step: int = 1 << 20, **more: object) -> bytes:
    sink = Bytes()
    writer = SealWriter(sink, KEY, part, **more)
    for start in range(0, len(data), step):
        writer.write(data[start : start + step])
    writer.close()
    return bytes(sink.data)


def opened(data: bytes, part: Part = PART, key: bytes = KEY) -> bytes:
    reader = SealReader(Bytes(data), key, part)
    return bytes(reader.read_at(0, reader.size))


def test_the_part_is_bound_by_the_associated_data_of_the_vectors() -> None:
    assert PART.associated_data.decode() == DOCUMENT["associated_data"]


@pytest.mark.parametrize("size", BORDERS)
def test_what_is_sealed_has_the_bytes_of_the_vectors(size: int) -> None:
    drawn = iter([bytes.fromhex(DOCUMENT["salt"]), bytes.fromhex(DOCUMENT["prefix"])])
    ours = sealed(plaintext(size), random=lambda count: next(drawn))
    rows = [r for r in DOCUMENT["streams"] if (r["maker"], r["size"]) == ("by hand", size)]

    assert [hashlib.sha256(ours).hexdigest()] == [row["sealed_sha256"] for row in rows]


@pytest.mark.parametrize("row", [r for r in DOCUMENT["streams"] if "sealed" in r])
def test_every_vector_opens(row: dict[str, object]) -> None:
    data = base64.b64decode(str(row["sealed"]))

    assert opened(data) == plaintext(int(str(row["size"])))


@pytest.mark.parametrize("size", BORDERS)
def test_what_we_seal_tink_opens(size: int) -> None:
    source = io.BytesIO(sealed(plaintext(size)))
    aead = seal_make.tink_primitive(KEY)

    with aead.new_decrypting_stream(source, PART.associated_data) as stream:
        assert stream.read() == plaintext(size)


@pytest.mark.parametrize("size", BORDERS)
def test_what_tink_seals_we_open(size: int) -> None:
    assert opened(seal_make.by_tink(plaintext(size))) == plaintext(size)


def test_tink_refuses_what_we_seal_for_another_part() -> None:
    source = io.BytesIO(sealed(plaintext(10)))
    other = Part(PART.recording, "audio", 0).associated_data

    with (
        pytest.raises(core.TinkError),
        seal_make.tink_primitive(KEY).new_decrypting_stream(source, other) as stream,
    ):
        stream.read()


@settings(max_examples=30, deadline=None)
@given(
    size=st.integers(0, 200_000),
    step=st.integers(1, 100_000),
    reads=st.lists(st.tuples(st.integers(0, 210_000), st.integers(0, 140_000)), max_size=5),
)
def test_any_stretch_reads_as_it_was_written(
    size: int, step: int, reads: list[tuple[int, int]]
) -> None:
    data = plaintext(size)
    reader = SealReader(Bytes(sealed(data, step=max(step, 1 + size // 50))), KEY, PART)

    assert reader.size == size
    assert all(reader.read_at(at, n) == data[at : at + n] for at, n in reads)


@settings(max_examples=60, deadline=None)
@given(data=st.data(), size=st.sampled_from([0, 1, 500, 65480, 65481, 140_000]))
def test_a_flipped_bit_anywhere_never_opens(data: st.DataObject, size: int) -> None:
    whole = bytearray(sealed(plaintext(size)))
    whole[data.draw(st.integers(0, len(whole) - 1))] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises(Tampered, match="audio-1 of rec_00112233445566778899"):
        opened(bytes(whole))


@settings(max_examples=60, deadline=None)
@given(data=st.data(), size=st.sampled_from([0, 1, 500, 65480, 65481, 140_000]))
def test_a_part_cut_off_anywhere_does_not_open(data: st.DataObject, size: int) -> None:
    whole = sealed(plaintext(size))
    kept = data.draw(st.integers(0, len(whole) - 1))

    with pytest.raises(Tampered):
        SealReader(Bytes(whole[:kept]), KEY, PART)


@pytest.mark.parametrize("cut", [0, 1, 39, 40, 55, 65535, 65536, 65537, 65552, 131072])
def test_a_part_cut_off_at_a_border_does_not_open(cut: int) -> None:
    whole = sealed(plaintext(140_000))

    with pytest.raises(Tampered):
        SealReader(Bytes(whole[:cut]), KEY, PART)


@pytest.mark.parametrize("more", [b"\0", b"\0" * 16, b"\0" * 65536])
def test_a_part_that_grew_does_not_open(more: bytes) -> None:
    whole = sealed(plaintext(65480))

    with pytest.raises(Tampered):
        SealReader(Bytes(whole + more), KEY, PART)


def test_a_last_segment_without_a_byte_does_not_open() -> None:
    """Its tag is right: who has the key made one stream in two ways, and only one is a part."""
    salt, prefix = bytes(32), bytes(7)
    info = PART.associated_data
    derived = HKDF(algorithm=SHA256(), length=32, salt=salt, info=info).derive(KEY)
    aes, whole = AESGCM(derived), b"\x28" + salt + prefix
    whole += aes.encrypt(prefix + b"\0\0\0\0\0", plaintext(65480), None)
    assert len(whole) == 65536
    more = aes.encrypt(prefix + b"\0\0\0\1\1", b"", None)

    with pytest.raises(Tampered):
        SealReader(Bytes(whole + more), KEY, PART)
    fed = aes.encrypt(prefix + b"\0\0\0\1\1", b"!", None)
    assert opened(whole + fed) == plaintext(65480) + b"!"


def test_swapped_segments_do_not_open() -> None:
    whole = sealed(plaintext(200_000))
    swapped = whole[:65536] + whole[131072:196608] + whole[65536:131072] + whole[196608:]

    with pytest.raises(Tampered):
        opened(swapped)


@pytest.mark.parametrize(
    "other",
    [
        Part(RecordingId("rec_00112233445566778890"), "audio", 1),
        Part(PART.recording, "audio", 0),
        Part(PART.recording, "words", 1),
        Part(PART.recording, "audio", 1, tenant="other"),
    ],
)
def test_a_part_does_not_stand_in_for_another(other: Part) -> None:
    whole = sealed(plaintext(100))

    with pytest.raises(Tampered):
        opened(whole, part=other)


def test_another_key_does_not_open_and_does_not_say_why() -> None:
    whole = sealed(plaintext(100))

    with pytest.raises(Tampered) as with_key:
        opened(whole, key=bytes(32))
    with pytest.raises(Tampered) as with_cut:
        opened(whole[:-1])
    assert str(with_key.value) == str(with_cut.value)


def test_a_part_that_was_not_closed_does_not_open() -> None:
    sink = Bytes()
    SealWriter(sink, KEY, PART).write(plaintext(65481))

    with pytest.raises(Tampered):
        opened(bytes(sink.data))


def test_the_same_bytes_sealed_twice_differ() -> None:
    assert sealed(b"same")[56:] != sealed(b"same")[56:]


def test_a_closed_part_takes_no_more() -> None:
    writer = SealWriter(Bytes(), KEY, PART)
    writer.close()
    writer.close()

    with pytest.raises(ValueError, match="closed"):
        writer.write(b"more")


def test_a_part_whose_sink_failed_never_takes_more() -> None:
    class Full(Bytes):
        def write(self, data: memoryview) -> None:
            raise OSError("full")

    writer = SealWriter(Full(), KEY, PART)
    with pytest.raises(OSError, match="full"):
        writer.write(plaintext(70_000))

    with pytest.raises(ValueError, match="given up"):
        writer.close()


@pytest.mark.parametrize(("name", "channel"), [("Audio", 0), ("a/b", 0), ("", 0), ("audio", -1)])
def test_a_part_has_a_plain_name(name: str, channel: int) -> None:
    with pytest.raises(ValueError, match=r"part|channel"):
        Part(PART.recording, name, channel)
