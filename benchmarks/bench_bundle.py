"""What it costs to write and to check a bundle of ``--entries`` of a ledger ten times as long.

Run as ``python benchmarks/bench_bundle.py``. Beside it, in the same run, is what plain SHA-256
takes for as many inclusion proofs, which no checker can do without.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from bench_ledger import SIGNER, build
from sottovoce.backends.sqlite_log import open_readonly
from sottovoce.ledger.bundle import About, write_bundle
from sottovoce.steps.evidence import pieces

CHECK = """
import resource, sys, time
from pathlib import Path
from sottovoce.cli.verify import verify
begun = time.perf_counter()
(verdict,) = verify(Path(sys.argv[1]))
seconds = time.perf_counter() - begun
assert verdict.failed == 0, verdict.error
print(f"{seconds:.2f} s, {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MiB at most")
"""


def main() -> None:
    reading = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    reading.add_argument("--entries", type=int, default=10_000)
    reading.add_argument("--folder")
    given = reading.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as made:
        database, bundle = Path(made) / "log.db", Path(made) / "evidence"
        build(database, 10 * given.entries)
        for entries in (given.entries // 10, given.entries):
            begun = time.perf_counter()
            write(database, bundle, entries)
            seconds, size = time.perf_counter() - begun, bundle.stat().st_size / 2**20
            print(f"{entries} entries: written in {seconds:.2f} s, {size:.1f} MiB")
            told = subprocess.run(
                [sys.executable, "-c", CHECK, str(bundle)],
                capture_output=True,
                text=True,
                check=True,
            ).stdout
            print(f"  checked in {told.strip()}; the hashes alone {hashes(entries):.2f} s")


def write(database: Path, bundle: Path, entries: int) -> None:
    since = datetime.now(UTC) - timedelta(days=2)
    with open_readonly(database, SIGNER.key) as log, bundle.open("wb") as file:
        head = log.head()
        indexes = range(0, head.size, head.size // entries)[:entries]
        found = pieces(log, indexes, head.size, ())
        about, now = About("period", since=since), datetime.now(UTC)
        file.writelines(write_bundle(about, head, found, made_at=now, signer=SIGNER))


def hashes(entries: int) -> float:
    begun, node = time.perf_counter(), bytes(65)
    for _ in range(entries * 17):
        sha256(node).digest()
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
