"""A sealed file is decoded as the plain one is, and a wrong seal is the one refusal."""

import io
import random

import numpy as np
import pytest
import soundfile
from in_memory import Bytes

from sottovoce.intake.bounds import Limits
from sottovoce.intake.decoder import decode
from sottovoce.intake.reasons import Breach, Reason
from sottovoce.intake.wire import Block
from sottovoce.steps.sealed_decoder import Unsealed, unsealed
from sottovoce.vault.recipient import RecipientKey
from sottovoce.vault.sealed_file import HEADER, read_header, seal_file

KEY = RecipientKey(bytes(range(32)))
LIMITS = Limits(seconds=60)


def encoded(form: str) -> bytes:
    noise = np.random.default_rng(7).integers(-9000, 9000, (80_000, 1)).astype(np.int16)
    out = io.BytesIO()
    soundfile.write(out, noise, 8000, format=form)
    return out.getvalue()


def sealed(data: bytes) -> bytes:
    sink = Bytes()
    seal_file(io.BytesIO(data), sink, KEY.recipient)
    return bytes(sink.data)


def key_of(file: bytes) -> bytes:
    header = read_header(file[:HEADER])
    assert header is not None
    return header.open(KEY)


def opened(file: bytes, key: bytes) -> tuple[Unsealed, int]:
    return unsealed(io.BytesIO(file), len(file), key)  # type: ignore[arg-type]  # it reads the same


def heard(raw: io.RawIOBase, size: int) -> bytes:
    blocks = [m.samples for m in decode(raw, size, limits=LIMITS) if isinstance(m, Block)]
    return b"".join(map(bytes, blocks))


@pytest.mark.parametrize("form", ["WAV", "FLAC", "OGG", "MP3"])
def test_it_is_decoded_as_the_plain_file(form: str) -> None:
    plain = encoded(form)
    file = sealed(plain)

    assert heard(*opened(file, key_of(file))) == heard(io.BytesIO(plain), len(plain))  # type: ignore[arg-type]


@pytest.mark.parametrize("form", ["WAV", "FLAC", "OGG", "MP3"])
def test_a_wrong_byte_anywhere_is_a_wrong_seal(form: str) -> None:
    file = sealed(encoded(form))
    key, chance = key_of(file), random.Random(form)  # noqa: S311 - repeatable
    for place in (
        HEADER,
        HEADER + 40,
        len(file) - 1,
        *(chance.randrange(len(file)) for _ in "123456789"),
    ):
        changed = bytearray(file)
        changed[place] ^= 4
        with pytest.raises(Breach) as caught:
            heard(*opened(bytes(changed), key))
        assert caught.value.reason is Reason.TAMPERED


def test_a_wrong_byte_where_no_decoder_looks_is_a_wrong_seal() -> None:
    plain, unheard = encoded("WAV"), b"JUNK" + (400_000).to_bytes(4, "little") + bytes(400_000)
    riff = plain[:4] + (len(plain) - 8 + len(unheard)).to_bytes(4, "little") + plain[8:]
    file = sealed(riff + unheard)
    key = key_of(file)
    assert len(heard(*opened(file, key))) == 160_000

    changed = bytearray(file)
    changed[len(file) - 200_000] ^= 1
    with pytest.raises(Breach) as caught:
        heard(*opened(bytes(changed), key))
    assert caught.value.reason is Reason.TAMPERED


def test_it_is_read_like_any_file() -> None:
    data = bytes(range(256)) * 600
    file = sealed(data)
    raw, size = opened(file, key_of(file))
    buffered = io.BufferedReader(raw)

    assert size == len(data)
    assert buffered.read(10) == data[:10]
    assert buffered.seek(-5, 2) == len(data) - 5
    assert buffered.read() == data[-5:]
    buffered.seek(70_000)
    assert buffered.read(70_000) == data[70_000:140_000]
    assert raw.readinto(bytearray(0)) == 0
