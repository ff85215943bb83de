"""A vault's rows, keys and ledger in PostgreSQL: borders, restarts, and two servers at once."""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from postgres_server import OWNER, WORKER, Server, session_at
from sottovoce.backends.log_index import COLUMNS
from sottovoce.backends.postgres_log import PostgresLog
from sottovoce.backends.postgres_session import Database, Session
from sottovoce.backends.postgres_shelf import PostgresKeys, PostgresShelf, create
from sottovoce.backends.postgres_tables import migrate
from sottovoce.ledger.note import ledger_signer
from sottovoce.ledger.question import Question, answers
from sottovoce.values.errors import Missing, Refused, Tampered, Unavailable, Unfit
from sottovoce.values.event import Event
from sottovoce.values.ids import ActorId, PersonId, RecordingId
from sottovoce.vault.holding import Holding, State
from sottovoce.vault.keys import KeyName

AT = datetime(2025, 3, 1, 12, tzinfo=UTC)
SIGNER = ledger_signer(bytes(range(32)))
ONE, TWO = RecordingId("rec_" + "1" * 20), RecordingId("rec_" + "2" * 20)
KEY = KeyName("arrival", ONE)
HOLDING = Holding(ONE, State.ARRIVING, AT, rate_hz=8000, persons=(PersonId("caller-1"),))


def event(at: datetime = AT) -> Event:
    return Event("recording.erased", at, ActorId("tester"), ONE, {"keys": 1})


class Desk:
    """One server at work: its session, shelf, keys and log."""

    def __init__(self, database: Database, tenant: str = "local") -> None:
        self.session = session_at(database, tenant=tenant)
        self.log = PostgresLog(self.session, signer=SIGNER)
        self.shelf = PostgresShelf(self.session, journal=self.log, row_key=bytes(32))
        self.keys = PostgresKeys(self.session)

    def put(self, holding: Holding = HOLDING, at: datetime = AT, **keys: object) -> int:
        told = {"added": {}, "destroyed": ()} | keys
        return self.shelf.put(holding, event=event(at), **told)  # type: ignore[arg-type]  # as given


@pytest.fixture
def database(postgres: Server) -> Database:
    return postgres.database()


def test_tenants_of_one_database_see_nothing_of_each_other(database: Database) -> None:
    ours, theirs = Desk(database, "ours"), Desk(database, "theirs")
    ours.put(added={KEY: b"k" * 61})

    assert list(theirs.shelf.list()) == []
    assert list(theirs.keys.names()) == []
    assert (ours.log.head().size, theirs.log.head().size) == (1, 0)
    with pytest.raises(Missing):
        theirs.shelf.find(ONE)
    theirs.put(added={KEY: b"t" * 61})
    assert ours.keys.wrapped(KEY) == b"k" * 61


TABLES = [
    "holding",
    "channel",
    "strand",
    "wrapped_key",
    "ledger_entry",
    "ledger_node",
    "ledger_head",
]


@pytest.mark.parametrize("table", TABLES)
def test_a_row_of_another_tenant_can_be_neither_read_nor_written(
    database: Database, table: str
) -> None:
    Desk(database, "ours").put(added={KEY: b"k" * 61})
    theirs = session_at(database, tenant="theirs")
    with theirs.transaction() as connection:
        assert connection.execute(f"SELECT * FROM {table}").fetchall() == []  # type: ignore[call-overload]  # noqa: S608 - ours
    # What is found by is computed, so nobody may give it.
    given = "tenant, position, data" if table == "ledger_entry" else ""
    into, what = (f"({given})", given) if given else ("", "*")
    change = (
        f"INSERT INTO {table} {into} SELECT {what} FROM jsonb_populate_record(NULL::{table}, %s)"  # noqa: S608 - ours
    )

    row = '{"tenant":"ours","recording":"x","id":"x","position":9,"level":9}'
    with pytest.raises(Refused), theirs.transaction() as connection:
        connection.execute(change, (row,))  # type: ignore[call-overload]


