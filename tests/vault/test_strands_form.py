"""Strands against vectors made by hand from docs/spec/strands.md."""

import json
from datetime import UTC, datetime
from hmac import digest
from pathlib import Path

import numpy as np
import pytest

from sottovoce.values.ids import PersonId, RecordingId
from sottovoce.vault.holding import Holding, State, canonical_row
from sottovoce.vault.sound import SealedSound
from sottovoce.vault.strands import Turn, divide, join, read_turns, split, stretches, turns_texts

VECTOR = json.loads((Path(__file__).parents[1] / "vectors" / "strands.json").read_text())
TURNS = [Turn(0, 4, 0), Turn(4, 9, 1), Turn(7, 12, 2)]
AT = datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)
ROW = Holding(
    id=RecordingId("rec_00112233445566778899"),
    state=State.KEPT,
    begun_at=AT,
    rate_hz=8000,
    frames=16,
    persons=(PersonId("ann-1"), PersonId(""), PersonId("cat-3")),
    parts=("audio", "common", "turns", "words"),
    fingerprint="0f0f",
    arrived_at=AT.replace(second=6, microsecond=0),
    settled_at=AT.replace(second=7, microsecond=0),
    strands=(0, 0, 0),
)


class Samples:
    """A strand's part, as its seal gives it."""

    def __init__(self, samples: list[int]) -> None:
        self.data = np.array(samples, dtype="<i2").tobytes()
        self.size = len(self.data)

    def read_at(self, offset: int, size: int) -> bytearray:
        return bytearray(self.data[offset : offset + size])


def heard(gone: int | None) -> list[int]:
    """Read the channel of the vectors, without a strand that was erased."""
    there = [strand for strand in range(3) if strand != gone]
    noise = {
        strand: [
            range(one.start, one.stop)
            for one in read_turns(VECTOR["turns"][strand].encode())
            if gone in one.owners
        ]
        for strand in there
    }
    parts = {strand: Samples(VECTOR["strands"][strand]) for strand in there}
    return list(SealedSound(parts, [(0, 1, 2)], 8000, noise).read(0, 0, 16))


def test_the_strands_of_the_vectors_are_the_sound() -> None:
    assert heard(None) == VECTOR["sound"]


@pytest.mark.parametrize("gone", range(3))
def test_without_one_strand_what_it_shared_is_silent(gone: int) -> None:
    assert heard(gone) == VECTOR["erased"][str(gone)]


def test_what_is_written_says_the_turns_of_the_vectors_and_sums_to_the_sound() -> None:
    divided = stretches(TURNS, ROW)
    sound = np.array([VECTOR["sound"]], dtype=np.int16)
    strands = np.concatenate(list(split(iter(np.split(sound, 4, axis=1)), ROW, divided)), axis=1)

    assert [text.decode() for text in turns_texts(ROW, divided)] == VECTOR["turns"]
    assert np.array_equal(strands.sum(axis=0, dtype=np.int16), sound[0])
    alone = np.array(VECTOR["strands"])[:, [0, 1, 2, 3, 4, 5, 6, 9, 10, 11]]
    assert np.array_equal(strands[:, [0, 1, 2, 3, 4, 5, 6, 9, 10, 11]], alone)


def test_the_shares_of_a_text_are_those_of_the_vectors() -> None:
    shares = [bytes.fromhex(share) for share in VECTOR["shares"]]
    drawn = iter(shares)

    assert join(shares).decode() == VECTOR["common"]
    assert divide(VECTOR["common"].encode(), 3, random=lambda size: next(drawn)) == shares


def test_the_row_has_the_seal_of_the_vectors() -> None:
    assert canonical_row(ROW).decode() == VECTOR["row"]
    seal = digest(bytes.fromhex(VECTOR["row_key"]), canonical_row(ROW), "sha256")
    assert seal.hex() == VECTOR["seal"]
