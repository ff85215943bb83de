"""Runs commands with ears for tones in processes forked from one that has loaded everything.

Rules:
1. A command has a process, a folder, an environment and streams of its own and ends as a program
   does; what is shared is the second that modules and a language's words take to load.
2. What Python reads before our code (its options, the coding of its streams) needs a program that
   starts anew: ``is_enough`` tells.
3. The one that forks has one thread and ends with the process that asked for it.
"""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

_HERE = Path(__file__).resolve()
_MOST = 1 << 16


def is_enough(environment: Mapping[str, str]) -> bool:
    """Tell whether a fork meets the same environment as a program that starts."""
    return not any(name.startswith(("PYTHON", "LC_", "LANG")) for name in environment)


def run(
    arguments: Sequence[str], *, cwd: Path, env: Mapping[str, str], timeout: float
) -> "subprocess.CompletedProcess[bytes]":
    """Run a command to its end, as ``subprocess.run`` does without input."""
    told, tells = os.pipe()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, os.fdopen(told) as told_:
        order = json.dumps([list(arguments), str(cwd), dict(env)]).encode()
        try:
            _forker().send_order(order, [out.fileno(), err.fileno(), tells])
        finally:
            os.close(tells)
        status = _status(told_.fileno(), list(arguments), timeout)
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(list(arguments), status, out.read(), err.read())


def _status(told: int, arguments: list[str], timeout: float) -> int:
    """Wait for the number of the process and for its status, killing it when it takes too long."""
    process = _number(told, arguments, timeout)
    try:
        return _number(told, arguments, timeout)
    except subprocess.TimeoutExpired:
        os.kill(process, signal.SIGKILL)
        raise


def _number(told: int, arguments: list[str], timeout: float) -> int:
    if not select.select([told], [], [], timeout)[0]:
        raise subprocess.TimeoutExpired(arguments, timeout)
    said = os.read(told, 16)
    assert said, "the process that forks has ended"
    return int(said)


class _Forker:
    """The process that forks, and the way to it."""

    def __init__(self) -> None:
        self._way, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        names = ("PATH", "PYTHONPATH")
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, str(_HERE), str(theirs.fileno())],
                env={name: os.environ[name] for name in names if name in os.environ}
                | {"LANG": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1"},
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )

    def send_order(self, order: bytes, streams: list[int]) -> None:
        """Order a command with its output, its errors, and where its status is told."""
        assert len(order) < _MOST
        socket.send_fds(self._way, [order], streams)

    def end(self) -> None:
        """End it; it does so by itself too when nobody can order any more."""
        self._way.close()
        self._process.wait()


@cache
def _forker() -> _Forker:
    return _Forker()


def end() -> None:
    """End the process that forks, if there is one."""
    if _forker.cache_info().currsize:
        _forker().end()
        _forker.cache_clear()


def _serve(way: socket.socket) -> list[str]:
    """Fork for every order; return, in the process that was forked, the command's arguments."""
    while True:
        order, streams, _, _ = socket.recv_fds(way, _MOST, 3)
        if not order:
            os._exit(0)
        if not os.fork():
            way.close()
            return _begin(order, streams)
        for stream in streams:
            os.close(stream)
        _reap()


def _reap() -> None:
    while True:
        try:
            if not os.waitpid(-1, os.WNOHANG)[0]:
                return
        except ChildProcessError:
            return


def _begin(order: bytes, streams: Sequence[int]) -> list[str]:
    """Fork once more, so that somebody waits; take the folder, environment and streams."""
    out, err, tells = streams
    child = os.fork()
    if child:
        os.close(out)
        os.close(err)
        os.write(tells, b"%16d" % child)
        os.write(tells, b"%16d" % os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        os._exit(0)
    os.close(tells)
    os.dup2(out, 1)
    os.dup2(err, 2)
    os.close(out)
    os.close(err)
    arguments, folder, environment = json.loads(order)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    tempfile.tempdir = None
    return list(arguments)


def _main() -> int:
    # Here, since whoever orders needs none of it.
    import loaded
    import toy_speech

    loaded.load()
    with socket.socket(fileno=int(sys.argv[1])) as way:
        arguments = _serve(way)
    sys.argv[1:] = arguments
    return toy_speech.command(arguments)


if __name__ == "__main__":
    sys.exit(_main())