def test_who_says_no_tenant_sees_nothing_and_writes_nothing(database: Database) -> None:
    Desk(database).put()
    told = database.parameters({})
    with psycopg.connect(**told, autocommit=True) as connection:
        assert connection.execute("SELECT * FROM holding").fetchall() == []
        with pytest.raises(psycopg.Error):
            connection.execute("INSERT INTO claim (draw) VALUES ('x')")


def test_the_owner_is_bound_by_the_borders_too(postgres: Server, database: Database) -> None:
    with postgres.owner(database) as connection:
        rows = connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'sottovoce'::regnamespace"
            " AND relkind = 'r' AND NOT (relrowsecurity AND relforcerowsecurity)"
        ).fetchall()

    assert rows == [("alembic_version",)]


def test_entries_of_the_ledger_can_only_be_added(database: Database) -> None:
    desk = Desk(database)
    desk.put()
    for change in ("UPDATE ledger_entry SET data = ''", "DELETE FROM ledger_node"):
        with pytest.raises(Refused), desk.session.transaction() as connection:
            connection.execute(change)  # type: ignore[call-overload]


def test_a_role_above_the_borders_is_refused(database: Database) -> None:
    with pytest.raises(Refused, match="above the borders"):
        Session(replace(database, user=OWNER))
    with pytest.raises(Refused, match="must not own"):
        migrate(database, owner=WORKER)


def test_to_migrate_twice_changes_nothing(database: Database) -> None:
    Desk(database).put()
    migrate(database, owner=OWNER)

    assert Desk(database).shelf.find(ONE) == HOLDING


def test_a_database_from_before_strands_and_the_index_is_brought_up_with_its_rows(
    postgres: Server, database: Database
) -> None:
    Desk(database).put()
    with postgres.owner(database) as connection:
        connection.execute("DROP TABLE sottovoce.strand")
        for column in COLUMNS.split(", "):
            connection.execute(f"ALTER TABLE sottovoce.ledger_entry DROP COLUMN {column}")  # type: ignore[call-overload]  # ours
        connection.execute("UPDATE sottovoce.alembic_version SET version_num = '0001'")
    with pytest.raises(Unavailable) as caught:
        Desk(database).shelf.find(ONE)
    assert "migrate" in caught.value.hint

    migrate(database, owner=OWNER)
    desk = Desk(database)
    assert desk.shelf.find(ONE) == HOLDING
    shared = replace(HOLDING, id=TWO, persons=(PersonId("a"), PersonId("b")), strands=(0, 0))
    desk.put(shared, added={})
    assert desk.shelf.find(TWO) == shared
    assert [one.index for one in answers(desk.log, Question(actor="tester"))] == [0, 1]
    assert desk.log.check_index() == 2


def test_a_database_without_tables_says_so(postgres: Server, database: Database) -> None:
    with postgres.owner(database) as connection:
        connection.execute("DROP SCHEMA sottovoce CASCADE")

    with pytest.raises(Unavailable, match="no vault") as caught:
        Desk(database)
    assert "migrate" in caught.value.hint


def test_service_keys_are_stored_once(database: Database) -> None:
    session = session_at(database)

    assert create(session, {KEY: b"k" * 61})
    assert not create(session, {KEY: b"x" * 61})
    assert PostgresKeys(session).wrapped(KEY) == b"k" * 61


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_server_restarted_between_two_changes_is_come_back_to(
    postgres: Server, database: Database, mode: str
) -> None:
    desk = Desk(database)
    desk.shelf.claim()
    desk.put(added={KEY: b"k" * 61})
    postgres.stop(mode)
    postgres.start()
    desk.put(replace(HOLDING, state=State.ARRIVED))

    assert desk.shelf.find(ONE).state is State.ARRIVED
    assert desk.log.check().head.size == 2
    with pytest.raises(Unavailable, match="another process"):
        Desk(database).shelf.claim()


