"""Entries that are durable and have no signed head yet (docs/spec/ledger.md).

Rule: who signs is the only one who can write a tail, and goes on from none but its own. To a
reader without the key the entries of a tail are there, and nothing more is proven of them.
"""

from dataclasses import dataclass, field
from hmac import compare_digest

from sottovoce.ledger.head import Head
from sottovoce.ledger.note import Signer, to_base64
from sottovoce.ledger.tree import HASH
from sottovoce.values.errors import Tampered


@dataclass(frozen=True, slots=True)
class Tail:
    """How far the log goes beyond its head: the size and root of all, and a keyed hash of both."""

    size: int
    root: bytes = field(repr=False)
    mac: bytes = field(repr=False)


def seal_tail(size: int, root: bytes, *, signer: Signer) -> Tail:
    """Say what the log is by now; it costs a hash where a head costs signatures."""
    return Tail(size, root, signer.seal(_text(size, root, signer.key.name)))


def expect_own(tail: Tail, *, signer: Signer) -> Tail:
    """Return the tail, or raise Tampered where this signer did not write it."""
    if compare_digest(tail.mac, signer.seal(_text(tail.size, tail.root, signer.key.name))):
        return tail
    raise Tampered(
        "what follows the ledger's signed head is not what was written",
        hint="stop, and restore the vault from a backup",
    )


def read_tail(row: tuple[object, ...] | None, head: Head) -> Tail | None:
    """Read the tail of a log from its row: size, root, mac; raise Tampered for what is none."""
    if row is None:
        return None
    size, root, mac = row
    if not (isinstance(size, int) and isinstance(root, bytes) and isinstance(mac, bytes)):
        raise Tampered("what is said of entries after the ledger's head is damaged")
    if len(root) != HASH or size <= head.size:
        raise Tampered("what is said of entries after the ledger's head does not follow it")
    return Tail(size, root, mac)


def _text(size: int, root: bytes, origin: str) -> bytes:
    return f"{origin}\n{size}\n{to_base64(root)}\n".encode()
