"""The witness: it cosigns what only grew, and remembers."""

import fcntl
import http.client
import os
import select
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from sottovoce.backends.witness_folder import WitnessFolder
from sottovoce.cli import witness as witness_command
from sottovoce.ledger.head import sign_head
from sottovoce.ledger.note import VerifierKey, ledger_signer
from sottovoce.ledger.tree import Growing, leaf_hash, prove_consistency
from sottovoce.ledger.witness import (
    MAX_REQUEST,
    Rejected,
    Submission,
    cosigned_at,
    read_submission,
    read_witness_vkey,
    witnessed_by,
    write_submission,
)
from sottovoce.values.errors import Tampered, Unavailable, Unfit


class Tree:
    """A log of which only the hashes are kept; ``word`` makes it another from entry 5 on."""

    def __init__(self, word: str = "") -> None:
        self.nodes, self.roots, growing = {}, {0: None}, Growing()
        for number in range(40):
            entry = f"{number}{word if number >= 5 else ''}".encode()
            for placed in growing.add(leaf_hash(entry)):
                self.nodes[placed.level, placed.position] = placed.hash
            self.roots[number + 1] = growing.root()

    def ask(self, signer, old, size):
        proof = prove_consistency(old, size, lambda *place: self.nodes[place])
        note = sign_head(size, self.roots[size], signer=signer).note
        return write_submission(Submission(old, proof, note))

    def head(self, signer, size):
        return sign_head(size, self.roots[size], signer=signer)


HONEST, FORKED = Tree(), Tree("x")


@pytest.fixture
def signer(ways):
    return ways.signer


@pytest.fixture
def make(signer, tmp_path):
    made = []

    def make():
        made.append(WitnessFolder(tmp_path / "w", name="witness.example/w1",
                                  logs=[signer.key], clock=lambda: 1_700_000_000.5))  # fmt: skip
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def witness(make):
    return make()


def refused(witness, body):
    with pytest.raises(Rejected) as error:
        witness.add(body)
    return error.value.status, error.value.seen


def test_it_cosigns_what_grew(signer, witness):
    key = read_witness_vkey(witness.vkey)
    for old, size in [(0, 3), (3, 3), (3, 8), (8, 31)]:
        head = HONEST.head(signer, size)
        line = witness.add(HONEST.ask(signer, old, size))

        assert cosigned_at(head.note + line, head, key) == 1_700_000_000
        assert witnessed_by(head.note + line, head, [key]) == ("witness.example/w1",)
        assert witnessed_by(head.note, head, [key]) == ()


def test_a_fork_a_rollback_and_a_gap_are_refused(signer, witness):
    witness.add(HONEST.ask(signer, 0, 8))

    assert refused(witness, FORKED.ask(signer, 8, 20)) == (422, None)
    assert refused(witness, FORKED.ask(signer, 8, 8)) == (409, 8)
    assert refused(witness, HONEST.ask(signer, 3, 5)) == (409, 8)
    assert refused(witness, HONEST.ask(signer, 0, 20)) == (409, 8)
    assert refused(witness, HONEST.ask(signer, 9, 20)) == (409, 8)
    assert witness.add(HONEST.ask(signer, 8, 20))


def test_strangers_and_forgers_are_refused(ways, signer, witness):
    other = ledger_signer(bytes(32))

    assert refused(witness, HONEST.ask(other, 0, 3)) == (404, None)
    assert refused(witness, HONEST.ask(ways.stranger, 0, 3)) == (403, None)
    body = HONEST.ask(signer, 0, 3)
    for wrong in (b"", b"old 1", body[4:], body.replace(b"old 0", b"old 00"), b"\xff" + body,
                  body[:-2], body.replace(b"old 0\n", b"old 0\nno\n"), b"x" * (MAX_REQUEST + 1),
                  body.replace(b"old 0", b"old 4")):  # fmt: skip
        assert refused(witness, wrong) == (400, None)


def test_a_proof_of_nothing_is_refused(signer, witness):
    body = HONEST.ask(signer, 0, 3).replace(b"old 0\n", b"old 0\n" + b"A" * 43 + b"=\n")

    assert refused(witness, body) == (422, None)


def test_it_remembers_when_it_starts_again(signer, make):
    first = make()
    vkey = first.vkey
    first.add(HONEST.ask(signer, 0, 8))
    with pytest.raises(Unavailable, match="another witness"):
        make()
    first.close()
    first.close = lambda: None
    again = make()

    assert again.vkey == vkey
    assert refused(again, FORKED.ask(signer, 8, 20)) == (422, None)