def test_a_server_stopped_within_a_change_leaves_nothing_of_it(
    postgres: Server, database: Database
) -> None:
    desk = Desk(database)
    desk.put()

    def cut_off_within() -> None:
        with desk.session.transaction():
            desk.put(replace(HOLDING, state=State.ARRIVED), added={KEY: b"k" * 61})
            postgres.stop("immediate")
            postgres.start()

    with pytest.raises(Unavailable):
        cut_off_within()

    assert desk.shelf.find(ONE) == HOLDING
    assert desk.keys.wrapped(KEY) is None
    assert desk.log.check().head.size == 1


class Losing:
    """A connection whose answer to COMMIT is lost: what is done is not told."""

    def __init__(self, connection: "psycopg.Connection[tuple[object, ...]]") -> None:
        self._connection = connection
        self.broken = False

    def __getattr__(self, name: str) -> object:
        return getattr(self._connection, name)

    def execute(self, query: str, *values: object) -> object:
        answer = self._connection.execute(query, *values)  # type: ignore[call-overload]
        if query == "COMMIT":
            self._connection.close()
            self.broken = True
            raise psycopg.OperationalError("the connection is lost")
        return answer


def test_a_commit_whose_answer_is_lost_is_looked_up(database: Database) -> None:
    desk = Desk(database)
    desk.session._connection = Losing(desk.session._connection)  # type: ignore[arg-type,assignment]  # reach in to cut it
    index = desk.put(added={KEY: b"k" * 61})

    assert index == 0
    assert desk.keys.wrapped(KEY) == b"k" * 61


def test_who_was_away_while_another_took_over_changes_nothing_more(
    postgres: Server, database: Database
) -> None:
    first, second = Desk(database), Desk(database)
    first.shelf.claim()
    first.put()
    postgres.stop("immediate")
    postgres.start()
    second.shelf.claim()
    with pytest.raises(Unavailable, match="another process is working"):
        first.put(replace(HOLDING, state=State.ARRIVED))
    second.put(HOLDING.tombstone(State.UNDONE, AT))
    second.shelf.close()

    with pytest.raises(Unavailable, match="took over"):
        first.put(replace(HOLDING, state=State.ARRIVED))
    assert first.shelf.find(ONE).state is State.UNDONE


def test_the_claim_is_free_when_its_holder_is_gone(database: Database) -> None:
    first, second = Desk(database), Desk(database)
    first.shelf.claim()
    with pytest.raises(Unavailable, match="another process"):
        second.shelf.claim()
    first.shelf.close()
    second.shelf.claim()


def test_a_claim_is_of_one_tenant(database: Database) -> None:
    Desk(database, "ours").shelf.claim()
    Desk(database, "theirs").shelf.claim()


def test_two_servers_write_one_ledger(database: Database) -> None:
    first, second = Desk(database), Desk(database)
    indexes = [desk.shelf.note(event()) for _ in range(5) for desk in (first, second)]

    assert indexes == list(range(10))
    assert first.log.check().head == second.log.check().head


