"""The log in SQLite: transactions, and every kind of tampering by who can write the file."""

import sqlite3
from contextlib import closing

import pytest

from sottovoce.backends.sqlite_log import SQLiteLog, open_readonly
from sottovoce.ledger.head import open_head, sign_head
from sottovoce.ledger.note import ledger_signer
from sottovoce.ledger.tail import seal_tail
from sottovoce.ledger.tree import EMPTY_ROOT, Growing, leaf_hash, root_of
from sottovoce.values.errors import Tampered, Unfit

SIZE = 200


@pytest.fixture
def vault(ways, tmp_path):
    return ways.folder(tmp_path / "vault", SIZE)


@pytest.fixture
def edit(ways, vault):
    """Run statements on the database as someone who found the file."""

    def edit(*statements):
        with ways.database(vault / "vault.db") as connection:
            for statement, *values in statements:
                connection.execute(statement, values)

    return edit


@pytest.fixture
def check(ways, vault):
    def check(**more):
        with open_readonly(vault / "vault.db", ways.signer.key) as log:
            return log.check(**more)

    return check


AHEAD = 7


@pytest.fixture
def ahead(ways, vault):
    """Write entries that have no signed head, as a service does that is then killed."""
    with ways.database(vault / "vault.db") as connection:
        log = SQLiteLog(connection, origin=ways.signer.key.name, signer=ways.signer)
        entries = list(log.entries(0, AHEAD))
        connection.execute("BEGIN IMMEDIATE")
        assert log.append_ahead(entries) == SIZE
        connection.execute("COMMIT")


@pytest.mark.usefixtures("ahead")
def test_entries_without_a_head_are_counted_and_the_next_append_covers_them(ways, vault, check):
    checked = check()
    assert (checked.head.size, checked.unsigned) == (SIZE, AHEAD)
    with ways.database(vault / "vault.db") as connection:
        log = SQLiteLog(connection, origin=ways.signer.key.name, signer=ways.signer)
        connection.execute("BEGIN IMMEDIATE")
        log.append_encoded([log.entry(0)])
        connection.execute("COMMIT")
    checked = check()

    assert (checked.head.size, checked.unsigned) == (SIZE + AHEAD + 1, 0)


@pytest.mark.usefixtures("ahead")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entry SET data = zeroblob(60) WHERE position = 203",
        "DELETE FROM ledger_entry WHERE position = 206",
        "INSERT INTO ledger_entry SELECT 207, data FROM ledger_entry WHERE position = 3",
        "UPDATE ledger_tail SET root = zeroblob(32)",
        "UPDATE ledger_tail SET size = 206",
        "UPDATE ledger_tail SET size = 200",
        "UPDATE ledger_tail SET mac = 'x'",
        "DELETE FROM ledger_tail",
    ],
)
def test_what_is_changed_after_the_head_is_found_without_any_secret(edit, check, statement):
    edit((statement,))

    with pytest.raises(Tampered):
        check()


def test_nobody_but_the_signer_can_say_what_follows_the_head(ways, vault, edit, check):
    """Entry, tree and root fit together, so a reader only counts; who signs goes on from none."""
    with ways.database(vault / "vault.db") as connection:
        log = SQLiteLog(connection, origin=ways.signer.key.name, signer=ways.signer)
        other = ledger_signer(bytes(32))
        entry = log.entry(3)
        growing = Growing(SIZE, log._node)
        nodes = growing.add(leaf_hash(entry))
        connection.execute("INSERT INTO ledger_entry VALUES (?, ?)", (SIZE, entry))
        connection.executemany("INSERT INTO ledger_node VALUES (?, ?, ?)", nodes)
        false = seal_tail(SIZE + 1, growing.root(), signer=other)
        row = (false.size, false.root, false.mac)
        connection.execute("INSERT INTO ledger_tail VALUES (1, ?, ?, ?)", row)
        assert check().unsigned == 1
        for write in (log.append_encoded, log.append_ahead):
            connection.execute("BEGIN IMMEDIATE")
            with pytest.raises(Tampered, match="follows the ledger's signed head"):
                write([entry])
            connection.execute("ROLLBACK")


