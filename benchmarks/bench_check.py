"""What ``sottovoce vault check`` costs: peak memory and time, over how many recordings.

Run as ``python benchmarks/bench_check.py --upto 5``. A vault is filled as by ``bench_million.py``,
but with one small sealed part a channel; at 10^3, 10^4, ... the command runs in a process of its
own, whose peak resident memory, CPU and time by the clock are printed. The peak of ``vault
ground``, which reads no row, tells what the program takes by itself.
"""

import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from bench_million import SQLiteFiller, reading
from sottovoce.app import App
from sottovoce.vault.holding import Holding
from sottovoce.vault.part import Part
from sottovoce.vault.seal import SealWriter
from sottovoce.wiring import embedded

WORDS = b"a few words" * 20


class Bytes:
    """A sink in memory: to sync each of so many files would take an hour."""

    def __init__(self) -> None:
        self.data = bytearray()

    def write(self, data: memoryview) -> None:
        self.data += data

    def close(self) -> None: ...

    def discard(self) -> None: ...


class WithParts(SQLiteFiller):
    """Fills a vault whose recordings have a part a channel."""

    def __init__(self, app: App, path: Path, seed: int) -> None:
        super().__init__(app, path, seed)
        self.objects = path / "objects"
        self.made: list[Holding] = []

    def _recording(self, number: int) -> Holding:
        self.made.append(replace(super()._recording(number), parts=("words",)))
        return self.made[-1]

    def seal(self) -> None:
        """Write the parts of those made since."""
        for holding in self.made:
            (self.objects / holding.id).mkdir(mode=0o700)
            for channel, person in enumerate(holding.persons):
                part, sink = Part(holding.id, "words", channel), Bytes()
                key = self.app.vault.keys.object(holding.id, channel, person)
                writer = SealWriter(sink, key, part)
                writer.write(WORDS)
                writer.close()
                (self.objects / holding.id / f"{part.stem}.seal").write_bytes(sink.data)
        self.made.clear()


CODE = """
import sys
from sottovoce.cli.main import main
status = main()
with open("/proc/self/status") as told:
    print(*[line for line in told if line.startswith("VmHWM")], file=sys.stderr)
sys.exit(status)
"""
# The kernel's account of a child that ended begins with what its parent had.


def run(path: Path, command: str) -> tuple[int, int, float, float]:
    """Return status, peak in MiB, CPU and clock in seconds of a command."""
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-c", CODE, "vault", command, "--vault", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    took, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    peak = int(done.stderr.split("VmHWM:")[1].split()[0]) // 1024
    return done.returncode, peak, used, took


def main() -> None:
    given = reading(__doc__ or "").parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as made:
        path = Path(made) / "vault"
        app = embedded(path)
        filler = WithParts(app, path, given.seed)
        _, least, _, _ = run(path, "ground")
        print(f"the program by itself: {least} MiB", flush=True)
        for power in range(3, given.upto + 1):
            filler.upto(10**power)
            filler.seal()
            status, peak, used, took = run(path, "check")
            print(
                f"10^{power}: peak {peak} MiB, {used:.1f} s of CPU, {took:.1f} s by the clock,"
                f" exit status {status}",
                flush=True,
            )
        filler.connection.close()
        app.close()


if __name__ == "__main__":
    main()
