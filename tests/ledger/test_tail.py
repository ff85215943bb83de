"""What follows a signed head, against vectors made by hand from docs/spec/ledger.md."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from sottovoce.ledger.head import sign_head
from sottovoce.ledger.note import ledger_signer
from sottovoce.ledger.tail import Tail, expect_own, read_tail, seal_tail
from sottovoce.values.errors import Tampered

VECTOR = json.loads((Path(__file__).parents[1] / "vectors" / "tail.json").read_text())
SIGNER = ledger_signer(bytes.fromhex(VECTOR["seed"]))
ROOT = bytes.fromhex(VECTOR["root"])
TAIL = seal_tail(VECTOR["size"], ROOT, signer=SIGNER)


def test_a_tail_has_the_keyed_hash_of_the_vectors() -> None:
    assert SIGNER.key.name == VECTOR["origin"]
    assert TAIL.mac.hex() == VECTOR["mac"]
    assert expect_own(TAIL, signer=SIGNER) == TAIL


@pytest.mark.parametrize("change", [{"size": 6}, {"root": bytes(32)}, {"mac": bytes(32)}])
def test_a_tail_that_another_wrote_is_tampered(change: dict[str, object]) -> None:
    with pytest.raises(Tampered):
        expect_own(replace(TAIL, **change), signer=SIGNER)


@pytest.mark.parametrize(
    "row", [(4, ROOT, b"m"), (3, ROOT, b"m"), ("5", ROOT, b"m"), (5, b"r", b"m"), (5, ROOT, None)]
)
def test_a_row_that_is_no_tail_of_this_head_is_tampered(row: tuple[object, ...]) -> None:
    with pytest.raises(Tampered):
        read_tail(row, sign_head(4, ROOT, signer=SIGNER))


def test_a_tail_shows_no_key_and_no_hash() -> None:
    assert repr(TAIL) == "Tail(size=5)"
    assert read_tail((5, ROOT, b"m"), sign_head(4, ROOT, signer=SIGNER)) == Tail(5, ROOT, b"m")
    assert read_tail(None, sign_head(4, ROOT, signer=SIGNER)) is None
