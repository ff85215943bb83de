"""The page of the seal is enough: a reader written from it alone opens what we seal, and no more.

The reader below shares no code with the product or with the maker of the vectors. It follows
docs/spec/seal.md, and the numbers in its comments are the steps of that page's "Reading".
"""

import hashlib
import hmac

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st
from in_memory import Bytes

from sottovoce.values.errors import Tampered
from sottovoce.values.ids import RecordingId
from sottovoce.vault.part import Part
from sottovoce.vault.seal import SealReader, SealWriter

KEY = bytes(range(7, 39))
PART = Part(RecordingId("rec_0a1b2c3d4e5f60718293"), "audio", 1)
AD = b"sottovoce seal v1\nlocal\nrec_0a1b2c3d4e5f60718293\naudio\n1"
SIZES = (0, 1, 65480, 65481, 131000, 131001, 200_000)


class Stranger:
    """A reader of someone who has the page and nothing else."""

    def __init__(self, data: bytes, key: bytes, associated_data: bytes) -> None:
        self.data, count = data, (len(data) + 65535) // 65536
        if len(data) < 56 or data[0] != 0x28:  # 1
            raise ValueError("tampered")
        if count > 1 and len(data) - (count - 1) * 65536 < 17:  # 1
            raise ValueError("tampered")
        pseudorandom = hmac.digest(data[1:33], key, "sha256")
        derived = hmac.digest(pseudorandom, associated_data + b"\x01", "sha256")
        self.aes, self.prefix, self.count = AESGCM(derived), data[33:40], count
        self.size = len(data) - 40 - 16 * count
        self.segment(count - 1)  # 2

    def segment(self, index: int) -> bytes:
        start = 40 if index == 0 else index * 65536
        last = b"\x01" if index == self.count - 1 else b"\x00"
        nonce = self.prefix + index.to_bytes(4, "big") + last
        try:
            return self.aes.decrypt(nonce, self.data[start : (index + 1) * 65536], None)  # 3
        except InvalidTag:
            raise ValueError("tampered") from None  # 5

    def stretch(self, start: int, size: int) -> bytes:
        stop, place, out = min(start + size, self.size), start, b""
        while place < stop:  # 4
            index = (place + 40) // 65520
            plain = self.segment(index)
            at = place if index == 0 else place + 40 - index * 65520
            out += plain[at : at + stop - place]
            place = start + len(out)
        return out


def some(size: int) -> bytes:
    return hashlib.shake_128(b"some").digest(size)


def sealed(data: bytes) -> bytes:
    sink = Bytes()
    writer = SealWriter(sink, KEY, PART)
    writer.write(data)
    writer.close()
    return bytes(sink.data)


@pytest.mark.parametrize("size", SIZES)
def test_a_stranger_with_the_page_opens_what_we_seal(size: int) -> None:
    reader = Stranger(sealed(some(size)), KEY, AD)

    assert reader.size == size
    assert reader.stretch(0, size) == some(size)


@settings(max_examples=40, deadline=None)
@given(size=st.sampled_from(SIZES), start=st.integers(0, 200_000), length=st.integers(0, 140_000))
def test_a_stranger_and_we_read_the_same_stretch(size: int, start: int, length: int) -> None:
    whole = sealed(some(size))
    ours = SealReader(Bytes(whole), KEY, PART).read_at(start, length)

    assert Stranger(whole, KEY, AD).stretch(start, length) == ours == some(size)[start:][:length]


@pytest.mark.parametrize("field", range(5))
def test_a_stranger_refuses_each_other_field_of_the_binding(field: int) -> None:
    fields = AD.split(b"\n")
    fields[field] += b"0"

    with pytest.raises(ValueError, match="tampered"):
        Stranger(sealed(some(100)), KEY, b"\n".join(fields))


def test_every_single_flipped_byte_is_found_by_us_and_by_a_stranger() -> None:
    whole = sealed(some(300))
    for place in range(len(whole)):
        rotten = bytearray(whole)
        rotten[place] ^= 0xFF

        with pytest.raises(Tampered):
            SealReader(Bytes(bytes(rotten)), KEY, PART)
        with pytest.raises(ValueError, match="tampered"):
            Stranger(bytes(rotten), KEY, AD)
