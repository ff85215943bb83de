"""The ledger in memory: the reference of the port, and its double in tests."""

from collections.abc import Iterator

from sottovoce.ledger.audit import Checked, audit
from sottovoce.ledger.entry import encode_entry
from sottovoce.ledger.head import Head, open_head, sign_head
from sottovoce.ledger.note import Signer
from sottovoce.ledger.question import Found, Question, traits
from sottovoce.ledger.tree import (
    EMPTY_ROOT,
    InclusionProof,
    grow,
    leaf_hash,
    prove_consistency,
    prove_inclusion,
    root,
)
from sottovoce.values.errors import Missing
from sottovoce.values.event import Event


class MemoryLog:
    """``ledger.log.Log`` in memory; gone with the process."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer
        self._entries: list[bytes] = []
        self._nodes: dict[tuple[int, int], bytes] = {}
        self._note = sign_head(0, EMPTY_ROOT, signer=signer).note

    def append(self, event: Event) -> int:
        entry, index = encode_entry(event), len(self._entries)
        for placed in grow(leaf_hash(entry), index, self._node):
            self._nodes[placed.level, placed.position] = placed.hash
        self._entries.append(entry)
        self._note = sign_head(index + 1, root(index + 1, self._node), signer=self._signer).note
        return index

    def head(self) -> Head:
        return open_head(self._note, self._signer.key)

    def tail(self) -> None:
        """Every entry has its head here."""

    def entry(self, index: int) -> bytes:
        if not 0 <= index < len(self._entries):
            raise Missing(f"the ledger has {len(self._entries)} entries and none at {index}")
        return self._entries[index]

    def entries(self, start: int, stop: int) -> Iterator[bytes]:
        yield from self._entries[max(start, 0) : max(stop, 0)]

    def find(self, question: Question, *, size: int, after: int | None = None) -> Iterator[Found]:
        def place(index: int) -> tuple[str, int]:
            return ("" if question.is_open else traits(self.entry(index)).at), index

        asked = (i for i in range(size) if question.is_met_by(traits(self._entries[i])))
        begin = ("", -1) if after is None else place(after)
        for where in sorted(map(place, asked)):
            if where > begin:
                yield Found(where[1], self._entries[where[1]], self.prove(where[1], size))

    def check_index(self) -> int:
        """Return how many entries there are: each question reads all of them."""
        return len(self._entries)

    def prove(self, index: int, size: int) -> InclusionProof:
        if size > len(self._entries):
            raise ValueError(f"size must be at most {len(self._entries)}")
        return prove_inclusion(index, size, self._node)

    def prove_growth(self, old: int, size: int) -> tuple[bytes, ...]:
        """Prove that the first ``old`` entries are still those of then."""
        if size > len(self._entries):
            raise ValueError(f"size must be at most {len(self._entries)}")
        return prove_consistency(old, size, self._node)

    def check(self) -> Checked:
        return audit(
            self._entries, self.head(), stored=lambda *place: self._nodes.get(place), older=()
        )

    def _node(self, level: int, position: int) -> bytes:
        return self._nodes[level, position]
