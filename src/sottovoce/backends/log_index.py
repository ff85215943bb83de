"""How entries are found by what is in them, in either database (docs/spec/ledger.md, "Index").

Rules:
1. The columns that are searched are computed by the database from an entry's bytes; nobody writes
   them.
2. A question is a few streams, each a stretch of one index in order; pages of them are merged, so
   that neither time nor memory grows with the log.
3. What the index leads to is looked at once more: an entry that does not meet the question is not
   an answer.
"""

import heapq
from abc import abstractmethod
from collections.abc import Iterator
from itertools import islice
from typing import cast

from sottovoce.backends.log_rows import LogRows, expect_hash
from sottovoce.ledger.question import Found, Question, Traits, traits
from sottovoce.ledger.tree import Node, prove_inclusion
from sottovoce.values.errors import Tampered

COLUMNS = "at, kind, actor, recording, person, refused"
_STREAMS = 64
_FIRST, _MOST = 16, 1024
_NODES = 1 << 14

_Stream = tuple[str, tuple[str, ...]]
_Placed = tuple[str, int]
_Row = tuple[str, int, bytes]

# Each kind costs one step down the index, however many entries are of it.
_KINDS = (
    "WITH RECURSIVE known (kind) AS (SELECT min(kind) FROM ledger_entry WHERE {0}kind > ''"
    " UNION ALL SELECT (SELECT min(kind) FROM ledger_entry WHERE {0}kind > known.kind)"
    " FROM known WHERE known.kind IS NOT NULL) SELECT kind FROM known WHERE kind IS NOT NULL"
)


class IndexedRows(LogRows):
    """``ledger.question.Index`` over rows."""

    @abstractmethod
    def check_index(self) -> int:
        """Compare the index with all entries."""

    def find(self, question: Question, *, size: int, after: int | None = None) -> Iterator[Found]:
        asked = (
            (index, entry)
            for index, entry in self._asked(question, size, after)
            if index < size and question.is_met_by(traits(entry))
        )
        known: dict[tuple[int, int], bytes] = {}  # Only as long as this question is answered.
        while some := list(islice(asked, _FIRST)):
            if len(known) > _NODES:
                known.clear()
            node = self._nodes([index for index, _ in some], size, known)
            for index, entry in some:
                yield Found(index, entry, prove_inclusion(index, size, node))

    def _nodes(self, indices: list[int], size: int, known: dict[tuple[int, int], bytes]) -> Node:
        """Ask at once for all hashes that proofs take: a database may be far away."""
        needed: dict[int, set[int]] = {}

        def noted(level: int, position: int) -> bytes:
            if (level, position) not in known:
                needed.setdefault(level, set()).add(position)
            return b""

        for index in indices:
            prove_inclusion(index, size, noted)
        parts = [
            "SELECT level, position, hash FROM ledger_node"  # noqa: S608 - marks only
            f" WHERE level = %s AND position IN ({', '.join(['%s'] * len(positions))})"
            for positions in needed.values()
        ]
        values = [value for level, some in needed.items() for value in (level, *some)]
        for level, position, found in (
            self._all(" UNION ALL ".join(parts), *values) if parts else ()
        ):
            known[cast(int, level), cast(int, position)] = cast(bytes, found)
        return lambda level, position: expect_hash(known.get((level, position)), level, position)

    def _asked(
        self, question: Question, size: int, after: int | None
    ) -> Iterator[tuple[int, bytes]]:
        if question.is_open:
            first = 0 if after is None else after + 1
            yield from enumerate(self.entries(first, size), start=first)
            return
        begin: _Placed = (question.since, -1)
        if after is not None:
            begin = max(begin, (traits(self.entry(after)).at, after))
        streams = list(self._streams(question))
        some = [streams[i : i + _STREAMS] for i in range(0, len(streams), _STREAMS)]
        last = -1
        for _, index, entry in heapq.merge(
            *(self._pages(one, begin, question.until) for one in some)
        ):
            if index != last:  # One may be about a person and about a recording of theirs.
                yield index, entry
            last = index

    def _streams(self, question: Question) -> Iterator[_Stream]:
        """Say which stretches of which indices hold all answers, and not much else."""
        if question.recordings or question.person is not None:
            yield from (("recording = %s", (one,)) for one in question.recordings)
            if question.person is not None:
                yield "person = %s", (question.person,)
        elif question.refused:
            yield "refused = 1", ()
        else:
            where, values = ("actor = %s AND ", (question.actor,)) if question.actor else ("", ())
            for kind in question.kinds or self._kinds(where, values):
                yield f"{where}kind = %s", (*values, kind)

    def _kinds(self, where: str, values: tuple[str, ...]) -> tuple[str, ...]:
        rows = self._all(_KINDS.format(where), *values, *values)
        return ("", *(str(kind) for (kind,) in rows))

    def _pages(self, streams: list[_Stream], cursor: _Placed, until: str) -> Iterator[_Row]:
        limit = _FIRST
        while page := self._page(streams, cursor, until, limit):
            yield from page
            if len(page) < limit:
                return
            cursor, limit = page[-1][:2], min(4 * limit, _MOST)

    def _page(self, streams: list[_Stream], cursor: _Placed, until: str, limit: int) -> list[_Row]:
        """Return the first rows after the cursor of all streams together."""
        values: list[object] = []
        parts = []
        for number, (where, given) in enumerate(streams):
            parts.append(
                "SELECT * FROM (SELECT at, position, data FROM ledger_entry"  # noqa: S608 - where is ours
                f" WHERE {where} AND (at, position) > (%s, %s) AND at < %s"
                f" ORDER BY at, position LIMIT {limit}) AS stream_{number}"
            )
            values += (*given, *cursor, until)
        rows = self._all(" UNION ALL ".join(parts), *values)
        if not all(isinstance(row[2], bytes) for row in rows):
            raise Tampered("an entry is damaged")
        return sorted(cast(list[_Row], rows))[:limit]

    def _expect_computed(self) -> int:
        """Compare what the database computed of each entry with its bytes; return how many."""
        count, last = 0, -1
        while rows := self._all(
            f"SELECT position, data, {COLUMNS} FROM ledger_entry"  # noqa: S608 - they are ours
            " WHERE position > %s ORDER BY position LIMIT %s",
            last,
            _MOST,
        ):
            for position, data, *computed in rows:
                told = Traits(*computed)._replace(refused=bool(computed[-1]))  # type: ignore[arg-type]  # that is what is compared
                if not isinstance(data, bytes) or traits(data) not in (told, Traits()):
                    raise Tampered(f"the index tells of entry {position} what it does not say")
            count, last = count + len(rows), cast(int, rows[-1][0])
        return count
