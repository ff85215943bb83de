"""A real PostgreSQL of Debian's, for tests: started, stopped and killed by them."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg

from sottovoce.backends.postgres_session import Database, Session
from sottovoce.backends.postgres_tables import migrate

OWNER, WORKER = "owner", "worker"


def programs() -> Path | None:
    """Return where Debian keeps the server's programs, None where it is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    return found[-1].parent if found else None


class Server:
    """A server on a socket in a folder of its own."""

    def __init__(self, folder: Path, *settings: str) -> None:
        """Make a server and start it; later settings, such as ``fsync=on``, outdo ours."""
        self._folder = folder
        self._settings = ("fsync=off", *settings)
        self._made = 0
        # The server refuses to run as root, and root may be who runs the tests.
        self._user = "postgres" if os.geteuid() == 0 else None
        if self._user:
            shutil.chown(folder, self._user)
        self._do("initdb", "-A", "trust", "-U", OWNER, "-E", "UTF8", "--locale=C", "-N")
        self.start()
        with self._owner("postgres") as connection:
            connection.execute(f"CREATE ROLE {WORKER} LOGIN")
            connection.execute("CREATE DATABASE pattern")
        migrate(self._database("pattern"), owner=OWNER)

    def database(self) -> Database:
        """Make a database with the tables of a vault."""
        self._made += 1
        name = f"vault_{self._made}"
        with self._owner("postgres") as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE pattern")  # type: ignore[call-overload]  # a name of ours
        return self._database(name)

    def owner(self, database: Database) -> "psycopg.Connection[tuple[object, ...]]":
        """Connect as who owns the tables and is above all rules."""
        return self._owner(database.name)

    def at(self, name: str) -> "psycopg.Connection[tuple[object, ...]]":
        """Connect to a database by its name, as who is above all rules."""
        return self._owner(name)

    def files(self) -> Iterator[bytes]:
        """Yield what all its files hold, the write-ahead log among them."""
        with self._owner("postgres") as connection:
            connection.execute("CHECKPOINT")
        for path in (self._folder / "data").rglob("*"):
            if path.is_file():
                yield path.read_bytes()

    def start(self) -> None:
        told = "".join(f" -c {setting}" for setting in self._settings)
        options = f"-c listen_addresses='' -k {self._folder}{told}"
        self._do("pg_ctl", "-w", "-o", options, "-l", str(self._folder / "log"), "start")

    def stop(self, mode: str = "fast") -> None:
        self._do("pg_ctl", "-m", mode, "-w", "stop")

    def _do(self, program: str, *arguments: str) -> None:
        where = programs()
        assert where is not None
        subprocess.run(
            [str(where / program), "-D", str(self._folder / "data"), *arguments],
            user=self._user,
            check=True,
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def _database(self, name: str) -> Database:
        return Database(str(self._folder), name, WORKER)

    def _owner(self, name: str) -> "psycopg.Connection[tuple[object, ...]]":
        return psycopg.connect(host=str(self._folder), user=OWNER, dbname=name, autocommit=True)


def session_at(database: Database, **settings: object) -> Session:
    """Open a session that does not wait long."""
    return Session(database, **{"wait_s": 5.0, "sleep": lambda s: None, **settings})  # type: ignore[arg-type]  # as given