def test_a_ledger_from_before_there_were_tails_gets_room_for_one(ways, vault, edit, check):
    edit(("DROP TABLE ledger_tail",))
    assert check().head.size == SIZE
    with ways.database(vault / "vault.db") as connection:
        log = SQLiteLog(connection, origin=ways.signer.key.name, signer=ways.signer)
        connection.execute("BEGIN IMMEDIATE")
        log.append_ahead([log.entry(0)])
        connection.execute("COMMIT")

    assert check().unsigned == 1


def test_an_untouched_log_checks(check):
    checked = check()

    assert (checked.head.size, checked.unknown) == (SIZE, 0)


@pytest.mark.parametrize("index", [0, 1, 77, 127, 128, SIZE - 1])
def test_every_flipped_byte_of_an_entry_is_found_and_the_entry_named(ways, vault, check, index):
    with ways.database(vault / "vault.db") as connection:
        (entry,) = connection.execute(
            "SELECT data FROM ledger_entry WHERE position = ?", (index,)
        ).fetchone()
        for place in range(0, len(entry), 13):
            changed = entry[:place] + bytes([entry[place] ^ 1]) + entry[place + 1 :]
            connection.execute(
                "UPDATE ledger_entry SET data = ? WHERE position = ?", (changed, index)
            )
            with pytest.raises(Tampered, match=f"entry {index} is not what was logged"):
                check()


@pytest.mark.parametrize("index", [0, 77, SIZE - 1])
def test_a_removed_entry_is_found_and_named(edit, check, index):
    edit(("DELETE FROM ledger_entry WHERE position = ?", index))

    with pytest.raises(Tampered, match=f"entry {index} is missing"):
        check()


def test_a_removed_entry_with_the_rest_moved_up_is_found(edit, check):
    edit(
        ("DELETE FROM ledger_entry WHERE position = 50",),
        ("UPDATE ledger_entry SET position = position - 1 + 100000 WHERE position > 50",),
        ("UPDATE ledger_entry SET position = position - 100000 WHERE position >= 100000",),
    )

    with pytest.raises(Tampered, match="entry 199 is missing"):
        check()


@pytest.mark.parametrize("position", [SIZE, SIZE + 5, -1])
def test_an_added_entry_is_found(ways, edit, check, position):
    edit(("INSERT INTO ledger_entry VALUES (?, ?)", position, b"{}"))

    with pytest.raises(Tampered, match=r"added|missing"):
        check()


def test_reordered_entries_are_found(edit, check):
    edit(
        ("UPDATE ledger_entry SET position = 100000 WHERE position = 30",),
        ("UPDATE ledger_entry SET position = 30 WHERE position = 31",),
        ("UPDATE ledger_entry SET position = 31 WHERE position = 100000",),
    )

    with pytest.raises(Tampered, match="entry 30 is not what was logged"):
        check()


def test_a_log_written_anew_and_signed_by_another_key_is_found(ways, edit, check):
    leaves = [leaf_hash(b"x%d" % number) for number in range(SIZE)]
    edit(
        *(("UPDATE ledger_entry SET data = ? WHERE position = ?", b"x%d" % n, n)
          for n in range(SIZE)),
        ("UPDATE ledger_head SET note = ?",
         sign_head(SIZE, root_of(leaves), signer=ways.stranger).note),
    )  # fmt: skip

    with pytest.raises(Tampered, match="0 signatures of the key"):
        check()


def test_an_entry_rewritten_with_all_its_tree_is_found_though_it_cannot_be_named(ways, edit, check):
    growing, changes = Growing(), []
    entries = list(ways.memory(SIZE).entries(0, SIZE))
    entries[60] = entries[60].replace(b"tester", b"worker")
    for entry in entries:
        for one in growing.add(leaf_hash(entry)):
            place = (one.hash, one.level, one.position)
            changes.append(
                ("UPDATE ledger_node SET hash = ? WHERE level = ? AND position = ?", *place)
            )
    edit(("UPDATE ledger_entry SET data = ? WHERE position = 60", entries[60]), *changes)

    with pytest.raises(Tampered, match="do not make the signed head"):
        check()


