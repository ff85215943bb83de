"""A holding as a row, and how holdings are found in rows, whichever database has them.

Rules (docs/spec/vault.md):
1. A row that is read is a holding, and one that was sealed here, or it is tampered.
2. Lists are read a page at a time, and go on where the page before ended.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from datetime import datetime
from hmac import compare_digest
from hmac import digest as hmac_digest

from sottovoce.values.errors import Missing, Tampered, Unfit
from sottovoce.values.ids import PersonId, RecordingId, recording_id
from sottovoce.vault.holding import Holding, State, canonical_row, text_of
from sottovoce.vault.shelf import COUNTED

Row = tuple[object, ...]
COLUMNS = (
    "id, state, begun_at, rate_hz, frames, parts, fingerprint,"
    " arrived_at, settled_at, erased_at, unswept"
)
# From one person to the next by the index, so that nobody is passed over row by row.
_PEOPLE = f"""
WITH RECURSIVE one (person, left_over) AS (
    SELECT (SELECT min(person) FROM channel WHERE person > %s), %s - 1
    UNION ALL
    SELECT (SELECT min(channel.person) FROM channel WHERE channel.person > one.person),
        left_over - 1
    FROM one WHERE person IS NOT NULL AND left_over > 0
)
SELECT person, (SELECT count(*) FROM (
    SELECT DISTINCT recording FROM channel WHERE channel.person = one.person LIMIT {COUNTED}
) AS counted)
FROM one WHERE person IS NOT NULL ORDER BY left_over DESC
"""  # noqa: S608 - the number is ours
_FIRST, _MOST = 64, 1024


class HoldingRows(ABC):
    """``vault.shelf.Index`` over the tables ``holding`` and ``channel``."""

    unswept_rows = "WHERE unswept"

    @abstractmethod
    def _select(self, where: str, *values: object) -> tuple[Holding, ...]:
        """Return holdings, oldest first; ``%s`` stands for each value."""

    @abstractmethod
    def _all(self, query: str, *values: object) -> Sequence[Row]:
        """Ask the database; ``%s`` stands for each value."""

    def find(self, recording: RecordingId) -> Holding:
        found = self._select("WHERE id = %s", recording)
        if not found:
            raise Missing(f"recording {recording} is not in this vault")
        return found[0]

    def list(
        self, state: State | None = None, *, after: RecordingId | None = None
    ) -> Iterator[Holding]:
        last = self.find(after) if after else None
        size = _FIRST
        while held := self._page(state, last, size):
            yield from held
            last, size = held[-1], min(2 * size, _MOST)

    def people(self, *, after: PersonId | None = None) -> Iterator[tuple[PersonId, int]]:
        last, size = after or "", _FIRST
        while found := self._all(_PEOPLE, last, size):
            yield from ((PersonId(str(person)), int(str(count))) for person, count in found)
            last, size = str(found[-1][0]), min(2 * size, _MOST)

    def same_bytes(self, fingerprint: str) -> tuple[RecordingId, ...]:
        if not fingerprint:
            return ()
        found = self._select("WHERE fingerprint = %s AND fingerprint <> ''", fingerprint)
        return tuple(holding.id for holding in found)

    def of_person(self, person: PersonId) -> tuple[Holding, ...]:
        return self._select("WHERE id IN (SELECT recording FROM channel WHERE person = %s)", person)

    def unswept(self) -> tuple[Holding, ...]:
        return self._select(self.unswept_rows)

    def _page(self, state: State | None, last: Holding | None, size: int) -> tuple[Holding, ...]:
        place = (text_of(last.begun_at), last.id) if last else ("", "")
        which, values = ("state = %s AND", (state.value,)) if state else ("", ())
        where = f"WHERE {which} (begun_at, id) > (%s, %s) ORDER BY begun_at, id LIMIT %s"
        return self._select(where, *values, *place, size)


def row_of(holding: Holding) -> Row:
    """Return the values of ``COLUMNS``."""
    times = (holding.arrived_at, holding.settled_at, holding.erased_at)
    return (
        holding.id,
        holding.state.value,
        text_of(holding.begun_at),
        holding.rate_hz,
        holding.frames,
        " ".join(holding.parts),
        holding.fingerprint,
        *(text_of(at) if at else None for at in times),
        holding.unswept,
    )


def seal_of(holding: Holding, key: bytes) -> bytes:
    """Return the seal of a holding's row."""
    return hmac_digest(key, canonical_row(holding), "sha256")


def expect_sealed(holding: Holding, seal: object, key: bytes) -> Holding:
    """Return the holding, or raise Tampered where the seal is not its own."""
    if isinstance(seal, bytes) and compare_digest(seal, seal_of(holding, key)):
        return holding
    raise Tampered(
        f"the row of {holding.id} is not what was written",
        hint="stop, and restore the vault from a backup",
    )


def holding_of(row: Row, persons: Sequence[object], strands: Sequence[object] = ()) -> Holding:
    """Read a holding from a row that begins with ``COLUMNS``, or raise Tampered."""
    try:
        return _read(row, persons, strands)
    except (ValueError, Unfit):
        raise Tampered(
            "a row of the vault's index is damaged",
            hint="stop, and restore the vault from a backup",
        ) from None


def _read(row: Row, persons: Sequence[object], strands: Sequence[object]) -> Holding:
    begun_at = _time(row[2])
    if begun_at is None:
        raise ValueError("begun_at must be a time")
    return Holding(
        id=recording_id(str(row[0])),
        state=State(row[1]),
        begun_at=begun_at,
        rate_hz=int(str(row[3])),
        frames=int(str(row[4])),
        persons=tuple(PersonId(str(person)) for person in persons),
        strands=tuple(int(str(channel)) for channel in strands),
        parts=tuple(str(row[5]).split()),
        fingerprint=str(row[6]),
        arrived_at=_time(row[7]),
        settled_at=_time(row[8]),
        erased_at=_time(row[9]),
        unswept=bool(row[10]),
    )


def _time(text: object) -> datetime | None:
    return datetime.fromisoformat(str(text)) if text else None
