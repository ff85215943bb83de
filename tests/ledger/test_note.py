"""Signed notes and heads: the published example, and every byte changed."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sottovoce.ledger.head import open_head, sign_head
from sottovoce.ledger.note import Signer, open_note, read_vkey, sign_note
from sottovoce.values.errors import Tampered, Unfit

DASH = "\u2014"


def published(vectors):
    note = vectors["note"]
    return f"{note['text']}\n{DASH} PeterNeumann {note['signature']}\n".encode()


def test_the_published_note_opens(vectors):
    key = read_vkey(vectors["note"]["vkey"])

    assert open_note(published(vectors), key) == vectors["note"]["text"]
    assert key.vkey == vectors["note"]["vkey"]


def test_the_published_key_signs_the_published_bytes(vectors):
    raw = base64.b64decode(vectors["note"]["skey"].split("+", 4)[4])
    signer = Signer("PeterNeumann", raw[1:])

    assert sign_note(vectors["note"]["text"], signer) == published(vectors)


def test_our_head_is_the_one_made_by_hand(vectors):
    made = vectors["log"]
    signer = Signer(made["name"], bytes.fromhex(made["seed"]))
    head = open_head(made["head"].encode(), read_vkey(made["vkey"]))

    assert signer.key.vkey == made["vkey"]
    assert sign_head(head.size, head.root, signer=signer) == head


def test_every_flipped_bit_of_a_head_is_found(vectors):
    note, key = vectors["log"]["head"].encode(), read_vkey(vectors["log"]["vkey"])
    for place in range(len(note)):
        for bit in range(8):
            changed = bytearray(note)
            changed[place] ^= 1 << bit
            with pytest.raises((Tampered, Unfit)):
                open_head(bytes(changed), key)


def test_a_head_under_another_key_of_the_same_name_is_found(ways):
    head = sign_head(3, bytes(32), signer=ways.stranger)

    with pytest.raises(Tampered):
        open_head(head.note, ways.signer.key)


def test_a_head_of_another_log_under_the_same_key_is_found(ways):
    text = f"sottovoce.example/other\n0\n{base64.b64encode(bytes(32)).decode()}\n"

    with pytest.raises(Tampered, match="another log"):
        open_head(sign_note(text, ways.signer), ways.signer.key)


def test_lines_of_other_keys_are_not_looked_at(ways):
    note = sign_head(3, bytes(32), signer=ways.signer).note
    other = base64.b64encode(b"\x00\x01\x02\x03" + bytes(100)).decode()

    assert open_head(note + f"{DASH} witness.example {other}\n".encode(), ways.signer.key).size == 3


def test_two_lines_of_the_trusted_key_are_refused(ways):
    note = sign_head(3, bytes(32), signer=ways.signer).note
    line = note.rsplit(b"\n\n", 1)[1]

    with pytest.raises(Tampered, match="2 signatures"):
        open_head(note + line, ways.signer.key)


@pytest.mark.parametrize(
    "text",
    ["", "a\n", "NAME\n1\n", "NAME\n01\nROOT\n", "NAME\n-1\nROOT\n", "NAME\n1\nROOT\nmore\n",
     "NAME\n1\nAAAA\n", "NAME\n99999999999999999\nROOT\n", "NAME\n\u0661\nROOT\n"],
)  # fmt: skip
def test_what_is_signed_and_no_head_is_unfit(ways, text):
    text = text.replace("NAME", ways.signer.key.name).replace(
        "ROOT", base64.b64encode(bytes(32)).decode()
    )

    with pytest.raises(Unfit):
        open_head(sign_note(text, ways.signer), ways.signer.key)


@given(st.binary(max_size=300))
def test_random_bytes_are_no_head(data):
    key = Signer("sottovoce.example/ledger", bytes(32)).key

    with pytest.raises((Unfit, Tampered)):
        open_head(data, key)


def test_a_head_without_bound_is_refused(ways):
    with pytest.raises(Unfit, match="limit"):
        open_head(b"a" * (1 << 21), ways.signer.key)


def test_every_mangled_verifier_key_is_unfit(vectors):
    line = vectors["note"]["vkey"]
    mangled = {line[:i] + chr(ord(line[i]) + 1) + line[i + 1 :] for i in range(len(line))}
    mangled |= {line[:i] for i in range(len(line))} | {line + "\n", " " + line, line + "="}

    for one in mangled:
        with pytest.raises(Unfit):
            read_vkey(one)


def test_a_signer_shows_no_secret(ways):
    assert ways.seed.hex() not in repr(vars(ways.signer)) + repr(ways.signer)
