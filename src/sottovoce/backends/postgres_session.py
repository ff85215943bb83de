"""A session with PostgreSQL for one tenant: transactions, the claim, and what a restart leaves.

Rules:
1. Every statement runs in a transaction that is told the tenant first; the rows of others are
   not there for it (row-level security).
2. A commit whose answer was lost is looked up before it is called done or undone.
3. The claim is an advisory lock, which ends with the connection, and a random draw in a row: who
   comes back goes on only where nobody else claimed meanwhile.
4. Nothing of what the server says is passed on but a reason of ours.
"""

import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sottovoce.values.errors import Refused, SottovoceError, Tampered, Unavailable, Unfit
from sottovoce.vault.part import LOCAL

if TYPE_CHECKING:
    from psycopg import Connection

SCHEMA = "sottovoce"
_LOCK = 0x536F7656
_TRIES = 4
_LOOK = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_HERE = ("localhost", "127.0.0.1", "::1")
_SETTINGS = f"-c search_path={SCHEMA} -c lock_timeout=10s -c synchronous_commit=on"


@dataclass(frozen=True, slots=True)
class Database:
    """Where a database is and who we are there; a password comes from the usual places only."""

    host: str
    name: str
    user: str
    port: int = 5432
    root_certificate: str = ""

    @property
    def is_here(self) -> bool:
        """Tell whether the way to it does not leave this machine."""
        return self.host.startswith("/") or self.host in _HERE

    def parameters(self, environment: Mapping[str, str]) -> dict[str, str]:
        """Return what libpq is told; beyond this machine the server has to show its certificate."""
        told = {
            "host": self.host,
            "port": str(self.port),
            "dbname": self.name,
            "user": self.user,
            "connect_timeout": "5",
            "tcp_user_timeout": "20000",
            "options": _SETTINGS,
            "application_name": "sottovoce",
            "hostaddr": "",
        }
        if not self.is_here:
            told |= {"sslmode": "verify-full", "ssl_min_protocol_version": "TLSv1.3"}
            told["sslrootcert"] = self.root_certificate or "system"
        passwords = Path(environment.get("CREDENTIALS_DIRECTORY", "/"), "pgpass")
        if "PGPASSFILE" not in environment and passwords.is_file():
            told["passfile"] = str(passwords)
        return {name: value for name, value in told.items() if value}


