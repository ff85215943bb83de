"""What sealing costs: GiB/s in memory beside plain AES-GCM, and one second out of a long recording.

Run as ``python benchmarks/bench_seal.py``. Each rate is the best of ``--rounds``, in seconds of CPU
of this process, so that neighbours on the machine disturb it little; all are taken in turn, in the
same run. The long recording lies in a file under ``--folder`` and is removed at the end.
"""

import argparse
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sottovoce.values.ids import RecordingId
from sottovoce.vault.part import Part
from sottovoce.vault.seal import SealReader, SealWriter

PART = Part(RecordingId("rec_00112233445566778899"), "audio", 0)
PLAIN = 65520
GIB = 1 << 30


class Kept:
    """A sink and a source in memory of a known size."""

    def __init__(self, size: int) -> None:
        self.data, self.size = memoryview(bytearray(size + 4096 + size // 1000)), 0

    def write(self, data: memoryview) -> None:
        self.data[self.size : self.size + len(data)] = data
        self.size += len(data)

    def read_into(self, offset: int, view: memoryview) -> int:
        view[:] = self.data[offset : offset + len(view)]
        return len(view)

    def close(self) -> None: ...

    def discard(self) -> None: ...


class InFile:
    """A sink, then a source, in one file."""

    def __init__(self, path: Path) -> None:
        self.file = path.open("w+b", buffering=0)

    @property
    def size(self) -> int:
        return os.fstat(self.file.fileno()).st_size

    def write(self, data: memoryview) -> None:
        self.file.write(data)

    def read_into(self, offset: int, view: memoryview) -> int:
        return os.preadv(self.file.fileno(), [view], offset)

    def close(self) -> None: ...

    def discard(self) -> None: ...


def plainly(data: memoryview) -> float:
    """Encrypt segment by segment with plain AES-GCM, as a bound on what sealing can reach."""
    aes, out, nonce = AESGCM(bytes(32)), memoryview(bytearray(PLAIN + 16)), bytes(12)
    start = time.process_time()
    for at in range(0, len(data), PLAIN):
        piece = data[at : at + PLAIN]
        aes.encrypt_into(nonce, piece, None, out[: len(piece) + 16])
    return time.process_time() - start


def seal(data: memoryview, kept: Kept) -> float:
    kept.size = 0
    start = time.process_time()
    writer = SealWriter(kept, bytes(32), PART)
    for at in range(0, len(data), 1 << 20):
        writer.write(data[at : at + (1 << 20)])
    writer.close()
    return time.process_time() - start


def unseal(kept: Kept) -> float:
    start = time.process_time()
    reader = SealReader(kept, bytes(32), PART)
    for at in range(0, reader.size, 1 << 20):
        reader.read_at(at, 1 << 20)
    return time.process_time() - start


def rates(size: int, rounds: int) -> None:
    data, kept = memoryview(bytearray(os.urandom(1 << 20) * (size >> 20))), Kept(size)
    ways: dict[str, Callable[[], float]] = {
        "plain encrypt_into": lambda: plainly(data),
        "seal": lambda: seal(data, kept),
        "open": lambda: unseal(kept),
    }
    best = dict.fromkeys(ways, float("inf"))
    for _ in range(rounds):
        for name, way in ways.items():
            best[name] = min(best[name], way())
    for name, took in best.items():
        ratio = best["plain encrypt_into"] / took
        print(f"{name:20} {len(data) / GIB / took:6.2f} GiB/s of one core   {ratio:5.2f} of plain")


def one_second(hours: int, folder: str | None, seed: int) -> None:
    draw, second = random.Random(seed), 16_000 * 2
    with tempfile.TemporaryDirectory(dir=folder) as made:
        file = InFile(Path(made) / "sealed")
        writer, minute = SealWriter(file, bytes(32), PART), os.urandom(60 * second)
        for _ in range(hours * 60):
            writer.write(minute)
        writer.close()
        took = []
        for _ in range(200):
            start = time.perf_counter()
            SealReader(file, bytes(32), PART).read_at(draw.randrange(hours * 3600) * second, second)
            took.append((time.perf_counter() - start) * 1000)
        file.file.close()
    took.sort()
    print(
        f"one second of {hours} h (16 kHz, 16 bit): median {statistics.median(took):.2f} ms, "
        f"p95 {took[190]:.2f} ms, worst {took[-1]:.2f} ms, reader made anew each time"
    )


def main() -> None:
    reading = argparse.ArgumentParser(description=__doc__)
    reading.add_argument("--mib", type=int, default=128)
    reading.add_argument("--rounds", type=int, default=7)
    reading.add_argument("--hours", type=int, default=10)
    reading.add_argument("--seed", type=int, default=51)
    reading.add_argument("--folder")
    given = reading.parse_args()
    rates(given.mib << 20, given.rounds)
    one_second(given.hours, given.folder, given.seed)


if __name__ == "__main__":
    main()
