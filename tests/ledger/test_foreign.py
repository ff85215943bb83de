"""What we export is read by ``aics-tlog``, which is not ours; run by ``make aics``."""

import os
import subprocess
from pathlib import Path
from time import time

import pytest

from sottovoce.backends.memory_log import MemoryLog
from sottovoce.backends.witness_folder import WitnessFolder
from sottovoce.cli.ledger import write_tree
from sottovoce.ledger.note import ledger_signer
from sottovoce.ledger.witness import Submission, write_submission

READER = os.environ.get("SOTTOVOCE_AICS_PYTHON", "")
SCRIPT = Path(__file__).parents[2] / "tools" / "aics" / "read_tree.py"

pytestmark = pytest.mark.skipif(not READER, reason="make aics runs this, with Python 3.12")


def read(tree, *keys):
    return subprocess.run(
        [READER, str(SCRIPT), str(tree), *map(str, keys)], capture_output=True, text=True
    )


@pytest.mark.parametrize("size", [1, 255, 256, 257, 1000, 66000])
def test_a_foreign_reader_finds_our_tree_whole(ways, tmp_path, size):
    write_tree(ways.memory(size), ways.signer.key, tmp_path)
    done = read(tmp_path, tmp_path / "ledger.vkey")

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith(f"{size} entries")


def test_a_foreign_reader_finds_what_was_changed(ways, tmp_path):
    write_tree(ways.memory(300), ways.signer.key, tmp_path)
    bundle = tmp_path / "tile" / "entries" / "000"
    bundle.write_bytes(bundle.read_bytes().replace(b"tester", b"worker", 1))

    assert read(tmp_path, tmp_path / "ledger.vkey").returncode != 0


def test_a_foreign_reader_finds_both_signatures_and_the_cosignature(ways, tmp_path):
    both = ledger_signer(ways.seed, second=bytes(32))
    log = MemoryLog(both)
    for number in range(300):
        log.append(ways.event(number))
    witness = WitnessFolder(tmp_path / "w", name="witness.example/w1", logs=[both.key], clock=time)
    line = witness.add(write_submission(Submission(0, (), log.head().note)))
    witness.close()
    write_tree(log, both.key, tmp_path / "tree")
    head = tmp_path / "tree" / "checkpoint"
    head.write_bytes(head.read_bytes() + line)
    done = read(
        tmp_path / "tree", tmp_path / "tree" / "ledger.vkey", tmp_path / "w" / "witness.vkey"
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.rstrip().endswith("1 cosignatures")
