"""Logs, keys and events for tests: fixed seeds, a fixed clock, invented recordings."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sottovoce.backends.memory_log import MemoryLog
from sottovoce.backends.sqlite_log import SQLiteLog
from sottovoce.ledger.note import Signer, ledger_signer
from sottovoce.ledger.receipt import commit, issue
from sottovoce.values.event import Event
from sottovoce.values.ids import ActorId, RecordingId

SEED = bytes(range(32))
VECTORS = Path(__file__).parent.parent / "vectors" / "ledger.json"


class Ways:
    """What tests do often."""

    seed = SEED
    facts = {  # noqa: RUF012 - it is read only
        "recording": "rec_00000000000000000007",
        "findings": {"fin.pan": 2, "per.name": 1},
        "masked_ms": 5400,
        "leak_check": {"listener": "moonshine-tiny-en", "passed": True},
        "models": [{"name": "whisper-tiny.en", "sha256": "1a" * 32}],
    }

    def __init__(self) -> None:
        self.signer = ledger_signer(SEED)
        self.stranger = Signer(self.signer.key.name, bytes(32))

    @staticmethod
    def event(number: int, kind: str = "recording.arrived", **facts: Any) -> Event:
        at = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=number)
        facts = facts or {"channels": number % 3}
        return Event(kind, at, ActorId("tester"), RecordingId(f"rec_{number:020x}"), facts)

    def memory(self, size: int) -> MemoryLog:
        log = MemoryLog(self.signer)
        for number in range(size):
            log.append(self.event(number))
        return log

    def receipt(self, log: Any, outputs: dict[str, str], append: Callable[[Event], int]) -> bytes:
        """Log the work on recording 7 and issue its receipt."""
        commitment = commit(self.facts)
        index = append(self.event(7, "recording.processed", commitment=commitment.digest))
        head = log.head()
        return issue(
            self.facts,
            commitment,
            outputs=outputs,
            proof=log.prove(index, head.size),
            checkpoint=head.note,
            entry=log.entry(index),
            signer=self.signer,
        )

    def folder(self, path: Path, size: int) -> Path:
        """Make what ``verify`` needs of a vault: the database with its log, the published key."""
        path.mkdir()
        with self.database(path / "vault.db") as connection:
            log = SQLiteLog(connection, origin=self.signer.key.name, signer=self.signer)
            connection.execute("BEGIN IMMEDIATE")
            for number in range(size):
                log.append(self.event(number))
            connection.execute("COMMIT")
        (path / "ledger.vkey").write_text(f"{self.signer.key.vkey}\n")
        return path

    @staticmethod
    @contextmanager
    def database(path: Path) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = OFF")
        try:
            yield connection
        finally:
            connection.close()


@pytest.fixture(scope="session")
def ways() -> Ways:
    return Ways()


@pytest.fixture(scope="session")
def vectors() -> Any:
    return json.loads(VECTORS.read_text(encoding="utf-8"))