def test_an_edited_stored_hash_is_told_from_an_edited_entry(edit, check):
    edit(("UPDATE ledger_node SET hash = zeroblob(32) WHERE level = 3 AND position = 2",))

    with pytest.raises(Tampered, match="stored hash of one of entries 16 to 23 was changed"):
        check()


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM ledger_node WHERE level = 2 AND position = 1",
        "INSERT INTO ledger_node VALUES (20, 0, zeroblob(32))",
        "UPDATE ledger_node SET hash = 'text' WHERE level = 0 AND position = 5",
        "DELETE FROM ledger_head",
        "UPDATE ledger_head SET note = 'text'",
        "UPDATE ledger_head SET note = zeroblob(100)",
        "UPDATE ledger_entry SET data = 'text' WHERE position = 3",
        "UPDATE ledger_entry SET data = zeroblob(2000000) WHERE position = 3",
        "DROP TABLE ledger_node",
        "CREATE TRIGGER ledger_t AFTER INSERT ON ledger_entry BEGIN SELECT 1; END",
        "ALTER TABLE ledger_entry ADD COLUMN more TEXT",
        "CREATE TABLE ledger_more (a)",
    ],
)
def test_edited_rows_and_tables_are_found(edit, check, statement):
    edit((statement,))

    with pytest.raises(Tampered):
        check()


def test_a_table_that_is_a_view_without_end_is_never_run(edit, check):
    edit(
        ("DROP TABLE ledger_entry",),
        ("CREATE VIEW ledger_entry AS WITH RECURSIVE t(position, data) AS"
         " (SELECT 0, x'00' UNION ALL SELECT position + 1, data FROM t) SELECT * FROM t",),
    )  # fmt: skip

    with pytest.raises(Tampered, match="tables are not as they were made"):
        check()


