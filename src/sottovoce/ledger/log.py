"""The port of the ledger: what a log that keeps entries offers."""

from collections.abc import Iterator
from typing import Protocol

from sottovoce.ledger.audit import Checked
from sottovoce.ledger.head import Head
from sottovoce.ledger.tail import Tail
from sottovoce.ledger.tree import InclusionProof
from sottovoce.values.event import Event


class Log(Protocol):
    """Entries in a Merkle tree under a signed head; only append changes it."""

    def append(self, event: Event) -> int:
        """Write the event's entry and a new signed head, and return the entry's index.

        Inside the transaction that is open, where there is one. Raises ValueError for an event
        that is not of the register, Tampered rather than sign an edited log onward.
        """
        ...

    def head(self) -> Head:
        """Return the newest head, checked against our key."""
        ...

    def tail(self) -> Tail | None:
        """Return what is said of entries that have no signed head yet; None where all have."""
        ...

    def entry(self, index: int) -> bytes:
        """Return one entry or raise Missing."""
        ...

    def entries(self, start: int, stop: int) -> Iterator[bytes]:
        """Yield entries from start up to stop or the end; raise Tampered at a gap."""
        ...

    def prove(self, index: int, size: int) -> InclusionProof:
        """Prove that an entry is in the tree of the first ``size`` entries."""
        ...

    def prove_growth(self, old: int, size: int) -> tuple[bytes, ...]:
        """Prove that the first ``old`` entries are still those of then."""
        ...

    def check(self) -> Checked:
        """Recompute everything; raise Tampered naming what is wrong first."""
        ...
