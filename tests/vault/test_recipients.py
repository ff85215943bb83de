"""Recipients' keys: drawn, rotated with all others, checked, destroyed, and kept destroyed."""

import json

import pytest

from sottovoce.cli.main import main
from sottovoce.values.errors import Missing
from sottovoce.values.ids import PersonId
from sottovoce.vault.keys import id_of
from sottovoce.wiring import embedded

ANN = PersonId("ann-1")


def new(vault):
    return vault.new_recipient(
        event=lambda made: vault.event("recipient.made", recipient=made.id.hex())
    )


def destroy(vault, id):
    (name,) = (name for name in vault.keys.recipients() if id_of(name) == id)
    vault.destroy_recipient(name, event=vault.event("recipient.destroyed", recipient=id.hex()))
    return name


def test_the_newest_is_given_out_and_all_open(folder) -> None:
    vault = folder.open()
    made = [new(vault) for _ in range(3)]

    assert [id_of(name) for name in vault.keys.recipients()] == [one.id for one in made]
    for one in made:
        wrapped = one.wrap(bytes(32), b"info")
        assert vault.recipient_key(one.id).unwrap(wrapped, b"info") == bytes(32)
    assert [kind for kind, _ in folder.entries()] == ["recipient.made"] * 3


def test_the_next_number_is_free_when_an_older_key_is_gone(folder) -> None:
    vault = folder.open()
    first, second = new(vault), new(vault)
    destroy(vault, first.id)
    third = new(vault)

    assert [id_of(name) for name in vault.keys.recipients()] == [second.id, third.id]


def test_it_opens_after_the_tenants_key_is_rotated(folder) -> None:
    vault = folder.open()
    made = new(vault)
    wrapped = made.wrap(bytes(32), b"info")
    vault.rotate_tenant(event=vault.event("key.rotated", level="tenant"))

    assert vault.recipient_key(made.id).unwrap(wrapped, b"info") == bytes(32)
    assert list(vault.check(progress=lambda size: None)) == []


def test_a_destroyed_key_is_in_no_byte_of_the_vault(folder) -> None:
    vault = folder.open()
    made = new(vault)
    rested = vault._index._connection.execute("SELECT wrapped FROM key_slot").fetchall()
    wrapped = rested[-1][0]
    assert wrapped in folder.raw()
    destroy(vault, made.id)

    assert wrapped not in folder.raw()
    assert folder.entries()[-1][0] == "recipient.destroyed"
    with pytest.raises(Missing, match=made.id.hex()):
        vault.recipient_key(made.id)


def test_a_key_that_rots_is_named_by_the_check(folder) -> None:
    vault = folder.open()
    made = new(vault)
    connection = vault._index._connection
    connection.execute(
        "UPDATE key_slot SET wrapped = zeroblob(61) WHERE slot = (SELECT max(slot) FROM key_slot)"
    )
    (trouble,) = vault.check(progress=lambda size: None)

    assert str(trouble.thing) == f"the recipient key of 000001-{made.id.hex()}"


def test_a_key_destroyed_after_a_backup_does_not_come_back(site, capsys) -> None:
    site.record(ANN)
    app = embedded(site.vault)
    gone, kept = new(app.vault), new(app.vault)
    app.close()
    first = site.run("create")["backup"]
    places = ["--vault", str(site.vault), "--yes", "--json"]
    assert main(["recipients", "destroy", gone.id.hex(), *places]) == 0
    assert json.loads(capsys.readouterr().out)["recipient"] == gone.id.hex()
    site.run("create")
    site.restore(first)
    app = embedded(site.back)

    assert [id_of(name) for name in app.vault.keys.recipients()] == [kept.id]
    app.close()
    facts = [e["facts"] for e in site.ledger(site.back) if e["kind"] == "recipient.destroyed"]
    assert facts[-1] == {"reason": "reapplied", "recipient": gone.id.hex()}
