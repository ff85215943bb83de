"""Pass the ledger on to watchers, entry by entry, at least once each (docs/siem.md).

Rules:
1. A position moves only after the receiver has taken what is before it. After a crash the last
   batch is sent again; no entry is ever left out.
2. Nothing of the ledger is held open while a receiver takes its time, so that it holds up nobody.
3. Each entry is verified under the signed head before it is sent.
"""

import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from itertools import islice
from typing import Protocol

from sottovoce.ledger.ocsf import as_ocsf, severity_of
from sottovoce.ledger.question import Index, Question, answers, traits
from sottovoce.values.errors import Refused, Tampered, Unfit

AT_ONCE = 256
_MOST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as a watcher gets it: its place, time, kind, how grave it is, and OCSF JSON."""

    index: int
    at: str
    kind: str
    severity: int
    json: bytes


class Receiver(Protocol):
    """A watcher, wherever it is."""

    def take(self, lines: Sequence[Line]) -> None:
        """Return when the watcher has all of them; raise Unavailable where that is not sure."""
        ...


@dataclass(frozen=True, slots=True)
class Position:
    """How far a ledger has been sent: its origin, and the next entry's place."""

    origin: str
    next: int = 0


class Memory(Protocol):
    """Where a position is kept."""

    def load(self) -> Position | None:
        """Return the position that was kept, None where there is none."""
        ...

    def keep(self, position: Position) -> None:
        """Keep a position; when this returns it survives a crash."""
        ...


OpenLedger = Callable[[], AbstractContextManager[Index]]
"""Open the ledger to be read, for as long as it takes to read a batch."""


def send_next(ledger: OpenLedger, memory: Memory, receiver: Receiver) -> int:
    """Send the next entries and keep the position; return how many, 0 when all are sent.

    Raises Unavailable when the receiver did not take them, Tampered when the ledger is shorter
    than what was sent or an entry is not as it was signed, Refused for another ledger.
    """
    known = memory.load()
    with ledger() as log:
        position, lines = _read(log, known)
    if lines:
        receiver.take(lines)
        memory.keep(replace(position, next=lines[-1].index + 1))
    elif known is None:
        memory.keep(position)
    return len(lines)


def _read(log: Index, known: Position | None) -> tuple[Position, list[Line]]:
    head = log.head()
    position = known or Position(head.origin)
    if position.origin != head.origin:
        raise Refused("the position is that of another ledger", hint="give each ledger its own")
    if position.next > head.size:
        raise Tampered(
            f"the ledger has {head.size} entries, and {position.next} were sent",
            hint="the ledger was put back to an older state",
        )
    lines: list[Line] = []
    size = 0
    after = position.next - 1 if position.next else None
    for found in islice(answers(log, Question(), after=after), AT_ONCE):
        lines.append(_line(found.index, found.entry, head.origin))
        size += len(lines[-1].json)
        if size > _MOST_BYTES:
            break
    return position, lines


def _line(index: int, entry: bytes, origin: str) -> Line:
    found = traits(entry)
    told = as_ocsf(index, entry, origin=origin)
    return Line(index, found.at, found.kind, severity_of(entry), told)


def write_position(position: Position) -> bytes:
    """Return a position as the bytes of its file."""
    told = {"v": 1, "origin": position.origin, "next": position.next}
    return json.dumps(told).encode() + b"\n"


def read_position(data: bytes) -> Position:
    """Read a position from the bytes of its file, or raise Unfit."""
    try:
        told = json.loads(data)
    except (ValueError, RecursionError):
        told = None
    match told:
        case {"v": 1, "origin": str(origin), "next": int(number)} if number >= 0:
            return Position(origin, number)
    raise Unfit(
        "the position's file is not one of ours",
        hint="remove it to send everything again; watchers know doubles by their uid",
    )
