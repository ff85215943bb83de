"""Receipts: what is issued verifies, what is changed in any byte does not."""

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sottovoce.ledger.note import Signer, read_vkey
from sottovoce.ledger.receipt import Commitment, commit, issue, read_receipt, verify_receipt
from sottovoce.values.errors import Tampered, Unfit

OUTPUTS = {"redacted.flac": "ab" * 32, "transcript.json": "cd" * 32}


@pytest.fixture
def receipt(ways):
    log = ways.memory(5)
    return ways.receipt(log, OUTPUTS, log.append)


def resigned(ways, data, change):
    """Change the statement and sign it again with the right key, as a faulty issuer would."""
    statement = json.loads(base64.b64decode(json.loads(data)["payload"]))
    change(statement)
    packed = json.dumps(statement, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return enveloped(ways.signer, packed.encode())


def enveloped(signer, statement, **more):
    kind = "application/vnd.in-toto+json"
    signed = f"DSSEv1 {len(kind)} {kind} {len(statement)} ".encode() + statement
    signature = base64.b64encode(signer.sign(signed)).decode()
    envelope = {
        "payload": base64.b64encode(statement).decode(),
        "payloadType": kind,
        "signatures": [{"keyid": signer.key.vkey, "sig": signature}],
    } | more
    return json.dumps(envelope, sort_keys=True, indent=2).encode() + b"\n"


def test_an_issued_receipt_verifies(ways, receipt):
    proven = verify_receipt(receipt, trusted=ways.signer.key)

    assert (proven.facts, proven.outputs, proven.index) == (ways.facts, OUTPUTS, 5)
    assert proven.event.kind == "recording.processed"
    assert proven.head.size == 6


def test_the_receipt_made_by_hand_verifies(vectors):
    made = vectors["log"]
    proven = verify_receipt(made["receipt"].encode(), trusted=read_vkey(made["vkey"]))

    assert (proven.facts, proven.index, proven.head.size) == (made["facts"], 2, 3)
    assert read_receipt(made["receipt"].encode()).commitment.digest == made["digest"]


def test_a_receipt_issued_from_the_same_parts_is_the_one_made_by_hand(vectors):
    made = vectors["log"]
    read = read_receipt(made["receipt"].encode())
    proven = verify_receipt(made["receipt"].encode(), trusted=None)
    proof = type("Proof", (), {"index": read.index, "size": 3, "hashes": read.path})()
    issued = issue(
        made["facts"],
        Commitment(bytes.fromhex(made["salt"]), made["digest"]),
        outputs=proven.outputs,
        proof=proof,
        checkpoint=made["head"].encode(),
        entry=made["entries"][2].encode(),
        signer=Signer(made["name"], bytes.fromhex(made["seed"])),
    )

    assert issued.decode() == made["receipt"]


def test_every_changed_byte_of_a_receipt_is_found(ways, receipt):
    for place in range(len(receipt)):
        data = bytearray(receipt)
        data[place] ^= (0x01, 0x20, 0x80)[place % 3]
        for trusted in (ways.signer.key, None):
            with pytest.raises((Tampered, Unfit)):
                verify_receipt(bytes(data), trusted=trusted)


def test_every_cut_and_every_inserted_byte_of_a_receipt_is_found(ways, receipt):
    for place in range(0, len(receipt), 11):
        for data in (
            receipt[:place],
            receipt[:place] + receipt[place + 1 :],
            receipt[:place] + b" " + receipt[place:],
            receipt[:place] + b"\n" + receipt[place:],
        ):
            with pytest.raises((Tampered, Unfit)):
                verify_receipt(data, trusted=None)


@settings(max_examples=100)
@given(st.data())
def test_any_mutation_gives_a_typed_error_or_the_same_receipt(vectors, data):
    raw = bytearray(vectors["log"]["receipt"].encode())
    start = data.draw(st.integers(0, len(raw)))
    stop = data.draw(st.integers(start, min(len(raw), start + 40)))
    raw[start:stop] = data.draw(st.binary(max_size=40))
    try:
        verify_receipt(bytes(raw), trusted=None)
    except (Tampered, Unfit):
        return

    assert bytes(raw) == vectors["log"]["receipt"].encode()


@given(st.binary(max_size=500))
def test_random_bytes_are_no_receipt(data):
    with pytest.raises(Unfit):
        read_receipt(data)


def _json() -> st.SearchStrategy[object]:
    plain = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
    return st.recursive(
        plain,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
        max_leaves=8,
    )


@settings(max_examples=100)
@given(st.data())
def test_a_signed_statement_of_any_shape_gives_one_typed_error(vectors, data):
    made = vectors["log"]
    signer = Signer(made["name"], bytes.fromhex(made["seed"]))
    envelope = json.loads(made["receipt"])
    statement = json.loads(base64.b64decode(envelope["payload"]))
    target = statement
    path = data.draw(st.sampled_from([(), ("predicate",), ("predicate", "commitment"),
                                      ("subject", 0), ("subject", 0, "digest")]))  # fmt: skip
    for step in path:
        target = target[step]
    name = data.draw(st.sampled_from(sorted(target)))
    target[name] = data.draw(_json())
    packed = json.dumps(statement, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    raw = enveloped(signer, packed.encode("utf-8", "surrogatepass"))
    try:
        proven = verify_receipt(raw, trusted=signer.key)
    except (Tampered, Unfit):
        return

    # What is accepted is what was said, such as a receipt of no outputs.
    assert proven.facts == statement["predicate"]["facts"]
    assert [one["name"] for one in statement["subject"]] == list(proven.outputs)


def test_a_receipt_under_another_key_is_found(ways, receipt):
    with pytest.raises(Tampered, match="another key"):
        verify_receipt(receipt, trusted=ways.stranger.key)


def test_a_receipt_signed_anew_by_another_key_is_found(ways, receipt):
    statement = base64.b64decode(json.loads(receipt)["payload"])
    forged = enveloped(ways.stranger, statement)

    with pytest.raises(Tampered):
        verify_receipt(forged, trusted=ways.signer.key)
    with pytest.raises(Tampered, match="signatures of the key"):
        verify_receipt(forged, trusted=None)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda s: s["predicate"]["facts"].update(masked_ms=1), "facts are not those"),
        (lambda s: s["predicate"]["facts"].pop("recording"), "facts are not those"),
        (lambda s: s["predicate"].update(index=4), "does not lead"),
        (lambda s: s["predicate"]["proof"].pop(), "does not lead"),
        (lambda s: s["predicate"]["commitment"].update(salt="00" * 32), "facts are not those"),
        (lambda s: s.update(predicateType="https://sottovoce.example/receipt/v3"), "version 1"),
        (lambda s: s["subject"][0].update(name="../../etc/passwd"), "not a role"),
        (lambda s: s["subject"][0].update(name="a..b"), "not a role"),
        (lambda s: s["subject"].append(s["subject"][0]), "sorted"),
        (lambda s: s["predicate"]["facts"].update(said="four one one one"), "tokens"),
    ],
)
def test_a_receipt_that_its_own_key_signed_wrongly_is_refused(ways, receipt, change, error):
    with pytest.raises((Tampered, Unfit), match=error):
        verify_receipt(resigned(ways, receipt, change), trusted=ways.signer.key)


