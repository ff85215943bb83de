"""Evidence bundles: against vectors made by hand, and against who changes any byte of them."""

import io
import json
from base64 import b64decode
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sottovoce.ledger.bundle import (
    MAGIC,
    About,
    Growth,
    Piece,
    ProvenBundle,
    check_bundle,
    write_bundle,
)
from sottovoce.ledger.note import ledger_signer
from sottovoce.values.errors import Tampered, Unfit
from sottovoce.values.ids import RecordingId

VECTOR = json.loads((Path(__file__).parents[1] / "vectors" / "bundle.json").read_text())
BUNDLE = VECTOR["bundle"].encode()
SIGNER = ledger_signer(bytes.fromhex(VECTOR["seed"]))
ONE = RecordingId("rec_00000000000000000001")
MADE = datetime(2026, 1, 3, tzinfo=UTC)


def checked(data: bytes, key=SIGNER.key, older: bytes | None = None) -> ProvenBundle:
    return check_bundle(io.BytesIO(data), trusted=key, older=older)


def made(log, about: About, indexes, *, signer=SIGNER, receipts=None, growth=None) -> bytes:
    head = log.head()
    pieces = [
        Piece(i, log.entry(i), log.prove(i, head.size).hashes, (receipts or {}).get(i))
        for i in indexes
    ]
    return b"".join(write_bundle(about, head, pieces, made_at=MADE, signer=signer, growth=growth))


def test_the_bundle_of_the_vectors_is_proven() -> None:
    proven = checked(BUNDLE)

    assert proven.about == About("recording", frozenset({ONE}))
    assert (proven.entries, proven.first, proven.last, proven.head.size) == (3, 2, 5, 7)
    assert proven.kinds == {"recording.arrived": 3}
    assert not proven.has_no_gap
    assert checked(BUNDLE, key=None).key == SIGNER.key


def test_what_is_written_has_the_bytes_of_the_vectors() -> None:
    proven = checked(BUNDLE)
    lines = [json.loads(line) for line in BUNDLE.splitlines()[2:-1]]
    pieces = [
        Piece(one["index"], one["entry"].encode(), tuple(map(b64decode, one["proof"])))
        for one in lines
    ]
    written = write_bundle(proven.about, proven.head, pieces, made_at=MADE, signer=SIGNER)

    assert b"".join(written) == BUNDLE


def test_every_flipped_byte_is_found() -> None:
    for place in range(len(BUNDLE)):
        for bit in (1, 0x20, 0x80):
            changed = bytearray(BUNDLE)
            changed[place] ^= bit
            with pytest.raises((Tampered, Unfit)):
                checked(bytes(changed))


def test_every_cut_and_every_line_more_is_found() -> None:
    for size in range(len(BUNDLE)):
        with pytest.raises((Tampered, Unfit)):
            checked(BUNDLE[:size])
    for more in (b"\n", b"x", BUNDLE):
        with pytest.raises((Tampered, Unfit)):
            checked(BUNDLE + more)


def test_a_line_left_out_twice_or_moved_is_found() -> None:
    lines = BUNDLE.splitlines(keepends=True)
    for number in range(len(lines)):
        with pytest.raises((Tampered, Unfit)):
            checked(b"".join(lines[:number] + lines[number + 1 :]))
        with pytest.raises((Tampered, Unfit)):
            checked(b"".join(lines[: number + 1] + lines[number:]))
    lines[2:4] = reversed(lines[2:4])
    with pytest.raises((Tampered, Unfit)):
        checked(b"".join(lines))


def test_another_key_signs_nothing_that_is_believed(ways) -> None:
    log = ways.memory(20)
    about = About("period")
    false = made(log, about, range(3, 6), signer=ways.stranger)
    with pytest.raises(Tampered):
        checked(false)
    with pytest.raises(Tampered, match="another key"):
        checked(BUNDLE, key=ledger_signer(bytes(32)).key)
    assert checked(made(log, about, range(3, 6))).has_no_gap


def test_an_entry_that_is_about_something_else_is_found(ways) -> None:
    log = ways.memory(20)
    since = datetime(2025, 1, 1, 0, 0, 5, tzinfo=UTC)
    for about in (About("recording", frozenset({ONE})), About("period", since=since)):
        with pytest.raises(Tampered, match="not about"):
            checked(made(log, about, [1, 2]))
    with pytest.raises(Tampered, match="not about"):
        checked(made(log, About("period", until=since), [4, 5]))
    assert checked(made(log, About("period", since=since), [5, 6])).entries == 2


def test_growth_from_a_head_kept_elsewhere_is_proven(ways) -> None:
    log = ways.memory(9)
    older = log.head()
    for number in range(9, 20):
        log.append(ways.event(number))
    growth = Growth(9, log.prove_growth(9, 20))
    with_growth = made(log, About("period"), [3], growth=growth)

    assert checked(with_growth, older=older.note).since == 9
    assert checked(with_growth, older=log.head().note).since == 20
    assert checked(made(log, About("period"), [3]), older=older.note).since is None
    other = ways.memory(8)
    other.append(ways.event(99))
    with pytest.raises(Tampered):
        checked(with_growth, older=other.head().note)
    for number in range(100, 111):
        other.append(ways.event(number))
    with pytest.raises(Tampered, match="kept elsewhere"):
        checked(with_growth, older=other.head().note)


def test_a_receipt_lies_beside_its_entry_and_no_other(ways) -> None:
    log = ways.memory(7)
    receipt = ways.receipt(log, {}, log.append)
    about = About("recording", frozenset({RecordingId("rec_00000000000000000007")}))

    assert checked(made(log, about, [7], receipts={7: receipt})).receipts == 1
    with pytest.raises(Tampered, match="another entry"):
        checked(made(log, About("period"), [6, 7], receipts={6: receipt}))
    changed = receipt[:400] + bytes([receipt[400] ^ 1]) + receipt[401:]
    with pytest.raises((Tampered, Unfit)):
        checked(made(log, about, [7], receipts={7: changed}))


def test_a_bundle_of_nothing_is_none(ways) -> None:
    with pytest.raises(Tampered, match="does not count"):
        checked(made(ways.memory(3), About("period"), []))


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400), st.integers(0, len(BUNDLE)))
def test_any_bytes_are_one_typed_error(data: bytes, place: int) -> None:
    for whole in (data, MAGIC + data, BUNDLE[:place] + data):
        if whole != BUNDLE:
            with pytest.raises((Tampered, Unfit)):
                checked(whole)


def test_a_line_without_an_end_is_refused_before_it_is_read() -> None:
    class Endless(io.RawIOBase):
        taken = 0

        def readline(self, size=-1):
            if not self.taken:
                self.taken = 1
                return MAGIC
            self.taken += size
            return b"x" * size

    endless = Endless()
    with pytest.raises(Unfit, match="more than"):
        check_bundle(endless, trusted=None)
    assert endless.taken < 8 << 20
