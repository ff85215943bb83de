"""Gather what the ledger has about recordings, people and stretches of time.

Rules:
1. The ledger names no person: theirs are the recordings linked with them, and a keyed hash.
2. What is gathered is indexes; entries are read again one by one as they are written out.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sottovoce.ledger.bundle import About, Piece
from sottovoce.ledger.entry import decode_entry
from sottovoce.ledger.log import Log
from sottovoce.ledger.receipt import read_receipt
from sottovoce.values.errors import Missing, Unfit
from sottovoce.values.event import Event
from sottovoce.values.ids import PersonId, RecordingId
from sottovoce.vault.vault import Vault


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a bundle is to be about, and the keyed hashes by which entries name its people."""

    about: About
    marks: frozenset[str]

    def has(self, event: Event) -> bool:
        """Tell whether an entry is wanted."""
        if not self.about.has(event):
            return False
        if self.about.what == "period" or event.recording is not None:
            return True
        return event.facts.get("person") in self.marks


def wanted(
    vault: Vault,
    recordings: Collection[RecordingId],
    people: Collection[PersonId],
    since: datetime | None,
    until: datetime | None,
) -> Wanted:
    """Say what is looked for; raise Unfit where that is nothing."""
    theirs = {recording for person in people for recording in vault.recording_ids_of(person)}
    marks = {vault.keys.keyed_hash("person", person.encode()) for person in people}
    about = About(
        _what(len(recordings), len(people), since or until),
        frozenset({*recordings, *theirs}),
        since,
        until,
    )
    return Wanted(about, frozenset(marks))


def _what(recordings: int, people: int, times: datetime | None) -> str:
    if recordings + people > 1:
        return "case"
    if recordings or people:
        return "recording" if recordings else "person"
    if times:
        return "period"
    raise Unfit(
        "it is not said what the bundle is to be about",
        hint="--recording ID, --person ID, --since TIME, --until TIME; several make a case",
    )


def gather(log: Log, want: Wanted) -> tuple[int, ...]:
    """Return the indexes of the entries that are wanted, or raise Missing where none is."""
    found = tuple(
        index
        for index, entry in enumerate(log.entries(0, log.head().size))
        if (event := _event(entry)) and want.has(event)
    )
    if not found:
        raise Missing("the ledger has no entry about this", hint="sottovoce ledger list shows all")
    return found


def pieces(
    log: Log, indexes: Sequence[int], size: int, receipts: Sequence[bytes]
) -> Iterator[Piece]:
    """Yield the entries with their proofs, and each receipt beside its own."""
    beside = {read_receipt(receipt).index: receipt for receipt in receipts}
    if strays := beside.keys() - set(indexes):
        raise Unfit(f"{len(strays)} of the receipts are about no entry of the bundle")
    for index in indexes:
        proof = log.prove(index, size).hashes
        yield Piece(index, log.entry(index), proof, beside.get(index))


def _event(entry: bytes) -> Event | None:
    try:
        return decode_entry(entry)
    except Unfit:
        return None  # A later version wrote it; what it is about is not known here.
