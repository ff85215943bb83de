"""Every parser of the ledger that reads strangers' bytes: what it may answer, and where to begin.

Rules:
1. A reader returns, and what it read is written back the same; or it raises one typed error.
2. Some readers sign what they are given first, so that what lies behind a signature is read too.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from unittest.mock import patch

from sottovoce.backends.memory_log import MemoryLog
from sottovoce.cli.cosign import cosignature
from sottovoce.cli.verdict import Trust, Verdict, as_text, with_key
from sottovoce.cli.verify import _told
from sottovoce.ledger import bundle, canonical, entry, head, note, quorum, receipt, tiles, witness
from sottovoce.ledger.tree import MAX_SIZE
from sottovoce.values.errors import Tampered, Unavailable, Unfit
from sottovoce.values.event import Event
from sottovoce.values.ids import ActorId, RecordingId

Read = Callable[[bytes], None]


@dataclass(frozen=True, slots=True)
class Parser:
    """A reader of strangers' bytes, the errors that are its answer, and bytes to begin with."""

    name: str
    read: Read
    seeds: tuple[bytes, ...] = field(repr=False)
    errors: tuple[type[Exception], ...] = (Tampered, Unfit)

    def try_on(self, data: bytes) -> None:
        """Read; let nothing through but the errors that are no answer."""
        with suppress(*self.errors):
            self.read(data)


SIGNER = note.ledger_signer(bytes(range(32)), second=bytes(32))
FIRST = replace(SIGNER.key, second=None)
WITNESS = note.Signer("witness.example/w1", bytes(range(1, 33)))
_FACTS = {
    "recording": "rec_00000000000000000001",
    "findings": {"fin.pan": 2},
    "masked_ms": 5400,
    "leak_check": {"listener": "moonshine", "passed": True, "extent": "sample", "sample_ms": 90},
    "review": {"decision": "publish", "accepted": {"fin.pan": 1}, "masked_by_hand": 1},
    "models": [{"name": "whisper", "sha256": "1a" * 32}],
}


def _event(number: int, kind: str, **facts: object) -> Event:
    at = datetime(2025, 3, 4, 5, 6, number % 60, tzinfo=UTC)
    return Event(kind, at, ActorId("tester"), RecordingId(f"rec_{number:020x}"), facts)  # type: ignore[arg-type]


def _log() -> MemoryLog:
    log = MemoryLog(SIGNER)
    for number in range(5):
        log.append(_event(number, "recording.arrived", channels=number))
    return log


LOG = _log()
COMMITMENT = receipt.commit(_FACTS)
_INDEX = LOG.append(_event(1, "recording.processed", commitment=COMMITMENT.digest))
HEAD = LOG.head()
RECEIPT = receipt.issue(
    _FACTS,
    COMMITMENT,
    outputs={"redacted.flac": "00" * 32},
    proof=LOG.prove(_INDEX, HEAD.size),
    checkpoint=HEAD.note,
    entry=LOG.entry(_INDEX),
    signer=SIGNER,
)
TREE = dict(tiles.export_tree(LOG))
COSIGNED = HEAD.note + witness.cosign(HEAD, WITNESS, at_s=1_700_000_000)


def _head_of(size: int) -> head.Head:
    log = MemoryLog(SIGNER)
    for event in map(entry.decode_entry, LOG.entries(0, size)):
        log.append(event)
    return log.head()


_OLDER = _head_of(3)


def _evidence() -> bytes:
    about = bundle.About("recording", frozenset([RecordingId("rec_00000000000000000001")]))
    pieces = [
        bundle.Piece(at, LOG.entry(at), LOG.prove(at, HEAD.size).hashes, kept)
        for at, kept in ((1, None), (_INDEX, RECEIPT))
    ]
    growth = bundle.Growth(3, LOG.prove_growth(3, HEAD.size))
    made_at = datetime(2025, 3, 4, tzinfo=UTC)
    lines = bundle.write_bundle(about, HEAD, pieces, made_at=made_at, signer=SIGNER, growth=growth)
    return b"".join(lines)


EVIDENCE = _evidence()


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise Unfit("not text") from None


def _same(written: object, data: object) -> None:
    if written != data:
        raise AssertionError("what was read is not written back the same")


def _note(data: bytes) -> None:
    text = note.open_note(data, FIRST)
    note.signatures_of(data)
    witness.witnessed_by(data, HEAD, [WITNESS.key])
    _same(data.startswith(text.encode()), True)


def _head(data: bytes) -> None:
    found = head.open_head(data, SIGNER.key)
    _same((found.size, found.root), (HEAD.size, HEAD.root))


def _signed_head(data: bytes) -> None:
    found = head.open_head(note.sign_note(_text(data), SIGNER), SIGNER.key)
    _same(f"{found.origin}\n{found.size}\n{note.to_base64(found.root)}\n".encode(), data)


def _vkeys(data: bytes) -> None:
    key = note.read_vkeys(_text(data))
    second = f"\n{key.second.vkey}" if key.second else ""
    _same(f"{key.vkey}{second}".encode(), data)


def _witness_vkey(data: bytes) -> None:
    _same(witness.witness_vkey(witness.read_witness_vkey(_text(data))).encode(), data)


