"""Vaults for tests: real folders, a journal of rows, a clock that only moves when it is read."""

import json
import os
import shutil
import signal
import sqlite3
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType

import numpy as np
import pytest

# Tests are imported by path, so what they share has to be found by name.
sys.path.insert(0, str(Path(__file__).resolve().parent))

from sottovoce.app import App
from sottovoce.backends.embedded_vault import open_vault
from sottovoce.backends.root_file import Argon2Cost
from sottovoce.backends.root_way import RootWay
from sottovoce.cli.main import main
from sottovoce.values.event import Event
from sottovoce.values.ids import ActorId, PersonId, RecordingId, new_recording_id
from sottovoce.vault.holding import State
from sottovoce.vault.keys import Keys
from sottovoce.vault.tokens import Mention
from sottovoce.vault.vault import Vault
from sottovoce.wiring import embedded

CHEAP = Argon2Cost(time=1, memory_kib=64, lanes=1)
AGENT, CALLER = PersonId("agent-7"), PersonId("caller-1")


class RowJournal:
    """A journal that writes a row an event, inside the transaction that is open."""

    def __init__(self, connection: sqlite3.Connection, keys: Keys) -> None:
        self._connection = connection
        connection.execute(
            "CREATE TABLE IF NOT EXISTS entry"
            " (id INTEGER PRIMARY KEY, kind TEXT, recording TEXT, facts TEXT)"
        )

    def append(self, event: Event) -> int:
        assert self._connection.in_transaction
        row = (event.kind, event.recording, json.dumps(dict(event.facts), default=str))
        last = self._connection.execute(
            "INSERT INTO entry (kind, recording, facts) VALUES (?, ?, ?)", row
        )
        assert last.lastrowid is not None
        return last.lastrowid - 1