def test_a_clock_that_is_set_back_loses_no_order(database: Database) -> None:
    desk = Desk(database)
    desk.put()
    desk.put(replace(HOLDING, id=TWO, begun_at=AT - timedelta(days=1)), at=AT - timedelta(days=1))

    assert desk.log.check().head.size == 2
    assert [holding.id for holding in desk.shelf.list()] == [TWO, ONE]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE sottovoce.holding SET frames = 7",
        "UPDATE sottovoce.holding SET seal = ''",
        "UPDATE sottovoce.holding SET state = 'odd'",
        "UPDATE sottovoce.channel SET person = 'another'",
        "DELETE FROM sottovoce.channel",
    ],
)
def test_a_row_that_was_changed_is_tampered(
    postgres: Server, database: Database, change: str
) -> None:
    desk = Desk(database)
    desk.put()
    with postgres.owner(database) as connection:
        connection.execute(change)  # type: ignore[call-overload]

    with pytest.raises(Tampered):
        desk.shelf.find(ONE)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE sottovoce.ledger_entry SET data = data || 'x' WHERE position = 1",
        "DELETE FROM sottovoce.ledger_entry WHERE position = 1",
        "UPDATE sottovoce.ledger_node SET hash = '' WHERE level = 0 AND position = 1",
        "DELETE FROM sottovoce.ledger_node WHERE level = 1",
        "UPDATE sottovoce.ledger_head SET note = 'x'",
        "INSERT INTO sottovoce.ledger_entry VALUES ('local', 3, 'x')",
        "INSERT INTO sottovoce.ledger_entry VALUES ('local', -1, 'x')",
    ],
)
def test_a_ledger_that_was_changed_is_tampered(
    postgres: Server, database: Database, change: str
) -> None:
    desk = Desk(database)
    for _ in range(3):
        desk.shelf.note(event())
    with postgres.owner(database) as connection:
        connection.execute(change)  # type: ignore[call-overload]

    with pytest.raises(Tampered):
        desk.log.check()


def test_a_destroyed_key_is_overwritten_before_it_is_deleted(
    postgres: Server, database: Database
) -> None:
    desk = Desk(database)
    with postgres.owner(database) as connection:
        connection.execute("CREATE TABLE public.seen (wrapped bytea)")
        connection.execute("GRANT INSERT ON public.seen TO worker")
        connection.execute(
            "CREATE FUNCTION public.see() RETURNS trigger LANGUAGE plpgsql AS"
            " $$BEGIN INSERT INTO public.seen VALUES (OLD.wrapped); RETURN OLD; END$$"
        )
        connection.execute(
            "CREATE TRIGGER see BEFORE DELETE ON sottovoce.wrapped_key"
            " FOR EACH ROW EXECUTE FUNCTION public.see()"
        )
        desk.put(added={KEY: b"k" * 61})
        desk.put(destroyed=(KEY,))

        assert connection.execute("SELECT wrapped FROM public.seen").fetchall() == [(bytes(61),)]


def test_beyond_this_machine_the_server_shows_its_certificate() -> None:
    far = Database("db.example", "vault", WORKER).parameters({})

    assert (far["sslmode"], far["sslrootcert"]) == ("verify-full", "system")
    assert far["ssl_min_protocol_version"] == "TLSv1.3"
    assert "sslmode" not in Database("/run/postgresql", "vault", WORKER).parameters({})
    assert "password" not in far


def test_a_password_comes_from_the_credentials_of_the_service(tmp_path: os.PathLike[str]) -> None:
    file = os.path.join(tmp_path, "pgpass")
    with open(file, "w", encoding="ascii") as out:
        out.write("*:*:*:*:not-a-real-one\n")
    given = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    here = Database("localhost", "vault", WORKER)

    assert here.parameters(given)["passfile"] == file
    assert "passfile" not in here.parameters(given | {"PGPASSFILE": "/elsewhere"})


def test_nobody_there_is_unavailable_and_names_nobody(tmp_path: os.PathLike[str]) -> None:
    with pytest.raises(Unavailable) as caught:
        Session(Database(str(tmp_path), "vault", "somebody"), wait_s=0)

    said = f"{caught.value} {caught.value.hint} {caught.value.__cause__}"
    assert "somebody" not in said
    assert str(tmp_path) not in said


def test_a_tenant_has_a_plain_name(database: Database) -> None:
    with pytest.raises(Unfit):
        Session(database, tenant="Some One")


