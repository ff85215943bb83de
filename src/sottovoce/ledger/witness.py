"""Witness a log: cosign its head when it only grew (C2SP tlog-witness, tlog-cosignature).

Rules:
1. A witness remembers one head for each log, and cosigns only what is consistent with it.
2. Everything here is pure: what is remembered comes in, and what is to be remembered goes out.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from sottovoce.ledger.head import Head, open_head
from sottovoce.ledger.note import Signer, VerifierKey, from_base64, signatures_of, to_base64
from sottovoce.ledger.tree import verify_consistency
from sottovoce.values.errors import Tampered, Unfit

MAX_REQUEST = 1 << 16
MAX_PROOF = 63
_COSIGNATURE = b"\x04"
_OLD = re.compile(r"old (0|[1-9][0-9]{0,15})")
_LENGTH = 8 + 64


@dataclass(frozen=True, slots=True)
class Submission:
    """What a log asks a witness: from which size it grew, the proof, the new head as a note."""

    old: int
    proof: tuple[bytes, ...] = field(repr=False)
    note: bytes = field(repr=False)


class Rejected(Exception):
    """The witness does not cosign: the HTTP status, and for 409 the size that it has seen."""

    def __init__(self, status: int, seen: int | None = None) -> None:
        super().__init__(f"status {status}")
        self.status = status
        self.seen = seen


def witness_id(key: VerifierKey) -> bytes:
    """Return the key id under which a witness cosigns; not that of its own notes."""
    return sha256(key.name.encode() + b"\n" + _COSIGNATURE + key.public).digest()[:4]


def witness_vkey(key: VerifierKey) -> str:
    """Return a witness's key as one line to pass on."""
    return f"{key.name}+{witness_id(key).hex()}+{to_base64(_COSIGNATURE + key.public)}"


def read_witness_vkey(line: str) -> VerifierKey:
    """Read a witness's key, one line, or raise Unfit."""
    parts = line.split("+", 2)
    if len(parts) == 3:
        raw = from_base64(parts[2])
        if raw[:1] == _COSIGNATURE and len(raw) == 33:
            try:
                key = VerifierKey(parts[0], raw[1:])
            except ValueError:
                raise Unfit("the witness's key has no name that a key may have") from None
            if witness_vkey(key) == line:
                return key
    raise Unfit("the witness's key is not one line of name+id+base64, of an Ed25519 cosigner")


def write_submission(submission: Submission) -> bytes:
    """Return the body of an add-checkpoint request."""
    lines = [f"old {submission.old}", *map(to_base64, submission.proof), "", ""]
    return "\n".join(lines).encode() + submission.note


def read_submission(body: bytes) -> Submission:
    """Read the body of an add-checkpoint request, or raise Unfit."""
    if len(body) > MAX_REQUEST:
        raise Unfit(f"the request has {len(body)} bytes; the limit is {MAX_REQUEST}")
    head, found, note = body.partition(b"\n\n")
    try:
        first, *proof = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise Unfit("the request is not ASCII before its head") from None
    old = _OLD.fullmatch(first)
    if not found or not old or len(proof) > MAX_PROOF:
        raise Unfit(f"the request is not a line of the old size and at most {MAX_PROOF} hashes")
    return Submission(int(old[1]), tuple(map(from_base64, proof)), note)


def judge(body: bytes, *, logs: Mapping[str, VerifierKey], seen: Mapping[str, Head]) -> Head:
    """Return the head to remember and to cosign, or raise Rejected."""
    try:
        submission = read_submission(body)
        origin = submission.note.partition(b"\n")[0].decode()
    except (Unfit, UnicodeDecodeError):
        raise Rejected(400) from None
    if origin not in logs:
        raise Rejected(404)
    head = _opened(submission.note, logs[origin])
    if submission.old > head.size:
        raise Rejected(400)
    last = seen.get(origin)
    if submission.old != (last.size if last else 0):
        raise Rejected(409, last.size if last else 0)
    _expect_growth(submission, last, head)
    return head


def cosign(head: Head, witness: Signer, *, at_s: int) -> bytes:
    """Return the line of a cosignature: that this was the log's longest head that was seen."""
    signature = witness.sign(_message(head, at_s))
    raw = witness_id(witness.key) + at_s.to_bytes(8, "big") + signature
    return f"\N{EM DASH} {witness.key.name} {to_base64(raw)}\n".encode()


def cosigned_at(note: bytes, head: Head, witness: VerifierKey) -> int | None:
    """Return when a witness cosigned a note's head, in seconds since 1970; None when it did not.

    Raises Tampered for a line in its name that is not its cosignature.
    """
    for name, raw in signatures_of(note):
        if (name, raw[:4]) == (witness.name, witness_id(witness)):
            if len(raw) != 4 + _LENGTH:
                raise Tampered("the witness's line is not a cosignature")
            at_s = int.from_bytes(raw[4:12], "big")
            witness.verify(raw[12:], _message(head, at_s))
            return at_s
    return None


def witnessed_by(note: bytes, head: Head, witnesses: Sequence[VerifierKey]) -> tuple[str, ...]:
    """Return the names of the witnesses that cosigned, each once."""
    found = {one.name for one in witnesses if cosigned_at(note, head, one) is not None}
    return tuple(sorted(found))


def _opened(note: bytes, key: VerifierKey) -> Head:
    try:
        return open_head(note, key)
    except Tampered:
        raise Rejected(403) from None
    except Unfit:
        raise Rejected(400) from None


def _expect_growth(submission: Submission, last: Head | None, head: Head) -> None:
    if last is None:
        if submission.proof:
            raise Rejected(422)
        return
    if last.size == head.size and last.root != head.root:
        raise Rejected(409, last.size)
    roots = {"old_root": last.root, "new_root": head.root}
    try:
        verify_consistency(last.size, head.size, submission.proof, **roots)
    except Tampered:
        raise Rejected(422) from None


def _message(head: Head, at_s: int) -> bytes:
    text = f"{head.origin}\n{head.size}\n{to_base64(head.root)}\n"
    return f"cosignature/v1\ntime {at_s}\n{text}".encode()
