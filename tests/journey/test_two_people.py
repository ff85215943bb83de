"""What takes two people is not done by one, whoever they are and however they ask."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from sottovoce import wiring
from sottovoce.cli.main import main
from sottovoce.steps.approving import statement
from sottovoce.values.errors import Tampered
from sottovoce.values.ids import PersonId, RecordingId, new_recording_id
from sottovoce.vault.holding import State
from sottovoce.wiring import embedded

VECTOR = json.loads((Path(__file__).parents[1] / "vectors" / "approval.json").read_text())
CLOSED = NoEncryption()


class Office:
    """A vault, people with keys, and what the ledger says of them."""

    def __init__(self, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.path, self.vault, self._out = path, path / "vault", capsys.readouterr
        embedded(self.vault).close()
        for seed, name in enumerate(("rosa", "anton", "ines")):
            self.key(name, bytes([seed + 1]) * 32)

    def key(self, name: str, seed: bytes, encryption=CLOSED) -> None:
        key = Ed25519PrivateKey.from_private_bytes(seed)
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
        self.file(name, "pem").write_bytes(private)
        self.file(name, "pem").chmod(0o600)
        public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        self.file(name, "pub").write_bytes(public)

    def file(self, name: str, kind: str) -> Path:
        return self.path / f"{name}.{kind}"

    def run(self, *words: str, by: str = "", status: int = 0) -> str:
        signed = ["--approver-key", str(self.file(by, "pem"))] if by else []
        self._out()
        assert main([*words, *signed, "--vault", str(self.vault)]) == status
        said = self._out()
        return said.out + said.err

    def rotate(self, by: str = "", status: int = 0) -> str:
        return self.run("keys", "rotate", "root", by=by, status=status)

    def enrol(self, name: str, by: str = "", status: int = 0) -> str:
        return self.run("approvers", "enrol", str(self.file(name, "pub")), by=by, status=status)

    def entries(self) -> list[dict]:
        lines = self.run("ledger", "list", "--json").splitlines()
        return [json.loads(line) for line in lines]

    def kinds(self) -> list[str]:
        return [entry["kind"] for entry in self.entries() if "appro" in entry["kind"]]

    def record(self, count: int) -> list[tuple[RecordingId, PersonId]]:
        app, made = embedded(self.vault), []
        for number in range(count):
            recording, person = new_recording_id(), PersonId(f"cust-{number}")
            block = np.zeros((1, 100), dtype=np.int16)
            arrival = app.vault.begin(
                recording,
                rate_hz=8000,
                persons=(person,),
                job=b"job",
                fingerprint="",
                event=app.event("recording.admitted", recording),
            )
            arrival.write(block)
            arrival.complete(event=app.event("recording.arrived", recording))
            event = app.event("recording.processed", recording)
            app.vault.keep(recording, sound=[block], texts={}, state=State.KEPT, event=event)
            made.append((recording, person))
        app.close()
        return made


@pytest.fixture
def office(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Office:
    return Office(tmp_path, capsys)


@pytest.fixture
def two(office: Office) -> Office:
    office.enrol("rosa")
    office.enrol("anton")
    return office


def test_with_fewer_than_two_approvers_one_person_does_everything(office: Office) -> None:
    office.rotate()
    office.enrol("rosa")
    office.rotate()

    assert office.kinds() == ["approver.enrolled"]
    assert "one person does everything" in office.run("approvers", "list")


def test_two_approvers_rotate_the_root_key_and_one_does_not(two: Office) -> None:
    before = (two.vault / "root.key").read_bytes()
    assert "waits for a second approver" in two.rotate("rosa", status=1)
    assert (two.vault / "root.key").read_bytes() == before
    two.rotate("anton")

    assert (two.vault / "root.key").read_bytes() != before
    assert two.kinds()[2:] == ["approval.asked", "approval.given"]
    asked, given = (e["facts"] for e in two.entries() if e["kind"].startswith("approval"))
    same = ("act", "order", "request")
    assert [asked[name] for name in same] == [given[name] for name in same]
    assert asked["approver"] != given["approver"]


def test_anyone_with_the_ledger_verifies_both_signatures(two: Office) -> None:
    two.rotate("rosa", status=1)
    two.rotate("anton")
    app = embedded(two.vault)
    origin = app.signer.key.name
    app.close()

    for facts in (e["facts"] for e in two.entries() if e["kind"].startswith("approval")):
        said = f"sottovoce approval v1\n{origin}\nroot\n{facts['order']}\n{facts['request']}\n"
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(facts["approver"]))
        key.verify(bytes.fromhex(facts["signature"]), said.encode())


def test_nobody_a_stranger_and_the_same_one_again_are_refused_and_written_down(two: Office) -> None:
    before = (two.vault / "root.key").read_bytes()
    two.rotate(status=1)
    two.rotate("ines", status=1)
    two.rotate("rosa", status=1)
    assert "another approver than you" in two.rotate("rosa", status=1)

    assert (two.vault / "root.key").read_bytes() == before
    whys = [e["facts"]["why"] for e in two.entries() if e["kind"] == "approval.refused"]
    assert whys == ["unsigned", "unknown", "same"]


def test_an_approval_is_used_once(two: Office) -> None:
    two.rotate("rosa", status=1)
    two.rotate("anton")

    assert "waits" in two.rotate("anton", status=1)


def test_another_order_is_not_approved_by_it(two: Office, tmp_path: Path) -> None:
    (tmp_path / "words").write_text("correct horse")
    two.rotate("rosa", status=1)
    other = ("keys", "rotate", "root", "--new-passphrase-file", str(tmp_path / "words"))

    assert "waits" in two.run(*other, by="anton", status=1)
    assert "waits" in two.run(
        "keys", "rotate", "root", "--to", "credential:x", by="anton", status=1
    )
    two.rotate("anton")


def test_an_order_of_the_day_before_is_asked_anew(two: Office, monkeypatch) -> None:
    two.rotate("rosa", status=1)

    class Tomorrow(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + timedelta(hours=24, seconds=1)

    monkeypatch.setattr(wiring, "datetime", Tomorrow)
    assert "waits" in two.rotate("anton", status=1)
    monkeypatch.undo()
    assert datetime.now(UTC)


def test_who_was_removed_approves_no_more_nor_does_what_they_asked(two: Office) -> None:
    two.enrol("ines", by="rosa", status=1)
    two.enrol("ines", by="anton")
    two.rotate("rosa", status=1)
    gone = ("approvers", "remove", str(two.file("rosa", "pub")))
    two.run(*gone, by="anton", status=1)
    two.run(*gone, by="ines")

    assert "waits" in two.rotate("anton", status=1)
    assert "not an approver" in two.rotate("rosa", status=1)
    two.rotate("ines")


def test_one_approver_alone_enrols_and_removes_nobody(two: Office) -> None:
    for verb, name in (("enrol", "ines"), ("remove", "anton")):
        words = ("approvers", verb, str(two.file(name, "pub")))
        two.run(*words, status=1)
        two.run(*words, by="rosa", status=1)
        two.run(*words, by="rosa", status=1)

    assert "2 approver(s): it takes two" in two.run("approvers", "list")


def test_enrolling_and_removing_again_change_nothing(office: Office) -> None:
    office.enrol("rosa")
    assert "as before" in office.enrol("rosa")
    office.run("approvers", "remove", str(office.file("rosa", "pub")))
    assert "as before" in office.run("approvers", "remove", str(office.file("rosa", "pub")))

    assert office.kinds() == ["approver.enrolled", "approver.removed"]


def test_a_few_are_destroyed_by_one_and_many_by_two(two: Office) -> None:
    made = two.record(13)
    for recording, person in made[:5]:
        two.run("recordings", "erase", recording, "--yes")
        two.run("people", "erase", person, "--yes")
    people = [person for _, person in made[6:]]
    destroy = ("keys", "destroy", "person", *people, "--yes")
    assert "two approvers" in two.run(*destroy, status=1)
    two.run(*destroy, by="rosa", status=1)
    assert two.run("people", "list").count("cust-") == 8
    two.run("keys", "destroy", "person", *reversed(people), "--yes", by="anton")

    assert two.run("people", "list").count("cust-") == 1
    two.run("recordings", "erase", made[5][0], "--yes", status=1)
    two.run("people", "erase", made[5][1], "--yes", status=1)
    two.run("vault", "check")


def test_what_many_depend_on_is_destroyed_by_two(two: Office) -> None:
    made = json.loads(two.run("recipients", "new", "--json"))["recipient"]
    older = json.loads(two.run("recipients", "new", "--json"))["recipient"]
    app = embedded(two.vault)
    app.vault.pseudonym_key(event=lambda: app.event("pseudonyms.made", keys=1))
    app.close()
    for words in (
        ("recipients", "destroy", made, "--yes"),
        ("index", "destroy", "words", "--yes"),
        ("pseudonyms", "destroy", "--yes"),
    ):
        assert "two approvers" in two.run(*words, status=1)
        assert "waits" in two.run(*words, by="rosa", status=1)
        if words[0] == "recipients":
            other = ("recipients", "destroy", older, "--yes")
            assert "waits" in two.run(*other, by="anton", status=1)
        two.run(*words, by="anton")
    left = [json.loads(line) for line in two.run("recipients", "list", "--json").splitlines()]
    assert [one["recipient"] for one in left] == [older]
    assert "destroyed already" in two.run("pseudonyms", "destroy", "--yes")


def test_the_last_backups_expire_by_two_and_old_ones_by_one(two: Office, tmp_path: Path) -> None:
    where = (str(tmp_path / "backups"), "--keys", str(tmp_path / "keys"))
    first = json.loads(two.run("backup", "create", *where, "--json"))["backup"]
    expire = ("backup", "expire", *where, "--keep-days", "0")
    assert "two approvers" in two.run(*expire, status=1)
    assert "waits" in two.run(*expire, by="rosa", status=1)
    two.run("backup", "create", *where)
    assert "waits" in two.run(*expire, by="anton", status=1)  # One more is in it now.
    assert first in two.run("backup", "list", *where)
    two.run(*expire, by="rosa")

    assert two.run("backup", "list", *where) == ""
    assert "1 to 99999" in two.run("backup", "create", *where, "--keep-days", "0", status=2)


def test_keys_are_destroyed_and_destroying_again_says_so(office: Office) -> None:
    (recording, _), (_, person) = office.record(2)
    assert "nobody can be asked" in office.run("keys", "destroy", "person", person, status=1)
    assert "is destroyed" in office.run("keys", "destroy", "person", person, person, "--yes")
    assert "is destroyed" in office.run("keys", "destroy", "recording", recording, "--yes")
    assert "destroyed already" in office.run("keys", "destroy", "person", person)
    said = office.run("keys", "destroy", "recording", recording, "--json")
    assert json.loads(said) == {"recording": recording, "destroyed": True, "entry": None}
    office.run("keys", "destroy", "recording", "rec_" + "0" * 20, "--yes", status=1)

    assert [e["kind"] for e in office.entries()[-2:]] == ["person.erased", "recording.erased"]
    office.run("vault", "check")


def test_nobody_is_slipped_in_who_was_not_enrolled(two: Office) -> None:
    app = embedded(two.vault)
    connection = app.vault._shelf._connection
    change = "UPDATE key_name SET id = ? WHERE purpose = 'approver' AND id = ?"
    connection.execute(change, ("0a" * 32, app.vault.keys.approvers()[0].hex()))

    with pytest.raises(Tampered):
        app.vault.keys.approvers()
    app.close()


def test_approvers_who_were_taken_out_of_the_database_are_missed(two: Office) -> None:
    app = embedded(two.vault)
    app.vault._shelf._connection.execute("DELETE FROM key_name WHERE purpose = 'approver'")
    app.close()
    before = (two.vault / "root.key").read_bytes()

    assert "0 approvers and its ledger tells of 2" in two.rotate(status=1)
    two.enrol("ines", status=1)
    assert "its ledger tells of 2" in two.run("vault", "check", status=1)
    assert (two.vault / "root.key").read_bytes() == before


def test_approvers_stay_when_keys_above_are_drawn_anew(two: Office) -> None:
    before = two.run("approvers", "list")
    two.run("keys", "rotate", "tenant")

    assert two.run("approvers", "list") == before
    two.run("vault", "check")


def test_a_restored_vault_has_the_approvers_that_its_ledger_tells(office: Office, tmp_path) -> None:
    office.enrol("rosa")
    where = (str(tmp_path / "backups"), "--keys", str(tmp_path / "keys"))
    office.run("backup", "create", *where)
    office.run("approvers", "remove", str(office.file("rosa", "pub")))
    office.enrol("anton")
    office.enrol("ines")
    now = office.run("approvers", "list")
    office.vault, old = tmp_path / "back", office.vault
    more = ("--root-key", str(old / "root.key"), "--ledger", str(old))
    office.run("backup", "restore", *where, *more)

    assert office.run("approvers", "list") == now


BAD = ["", "not a key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]


@pytest.mark.parametrize("text", BAD, ids=range(len(BAD)))
def test_what_is_no_key_is_unfit(two: Office, text: str) -> None:
    for kind in ("pem", "pub"):
        two.file("bad", kind).write_text(text)
        two.file("bad", kind).chmod(0o600)
    two.rotate("bad", status=2)
    two.enrol("bad", by="rosa", status=2)
    two.rotate("not-there", status=2)


def test_a_key_of_an_approver_that_others_can_read_is_refused(two: Office) -> None:
    two.file("rosa", "pem").chmod(0o640)

    assert "others can read" in two.rotate("rosa", status=1)


def test_a_key_with_a_passphrase_is_asked_for_it(two: Office, monkeypatch) -> None:
    two.key("rosa", bytes([1]) * 32, BestAvailableEncryption(b"correct horse"))
    assert "nobody can be asked" in two.rotate("rosa", status=1)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("getpass.getpass", lambda prompt: "wrong")
    two.rotate("rosa", status=2)
    monkeypatch.setattr("getpass.getpass", lambda prompt: "correct horse")

    assert "waits" in two.rotate("rosa", status=1)


def test_keys_that_openssl_makes_are_taken(office: Office) -> None:
    for name in ("rosa", "anton"):
        private, public = office.file(name, "pem"), office.file(name, "pub")
        made = ["openssl", "genpkey", "-algorithm", "ed25519", "-out", str(private)]
        subprocess.run(made, check=True, capture_output=True)
        shown = ["openssl", "pkey", "-in", str(private), "-pubout", "-out", str(public)]
        subprocess.run(shown, check=True, capture_output=True)
        private.chmod(0o600)
        office.enrol(name)

    office.rotate("anton", status=1)
    office.rotate("rosa")


def test_the_vector_of_a_signature_is_what_is_signed() -> None:
    said = statement(*(VECTOR[name] for name in ("origin", "act", "order", "request")))
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(VECTOR["seed"]))

    assert key.sign(said).hex() == VECTOR["signature"]
    assert key.public_key().public_bytes_raw().hex() == VECTOR["approver"]
