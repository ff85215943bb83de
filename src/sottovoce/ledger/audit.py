"""Recompute a whole log from its entries and say what is wrong with it first.

Rules:
1. Only the entries and the signed head decide; stored hashes merely help to name what was changed.
2. Memory does not grow with the log.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sottovoce.ledger.entry import decode_entry
from sottovoce.ledger.head import Head
from sottovoce.ledger.tail import Tail
from sottovoce.ledger.tree import EMPTY_ROOT, Growing, PlacedHash, leaf_hash
from sottovoce.values.errors import Tampered, Unfit

StoredHash = Callable[[int, int], bytes | None]
"""Give the stored hash of the complete node at (level, position), None where none is kept."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check proved: the entries are those under this head, and under the older ones."""

    head: Head
    unknown: int
    older: tuple[Head, ...] = ()
    unsigned: int = 0
    """How many entries follow the head."""


def audit(
    entries: Iterable[bytes],
    head: Head,
    *,
    stored: StoredHash,
    older: Sequence[Head] = (),
    tail: Tail | None = None,
) -> Checked:
    """Check entries against their head and against older heads kept elsewhere, or raise Tampered.

    ``older`` are opened with the same key. Entries of kinds that this version does not know
    count in the tree like others and are counted in ``unknown``. Entries may follow the head only
    where a tail says so; that they were ours nobody but the signer can tell.
    """
    for kept in older:
        _expect_not_after(kept, head)
    growing, unknown = Growing(), 0
    changed: PlacedHash | None = None
    size = tail.size if tail else head.size
    _expect_older(growing, older)
    signed = EMPTY_ROOT
    for entry in entries:
        if growing.size == size:
            raise Tampered(f"entry {growing.size} was added after the head was signed")
        unknown += not _is_known(entry)
        for placed in growing.add(leaf_hash(entry)):
            if stored(placed.level, placed.position) not in (None, placed.hash):
                changed = min(changed or placed, placed, key=lambda one: one.level)
        _expect_older(growing, older)
        if growing.size == head.size:
            signed = growing.root()
    _expect_head(growing.size, signed, head, changed)
    if tail and (growing.size, growing.root()) != (tail.size, tail.root):
        raise Tampered("the entries after the signed head are not those that were written")
    return Checked(head, unknown, tuple(older), size - head.size)


def _expect_not_after(kept: Head, head: Head) -> None:
    if kept.size > head.size:
        raise Tampered(
            f"the ledger has {head.size} entries; the head kept elsewhere has {kept.size}",
            hint="the ledger was put back to an older state",
        )


def _expect_older(growing: Growing, older: Sequence[Head]) -> None:
    for kept in older:
        if kept.size == growing.size and kept.root != growing.root():
            raise Tampered(
                f"the first {kept.size} entries are not those of the head kept elsewhere",
                hint="the ledger's history was written anew",
            )


def _expect_head(size: int, root: bytes, head: Head, changed: PlacedHash | None) -> None:
    if size < head.size:
        raise Tampered(f"entry {size} is missing; the signed head has {head.size} entries")
    if root == head.root:
        if changed:
            raise Tampered(
                f"the stored hash of {_covered(changed)} was changed; the entries are as signed"
            )
        return
    if changed:
        raise Tampered(f"{_covered(changed)} is not what was logged")
    raise Tampered("the entries do not make the signed head; which was changed cannot be told")


def _covered(placed: PlacedHash) -> str:
    first = placed.position << placed.level
    last = first + (1 << placed.level) - 1
    return f"entry {first}" if first == last else f"one of entries {first} to {last}"


def _is_known(entry: bytes) -> bool:
    try:
        decode_entry(entry)
    except Unfit:
        return False
    return True