QUESTIONS = [
    "SELECT * FROM holding WHERE id = 'x'",
    "SELECT * FROM holding WHERE id IN (SELECT recording FROM channel WHERE person = 'x')",
    "SELECT * FROM holding WHERE fingerprint = 'x' AND fingerprint <> ''",
    "SELECT * FROM holding WHERE (begun_at, id) > ('x', 'x') ORDER BY begun_at, id LIMIT 9",
    "SELECT * FROM holding WHERE state = 'x' AND (begun_at, id) > ('x', 'x')"
    " ORDER BY begun_at, id LIMIT 9",
    "SELECT * FROM holding WHERE unswept",
    "SELECT * FROM token WHERE label = ANY ('{x}')",
    "SELECT * FROM token WHERE label > 'x' ORDER BY label LIMIT 9",
    "SELECT * FROM token WHERE recording = 'x' ORDER BY label",
    "SELECT * FROM wrapped_key WHERE purpose = 'x' AND id = 'x'",
    "SELECT * FROM ledger_entry WHERE position >= 1 AND position < 9 ORDER BY position",
    "SELECT * FROM ledger_entry WHERE kind = 'x' AND (at, position) > ('x', 1) AND at < 'y'"
    " ORDER BY at, position LIMIT 9",
    "SELECT * FROM ledger_entry WHERE actor = 'x' AND kind = 'x' AND (at, position) > ('x', 1)"
    " AND at < 'y' ORDER BY at, position LIMIT 9",
    "SELECT * FROM ledger_entry WHERE recording = 'x' AND (at, position) > ('x', 1) AND at < 'y'"
    " ORDER BY at, position LIMIT 9",
    "SELECT * FROM ledger_entry WHERE person = 'x' AND (at, position) > ('x', 1) AND at < 'y'"
    " ORDER BY at, position LIMIT 9",
    "SELECT * FROM ledger_entry WHERE refused = 1 AND (at, position) > ('x', 1) AND at < 'y'"
    " ORDER BY at, position LIMIT 9",
]


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_question_has_an_index_that_the_borders_do_not_forbid(
    database: Database, question: str
) -> None:
    with session_at(database).transaction() as connection:
        connection.execute("SET LOCAL enable_seqscan = off")
        connection.execute("SET LOCAL enable_sort = off")
        rows = connection.execute(f"EXPLAIN {question}").fetchall()  # type: ignore[call-overload]
    plan = " ".join(str(row[0]) for row in rows)

    assert "Seq Scan" not in plan
    # More than the tenant is looked up in the index: what is not is filtered row by row.
    asked = question.split("WHERE ")[1].split()[0].strip("(,")
    assert asked in ("unswept", "refused") or asked in plan.split("Index Cond")[1], plan


@pytest.mark.parametrize(
    "forgery",
    [
        "DELETE FROM sottovoce.ledger_entry WHERE position = 1",
        "ALTER TABLE sottovoce.ledger_entry ALTER COLUMN kind DROP EXPRESSION;"
        " UPDATE sottovoce.ledger_entry SET kind = 'recording.opened' WHERE position = 1",
        "ALTER TABLE sottovoce.ledger_entry ALTER COLUMN recording DROP EXPRESSION;"
        " UPDATE sottovoce.ledger_entry SET recording = NULL WHERE position = 1",
    ],
)
def test_an_index_that_its_owner_forged_is_found(
    postgres: Server, database: Database, forgery: str
) -> None:
    desk = Desk(database)
    for second in range(3):
        desk.put(at=AT + timedelta(seconds=second))
    question = Question(recordings=(ONE,)) if "NULL" in forgery else Question(actor="tester")
    assert len(list(answers(desk.log, question))) == 3
    with postgres.owner(database) as connection:
        for statement in forgery.split(";"):
            connection.execute(statement)  # type: ignore[call-overload]  # ours

    with pytest.raises(Tampered):
        (desk.log.check if forgery.startswith("DELETE") else desk.log.check_index)()


def test_nobody_writes_what_an_entry_is_found_by(database: Database) -> None:
    desk = Desk(database)
    desk.put()
    with pytest.raises((Unavailable, Refused)), desk.session.transaction() as connection:
        connection.execute(
            "INSERT INTO ledger_entry (position, data, kind) VALUES (1, 'x', 'recording.opened')"
        )

    assert desk.log.check().head.size == 1
