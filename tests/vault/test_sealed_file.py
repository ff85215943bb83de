"""A sealed file is opened whole and unchanged, or not at all."""

import io
import random
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from in_memory import Bytes

from sottovoce.values.errors import SottovoceError, Tampered, Unavailable, Unfit
from sottovoce.vault.recipient import Recipient, RecipientKey, read_recipient
from sottovoce.vault.sealed_file import HEADER, MAGIC, Form, open_body, read_header, seal_file

KEY = RecipientKey(bytes(range(32)))
OTHER = RecipientKey(bytes(range(1, 33)))
SOUND = bytes(range(256)) * 3


def sealed(data: bytes = SOUND, key: RecipientKey = KEY) -> bytes:
    sink = Bytes()
    seal_file(io.BytesIO(data), sink, key.recipient)
    assert sink.closed
    return bytes(sink.data)


def opened(file: bytes, key: RecipientKey = KEY) -> bytes:
    header = read_header(file[:HEADER])
    if header is None:
        raise Unfit("no sealed file")
    reader = open_body(Bytes(file), header.open(key))
    return bytes(reader.read_at(0, reader.size))


FILE = sealed()


def test_a_file_is_never_sealed_alike_twice() -> None:
    assert sealed() != FILE
    assert opened(FILE) == opened(sealed()) == SOUND
    assert SOUND[:8] not in FILE


def test_every_flipped_byte_is_found() -> None:
    for place in range(len(FILE)):
        changed = bytearray(FILE)
        changed[place] ^= 1
        with pytest.raises((Tampered, Unfit)):
            opened(bytes(changed))


def test_every_cut_is_found() -> None:
    for size in range(len(FILE)):
        with pytest.raises((Tampered, Unfit)):
            opened(FILE[:size])


@pytest.mark.parametrize("more", [b"\0", bytes(56), FILE[HEADER:]])
def test_growth_is_found(more: bytes) -> None:
    with pytest.raises(Tampered):
        opened(FILE + more)


def test_a_body_behind_the_header_of_another_is_found() -> None:
    other = sealed()

    with pytest.raises(Tampered):
        opened(FILE[:HEADER] + other[HEADER:])


def test_another_recipient_opens_nothing() -> None:
    header = read_header(FILE[:HEADER])

    assert header is not None
    assert header.recipient == KEY.recipient.id
    with pytest.raises(Tampered):
        header.open(OTHER)


def test_a_newer_version_says_what_is_known() -> None:
    with pytest.raises(Unfit, match=r"version 2, suite 1, form 0; we know version 1"):
        read_header(MAGIC + b"\x02" + FILE[9:HEADER])


def test_a_full_disk_leaves_nothing_that_counts() -> None:
    sink = Bytes(room=HEADER + 100)
    with pytest.raises(Unavailable):
        seal_file(io.BytesIO(SOUND), sink, KEY.recipient)

    assert sink.discarded
    assert not sink.closed


def test_memory_does_not_grow_with_the_file() -> None:
    class Long(io.RawIOBase):
        left = 48

        def read(self, size: int = -1) -> bytes:
            self.left -= 1
            return bytes(size) if self.left >= 0 else b""

    class Gone(Bytes):
        def write(self, data: memoryview) -> None: ...

    told: list[int] = []
    tracemalloc.start()
    size = seal_file(Long(), Gone(), KEY.recipient, progress=told.append)  # type: ignore[arg-type]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert size == sum(told) == 48 << 20
    assert peak < 8 << 20


def test_keys_show_nothing_of_themselves() -> None:
    header = read_header(FILE[:HEADER])
    shown = repr(header) + repr(KEY) + repr(KEY.recipient) + str(header)

    assert FILE[27:60].hex() not in shown
    assert repr(FILE[27:31])[2:-1] not in shown
    assert repr(KEY.recipient.public[:6])[2:-1] not in shown


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=64), st.integers(0, HEADER + 40), st.randoms(use_true_random=False))
def test_a_strangers_bytes_give_one_typed_error(
    junk: bytes, at: int, chance: random.Random
) -> None:
    changed = bytearray(FILE)
    changed[at : at + chance.randrange(3) * len(junk)] = junk
    for file in (bytes(changed), MAGIC + junk, MAGIC + bytes((1, 1, 0)) + junk * 40):
        try:
            data = opened(file)
        except SottovoceError:
            continue
        assert data == SOUND


@given(st.binary(max_size=2000))
def test_a_strangers_recipient_is_unfit(junk: bytes) -> None:
    for text in (junk, b"sottovoce recipient v1\n" + junk):
        with pytest.raises(Unfit):
            read_recipient(text)


@pytest.mark.parametrize(
    "point", [bytes(32), b"\x01" + bytes(31), b"\xec" + b"\xff" * 30 + b"\x7f"]
)
def test_a_recipient_with_whom_no_secret_can_be_shared_is_unfit(point: bytes) -> None:
    bad = Recipient(KEY.recipient.public[:-32] + point)

    with pytest.raises(Unfit):
        read_recipient(bad.text)


def test_the_forms_are_those_of_the_page() -> None:
    assert [(form.name, form.value) for form in Form] == [
        ("AS_IT_SAYS", 0),
        ("MU_LAW", 1),
        ("A_LAW", 2),
    ]