def test_a_changed_memory_stops_it(signer, make, tmp_path):
    first = make()
    first.add(HONEST.ask(signer, 0, 8))
    first.close()
    first.close = lambda: None
    (memory,) = (tmp_path / "w").glob("*.head")
    memory.write_bytes(memory.read_bytes().replace(b"\n8\n", b"\n3\n"))
    with pytest.raises(Tampered, match="remembers"):
        make()


def test_its_key_and_memory_are_its_own(signer, witness, tmp_path):
    witness.add(HONEST.ask(signer, 0, 8))

    for path in (tmp_path / "w").iterdir():
        assert path.stat().st_mode & 0o077 == 0
    assert (tmp_path / "w" / "witness.vkey").read_text() == f"{witness.vkey}\n"


def test_a_false_cosignature_is_tampered(signer, witness):
    key, head = read_witness_vkey(witness.vkey), HONEST.head(signer, 3)
    line = witness.add(HONEST.ask(signer, 0, 3))
    with pytest.raises(Tampered):
        cosigned_at(HONEST.head(signer, 8).note + line, HONEST.head(signer, 8), key)
    assert cosigned_at(head.note + line, head, VerifierKey(key.name, bytes(32))) is None


@pytest.mark.parametrize("line", ["", "a+b", "a+00000000+BA==", "+00000000+" + "B" * 44])
def test_what_is_no_witness_key_is_unfit(signer, line):
    for wrong in (line, signer.key.vkey):
        with pytest.raises(Unfit):
            read_witness_vkey(wrong)


def test_a_request_reads_back(signer):
    submission = read_submission(HONEST.ask(signer, 8, 31))

    assert write_submission(submission) == HONEST.ask(signer, 8, 31)


def test_the_command_serves_on_this_machine_only(ways, signer, tmp_path):
    (tmp_path / "log").write_text(f"{signer.key.vkey}\n")
    command = [sys.executable, "-c", "from sottovoce.cli.main import main; main()"]
    process = subprocess.Popen(
        [*command, "witness", str(tmp_path / "w"), "--log", str(tmp_path / "log"), "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2] / "src")},
    )
    try:
        key = read_witness_vkey(process.stdout.readline().removeprefix("witness ").rstrip("\n"))
        where = process.stdout.readline().rstrip("\n").removeprefix("listens on http://")
        connection = http.client.HTTPConnection(where, timeout=20)

        def post(body, path="/add-checkpoint"):
            connection.request("POST", path, body)
            answer = connection.getresponse()
            return answer.status, answer.headers["Content-Type"], answer.read()

        status, _, line = post(HONEST.ask(signer, 0, 8))
        head = HONEST.head(signer, 8)

        assert where.startswith("127.0.0.1:")
        assert (status, cosigned_at(head.note + line, head, key) is None) == (200, False)
        assert post(HONEST.ask(signer, 0, 20)) == (409, "text/x.tlog.size", b"8\n")
        assert post(FORKED.ask(signer, 8, 20))[0] == 422
        assert post(b"", path="/other")[0] == 404
        assert post(b"x" * (MAX_REQUEST + 1))[0] == 413
        connection.close()
        for length in ("9" * 5000, "-1", "1_0"):
            connection.putrequest("POST", "/add-checkpoint")
            connection.putheader("Content-Length", length)
            connection.endheaders()
            assert connection.getresponse().status == 413
            connection.close()
    finally:
        process.kill()
        process.communicate()


def test_who_is_second_in_a_folder_makes_no_key_there(signer, tmp_path):
    """Else the first would sign with a key that it does not find again."""
    with (tmp_path / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(Unavailable, match="another witness"):
            WitnessFolder(tmp_path, name="witness.example/w1", logs=[signer.key], clock=lambda: 9)

        assert not (tmp_path / "witness.key").exists()


def test_who_sends_byte_after_byte_does_not_hold_a_thread(witness, monkeypatch):
    monkeypatch.setattr(witness_command, "_MOST_S", 0.2)
    with witness_command._server(witness, 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with socket.create_connection(server.server_address, timeout=20) as slow:
            slow.sendall(b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 60000\r\n\r\n")
            ended = False
            for _ in range(1000):
                try:
                    slow.sendall(b"x")
                    ended = select.select([slow], [], [], 0.02)[0] and not slow.recv(1 << 16)
                except OSError:
                    ended = True
                if ended:
                    break
        server.shutdown()

    assert ended
