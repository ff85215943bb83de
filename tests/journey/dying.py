"""Run the command with ears for tones and kill it at chosen steps, then run it again.

A step is a call that leaves a trace on a disk or in the database, counted from 1; the kill comes
before it. Usage: dying.py FOLDER count | dying.py FOLDER STEP...

FOLDER holds ``call.wav``. For each STEP the folder FOLDER/STEP has afterwards: ``killed``, the
state that the kill left; ``again``, the state after the same command was run once more; and
``statuses.json``. For ``count`` the number of steps of a whole run is printed.
"""

import json
import os
import shutil
import signal
import sys
from pathlib import Path
from types import FrameType

import loaded
import toy_speech

TRACES = frozenset(
    ("open", "write", "flush", "fsync", "replace", "rename", "unlink", "rmdir", "mkdir")
)
QUERIES = frozenset(("execute", "executemany"))
NEVER = -1
LOOKING = frozenset(("_one", "_all", "_select", "wrapped", "is_new", "form_of"))


class Steps:
    """Counts steps, and kills this process before the one that is wanted."""

    def __init__(self, deadly: int) -> None:
        self.count = 0
        self._deadly = deadly

    def __call__(self, frame: FrameType, event: str, called: object) -> None:
        if event == "c_call" and _leaves_a_trace(frame, getattr(called, "__name__", "")):
            self.count += 1
            if self.count == self._deadly:
                os.kill(os.getpid(), signal.SIGKILL)


def _leaves_a_trace(frame: FrameType, call: str) -> bool:
    module, function = frame.f_globals.get("__name__", ""), frame.f_code.co_name
    if call in QUERIES:
        return module.startswith("sottovoce.") and function not in LOOKING
    at_disk = ("pathlib", "sottovoce.backends.", "sottovoce.wiring", "sottovoce.redaction.encode")
    return call in TRACES and module.startswith(at_disk)


def run(folder: Path, name: str, *arguments: str, deadly: int = 0) -> int:
    """Run the command in a process of its own; return its exit status or minus its signal."""
    child = os.fork()
    if not child:
        _in_child(folder, name, arguments, deadly)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _in_child(folder: Path, name: str, arguments: tuple[str, ...], deadly: int) -> None:
    os.environ["TMPDIR"] = str(folder / "tmp")
    os.chdir(folder)
    said = os.open(f"{name}.log", os.O_WRONLY | os.O_CREAT, 0o600)
    os.dup2(said, 1)
    os.dup2(said, 2)
    os._exit(_counted(arguments, deadly) if deadly else toy_speech.command(arguments))


def _counted(arguments: tuple[str, ...], deadly: int) -> int:
    """Run the command to its end or to the deadly step; leave the number of steps."""
    steps = Steps(deadly)
    sys.setprofile(steps)
    status = toy_speech.command(arguments)
    sys.setprofile(None)
    Path("steps").write_text(str(steps.count))
    return status


def process(folder: Path, name: str, deadly: int = 0) -> int:
    return run(
        folder, name, "process", "../call.wav", "--out", "out", "--vault", "vault", deadly=deadly
    )


def one(folder: Path, step: int) -> None:
    """Kill one run at a step and run it again."""
    (folder / "tmp").mkdir(parents=True)
    statuses = {"killed": process(folder, "killed", step)}
    shutil.copytree(folder, folder.with_name(f"{step}-killed"))
    statuses["again"] = process(folder, "again")
    statuses["verify"] = run(folder, "verify", "verify", "out/call.receipt.json")
    statuses["vault"] = run(folder, "verify", "verify", "vault")
    statuses["check"] = run(folder, "check", "vault", "check", "--vault", "vault")
    (folder / "statuses.json").write_text(json.dumps(statuses))


if __name__ == "__main__":
    loaded.load()
    root = Path(sys.argv[1]).absolute()
    if sys.argv[2] == "count":
        (root / "count" / "tmp").mkdir(parents=True)
        process(root / "count", "count", NEVER)
        print((root / "count" / "steps").read_text())
    else:
        for given in sys.argv[2:]:
            one(root / given, int(given))