class Session:
    """A connection that comes back after a restart of the server; for one thread."""

    def __init__(
        self,
        database: Database,
        *,
        tenant: str = LOCAL,
        wait_s: float = 10.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Connect; ``wait_s`` is how long a server that is away is waited for.

        Raises Unavailable where the extra ``postgres`` is not installed or nobody answers, Refused
        where the role could read the rows of other tenants.
        """
        self._connection: Connection[tuple[object, ...]] | None = None
        self._draw = ""
        if not re.fullmatch("[a-z]{1,32}", tenant):
            raise Unfit("the name of a tenant has 1 to 32 letters a to z")
        self.tenant = tenant
        self._database = database
        self._wait_s = wait_s
        self._sleep = sleep
        self._is_inside = False
        self._expect_bound()

    @property
    def is_inside(self) -> bool:
        """Tell whether a transaction is open."""
        return self._is_inside

    @contextmanager
    def transaction(self) -> "Iterator[Connection[tuple[object, ...]]]":
        """Commit what is done inside, or nothing of it; inside another, be part of that."""
        with self._within("BEGIN") as connection:
            yield connection

    @contextmanager
    def moment(self) -> "Iterator[Connection[tuple[object, ...]]]":
        """Let all questions inside see the same moment, and change nothing."""
        with self._within(_LOOK) as connection:
            yield connection

    def claim(self) -> None:
        """Become the one who works for the tenant, or raise Unavailable; safe to repeat."""
        if self._draw:
            return
        draw = os.urandom(16).hex()
        with self.transaction() as connection:
            self._lock(connection)
            connection.execute(
                "INSERT INTO claim (draw) VALUES (%s)"
                " ON CONFLICT (tenant) DO UPDATE SET draw = excluded.draw",
                (draw,),
            )
        self._draw = draw

    def expect_claim(self) -> None:
        """Raise Unavailable where another claimed since we did; one who never did may go on."""
        if not self._draw:
            return
        with self.transaction() as connection:
            row = connection.execute("SELECT draw FROM claim FOR SHARE").fetchone()
        if row != (self._draw,):
            raise Unavailable(
                "another process took over this vault while the database was away",
                hint="start this one again",
            )

    def release(self) -> None:
        """Give the claim back; a second call does nothing."""
        held, self._draw = self._draw, ""
        if held and self._connection is not None and not self._connection.closed:
            # The server would see to it, but only some time after the connection is closed.
            with suppress(Exception):
                self._connection.execute(
                    "SELECT pg_advisory_unlock(%s, hashtext(%s))", (_LOCK, self.tenant)
                )

    def close(self) -> None:
        """Let go of the claim and of the connection."""
        self.release()
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def __del__(self) -> None:
        self.close()

    @contextmanager
    def _within(self, begin: str) -> "Iterator[Connection[tuple[object, ...]]]":
        if self._is_inside:
            if self._connection is None:
                raise _away()
            yield self._connection
            return
        self._is_inside = True
        try:
            with database_at_work():
                connection = self._begun(begin)
                try:
                    yield connection
                except BaseException:
                    with suppress(Exception):  # One that is gone has nothing to undo.
                        connection.execute("ROLLBACK")
                    raise
                if begin == _LOOK:
                    connection.execute("COMMIT")  # Whether it was done, nobody needs to know.
                else:
                    self._commit(connection)
        finally:
            self._is_inside = False

    def _begun(self, begin: str) -> "Connection[tuple[object, ...]]":
        """Begin a transaction, on a new connection where the old one is gone."""
        from psycopg import OperationalError
        from psycopg.sql import SQL

        # In one go: the name is letters, and a question less is a way to the server less.
        both = SQL(f"{begin}; SET LOCAL app.tenant = {{}}").format(self.tenant)
        for last in (False, True):
            connection = self._connected()
            try:
                connection.execute(both)
                break
            except OperationalError:
                if last or not connection.broken:
                    raise
        return connection

    def _commit(self, connection: "Connection[tuple[object, ...]]") -> None:
        from psycopg import OperationalError

        row = connection.execute("SELECT pg_current_xact_id_if_assigned()::text").fetchone()
        try:
            if connection.execute("COMMIT").statusmessage != "COMMIT":
                raise _away()  # A transaction that failed answers ROLLBACK, and no error.
        except OperationalError:
            if row is None or row[0] is None or not self._was_committed(str(row[0])):
                raise

    def _was_committed(self, transaction: str) -> bool:
        connection = self._connected()
        row = connection.execute("SELECT pg_xact_status(%s::xid8)", (transaction,)).fetchone()
        return row == ("committed",)

    def _connected(self) -> "Connection[tuple[object, ...]]":
        """Return the connection, or a new one, waiting for a server that starts."""
        if self._connection is not None and not self._connection.broken:
            return self._connection
        deadline = time.monotonic() + self._wait_s
        while True:
            try:
                self._connection = self._connect()
            except Unavailable:
                if time.monotonic() >= deadline:
                    raise
                self._sleep(0.1)
            else:
                return self._connection

    def _connect(self) -> "Connection[tuple[object, ...]]":
        connection = connect(self._database)
        if self._draw:
            try:
                with database_at_work():
                    self._lock(connection)
            except BaseException:
                connection.close()
                raise
        return connection

    def _lock(self, connection: "Connection[tuple[object, ...]]") -> None:
        for _ in range(_TRIES):  # Of one that died the server notices soon, not at once.
            row = connection.execute(
                "SELECT pg_try_advisory_lock(%s, hashtext(%s))", (_LOCK, self.tenant)
            ).fetchone()
            if row == (True,):
                return
            self._sleep(0.1)
        raise Unavailable(
            "another process is working in this vault",
            hint="wait until it is done, or use another vault",
        )

    def _expect_bound(self) -> None:
        """Refuse a role that is above the tenants' borders."""
        with self.transaction() as connection:
            row = connection.execute(
                "SELECT rolsuper OR rolbypassrls OR EXISTS (SELECT FROM pg_class WHERE relowner ="
                " pg_roles.oid AND relnamespace = to_regnamespace(%s)) FROM pg_roles"
                " WHERE rolname = current_user",
                (SCHEMA,),
            ).fetchone()
        if row != (False,):
            self.close()
            raise Refused(
                "the database's role stands above the borders between tenants",
                hint="use one that owns no table of the vault, without SUPERUSER and BYPASSRLS",
            )


def connect(database: Database) -> "Connection[tuple[object, ...]]":
    """Open a connection that commits by itself."""
    try:
        import psycopg
    except ImportError:
        raise Unavailable(
            "a vault on PostgreSQL needs the extra postgres",
            hint="pip install 'sottovoce[postgres]'",
        ) from None
    with database_at_work():
        told = database.parameters(os.environ)
        return psycopg.connect(**told, autocommit=True)  # type: ignore[arg-type]  # by name


@contextmanager
def database_at_work() -> Iterator[None]:
    """Say Unavailable, Refused or Tampered, with a reason of ours, when the database fails."""
    import psycopg

    try:
        yield
    except SottovoceError:
        raise
    except psycopg.IntegrityError:
        raise  # These are mistakes of ours, or told where they arise.
    except psycopg.Error as error:
        raise _named(error) from None  # The server's own words name hosts, roles and rows.


def _named(error: Exception) -> SottovoceError:
    from psycopg import errors

    if isinstance(error, errors.InsufficientPrivilege):
        return Refused(
            "the database does not allow this role what it asks",
            hint="sottovoce vault migrate gives the role its rights",
        )
    if isinstance(error, (errors.UndefinedTable, errors.InvalidSchemaName, errors.UndefinedColumn)):
        return Unavailable(
            "the database has no vault, or one of another version",
            hint="sottovoce vault migrate makes its tables",
        )
    if isinstance(error, (errors.DataCorrupted, errors.IndexCorrupted)):
        return Tampered(
            "the vault's database is damaged", hint="stop, and restore it from a backup"
        )
    if isinstance(error, errors.LockNotAvailable):
        return Unavailable("the vault's database is in use by another process", hint="try again")
    return _away()


def _away() -> Unavailable:
    return Unavailable(
        "the vault's database cannot be used: it failed, or did not answer in time",
        hint="see to the database and the way to it, then run it again",
    )
