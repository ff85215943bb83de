"""The command line as a person meets it, in a process and with a home of its own; and canaries."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import forks
import numpy as np
import soxr
from numpy.typing import NDArray

HERE = Path(__file__).resolve().parent
SAMPLES = HERE.parents[1] / "samples"
REAL = [str(Path(sys.executable).with_name("sottovoce"))]
TOY = [sys.executable, str(HERE / "toy_speech.py")]
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{64,}={0,2}")
_MIXED = re.compile(rb"(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])")
_PATIENCE_S = 300


def _hear_interrupts() -> None:
    """Undo what a shell does to commands that it starts in the background."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@dataclass(frozen=True)
class Answer:
    """What a command answered."""

    status: int
    out: str = field(repr=False)
    err: str

    @property
    def objects(self) -> list[dict[str, object]]:
        """Read the output as one JSON object a line."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def object(self) -> dict[str, object]:
        (only,) = self.objects
        return only


class Shell:
    """Runs the command in a folder, with a home and a folder for temporary files of its own."""

    def __init__(self, folder: Path, program: list[str]) -> None:
        self.folder = folder
        self.program = program
        self.vault = folder / "vault"
        self.out = folder / "out"
        self.temporary = folder / "temporary"
        self.temporary.mkdir(parents=True)
        self.environment = {
            name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ
        } | {"HOME": str(folder / "home"), "TMPDIR": str(self.temporary), "LANG": "C.UTF-8"}

    def __call__(self, *arguments: object, **environment: str) -> Answer:
        """Run a command to its end; it never ends in a trace or in what we did not foresee."""
        answer = self.run(*arguments, **environment)

        assert "did not foresee" not in answer.err, answer.err
        return answer

    def run(self, *arguments: object, **environment: str) -> Answer:
        """Run a command to its end; it never ends in a trace."""
        line = [*map(str, arguments)]
        around = self.environment | environment
        if self.program == TOY and forks.is_enough(environment):
            done = forks.run(line, cwd=self.folder, env=around, timeout=_PATIENCE_S)
        else:
            done = subprocess.run(
                [*self.program, *line],
                cwd=self.folder,
                env=around,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_PATIENCE_S,
                check=False,
            )
        answer = Answer(
            done.returncode,
            done.stdout.decode(errors="replace"),
            done.stderr.decode(errors="replace"),
        )

        assert "Traceback" not in answer.err + answer.out, answer.err
        return answer

    def process(self, *arguments: object, **environment: str) -> Answer:
        """Process inputs into ``out`` with ``vault``."""
        return self("process", *arguments, "--out", self.out, "--vault", self.vault, **environment)

    def start(self, *arguments: object) -> subprocess.Popen[bytes]:
        """Begin to process inputs and come back at once."""
        places = ("--out", str(self.out), "--vault", str(self.vault))
        return subprocess.Popen(
            [*self.program, "process", *map(str, arguments), *places],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=_hear_interrupts,
        )

    def recordings(self) -> list[dict[str, object]]:
        """Return what the vault lists."""
        return self("recordings", "list", "--vault", self.vault, "--json").objects


def files_under(*folders: Path) -> Iterator[Path]:
    """Yield every file beneath some folders."""
    for folder in folders:
        yield from (path for path in folder.rglob("*") if path.is_file())


def find_canaries(canaries: Mapping[str, bytes], *folders: Path) -> list[str]:
    """Return where a canary is readable, and which."""
    found = []
    for path in files_under(*folders):
        data = _without_random_letters(path.read_bytes())
        lower = data.lower()
        found += [
            f"{name} in {path.name}"
            for name, canary in canaries.items()
            if canary in data or canary in lower
        ]
    return found


def _without_random_letters(data: bytes) -> bytes:
    """Leave out long keys and signatures in base64: in thousands of letters are words by chance.

    Only what no talk looks like goes: 64 letters and figures in a row, of both cases, with figures.
    """
    return _BASE64.sub(lambda run: b"" if _MIXED.match(run[0]) else run[0], data)


def sound_canaries(samples: NDArray[np.int16], rate_hz: int) -> dict[str, bytes]:
    """Return bytes by which a sound of shape (frames, channels) would be known, however written."""
    canaries = {}
    for channel in range(samples.shape[1]):
        mono = samples[:, channel]
        wave = mono.astype(np.float32) / 32768
        heard = soxr.resample(wave, rate_hz, 16_000)
        for at in _loud_places(mono):
            piece = slice(at, at + 32)
            wide = slice(at * 16_000 // rate_hz, at * 16_000 // rate_hz + 32)
            name = f"channel {channel} at {at}"
            canaries |= {
                f"{name}, as it came": mono[piece].astype("<i2").tobytes(),
                f"{name}, bytes swapped": mono[piece].astype(">i2").tobytes(),
                f"{name}, all channels": samples[piece].astype("<i2").tobytes(),
                f"{name}, as 32 bits": mono[piece].astype("<i4").tobytes(),
                f"{name}, as floats": wave[piece].astype("<f4").tobytes(),
                f"{name}, as doubles": wave[piece].astype("<f8").tobytes(),
                f"{name}, as heard": heard[wide].astype("<f4").tobytes(),
                f"{name}, as heard, 16 bits": (heard[wide] * 32768).astype("<i2").tobytes(),
            }
    return canaries


def _loud_places(mono: NDArray[np.int16]) -> list[int]:
    """Return twelve places, spread over a channel, where it is loud for 32 frames."""
    whole = mono[: len(mono) // 32 * 32].reshape(-1, 32).astype(np.float64)
    loud = np.flatnonzero(whole.std(axis=1) > 200)

    assert len(loud) >= 12, "the sound is too quiet to be known again"
    return [int(loud[i]) * 32 for i in np.linspace(0, len(loud) - 1, 12).astype(int)]


def word_canaries(words: list[str]) -> dict[str, bytes]:
    """Return bytes by which words would be known; they have five letters or digits at least."""
    assert all(len(word) >= 5 for word in words), "shorter ones are in random bytes by chance"
    return {
        f"{word!r} in {coding}": word.lower().encode(coding)
        for word in words
        for coding in ("utf-8", "utf-16-le")
    }
