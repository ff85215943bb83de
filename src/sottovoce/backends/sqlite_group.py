"""Group commit: entries of many threads in one transaction, durable when their calls return.

Rules:
1. Whoever comes while nobody commits leads: it commits all who wait, itself among them, with one
   sync. Those who come meanwhile wait, and the first of them leads next.
2. A change of state and its entry are in the same transaction. A change that fails is undone
   alone and its entry is not written; the others are none the wiser.
3. A group is signed at once where no head was signed for half a second, else within that time by
   a thread of its own; ``close`` leaves nothing unsigned.
4. A group that cannot be committed leaves nothing of itself, and every caller in it is told.
"""

import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from copy import copy
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from threading import Event as Flag
from threading import Lock, Thread

from sottovoce.backends.sqlite_log import SQLiteLog
from sottovoce.backends.sqlite_shelf import connect, transaction
from sottovoce.ledger.entry import encode_entry
from sottovoce.ledger.note import Signer
from sottovoce.values.errors import SottovoceError
from sottovoce.values.event import Event

Change = Callable[[sqlite3.Connection], None]
"""Change state in the transaction that is open on the connection, and neither begin nor end one."""

WINDOW_S = 0.001
HEAD_S = 0.5
_MOST = 4096


@dataclass(slots=True, eq=False)
class _Waiting:
    entries: tuple[bytes, ...]
    change: Change | None
    turn: Lock = field(default_factory=Lock)
    leads: bool = False
    next: "_Waiting | None" = None
    index: int | None = None
    error: BaseException | None = None


class GroupLog:
    """Write entries from any thread of any number of processes; ``close`` it at the end."""

    def __init__(self, database: Path, *, signer: Signer, window_s: float = WINDOW_S) -> None:
        """Open the log of a database on a connection of its own.

        A leader that was not alone the last time waits up to ``window_s`` for the others.
        """
        if not 0 <= window_s <= 1:
            raise ValueError("window_s must be 0 to 1")
        self._connection = connect(database, one_thread=False)
        self._log = SQLiteLog(self._connection, origin=signer.key.name, signer=signer)
        self._window_s = window_s
        self._door, self._work = Lock(), Lock()
        self._signed_at = -HEAD_S
        self._is_ahead, self._closes = Flag(), Flag()
        self._signing = Thread(target=self._sign_in_time, daemon=True)
        self._signing.start()
        self._queue: deque[_Waiting] = deque()
        self._is_led = self._is_closed = False
        self._last = 1

    def append(self, event: Event, *, change: Change | None = None) -> int:
        """Write the event's entry, with what ``change`` does, and return its index once durable.

        Raises ValueError for an event that is not of the register, whatever ``change`` raises,
        Unavailable or Tampered as the log does; nothing of it is kept then.
        """
        return self._through(_Waiting((encode_entry(event),), change))

    def append_all(self, events: Iterable[Event]) -> int:
        """Write entries one after another, all or none; return the first's index once durable."""
        entries = tuple(map(encode_entry, events))
        if not entries:
            raise ValueError("events must be at least one")
        return self._through(_Waiting(entries, None))

    def sign(self) -> None:
        """Sign a head over all entries now, for who needs to prove one of them."""
        with self._work:
            with transaction(self._connection):
                self._log.sign_tail()
            self._signed_at = time.monotonic()
            self._is_ahead.clear()

    def close(self) -> None:
        """Sign and close when the group at work is done; later appends are mistakes."""
        with self._door:
            self._is_closed = True
        self._closes.set()
        self._is_ahead.set()
        self._signing.join()
        try:
            self.sign()
        finally:
            self._connection.close()

    def _through(self, mine: _Waiting) -> int:
        if not self._enters(mine):
            self._wait(mine)
        if mine.index is None and mine.error is None:
            self._lead(mine)
        if mine.error is not None:
            # The same error goes to many threads, and each writes its traceback into its own.
            error = mine.error
            raise copy(error) if isinstance(error, SottovoceError) else error
        assert mine.index is not None  # noqa: S101 - one of the two is set once it was its turn
        return mine.index

    def _enters(self, mine: _Waiting) -> bool:
        """Take a place, and tell whether to lead."""
        mine.turn.acquire()
        with self._door:
            if self._is_closed:
                raise ValueError("the log is closed")
            self._queue.append(mine)
            mine.leads, self._is_led = not self._is_led, True
        return mine.leads

    def _wait(self, mine: _Waiting) -> None:
        try:
            mine.turn.acquire()
        except BaseException:
            self._step_out(mine)
            raise
        finally:
            # One wakes the next: all at once they would fight over the interpreter's lock.
            if mine.next is not None:
                mine.next.turn.release()

    def _step_out(self, mine: _Waiting) -> None:
        """Leave the queue; what is being committed already is waited for."""
        with self._door:
            if waits := mine in self._queue:
                self._queue.remove(mine)
        if not waits:
            mine.turn.acquire()
        elif mine.leads:
            self._pass_on()

    def _lead(self, mine: _Waiting) -> None:
        if self._last > 1 and len(self._queue) < self._last:
            try:
                time.sleep(self._window_s)
            except BaseException:
                self._step_out(mine)
                raise
        with self._door:
            group = [self._queue.popleft() for _ in range(min(len(self._queue), _MOST))]
        self._last = len(group)
        for one, after in pairwise(group):
            one.next = after
        try:
            with self._work:
                self._commit(group)
        except BaseException as error:
            for one in group:
                one.index, one.error = None, one.error or error
            if not isinstance(error, Exception):
                raise
        finally:
            self._pass_on()
            if group[0].next is not None:
                group[0].next.turn.release()

    def _pass_on(self) -> None:
        with self._door:
            self._is_led = bool(self._queue)
            if self._is_led:
                self._queue[0].leads = True
                self._queue[0].turn.release()

    def _commit(self, group: Sequence[_Waiting]) -> None:
        with transaction(self._connection):
            kept, first = [one for one in group if self._is_changed(one)], 0
            if kept:
                first = self._write([entry for one in kept for entry in one.entries])
        for one in kept:
            one.index, first = first, first + len(one.entries)

    def _write(self, entries: Sequence[bytes]) -> int:
        if (now := time.monotonic()) - self._signed_at < HEAD_S:
            first = self._log.append_ahead(entries)
            self._is_ahead.set()
            return first
        first = self._log.append_encoded(entries)
        self._signed_at = now
        return first

    def _sign_in_time(self) -> None:
        while self._is_ahead.wait() and not self._closes.wait(HEAD_S):
            with suppress(SottovoceError):  # The next append meets it and tells.
                self.sign()

    def _is_changed(self, one: _Waiting) -> bool:
        if one.change is None:
            return True
        self._connection.execute("SAVEPOINT one")
        try:
            one.change(self._connection)
        except Exception as error:
            if not self._connection.in_transaction:
                raise  # A full disk ends the whole transaction, whoever met it.
            self._connection.execute("ROLLBACK TO one")
            one.error = error
            return False
        finally:
            if self._connection.in_transaction:
                self._connection.execute("RELEASE one")
        return True
