"""Evidence is taken out of a vault and proven elsewhere, with nothing of the vault at hand."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
import toy_speech
from command_line import Shell, find_canaries, word_canaries

CANARIES = word_canaries(["oliver", "marsh", "caller-1", "visit-ashdown"])


@pytest.fixture
def call(toy: Shell) -> str:
    samples, _ = toy_speech.call(("my name is oliver marsh",))
    mono = samples.sum(axis=1, dtype=np.int16)
    soundfile.write(toy.folder / "visit-ashdown.wav", mono, 8000)
    made = toy.process("visit-ashdown.wav", "--person", "caller-1", "--json")
    return str(made.object["recording"])


def bundled(toy: Shell, *words: object, out: str = "case.evidence", status: int = 0) -> str:
    answer = toy("evidence", "bundle", *words, "--out", out, "--vault", toy.vault)
    assert answer.status == status, answer.err
    return answer.out + answer.err


def verified(toy: Shell, *words: object, path: str = "case.evidence") -> tuple[int, str]:
    answer = toy("verify", path, "--vault", toy.vault, *words)
    return answer.status, " ".join((answer.out + answer.err).split())


def test_a_recordings_evidence_is_proven_without_the_vault(toy: Shell, call: str) -> None:
    receipt = toy.out / "visit-ashdown.receipt.json"
    said = bundled(toy, "--recording", call, "--receipt", receipt)
    status, told = verified(toy)

    assert "entries of the ledger" in said
    assert status == 0, told
    assert "each at its place" in told
    assert "receipts that belong to their entries: 1" in told
    assert "that the ledger was not written anew since" in told
    assert find_canaries(CANARIES, toy.folder / "case.evidence") == []
    entries = toy("ledger", "list", "--json", "--vault", toy.vault).objects
    assert entries[-1]["kind"] == "evidence.bundled"


def test_the_small_command_proves_it_too(toy: Shell, call: str, tmp_path: Path) -> None:
    bundled(toy, "--recording", call)
    key = tmp_path / "key"
    key.write_text((toy.vault / "ledger.vkey").read_text())
    program = "import sys; from sottovoce.cli.verify_alone import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", program, toy.folder / "case.evidence", "--key", key, "--json"],
        capture_output=True,
        text=True,
        check=False,
        env=dict(os.environ),
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["what"] == "evidence bundle"


def test_who_changes_the_file_is_found(toy: Shell, call: str) -> None:
    bundled(toy, "--recording", call)
    path = toy.folder / "case.evidence"
    whole = path.read_bytes()
    for place in range(30, len(whole), 97):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert verified(toy)[0] == 1
    path.write_bytes(whole)
    other = toy("verify", path)
    assert other.status == 0
    assert "whose key it is" in " ".join(other.out.split())


def test_an_erased_persons_evidence_is_their_erasure(toy: Shell, call: str) -> None:
    toy("people", "erase", "caller-1", "--yes", "--vault", toy.vault)
    bundled(toy, "--person", "caller-1")
    status, told = verified(toy)

    assert (status, "person.erased 1" in told) == (0, True)
    assert find_canaries(CANARIES, toy.folder / "case.evidence") == []


def test_a_case_has_several_and_a_period_no_gap(toy: Shell, call: str) -> None:
    bundled(toy, "--person", "caller-1", "--recording", call)
    assert "about: case" in verified(toy)[1]
    bundled(toy, "--since", "2020-01-01", out="all.evidence")
    status, told = verified(toy, path="all.evidence")

    assert status == 0
    assert "was left out" in told
    assert "no entry about this" in bundled(toy, "--until", "2020-01-01", out="x", status=1)


def test_growth_from_a_head_that_was_kept(toy: Shell, call: str) -> None:
    (toy.folder / "head").write_text(toy("ledger", "head", "--vault", toy.vault).out)
    bundled(toy, "--recording", call, "--from-head", "head")
    status, told = verified(toy, "--head", "head")
    assert (status, "entries of the head kept elsewhere" in told) == (0, True)

    bundled(toy, "--recording", call, out="without")
    assert "no proof from that" in verified(toy, "--head", "head", path="without")[1]


def test_what_cannot_be_done_is_said(toy: Shell, call: str) -> None:
    assert "not said what" in bundled(toy, status=2)
    assert "no entry about" in bundled(toy, "--recording", "rec_" + "0" * 20, status=1)
    bundled(toy, "--recording", call)
    assert "there already" in bundled(toy, "--recording", call, status=1)
    assert not list(toy.folder.glob(".*part"))
    assert "cannot be read" in bundled(toy, "--recording", call, "--receipt", "no", status=2)
