"""The Merkle tree of RFC 6962 section 2.1: hashes, growth, proofs and their verification.

Rules:
1. A complete node (level, position) covers 2**level entries and never changes once it is there.
2. Everything here is pure: nodes come from a function, however they are kept.
3. Verification raises Tampered; it never answers False.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import reduce
from hashlib import sha256
from typing import NamedTuple

from sottovoce.values.errors import Tampered

HASH = 32
EMPTY_ROOT = sha256(b"").digest()
MAX_SIZE = 2**53 - 1

Node = Callable[[int, int], bytes]
"""Give the hash of the complete node at (level, position)."""


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """The siblings from an entry's leaf up to the root of a tree of ``size`` entries."""

    index: int
    size: int
    hashes: tuple[bytes, ...] = field(repr=False)


class PlacedHash(NamedTuple):
    """A complete node: where it is, and its hash. Two are made for each entry, so it is light."""

    level: int
    position: int
    hash: bytes


def leaf_hash(entry: bytes) -> bytes:
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def grow(leaf: bytes, size: int, node: Node) -> Iterator[PlacedHash]:
    """Yield the complete nodes that a leaf at index ``size`` adds, from the leaf upward."""
    placed = PlacedHash(0, size, leaf)
    yield placed
    while placed.position & 1:
        left = node(placed.level, placed.position - 1)
        placed = PlacedHash(placed.level + 1, placed.position >> 1, node_hash(left, placed.hash))
        yield placed


class Growing:
    """A tree of which only the right edge is kept, so that a log of any size needs no memory.

    It goes on from ``size`` entries whose complete nodes ``node`` gives, or begins with none.
    """

    def __init__(self, size: int = 0, node: Node | None = None) -> None:
        self.size = size
        self._peaks: list[bytes] = []
        if node and size:
            tops = range(size.bit_length() - 1, -1, -1)
            self._peaks = [node(top, (size >> top) - 1) for top in tops if size >> top & 1]

    def add(self, leaf: bytes) -> tuple[PlacedHash, ...]:
        """Add a leaf and return the nodes that it completes."""
        level, position, whole, peaks = 0, self.size, leaf, self._peaks
        placed = [PlacedHash(0, position, leaf)]
        while position & 1:
            level, position = level + 1, position >> 1
            whole = node_hash(peaks.pop(), whole)
            placed.append(PlacedHash(level, position, whole))
        peaks.append(whole)
        self.size += 1
        return tuple(placed)

    def root(self) -> bytes:
        if not self._peaks:
            return EMPTY_ROOT
        return reduce(lambda right, left: node_hash(left, right), reversed(self._peaks))


def root(size: int, node: Node) -> bytes:
    """Return the root of the first ``size`` entries, from the complete nodes at the right edge."""
    return _subtree(0, size, node) if size else EMPTY_ROOT


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Return the root over leaf hashes."""
    growing = Growing()
    for leaf in leaves:
        growing.add(leaf)
    return growing.root()


def prove_inclusion(index: int, size: int, node: Node) -> InclusionProof:
    """Prove that the entry at ``index`` is in the tree of the first ``size`` entries."""
    if not 0 <= index < size:
        raise ValueError(f"index must be 0 or more and below size, which is {size}")
    return InclusionProof(index, size, tuple(_path(index, 0, size, node)))


def prove_consistency(old: int, new: int, node: Node) -> tuple[bytes, ...]:
    """Prove that the first ``old`` entries of the tree of size ``new`` are as they were."""
    if not 0 <= old <= new:
        raise ValueError(f"old must be 0 or more and at most new, which is {new}")
    return tuple(_growth(old, 0, new, node)) if 0 < old < new else ()


def verify_inclusion(proof: InclusionProof, leaf: bytes, root: bytes) -> None:
    """Check an inclusion proof (RFC 9162 section 2.1.3.2) or raise Tampered."""
    if not 0 <= proof.index < proof.size <= MAX_SIZE or _misshapen((leaf, root, *proof.hashes)):
        raise Tampered("the inclusion proof is not one")
    position, last, result = proof.index, proof.size - 1, leaf
    for sibling in proof.hashes:
        if last == 0:
            raise Tampered("the inclusion proof is too long for its tree")
        if position & 1 or position == last:
            result = node_hash(sibling, result)
            position, last = _up_from_right(position, last)
        else:
            result = node_hash(result, sibling)
        position, last = position >> 1, last >> 1
    if last or result != root:
        raise Tampered(f"the proof does not lead from entry {proof.index} to the signed root")


def verify_consistency(
    old: int, new: int, hashes: Sequence[bytes], *, old_root: bytes, new_root: bytes
) -> None:
    """Check that one tree begins with the other (RFC 9162 section 2.1.4.2) or raise Tampered.

    Every tree begins with the empty one, whose proof is empty.
    """
    if not 0 <= old <= new <= MAX_SIZE or _misshapen(hashes):
        raise Tampered("the consistency proof is not one")
    if old in (0, new):
        if hashes or (old == new and old_root != new_root):
            raise Tampered(f"the two trees of {old} and {new} entries are not one and the same")
        return
    # The root of a complete old tree starts both ways, so the proof leaves it out.
    path = [old_root, *hashes] if old & (old - 1) == 0 else list(hashes)
    if _both_roots(old - 1, new - 1, path) != (old_root, new_root):
        raise Tampered(f"the tree of {new} entries does not begin with that of {old}")


def _both_roots(position: int, last: int, path: list[bytes]) -> tuple[bytes, bytes] | None:
    while position & 1:
        position, last = position >> 1, last >> 1
    if not path:
        return None
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return None
        if position & 1 or position == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            position, last = _up_from_right(position, last)
        else:
            new = node_hash(new, sibling)
        position, last = position >> 1, last >> 1
    return None if last else (old, new)


def _up_from_right(position: int, last: int) -> tuple[int, int]:
    while position and not position & 1:
        position, last = position >> 1, last >> 1
    return position, last


def _misshapen(hashes: Iterable[bytes]) -> bool:
    return any(len(one) != HASH for one in hashes)


def _split(low: int, high: int) -> int:
    return low + (1 << ((high - low - 1).bit_length() - 1))


def _subtree(low: int, high: int, node: Node) -> bytes:
    count = high - low
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return node(level, low >> level)
    middle = _split(low, high)
    return node_hash(_subtree(low, middle, node), _subtree(middle, high, node))


def _path(index: int, low: int, high: int, node: Node) -> Iterator[bytes]:
    if high - low == 1:
        return
    middle = _split(low, high)
    if index < middle:
        yield from _path(index, low, middle, node)
        yield _subtree(middle, high, node)
    else:
        yield from _path(index, middle, high, node)
        yield _subtree(low, middle, node)


def _growth(old: int, low: int, high: int, node: Node) -> Iterator[bytes]:
    # SUBPROOF of RFC 6962 section 2.1.2; the root of the old tree itself is left out.
    if old == high:
        if low:
            yield _subtree(low, high, node)
        return
    middle = _split(low, high)
    if old <= middle:
        yield from _growth(old, low, middle, node)
        yield _subtree(middle, high, node)
    else:
        yield from _growth(old, middle, high, node)
        yield _subtree(low, middle, node)
