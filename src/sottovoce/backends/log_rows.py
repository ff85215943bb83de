"""How a ledger is read from rows, whichever database has them (docs/spec/ledger.md).

Rules:
1. Nothing but the last head that verified is kept between calls: other bytes than its own are
   verified anew.
2. A reader needs no secret and trusts none of the rows that it finds.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Protocol

from sottovoce.ledger.audit import Checked, audit
from sottovoce.ledger.head import Head, open_head
from sottovoce.ledger.note import VerifierKey
from sottovoce.ledger.tail import Tail
from sottovoce.ledger.tree import HASH, InclusionProof, prove_consistency, prove_inclusion
from sottovoce.values.errors import Missing, Tampered, Unfit

Row = tuple[object, ...]
HEAD = "SELECT note FROM ledger_head"
_STRETCH = 1024
_MOST = 1 << 62


class Newer(Protocol):
    """A ledger that may have grown on from ours."""

    def head(self) -> Head: ...

    def entries(self, start: int, stop: int) -> Iterator[bytes]: ...

    def check(self, *, older: Sequence[Head] = ()) -> Checked: ...


class LogRows(ABC):
    """Read and check a log, knowing its public key only."""

    def __init__(self, key: VerifierKey) -> None:
        self._key = key
        self._verified: Head | None = None

    @property
    def key(self) -> VerifierKey:
        """Return the key that heads are verified with."""
        return self._key

    @abstractmethod
    def _all(self, query: str, *values: object) -> Sequence[Row]:
        """Ask the database; ``%s`` stands for each value."""

    def head(self) -> Head:
        return self._opened(self._one(HEAD))

    def entry(self, index: int) -> bytes:
        row = self._one("SELECT data FROM ledger_entry WHERE position = %s", index)
        if row is None:
            raise Missing(f"the ledger has no entry {index}")
        return _bytes(row, f"entry {index}")

    def entries(self, start: int, stop: int) -> Iterator[bytes]:
        wanted = max(start, 0)
        while wanted < stop:
            rows = self._all(
                "SELECT position, data FROM ledger_entry WHERE position >= %s AND position < %s"
                " ORDER BY position LIMIT %s",
                wanted,
                min(stop, _MOST),
                _STRETCH,
            )
            if not rows:
                return
            for position, data in rows:
                if position != wanted:
                    raise Tampered(f"entry {wanted} is missing")
                yield _bytes((data,), f"entry {wanted}")
                wanted += 1

    def prove(self, index: int, size: int) -> InclusionProof:
        self._expect_known(size)
        return prove_inclusion(index, size, self._node)

    def prove_growth(self, old: int, size: int) -> tuple[bytes, ...]:
        """Prove that the first ``old`` entries are still those of then."""
        self._expect_known(size)
        return prove_consistency(old, size, self._node)

    def check(self, *, older: Sequence[Head] = ()) -> Checked:
        """Recompute everything; raise Tampered naming what is wrong first.

        ``older`` are heads that were kept elsewhere, opened with the same key. The log must not
        grow meanwhile: call it in a transaction when another process may write.
        """
        head, tail = self.head(), self.tail()
        size = tail.size if tail else head.size
        self._expect_no_strays(size)
        stop = max(size, self._count("SELECT max(position) + 1 FROM ledger_entry"))
        return audit(self.entries(0, stop), head, stored=self._stored, older=older, tail=tail)

    def tail(self) -> Tail | None:
        """Return what is said of entries that have no signed head yet; None where all have."""
        return None

    def _opened(self, row: Row | None) -> Head:
        note = _bytes(row, "the ledger's head")
        if self._verified is None or self._verified.note != note:
            try:
                self._verified = open_head(note, self._key)
            except Unfit as error:
                raise Tampered(f"the ledger's head is damaged: {error}") from error
        return self._verified

    def _expect_known(self, size: int) -> None:
        if size > (known := self.head().size):
            raise ValueError(f"size must be at most {known}")

    def _expect_no_strays(self, size: int) -> None:
        if self._count("SELECT count(*) FROM ledger_entry WHERE position < 0"):
            raise Tampered("an entry was added before the first")
        nodes = 2 * size - size.bit_count()
        found = self._count("SELECT count(*) FROM ledger_node")
        entries = self._count("SELECT count(*) FROM ledger_entry")
        if entries == size and found != nodes:
            raise Tampered(f"the tree has {found} stored hashes; {size} entries make {nodes}")

    def _stored(self, level: int, position: int) -> bytes | None:
        row = self._one(
            "SELECT hash FROM ledger_node WHERE level = %s AND position = %s", level, position
        )
        # A hash that is not there is a changed one: every complete node is stored.
        return bytes(row[0]) if row and isinstance(row[0], bytes) else b""

    def _node(self, level: int, position: int) -> bytes:
        return expect_hash(self._stored(level, position), level, position)

    def _count(self, query: str) -> int:
        row = self._one(query)
        return row[0] if row and isinstance(row[0], int) else 0

    def _one(self, query: str, *values: object) -> Row | None:
        return next(iter(self._all(query, *values)), None)


def expect_hash(found: object, level: int, position: int) -> bytes:
    """Return the hash of a complete node, or raise Tampered where it is none."""
    if isinstance(found, bytes) and len(found) == HASH:
        return found
    raise Tampered(f"the tree's hash at level {level}, position {position} is damaged")


def _bytes(row: Row | None, what: str) -> bytes:
    if row is None:
        raise Tampered(f"{what} is missing")
    if not isinstance(row[0], bytes):
        raise Tampered(f"{what} is damaged")
    return row[0]
