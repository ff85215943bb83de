"""The receipt: what was done to one recording, signed, with its proof (docs/spec/receipt.md).

Rules:
1. Facts are tokens, counts and truths; there is no place for words that were said.
2. A receipt has one form, so no byte of it can change unseen.
3. What a verifier proved it returns; for anything else it raises.
"""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256

from sottovoce.ledger.canonical import canonical, canonical_page, read_canonical
from sottovoce.ledger.entry import decode_entry
from sottovoce.ledger.head import Head, open_head
from sottovoce.ledger.note import (
    Signer,
    VerifierKey,
    from_base64,
    has_line,
    read_vkey,
    to_base64,
)
from sottovoce.ledger.tree import InclusionProof, leaf_hash, verify_inclusion
from sottovoce.values.errors import Tampered, Unfit
from sottovoce.values.event import Event

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPES = {
    "https://sottovoce.example/receipt/v1": ("recording.processed", "recording.quarantined"),
    "https://sottovoce.example/receipt/v2": ("recording.reviewed",),
}
"""Each version's name, and the kinds of entries that its receipts are about."""
MAX_RECEIPT = 1 << 20
MAX_FACTS = 32 << 10
SALT = 32
_FACT_DEPTH = 8
_MAX_OUTPUTS = 64
_MAX_PROOF = 64
_NAME = re.compile(r"[a-z0-9._-]{1,40}")
_TOKEN = re.compile(r"[A-Za-z0-9._:/@+-]{1,128}")
_ROLE = re.compile(r"(?!.*\.\.)[a-z][a-z0-9.-]{0,39}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Commitment:
    """What binds an entry to facts that it does not tell."""

    salt: bytes = field(repr=False)
    digest: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a receipt says, not yet believed: call ``verify_receipt``."""

    facts: Mapping[str, object]
    outputs: Mapping[str, str]
    commitment: Commitment
    entry: bytes = field(repr=False)
    index: int
    path: tuple[bytes, ...] = field(repr=False)
    checkpoint: bytes = field(repr=False)
    key: VerifierKey
    predicate_type: str = next(iter(PREDICATE_TYPES))


@dataclass(frozen=True, slots=True)
class Proven:
    """What a receipt proved, and under which key; with its second where the head has its line."""

    key: VerifierKey
    facts: Mapping[str, object]
    outputs: Mapping[str, str]
    event: Event
    index: int
    head: Head


def commit(facts: Mapping[str, object]) -> Commitment:
    """Draw a salt and return the commitment for the entry's fact ``commitment``.

    Keep the salt with the facts until the receipt is issued; raises ValueError for facts that
    do not fit docs/spec/receipt.md, TypeError for what is no fact at all.
    """
    _check_facts(facts)
    salt = secrets.token_bytes(SALT)
    return Commitment(salt, _digest(salt, facts))


def issue(
    facts: Mapping[str, object],
    commitment: Commitment,
    *,
    outputs: Mapping[str, str],
    proof: InclusionProof,
    checkpoint: bytes,
    entry: bytes,
    signer: Signer,
) -> bytes:
    """Sign the receipt of an entry that is in the log, and return the file's bytes.

    ``outputs`` are SHA-256 digests in hex by role, such as ``redacted.flac``. The receipt is
    verified before it is given out, so one that nobody could verify raises ValueError here.
    """
    _check_facts(facts)
    predicate = {
        "facts": facts,
        "commitment": {"salt": commitment.salt.hex(), "digest": commitment.digest},
        "entry": to_base64(entry),
        "index": proof.index,
        "proof": [to_base64(one) for one in proof.hashes],
        "checkpoint": checkpoint.decode(),
    }
    statement = canonical(
        {
            "_type": STATEMENT_TYPE,
            "subject": [_subject(role, outputs[role]) for role in sorted(outputs)],
            "predicateType": _type_for(entry),
            "predicate": predicate,
        }
    )
    receipt = _envelope(statement, signer)
    _expect_verifiable(receipt, signer.key)
    return receipt


def signed_statement(data: bytes, *, trusted: VerifierKey | None) -> bytes:
    """Return the bytes that a receipt's signature covers, or raise Tampered.

    Raises Unfit when the bytes have not the form of a receipt, whichever its version.
    """
    statement, key, signature = _open_envelope(data)
    if trusted not in (None, key):
        raise Tampered(
            "the receipt is signed by another key than the one trusted",
            hint="if another vault made it, give that vault's key with --key",
        )
    key.verify(signature, _signed_bytes(statement))
    return statement


def read_receipt(data: bytes) -> Receipt:
    """Read what a receipt says or raise Unfit; nothing of it is proven yet."""
    statement, key, _ = _open_envelope(data)
    return _receipt(statement, key)


def verify_receipt(data: bytes, *, trusted: VerifierKey | None) -> Proven:
    """Check a receipt in every part, or raise Tampered; Unfit when it is not a receipt.

    With no trusted key the receipt's own is used: that proves only that one holder of some key
    said all of it. The outputs are not looked at.
    """
    signed_statement(data, trusted=trusted)
    receipt = read_receipt(data)
    if receipt.commitment.digest != _digest(receipt.commitment.salt, receipt.facts):
        raise Tampered("the facts are not those that the ledger's entry commits to")
    event = _event(receipt)
    key = trusted or receipt.key
    if key.second and not has_line(receipt.checkpoint, key.second):
        key = replace(key, second=None)  # It was issued before there was a second key.
    head = open_head(receipt.checkpoint, key)
    proof = InclusionProof(receipt.index, head.size, receipt.path)
    verify_inclusion(proof, leaf_hash(receipt.entry), head.root)
    return Proven(key, receipt.facts, receipt.outputs, event, proof.index, head)


def _open_envelope(data: bytes) -> tuple[bytes, VerifierKey, bytes]:
    file = read_canonical(data, what="the receipt", limit=MAX_RECEIPT, form=canonical_page)
    envelope = _object(file, {"payload", "payloadType", "signatures"})
    signatures = _list(envelope["signatures"], 1)
    if envelope["payloadType"] != PAYLOAD_TYPE or len(signatures) != 1:
        raise Unfit("the receipt is not one in-toto statement under one signature")
    signed = _object(signatures[0], {"keyid", "sig"})
    key = read_vkey(_text(signed["keyid"]))
    return from_base64(_text(envelope["payload"])), key, from_base64(_text(signed["sig"]))


def _digest(salt: bytes, facts: Mapping[str, object]) -> str:
    return sha256(salt + canonical(facts)).hexdigest()


def _signed_bytes(statement: bytes) -> bytes:
    # The pre-authentication encoding of DSSE 1.0.
    header = f"DSSEv1 {len(PAYLOAD_TYPE)} {PAYLOAD_TYPE} {len(statement)} "
    return header.encode() + statement


def _envelope(statement: bytes, signer: Signer) -> bytes:
    signature = to_base64(signer.sign(_signed_bytes(statement)))
    return canonical_page(
        {
            "payload": to_base64(statement),
            "payloadType": PAYLOAD_TYPE,
            "signatures": [{"keyid": signer.key.vkey, "sig": signature}],
        }
    )


def _type_for(entry: bytes) -> str:
    """Return the version whose receipts are about entries of this kind; the first if none is."""
    try:
        kind = decode_entry(entry).kind
    except (Tampered, Unfit) as error:
        raise ValueError("entry must be one of the ledger") from error
    versions = (version for version, kinds in PREDICATE_TYPES.items() if kind in kinds)
    return next(versions, next(iter(PREDICATE_TYPES)))


def _expect_verifiable(receipt: bytes, key: VerifierKey) -> None:
    try:
        verify_receipt(receipt, trusted=key)
    except (Tampered, Unfit) as error:
        raise ValueError("entry, proof, checkpoint and commitment must belong together") from error


def _event(receipt: Receipt) -> Event:
    event = decode_entry(receipt.entry)
    kinds = PREDICATE_TYPES[receipt.predicate_type]
    if event.kind not in kinds or event.facts.get("commitment") != receipt.commitment.digest:
        raise Tampered("the ledger's entry is not the one of this receipt")
    if receipt.facts.get("recording", event.recording) != event.recording:
        raise Tampered("the receipt and its entry are about different recordings")
    return event


def _subject(role: str, digest: str) -> dict[str, object]:
    return {"name": role, "digest": {"sha256": digest}}


def _check_facts(facts: Mapping[str, object]) -> None:
    _check_fact(facts, _FACT_DEPTH)
    size = len(canonical(facts))
    if size > MAX_FACTS:
        raise ValueError(f"facts must have at most {MAX_FACTS} bytes, not {size}")


def _check_fact(value: object, depth: int) -> None:
    if depth == 0:
        raise ValueError(f"facts must be nested at most {_FACT_DEPTH} levels deep")
    if isinstance(value, Mapping):
        if not all(isinstance(name, str) and _NAME.fullmatch(name) for name in value):
            raise ValueError("names of facts must be 1 to 40 of a-z, 0-9 and ._-")
        for inner in value.values():
            _check_fact(inner, depth - 1)
    elif isinstance(value, list | tuple):
        for inner in value:
            _check_fact(inner, depth - 1)
    elif isinstance(value, str):
        if not _TOKEN.fullmatch(value):
            raise ValueError("facts must be tokens of 1 to 128 letters, digits and ._-:/@+")
    elif not isinstance(value, int):
        raise TypeError("facts must be truths, whole numbers, tokens, lists or objects of them")


def _receipt(statement: bytes, key: VerifierKey) -> Receipt:
    value = read_canonical(statement, what="the receipt's statement", limit=MAX_RECEIPT)
    whole = _object(value, {"_type", "subject", "predicateType", "predicate"})
    predicate_type = _text(whole["predicateType"])
    if whole["_type"] != STATEMENT_TYPE or predicate_type not in PREDICATE_TYPES:
        raise Unfit("the receipt is not of version 1 or 2, those that this program knows")
    names = {"facts", "commitment", "entry", "index", "proof", "checkpoint"}
    predicate = _object(whole["predicate"], names)
    return Receipt(
        facts=_facts(predicate["facts"]),
        outputs=_outputs(whole["subject"]),
        commitment=_commitment(predicate["commitment"]),
        entry=from_base64(_text(predicate["entry"])),
        index=_index(predicate["index"]),
        path=tuple(from_base64(_text(one)) for one in _list(predicate["proof"], _MAX_PROOF)),
        checkpoint=_text(predicate["checkpoint"]).encode(),
        key=key,
        predicate_type=predicate_type,
    )


def _facts(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise Unfit("the receipt's facts are not an object")
    try:
        _check_facts(value)
    except (TypeError, ValueError):
        raise Unfit("the receipt's facts are not all tokens, counts and truths") from None
    return value


def _outputs(value: object) -> Mapping[str, str]:
    outputs: dict[str, str] = {}
    roles = []
    for one in _list(value, _MAX_OUTPUTS):
        subject = _object(one, {"name", "digest"})
        role, digest = _text(subject["name"]), _object(subject["digest"], {"sha256"})
        if not _ROLE.fullmatch(role) or not _SHA256.fullmatch(_text(digest["sha256"])):
            raise Unfit("an output of the receipt is not a role and a SHA-256")
        outputs[role] = _text(digest["sha256"])
        roles.append(role)
    if roles != sorted(outputs):
        raise Unfit("the receipt's outputs are not sorted, each once")
    return outputs


def _commitment(value: object) -> Commitment:
    fields = _object(value, {"salt", "digest"})
    salt, digest = _text(fields["salt"]), _text(fields["digest"])
    if not _SHA256.fullmatch(salt) or not _SHA256.fullmatch(digest):
        raise Unfit("the receipt's commitment is not two times 64 hexadecimal digits")
    return Commitment(bytes.fromhex(salt), digest)


def _index(value: object) -> int:
    if type(value) is not int or value < 0:
        raise Unfit("the receipt's index is not a whole number, 0 or more")
    return value


def _object(value: object, names: set[str]) -> dict[str, object]:
    if not isinstance(value, dict) or set(value) != names:
        raise Unfit(f"the receipt has not the fields {', '.join(sorted(names))} where it should")
    return value


def _list(value: object, limit: int) -> list[object]:
    if not isinstance(value, list) or len(value) > limit:
        raise Unfit(f"the receipt has not a list of at most {limit} where it should")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise Unfit("the receipt has not a string where it should")
    return value