def _entries(data: bytes) -> None:
    _same(tiles.encode_bundle(tiles.decode_bundle(data)), data)


def _tree(data: bytes) -> None:
    # Each file of the tree in turn is what a stranger made of it.
    found = 0
    for name in TREE:
        with suppress(Tampered, Unfit):
            tiles.check_tree((TREE | {name: data}).get, FIRST)
            found += 1
    _same(found <= 1, True)


def _entry(data: bytes) -> None:
    _same(entry.encode_entry(entry.decode_entry(data)), data)


def _request(data: bytes) -> None:
    _same(witness.write_submission(witness.read_submission(data)), data)


def _judged(data: bytes) -> None:
    logs = {FIRST.name: FIRST}
    for seen in ({}, {FIRST.name: _OLDER}):
        with suppress(witness.Rejected):
            found = witness.judge(data, logs=logs, seen=seen)
            _same((found.size, found.root), (HEAD.size, HEAD.root))


def _answer(data: bytes) -> None:
    for status in (200, 409, 422):
        with (
            patch("sottovoce.backends.witness_client.post", lambda *_, s=status: (s, data)),
            suppress(Unavailable, Tampered),
        ):
            line = cosignature(LOG, HEAD, "http://127.0.0.1:1", WITNESS.key)
            _same(witness.witnessed_by(HEAD.note + line, HEAD, [WITNESS.key]), (WITNESS.key.name,))


def _receipt(data: bytes) -> None:
    receipt.read_receipt(data)
    receipt.verify_receipt(data, trusted=FIRST)


def _signed_receipt(data: bytes) -> None:
    sealed = receipt._envelope(data, SIGNER)
    receipt.read_receipt(sealed)
    receipt.verify_receipt(sealed, trusted=None)


def _facts(data: bytes) -> None:
    """Say in words what is in facts that some key signed."""
    read = canonical.read_canonical(data, what="the facts", limit=receipt.MAX_FACTS)
    facts = receipt._facts(read)
    proven = replace(receipt.verify_receipt(RECEIPT, trusted=None), facts=facts)
    verdict = with_key(Verdict("x", "receipt"), FIRST, Trust(None, "own"))
    as_text(_told(verdict, proven, None)).encode()


def _bundle(data: bytes) -> None:
    bundle.check_bundle(BytesIO(data), trusted=FIRST, older=_OLDER.note)


def _signed_bundle(data: bytes) -> None:
    """Read lines that a key closed: the heading, and entries."""
    whole = bundle.MAGIC + data
    closing = note.sign_note(bundle._closing(sha256(whole).hexdigest()), SIGNER).decode()
    last = {"entries": max(data.count(b"\n") - 1, 0), "note": closing}
    file = whole + canonical.canonical(last) + b"\n"
    found = bundle.check_bundle(BytesIO(file), trusted=None, older=_OLDER.note)
    _same(0 <= found.first <= found.last < MAX_SIZE, True)


def _quorum(data: bytes) -> None:
    found = quorum.read_quorum(_text(data))
    _same(0 <= found.least <= len(found.witnesses), True)


_WITNESSES = (
    f'quorum = 1\n[[witness]]\nurl = "http://127.0.0.1:7341"\n'
    f'key = "{witness.witness_vkey(WITNESS.key)}"\n'
).encode()
_REQUEST = witness.write_submission(
    witness.Submission(3, LOG.prove_growth(3, HEAD.size), HEAD.note)
)
_BODY = EVIDENCE.split(b"\n", 1)[1].rsplit(b"\n", 2)[0] + b"\n"

PARSERS = (
    Parser("note", _note, (HEAD.note, COSIGNED)),
    Parser("head", _head, (HEAD.note, COSIGNED)),
    Parser("signed_head", _signed_head, (HEAD.note.partition(b"\n\n")[0] + b"\n", b"a\n0\n\n")),
    Parser(
        "vkeys",
        _vkeys,
        (FIRST.vkey.encode(), f"{FIRST.vkey}\n{SIGNER.key.second.vkey}".encode()),  # type: ignore[union-attr]
    ),
    Parser("witness_vkey", _witness_vkey, (witness.witness_vkey(WITNESS.key).encode(),)),
    Parser("entries", _entries, (TREE["tile/entries/000.p/6"], bytes(600))),
    Parser("tree", _tree, tuple(TREE.values())),
    Parser("entry", _entry, tuple(LOG.entries(0, 6))),
    Parser("request", _request, (_REQUEST, b"old 0\n\n" + HEAD.note)),
    Parser("judged", _judged, (_REQUEST, b"old 0\n\n" + HEAD.note)),
    Parser("answer", _answer, (COSIGNED.removeprefix(HEAD.note), b"3\n", b"7\n", b"0")),
    Parser("receipt", _receipt, (RECEIPT,)),
    Parser("signed_receipt", _signed_receipt, (receipt.signed_statement(RECEIPT, trusted=None),)),
    Parser("facts", _facts, (canonical.canonical(_FACTS),)),
    Parser("bundle", _bundle, (EVIDENCE,)),
    Parser("signed_bundle", _signed_bundle, (_BODY,)),
    Parser("quorum", _quorum, (_WITNESSES,)),
)
