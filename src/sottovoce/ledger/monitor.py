"""Watch an exported ledger: that it only grows, and is the same wherever it is read.

Rules:
1. A first look believes nothing but the key; from then on also what was seen.
2. Everything here is pure: what was seen comes in, and what is to be remembered goes out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sottovoce.ledger.head import Head, open_head
from sottovoce.ledger.note import VerifierKey
from sottovoce.ledger.tiles import CHECKPOINT, ReadFile, tree_nodes
from sottovoce.ledger.tree import Node, prove_consistency, root, verify_consistency
from sottovoce.values.errors import Tampered, Unavailable, Unfit


@dataclass(frozen=True, slots=True)
class Sight:
    """What one place shows: its head, and the nodes of its tree."""

    place: str
    head: Head
    node: Node = field(repr=False)


def look(place: str, read: ReadFile, key: VerifierKey) -> Sight:
    """Read a place's head and check that its tiles are that head's tree.

    Raises Unavailable where there is no ledger, Tampered where it is not that of the key.
    """
    note = read(CHECKPOINT)
    if note is None:
        raise Unavailable("there is no checkpoint there")
    try:
        head = open_head(note, key)
    except Unfit as error:
        raise Tampered(f"the checkpoint is damaged: {error}") from error
    node = tree_nodes(read, head.size)
    if root(head.size, node) != head.root:
        raise Tampered("the tiles are not the tree of their signed head")
    return Sight(place, head, node)


def expect_grown(sight: Sight, last: Head) -> None:
    """Raise Tampered unless a place shows what it showed before, grown or the same."""
    size = sight.head.size
    if size < last.size:
        raise Tampered(
            f"a rollback: {last.size} entries were seen, and now there are {size}",
            hint="the ledger was put back to an older state",
        )
    _expect_begins(sight, last, "a fork")


def expect_one(sights: Sequence[Sight], seen: Mapping[str, Head]) -> None:
    """Raise Tampered where two places, now or before, show two histories of one ledger."""
    newest = max(sights, key=lambda sight: sight.head.size, default=None)
    if newest is None:
        return
    for head in (*(sight.head for sight in sights), *seen.values()):
        if head.size <= newest.head.size:
            _expect_begins(newest, head, "a split view")


def _expect_begins(sight: Sight, older: Head, what: str) -> None:
    head = sight.head
    proof = prove_consistency(older.size, head.size, sight.node)
    try:
        verify_consistency(older.size, head.size, proof, old_root=older.root, new_root=head.root)
    except Tampered:
        raise Tampered(
            f"{what}: the {head.size} entries do not begin with the {older.size} that were seen",
            hint="someone wrote the history anew, or shows one to some and another to others",
        ) from None
