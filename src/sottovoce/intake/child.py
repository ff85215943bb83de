"""The decoder's process as we see it: start it, listen to it for a bounded time, end it.

Rules:
1. The process gets the open file, a pipe and an empty environment; no name, no terminal, and no
   key but that of a sealed file, through a pipe of its own.
2. What it sends is checked here again, as if a hostile file had taken it over.
3. It is killed and reaped however the listening ends.
"""

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sottovoce.intake.bounds import Limits
from sottovoce.intake.reasons import Breach, error_of
from sottovoce.intake.wire import (
    FRAME_BYTES,
    VERSION,
    Block,
    End,
    Garbled,
    Heading,
    Kind,
    unpack,
    unpack_frame,
)
from sottovoce.values.errors import SottovoceError, Unavailable, Unfit

# The program is the same installation as ours, found without trusting the environment.
_ROOT = str(Path(__file__).resolve().parents[2])
_PROGRAM = (
    "import sys; root = sys.argv.pop(1); root in sys.path or sys.path.insert(0, root); "
    "from importlib import import_module; import_module(sys.argv.pop(1)).main(sys.argv[1:])"
)
_DECODER = "sottovoce.intake.decoder"
_ENVIRONMENT = {"LC_ALL": "C.UTF-8"}
_KEPT = ("LD_LIBRARY_PATH",)


def said(error: OSError) -> str:
    """Return the system's words for an error, which never name a file."""
    return (error.strerror or "unknown cause").lower()


@dataclass(frozen=True, slots=True)
class Wrapping:
    """What a file is wrapped in: the decoder that unwraps it, and its key, at most 512 bytes.

    ``decoder`` is the name of a module whose ``main`` is as that of ``intake.decoder``; the key
    comes through the file descriptor that its first argument names. ``headerless`` is ``ulaw`` or
    ``alaw`` for what is in it without a header.
    """

    decoder: str
    key: bytes = field(repr=False)
    headerless: str = ""


class Child:
    """A decoder at work on one open file."""

    def __init__(
        self,
        file: int,
        *,
        size: int,
        limits: Limits,
        headerless: str,
        wrapping: Wrapping | None = None,
    ) -> None:
        self._cpu_s = limits.cpu_s_for(size)
        self._wall_s = self._left_s = limits.wall_s_for(size)
        self._is_ready = False
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        try:
            with _key_pipe(wrapping) as pipes:
                decoder = wrapping.decoder if wrapping else _DECODER
                command = [sys.executable, "-I", "-c", _PROGRAM, _ROOT, decoder, *map(str, pipes)]
                self._process = subprocess.Popen(  # noqa: S603  no shell, and our own interpreter
                    [*command, headerless, *limits.to_arguments()],
                    stdin=file,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    env=_ENVIRONMENT | kept,
                    bufsize=0,
                    cwd="/",
                    pass_fds=pipes,
                )
        except OSError as error:
            raise Unavailable(f"the decoder cannot be started: {said(error)}") from None

    def messages(self) -> Iterator[Heading | Block | End]:
        """Yield the heading, the blocks and the end, or raise the one error that fits."""
        try:
            self._await_ready()
            while True:
                message = self._next()
                if isinstance(message, Breach):
                    raise error_of(message.reason, message.measures)
                yield message
                if isinstance(message, End):
                    return
        except (Garbled, EOFError):
            raise self._verdict() from None

    def stop(self) -> None:
        """End the process and leave nothing of it behind; safe to call again."""
        self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _await_ready(self) -> None:
        kind, body = self._read_message()
        if kind is Kind.REFUSAL:
            refusal = unpack(kind, body)
            if isinstance(refusal, Breach):
                raise error_of(refusal.reason, refusal.measures)
        if kind is not Kind.READY or bytes(body) != bytes([VERSION]):
            raise Garbled
        self._is_ready = True

    def _next(self) -> Heading | Block | End | Breach:
        return unpack(*self._read_message())

    def _read_message(self) -> tuple[Kind, bytearray]:
        kind, length = unpack_frame(self._read(FRAME_BYTES))
        return kind, self._read(length)

    def _read(self, count: int) -> bytearray:
        pipe = self._process.stdout
        if pipe is None:
            raise EOFError
        body = bytearray(count)
        left = memoryview(body)
        while left:
            self._wait(pipe.fileno())
            got = os.readv(pipe.fileno(), [left])
            if got == 0:
                raise EOFError
            left = left[got:]
        return body

    def _wait(self, pipe: int) -> None:
        """Wait for bytes, counting only this waiting against the time allowed."""
        poll = select.poll()
        poll.register(pipe, select.POLLIN)
        began = time.monotonic()
        is_there = poll.poll(max(0, self._left_s) * 1000)
        self._left_s -= time.monotonic() - began
        if not is_there or self._left_s < 0:
            raise Unfit(f"decoding took longer than the limit of {self._wall_s:.0f} s")

    def _verdict(self) -> SottovoceError:
        """Say why the process ended or made no sense."""
        self._process.kill()
        status = self._process.wait()
        if status == -signal.SIGXCPU:
            return Unfit(f"decoding needs more than the limit of {self._cpu_s} s of processor time")
        if not self._is_ready:
            return Unavailable("the decoder could not be started")
        return Unfit("the decoder broke down on this file", hint="export it to WAV or FLAC again")


@contextmanager
def _key_pipe(wrapping: Wrapping | None) -> Iterator[tuple[int, ...]]:
    """Give the descriptor from which the process reads the key; none where there is no key."""
    if wrapping is None:
        yield ()
        return
    reading, writing = os.pipe()
    try:
        # So short a key fits into the pipe: nobody waits.
        os.write(writing, wrapping.key)
        os.close(writing)
        yield (reading,)
    finally:
        os.close(reading)