@pytest.mark.parametrize("thousandth", range(0, 1000, 17))
def test_a_spoiled_page_of_the_file_gives_one_typed_error_or_nothing_changed(
    vault, check, thousandth
):
    raw = bytearray((vault / "vault.db").read_bytes())
    raw[len(raw) * thousandth // 1000] ^= 0xFF
    (vault / "vault.db").write_bytes(raw)
    try:
        checked = check()
    except (Tampered, Unfit):
        return

    assert checked.head.size == SIZE


def test_a_log_put_back_to_an_older_state_is_found_only_with_a_head_kept_elsewhere(
    ways, tmp_path, check
):
    kept = ways.memory(SIZE + 1).head()

    assert check().head.size == SIZE
    with pytest.raises(Tampered, match="has 201"):
        check(older=[kept])


def test_a_log_written_anew_by_the_key_holder_is_found_with_a_head_kept_elsewhere(ways, check):
    forged = ways.memory(60)
    forged.append(ways.event(1234))

    assert check(older=[ways.memory(61).head()]).head.size == SIZE
    with pytest.raises(Tampered, match="first 61 entries are not those"):
        check(older=[forged.head()])


def test_a_head_of_nothing_with_a_root_is_not_an_older_head(ways, check):
    with pytest.raises(Tampered, match="first 0 entries"):
        check(older=[sign_head(0, bytes(32), signer=ways.signer)])


def test_an_append_outside_a_transaction_is_refused(ways, vault):
    with ways.database(vault / "vault.db") as connection:
        log = SQLiteLog(connection, origin=ways.signer.key.name, signer=ways.signer)

        with pytest.raises(ValueError, match="transaction"):
            log.append(ways.event(1))


def test_a_rolled_back_append_leaves_the_log_as_it_was(ways, vault, check):
    with ways.database(vault / "vault.db") as connection:
        log = SQLiteLog(connection, origin=ways.signer.key.name, signer=ways.signer)
        before = log.head()
        connection.execute("BEGIN IMMEDIATE")
        log.append(ways.event(1))
        connection.execute("ROLLBACK")

        assert log.head() == before
    assert check().head == before


def test_two_logs_on_one_database_take_turns(ways, vault, check):
    with ways.database(vault / "vault.db") as one, ways.database(vault / "vault.db") as two:
        logs = [SQLiteLog(c, origin=ways.signer.key.name, signer=ways.signer) for c in (one, two)]
        indexes = []
        for turn in range(6):
            connection = (one, two)[turn % 2]
            connection.execute("BEGIN IMMEDIATE")
            indexes.append(logs[turn % 2].append(ways.event(turn)))
            connection.execute("COMMIT")

    assert indexes == list(range(SIZE, SIZE + 6))
    assert check().head.size == SIZE + 6


def test_an_edited_edge_is_never_signed_onward(ways, vault, edit):
    edit(("UPDATE ledger_node SET hash = zeroblob(32) WHERE level = 3 AND position = 24",))
    with ways.database(vault / "vault.db") as connection:
        log = SQLiteLog(connection, origin=ways.signer.key.name, signer=ways.signer)
        connection.execute("BEGIN IMMEDIATE")

        with pytest.raises(Tampered, match="nothing is added"):
            log.append(ways.event(1))


def test_an_append_reads_and_writes_no_more_than_the_tree_is_high(ways, vault):
    with ways.database(vault / "vault.db") as connection:
        log = SQLiteLog(connection, origin=ways.signer.key.name, signer=ways.signer)
        connection.execute("BEGIN IMMEDIATE")
        statements = []
        connection.set_trace_callback(statements.append)
        log.append(ways.event(1))
        connection.set_trace_callback(None)

    assert len(statements) < 4 * SIZE.bit_length()


def test_a_key_of_another_name_than_the_origin_is_a_mistake(ways):
    with (
        closing(sqlite3.connect(":memory:", isolation_level=None)) as connection,
        pytest.raises(ValueError, match="origin"),
    ):
        SQLiteLog(connection, origin="sottovoce.example/other", signer=ways.signer)


def test_another_key_on_the_same_database_is_tampered(ways, vault):
    with ways.database(vault / "vault.db") as connection:
        log = SQLiteLog(connection, origin=ways.stranger.key.name, signer=ways.stranger)

        with pytest.raises(Tampered):
            log.head()


def test_reading_leaves_no_file_and_changes_none(vault, check):
    before = {path.name: path.read_bytes() for path in vault.iterdir()}
    check()

    assert {path.name: path.read_bytes() for path in vault.iterdir()} == before


def test_no_refused_event_reaches_the_disk(ways, vault):
    canary = "Featherstonehaugh"
    with ways.database(vault / "vault.db") as connection:
        log = SQLiteLog(connection, origin=ways.signer.key.name, signer=ways.signer)
        for facts in ({canary: 1}, {"purpose": canary}, {"fingerprint": canary}):
            connection.execute("BEGIN IMMEDIATE")
            with pytest.raises(ValueError, match="fact"):
                log.append(ways.event(1, **facts))
            connection.execute("COMMIT")

    assert canary.encode() not in b"".join(path.read_bytes() for path in vault.iterdir())


def test_a_new_log_begins_with_a_head_of_nothing(ways, tmp_path):
    folder = ways.folder(tmp_path / "new", 0)
    with open_readonly(folder / "vault.db", ways.signer.key) as log:
        head = log.head()

    assert (head.size, head.root) == (0, EMPTY_ROOT)
    assert open_head(head.note, ways.signer.key) == head


def test_a_database_without_a_log_is_unfit(ways, tmp_path):
    with ways.database(tmp_path / "other.db") as connection:
        connection.execute("CREATE TABLE t (a)")

    with (
        pytest.raises(Unfit, match="no ledger"),
        open_readonly(tmp_path / "other.db", ways.signer.key),
    ):
        pass
