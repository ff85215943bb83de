"""The proof of one entry as C2SP tlog-proof, a file that stands alone (docs/spec/ledger.md)."""

from sottovoce.ledger.head import Head
from sottovoce.ledger.note import to_base64
from sottovoce.ledger.question import Found

_FIRST = "c2sp.org/tlog-proof@v1"


def write_proof(found: Found, head: Head) -> bytes:
    """Return the proof under the head; the entry's own bytes are its extra line."""
    if found.proof.size != head.size:
        raise ValueError("found must be proved in the tree of the head")
    lines = [_FIRST, f"extra {to_base64(found.entry)}", f"index {found.index}"]
    lines += [to_base64(one) for one in found.proof.hashes]
    return "\n".join([*lines, "", ""]).encode() + head.note
