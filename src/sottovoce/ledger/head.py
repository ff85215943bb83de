"""The head of the ledger: origin, size and root, signed, as in C2SP tlog-checkpoint."""

import re
from dataclasses import dataclass, field

from sottovoce.ledger.note import Signer, VerifierKey, from_base64, open_note, sign_note, to_base64
from sottovoce.ledger.tree import HASH, MAX_SIZE
from sottovoce.values.errors import Tampered, Unfit

_SIZE = re.compile(r"0|[1-9][0-9]{0,15}")


@dataclass(frozen=True, slots=True)
class Head:
    """What a log was at a moment: ``note`` is the same, signed, as bytes to pass on."""

    origin: str
    size: int
    root: bytes = field(repr=False)
    note: bytes = field(repr=False)


def sign_head(size: int, root: bytes, *, signer: Signer) -> Head:
    """Sign the head of the signer's own log, whose origin is the name of its key."""
    origin = signer.key.name
    text = f"{origin}\n{size}\n{to_base64(root)}\n"
    return Head(origin, size, root, sign_note(text, signer))


def open_head(note: bytes, key: VerifierKey) -> Head:
    """Read a head that the key signed for its own log.

    Raises Unfit when the bytes are no head, Tampered when the key did not sign them or signed
    them for another origin.
    """
    lines = open_note(note, key).split("\n")
    if len(lines) != 4 or lines[3] or not _SIZE.fullmatch(lines[1]) or int(lines[1]) > MAX_SIZE:
        raise Unfit("the head is not three lines: origin, size, root")
    root = from_base64(lines[2])
    if len(root) != HASH:
        raise Unfit(f"the head's root has {len(root)} bytes; it needs {HASH}")
    if lines[0] != key.name:
        raise Tampered("the head is that of another log")
    return Head(lines[0], int(lines[1]), root, note)
