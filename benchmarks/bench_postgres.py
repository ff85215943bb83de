"""How a vault of many recordings answers when its rows are in PostgreSQL.

    python benchmarks/bench_postgres.py --upto 6 --plot docs/pictures/million-postgres.svg

The same questions as ``bench_million.py``, to the same recordings. Starts Debian's PostgreSQL
itself, on a socket and with fsync, and fills it by COPY as who is above the borders. Parts are in
memory and there are none: what a bucket takes to delete sound comes on top of erasing.
"""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from bench_million import Filler, measure, plot, reading
from postgres_server import Server, session_at
from sottovoce.app import App
from sottovoce.backends.holding_rows import COLUMNS, row_of, seal_of
from sottovoce.backends.memory_shelf import MemoryParts
from sottovoce.backends.postgres_log import PostgresLog
from sottovoce.backends.postgres_session import Database
from sottovoce.backends.postgres_shelf import PostgresKeys, PostgresShelf, create
from sottovoce.backends.token_rows import COLUMNS as TOKENS
from sottovoce.ledger.note import ledger_signer
from sottovoce.values.ids import ActorId
from sottovoce.vault.holding import Holding
from sottovoce.vault.keys import KEY, KeyName, Keys, WrappingKey, service_keys
from sottovoce.vault.part import LOCAL
from sottovoce.vault.tokens import Posting
from sottovoce.vault.vault import Vault


def open_app(database: Database) -> App:
    root, session = WrappingKey(os.urandom(KEY)), session_at(database)
    create(session, service_keys(root))
    keys = Keys(root, PostgresKeys(session))
    signer = ledger_signer(keys.signing_seed())
    log = PostgresLog(session, signer=signer)
    shelf = PostgresShelf(session, journal=log, row_key=keys.row_key())
    actor = ActorId("local")
    vault = Vault(
        shelf=shelf,
        index=shelf,
        tokens=shelf.tokens,
        parts=MemoryParts(),
        keys=keys,
        clock=lambda: datetime.now(UTC),
        actor=actor,
    )
    return App(vault, log, signer, actor)


class PostgresFiller(Filler):
    """Fills by COPY, which takes rows only of who is above the borders between tenants."""

    def __init__(self, app: App, server: Server, database: Database, seed: int) -> None:
        self.connection = server.owner(database)
        self.row_key = app.vault.keys.row_key()
        super().__init__(app, seed)

    def write(
        self,
        holdings: Sequence[Holding],
        keys: Mapping[KeyName, bytes],
        postings: Sequence[Posting],
    ) -> None:
        with self.connection.transaction():
            self._copy(f"holding (tenant, {COLUMNS}, seal)", map(self._row, holdings))
            self._copy(
                "channel (tenant, recording, channel, person)",
                ((h.id, channel, p) for h in holdings for channel, p in enumerate(h.persons)),
            )
            self._copy(
                "wrapped_key (tenant, purpose, id, wrapped)",
                ((name.purpose, name.id, wrapped) for name, wrapped in keys.items()),
            )
            self._copy(
                f"token (tenant, {TOKENS})",
                ((p.label, p.purpose.value, p.recording, p.channel, p.back) for p in postings),
            )

    def settle(self) -> float:
        """Clear up and count as the server does by itself after a while; return the seconds."""
        start = time.perf_counter()
        self.connection.execute("VACUUM ANALYZE")
        return time.perf_counter() - start

    def size(self) -> float:
        row = self.connection.execute(
            "SELECT pg_database_size(current_database()) / 1048576.0"
        ).fetchone()
        assert row is not None
        return float(str(row[0]))

    def _row(self, holding: Holding) -> tuple[object, ...]:
        return (*row_of(holding), seal_of(holding, self.row_key))

    def _copy(self, into: str, rows: Iterable[tuple[object, ...]]) -> None:
        with (
            self.connection.cursor() as cursor,
            cursor.copy(f"COPY sottovoce.{into} FROM STDIN") as copy,
        ):
            for row in rows:
                copy.write_row((LOCAL, *row))


def main() -> None:
    given = reading(__doc__ or "").parse_args()
    rows: dict[int, dict[str, float]] = {}
    folder = Path(tempfile.mkdtemp(prefix="sottovoce-postgres-", dir=given.folder))
    server = None
    try:
        server = Server(folder, "fsync=on")
        database = server.database()
        app = open_app(database)
        filler = PostgresFiller(app, server, database, given.seed)
        for power in range(3, given.upto + 1):
            start = time.perf_counter()
            filler.upto(10**power)
            filled = time.perf_counter() - start
            cleared = filler.settle()
            rows[10**power] = measure(app, filler, given.rounds, given.seed + power)
            told = ", ".join(f"{name} {ms:.1f} ms" for name, ms in rows[10**power].items())
            print(
                f"10^{power}: {told}; database {filler.size():.0f} MiB, filled in {filled:.0f} s,"
                f" vacuumed in {cleared:.0f} s",
                flush=True,
            )
        filler.connection.close()
        app.close()
    finally:
        if server is not None:
            server.stop("immediate")
        shutil.rmtree(folder)
    if given.plot:
        plot(rows, given.plot)


if __name__ == "__main__":
    main()