class Clock:
    """A clock that moves a second each time it is read."""

    def __init__(self) -> None:
        self._now = datetime(2025, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        self._now += timedelta(seconds=1)
        return self._now


class Folder:
    """A vault's folder with short ways to do what tests do often."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.clock = Clock()
        self._open: list[Vault] = []

    def open(self, passphrase: bytes | None = None, **more: Callable[..., object]) -> Vault:
        journal = more.get("journal", RowJournal)
        vault = open_vault(
            self.path,
            journal=journal,
            clock=self.clock,
            actor=ActorId("tester"),
            way=RootWay(passphrase, cost=CHEAP),
        )
        self._open.append(vault)
        return vault

    def close(self) -> None:
        for vault in self._open:
            vault.close()

    def entries(self) -> list[tuple[str, str]]:
        connection = sqlite3.connect(self.path / "vault.db")
        try:
            return connection.execute("SELECT kind, recording FROM entry ORDER BY id").fetchall()
        finally:
            connection.close()

    def facts(self) -> dict[str, object]:
        """What the last entry says."""
        with closing(sqlite3.connect(self.path / "vault.db")) as connection:
            (facts,) = connection.execute(
                "SELECT facts FROM entry ORDER BY id DESC LIMIT 1"
            ).fetchone()
        return json.loads(facts)

    def files(self) -> list[str]:
        objects = self.path / "objects"
        return sorted(str(p.relative_to(objects)) for p in objects.rglob("*"))

    def raw(self) -> bytes:
        """Every byte of every file of the vault."""
        return b"".join(p.read_bytes() for p in sorted(self.path.rglob("*")) if p.is_file())


def stereo(frames: int, seed: int = 1) -> np.ndarray:
    random = np.random.default_rng(seed)
    return random.integers(-30000, 30000, (2, frames)).astype(np.int16)


def arrive(
    vault: Vault,
    sound: np.ndarray,
    *,
    job: bytes = b"job",
    fingerprint: str = "",
    persons: tuple[PersonId, ...] = (AGENT, CALLER),
) -> RecordingId:
    """Take a recording in, in three blocks."""
    recording = new_recording_id()
    arrival = vault.begin(
        recording,
        rate_hz=8000,
        persons=persons,
        job=job,
        fingerprint=fingerprint,
        event=vault.event("recording.admitted", recording),
    )
    for block in np.array_split(sound, 3, axis=1):
        arrival.write(block)
    arrival.complete(event=vault.event("recording.arrived", recording))
    return recording


def keep(
    vault: Vault,
    recording: RecordingId,
    sound: np.ndarray,
    *,
    words: tuple[bytes, ...] = (b'{"w":0}', b'{"w":1}'),
    state: State = State.KEPT,
    mentions: Collection[Mention] = (),
) -> int:
    return vault.keep(
        recording,
        sound=iter(np.array_split(sound, 2, axis=1)),
        texts={"words": words},
        mentions=mentions,
        state=state,
        event=vault.event("recording.kept", recording),
    )


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    folder = Folder(tmp_path / "vault")
    yield folder
    folder.close()


@pytest.fixture
def ways() -> "Ways":
    return Ways()


class Ways:
    """What tests do with a vault, reachable without importing this file."""

    agent, caller = AGENT, CALLER
    journal = RowJournal
    clock = Clock
    stereo = staticmethod(stereo)
    arrive = staticmethod(arrive)
    keep = staticmethod(keep)


WORDS = b'{"said":"pilcrow seven"}'


class Site:
    """A vault, its backups and their keys, and short ways to work on them."""

    def __init__(self, path: Path, out: Callable[[], str]) -> None:
        self.vault, self.backups, self.keys = path / "vault", path / "backups", path / "keys"
        self.back = path / "back"
        self._out = out

    def record(
        self, *persons: PersonId, settled: bool = True, said: Collection[Mention] = ()
    ) -> RecordingId:
        app = embedded(self.vault)
        try:
            return self._record(app, persons, settled, said)
        finally:
            app.close()

    def _record(
        self, app: App, persons: tuple[PersonId, ...], settled: bool, said: Collection[Mention]
    ) -> RecordingId:
        recording = new_recording_id()
        block = np.stack([np.arange(4000, dtype=np.int16) * (c + 1) for c in range(len(persons))])
        arrival = app.vault.begin(
            recording,
            rate_hz=8000,
            persons=persons,
            job=b"/home/rosa",
            fingerprint="",
            event=app.event("recording.admitted", recording),
        )
        arrival.write(block)
        arrival.complete(event=app.event("recording.arrived", recording))
        if settled:
            app.vault.keep(
                recording,
                sound=[block],
                texts={"words": [WORDS] * len(persons)},
                state=State.KEPT,
                event=app.event("recording.processed", recording),
                mentions=said,
            )
        return recording

    def run(self, verb: str, *more: str, status: int = 0, vault: Path | None = None) -> dict:
        where = ["--keys", str(self.keys), "--vault", str(vault or self.vault), "--json"]
        self._out()
        assert main(["backup", verb, str(self.backups), *more, *where]) == status
        lines = self._out().splitlines()
        return json.loads(lines[-1]) if lines else {}

    def restore(self, *more: str, status: int = 0) -> dict:
        root = ["--root-key", str(self.vault / "root.key")]
        return self.run("restore", *more, *root, vault=self.back, status=status)

    def erase(self, *what: str) -> None:
        assert main([*what, "--yes", "--vault", str(self.vault)]) == 0

    def is_sound(self, vault: Path) -> bool:
        return main(["vault", "check", "--vault", str(vault)]) == 0

    def words(self, vault: Path, recording: RecordingId) -> list[bytes]:
        app = embedded(vault)
        with app.vault.open(recording) as opened:
            found = [opened.text("words", c) for c in opened.holding.readable]
        app.close()
        return found

    def ledger(self, vault: Path) -> list[dict]:
        self._out()
        assert main(["ledger", "list", "--json", "--vault", str(vault)]) == 0
        return [json.loads(line) for line in self._out().splitlines()]


@pytest.fixture
def site(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Site:
    return Site(tmp_path / "site", lambda: capsys.readouterr().out)


TRACES = frozenset(
    ("open", "write", "pwrite", "flush", "fsync", "replace", "rename", "unlink", "rmdir", "mkdir")
)
QUERIES = frozenset(("execute", "backup"))


def steps_of(job: Callable[[], None], deadly: int = 0) -> int:
    """Run a job in a child, killed before one of its steps; return how many it made."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        _in_child(job, deadly, writing)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, -signal.SIGKILL)
    return int(said or 0)


def _in_child(job: Callable[[], None], deadly: int, writing: int) -> None:
    count = 0

    def step(frame: FrameType, event: str, called: object) -> None:
        nonlocal count
        name = getattr(called, "__name__", "")
        at_disk = frame.f_globals.get("__name__", "").startswith(("pathlib", "shutil", "sottovoce"))
        if event == "c_call" and at_disk and name in TRACES | QUERIES:
            count += 1
            if count == deadly:
                os.kill(os.getpid(), signal.SIGKILL)

    status = 70
    try:
        sys.setprofile(step)
        job()
        sys.setprofile(None)
        os.write(writing, str(count).encode())
        status = 0
    finally:
        os._exit(status)


def at(site, folder: Path):
    """Return the same site in a copy of its folder."""
    shutil.copytree(site.vault.parent, folder)
    moved = type(site)(folder, site._out)
    moved.back = folder / "back"
    return moved


def points(total: int, count: int) -> list[int]:
    return [1 + total * i // count for i in range(count)]


class Steps:
    """Kill a job at a step that leaves a trace, reachable without importing this file."""

    of, at, points = staticmethod(steps_of), staticmethod(at), staticmethod(points)


@pytest.fixture
def steps() -> Steps:
    return Steps()