def test_an_entry_of_another_recording_is_refused(ways):
    log = ways.memory(3)
    facts = dict(ways.facts, recording="rec_00000000000000000008")
    commitment = commit(facts)
    log.append(ways.event(7, "recording.processed", commitment=commitment.digest))
    head = log.head()

    with pytest.raises(ValueError, match="belong together"):
        issue(facts, commitment, outputs={}, proof=log.prove(3, 4), checkpoint=head.note,
              entry=log.entry(3), signer=ways.signer)  # fmt: skip


def test_a_receipt_of_an_entry_without_its_commitment_is_not_issued(ways):
    log = ways.memory(3)
    head = log.head()

    with pytest.raises(ValueError, match="belong together"):
        issue(ways.facts, commit(ways.facts), outputs={}, proof=log.prove(2, 3),
              checkpoint=head.note, entry=log.entry(2), signer=ways.signer)  # fmt: skip


def test_an_entry_of_the_same_work_with_another_commitment_is_refused(ways):
    log = ways.memory(3)
    log.append(ways.event(7, "recording.processed", commitment=commit(ways.facts).digest))
    head = log.head()

    with pytest.raises(ValueError, match="belong together"):
        issue(ways.facts, commit(ways.facts), outputs={}, proof=log.prove(3, 4),
              checkpoint=head.note, entry=log.entry(3), signer=ways.signer)  # fmt: skip


@pytest.mark.parametrize(
    "facts",
    [{"said": "my name is"}, {"Said": 1}, {"masked_s": 1.5}, {"a": None}, {"a": b"b"},
     {"a": ["x y"]}, {"a": {"b c": 1}}, {"a": "line\n"}, {"a": ""}, {"a": "é"}, {1: 1},
     {"a": 2**53}, {"a": [[[[[[[[1]]]]]]]]}, {"a": ["x" * 128] * 300}],
)  # fmt: skip
def test_facts_that_could_hold_words_or_are_too_many_are_refused(facts):
    with pytest.raises((ValueError, TypeError), match=r"fact|number"):
        commit(facts)


def test_the_same_facts_are_committed_to_differently_each_time(ways):
    assert commit(ways.facts).digest != commit(ways.facts).digest


def test_neither_salt_nor_entry_shows_in_a_repr(receipt):
    read = read_receipt(receipt)

    assert repr(read.commitment.salt) not in repr(read)
    assert "tester" not in repr(read)


def test_a_receipt_longer_than_the_limit_is_unfit():
    with pytest.raises(Unfit, match="limit"):
        read_receipt(b"{" + b" " * (1 << 20))
