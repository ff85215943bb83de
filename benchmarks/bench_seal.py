"""What sealing costs: GiB/s in memory, one second out of a long recording, beside recognition.

Run as ``python benchmarks/bench_seal.py``. Each rate is the best of ``--rounds``, in seconds of CPU
of this process, so that neighbours on the machine disturb it little; all are taken in turn, in the
same run. The long recording lies in a file under ``--folder`` and is removed at the end.
The cost beside recognition is that of a whole vault: the sample call over and over, taken in, read
to its end and kept under the keys of its persons, against the first recogniser on the sample call.
"""

import argparse
import io
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sottovoce.speech.transcribe import transcribe
from sottovoce.values.ids import PersonId, RecordingId, new_recording_id
from sottovoce.values.sound import SoundInMemory
from sottovoce.vault.holding import State
from sottovoce.vault.part import Part
from sottovoce.vault.recipient import Recipient, RecipientKey
from sottovoce.vault.seal import SealReader, SealWriter
from sottovoce.vault.sealed_file import HEADER, open_body, read_header, seal_file
from sottovoce.vault.sound import Block
from sottovoce.vault.vault import Vault
from sottovoce.wiring import embedded, workshop

PART = Part(RecordingId("rec_00112233445566778899"), "audio", 0)
PLAIN = 65520
SAMPLE = Path(__file__).parents[1] / "samples" / "support-call.flac"
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


def seal_to(data: io.BytesIO, kept: Kept, to: Recipient) -> float:
    kept.size = 0
    data.seek(0)
    start = time.process_time()
    seal_file(data, kept, to)
    return time.process_time() - start


def unseal_of(kept: Kept, key: RecipientKey) -> float:
    start = time.process_time()
    first = memoryview(bytearray(HEADER))
    kept.read_into(0, first)
    header = read_header(bytes(first))
    assert header is not None
    reader = open_body(kept, header.open(key))
    for at in range(0, reader.size, 1 << 20):
        reader.read_at(at, 1 << 20)
    return time.process_time() - start


def rates(size: int, rounds: int) -> None:
    data, kept = memoryview(bytearray(os.urandom(1 << 20) * (size >> 20))), Kept(size)
    file, sent, key = io.BytesIO(data), Kept(size), RecipientKey(bytes(32))
    ways: dict[str, Callable[[], float]] = {
        "plain encrypt_into": lambda: plainly(data),
        "seal": lambda: seal(data, kept),
        "open": lambda: unseal(kept),
        "seal --to": lambda: seal_to(file, sent, key.recipient),
        "open what was sent": lambda: unseal_of(sent, key),
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


def beside_recognition(hours: float, folder: str | None) -> None:
    samples, rate_hz = soundfile.read(SAMPLE, dtype="int16", always_2d=True)
    call = SoundInMemory(rate_hz, tuple(samples.T.copy()))
    times = max(1, round(hours * 3600 * rate_hz / call.frames))
    with tempfile.TemporaryDirectory(dir=folder) as made:
        app = embedded(Path(made) / "vault")
        listeners = workshop(app, model=None).listeners
        before = cpu_s()
        transcribe(call, listeners, progress=lambda seconds: None)
        heard_s = (cpu_s() - before) * times
        before = cpu_s()
        _through(app.vault, call, samples.T, times)
        sealed_s = cpu_s() - before
        app.vault.close()
    print(
        f"a vault beside recognition, {times * call.frames / rate_hz / 3600:.2f} h, "
        f"{call.channels} channels of {rate_hz} Hz: {sealed_s:.2f} s and {heard_s:.0f} s of CPU, "
        f"{sealed_s / heard_s:.2%}"
    )


def _through(vault: Vault, call: SoundInMemory, block: Block, times: int) -> None:
    """Take the call in so many times over, read it back and keep it, all in one recording."""
    recording, persons = new_recording_id(), [PersonId(f"p{i}") for i in range(call.channels)]
    admitted = vault.event("recording.admitted", recording, rate_hz=call.rate_hz)
    arrival = vault.begin(
        recording, rate_hz=call.rate_hz, persons=persons, job=b"{}", fingerprint="", event=admitted
    )
    for _ in range(times):
        arrival.write(block)
    arrival.complete(event=vault.event("recording.arrived", recording))
    with vault.open_arrival(recording) as opened:
        sound, step = opened.sound, call.frames
        blocks = (
            np.stack([sound.read(c, at, at + step) for c in range(call.channels)])
            for at in range(0, sound.frames, step)
        )
        words = {"words": [b"[]"] * call.channels}
        kept = vault.event("recording.processed", recording)
        vault.keep(recording, sound=blocks, texts=words, state=State.KEPT, event=kept)


def cpu_s() -> float:
    """Return the CPU seconds of this process and of children that ended."""
    return sum(os.times()[:4])


def main() -> None:
    reading = argparse.ArgumentParser(description=__doc__)
    reading.add_argument("--mib", type=int, default=128)
    reading.add_argument("--rounds", type=int, default=7)
    reading.add_argument("--hours", type=int, default=10)
    reading.add_argument("--heard-hours", type=float, default=1.0)
    reading.add_argument("--seed", type=int, default=51)
    reading.add_argument("--folder")
    given = reading.parse_args()
    rates(given.mib << 20, given.rounds)
    one_second(given.hours, given.folder, given.seed)
    beside_recognition(given.heard_hours, given.folder)


if __name__ == "__main__":
    main()
