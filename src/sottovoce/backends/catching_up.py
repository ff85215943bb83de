"""Do again, in a vault that was put back to an earlier moment, what a newer ledger tells.

Rules:
1. The newer ledger must be whole and signed by the vault's own key; else nothing is done.
2. Where it goes on from the vault's own, the vault goes on from it: there is one history.
3. Where the vault went on by itself meanwhile, what was erased is erased again nonetheless, and
   where the two part is told.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sottovoce.app import App
from sottovoce.backends.file_parts import files_at_work, write_over
from sottovoce.backends.log_rows import Newer
from sottovoce.backends.restoring import OpenLedger, first_key
from sottovoce.steps.reapplying import Reapplied, reapply_here, told

_MARK = "catching-up"


class Growing(Newer, Protocol):
    """The vault's own ledger."""

    def adopt(self, newer: Newer) -> int: ...


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """What a newer ledger brought; ``parted_at`` is the first entry that both have otherwise."""

    adopted: int
    parted_at: int | None
    again: Reapplied


def catch_up(path: Path, app: App, log: Growing, open_ledger: OpenLedger) -> CaughtUp:
    """Take over a newer ledger and erase again what it tells; safe to repeat.

    Raises Tampered where the newer ledger is not whole, or not of this vault's key.
    """
    app.vault.claim()
    with open_ledger(first_key(app)) as newer:
        size = newer.check().head.size
        mine = log.head().size
        same = _same(log, newer, min(mine, size))
        start = _begun(path / _MARK, same)
        adopted = log.adopt(newer) if same == mine < size else 0
        later = told(newer.entries(start, size))
        parted_at = same if same < min(mine, size) else None
    again = reapply_here(app.vault, later)
    with files_at_work():
        (path / _MARK).unlink(missing_ok=True)
    return CaughtUp(adopted, parted_at, again)


def _begun(mark: Path, same: int) -> int:
    """Remember from which entry on erasures are done again, until they are done."""
    # Once the ledger is taken over, it no longer tells how far the rows had come.
    with files_at_work():
        said = mark.read_text("ascii") if mark.exists() else ""
    start = min(same, int(said)) if said.strip().isdecimal() else same
    write_over(mark, f"{start}\n".encode())
    return start


def _same(log: Newer, newer: Newer, size: int) -> int:
    """Return how many entries both begin with."""
    pairs = zip(log.entries(0, size), newer.entries(0, size), strict=True)
    return next((n for n, (mine, theirs) in enumerate(pairs) if mine != theirs), size)
