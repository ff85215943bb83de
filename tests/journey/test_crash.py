"""Killed at any moment and run again: it finishes, nothing is lost, nothing readable was left."""

import json
import os
import random
import select
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
import soundfile
import toy_speech
from command_line import (
    HERE,
    SAMPLES,
    Answer,
    Shell,
    files_under,
    find_canaries,
    sound_canaries,
    word_canaries,
)

from sottovoce.backends.folder_outlet import ROLES

pytestmark = pytest.mark.slow

SEED = 20
MOMENTS = 10
STEPS = 50
CLIP_S = (10.4, 16.4)
NAMES = ["Oliver", "Marsh"]
"""The sensitive words of the clip."""


@dataclass(frozen=True)
class Death:
    """One kill, what it left, and what the next run made of it."""

    killed: Path
    again: Path
    statuses: dict[str, int]


@pytest.fixture(scope="module")
def deaths(tmp_path_factory: pytest.TempPathFactory) -> list[Death]:
    """Kill the command with ears for tones before steps spread over all that leave a trace."""
    folder = tmp_path_factory.mktemp("deaths")
    toy_speech.write_call(folder / "call.wav")
    dying = [sys.executable, str(HERE / "dying.py"), str(folder)]
    counted = subprocess.run([*dying, "count"], capture_output=True, check=True, timeout=60)
    count = int(counted.stdout)
    steps = _spread(1, count, STEPS)
    subprocess.run([*dying, *map(str, steps)], check=True, timeout=900)
    return [_death(folder, step) for step in steps]


def _spread(first: int, last: int, number: int) -> list[int]:
    """Draw one step from each of as many stretches, the same ones every time."""
    chance = random.Random(SEED)  # noqa: S311 - a sample, not a secret
    edges = [first + (last + 1 - first) * i // number for i in range(number + 1)]
    return [chance.randrange(a, b) for a, b in pairwise(edges)]


def _death(folder: Path, step: int) -> Death:
    again = folder / str(step)
    return Death(
        folder / f"{step}-killed", again, json.loads((again / "statuses.json").read_text())
    )


def test_each_step_was_deadly_and_the_next_run_finished(deaths: list[Death]) -> None:
    assert [death.statuses["killed"] for death in deaths] == [-9] * STEPS
    assert [death.statuses["again"] for death in deaths] == [0] * STEPS


def test_after_each_step_the_outputs_are_there_and_verify(deaths: list[Death]) -> None:
    for death in deaths:
        names = {path.name for path in (death.again / "out").iterdir()}

        assert names == {f"call.{role}" for role in ROLES}, death.again
        assert (death.statuses["verify"], death.statuses["vault"]) == (0, 0), death.again


def test_no_step_leaves_sound_or_words_readable(deaths: list[Death]) -> None:
    samples, _ = toy_speech.call()
    sound = sound_canaries(samples, toy_speech.RATE_HZ)
    words = word_canaries(list(toy_speech.SECRETS))
    for death in deaths:
        for state in (death.killed, death.again):
            assert find_canaries(sound, state) == []
            assert find_canaries(words, state) == []


def test_the_search_for_canaries_finds_them(tmp_path: Path) -> None:
    """Else the tests around this one would prove nothing."""
    samples, _ = toy_speech.call()
    (tmp_path / "sound").write_bytes(b"x" * 7 + samples.tobytes())
    (tmp_path / "swapped").write_bytes(samples[:, 1].astype(">i2").tobytes())
    (tmp_path / "heard").write_bytes((samples[:, 0].astype("<f4") / 32768).tobytes())
    (tmp_path / "words").write_bytes("My name is Oliver".encode("utf-16-le"))
    canaries = sound_canaries(samples, toy_speech.RATE_HZ) | word_canaries(["Oliver"])
    found = {place.rpartition(" in ")[2] for place in find_canaries(canaries, tmp_path)}

    assert found == {"sound", "swapped", "heard", "words"}


def test_no_step_leaves_anything_half_done(deaths: list[Death]) -> None:
    for death in deaths:
        rows = _rows(death.again / "vault")
        objects = {path.name for path in (death.again / "vault" / "objects").iterdir()}

        assert {(state, unswept) for _, state, unswept in rows} == {("kept", 0)}, death.again
        assert objects == {recording for recording, _, _ in rows}
        assert not list((death.again / "vault").rglob("*.part"))
        assert death.statuses["check"] == 0, death.again


def test_what_had_arrived_is_taken_up_and_not_taken_in_again(deaths: list[Death]) -> None:
    arrived = 0
    for death in deaths:
        before, after = _rows(death.killed / "vault"), _rows(death.again / "vault")
        waiting = {recording for recording, state, _ in before if state == "arrived"}
        arrived += len(waiting)

        assert {recording for recording, _, _ in after} >= waiting
        assert not waiting or len(after) == 1

    assert arrived > STEPS // 10


def test_no_decoder_outlives_its_parent(deaths: list[Death]) -> None:
    assert _orphans(deaths[0].again.parent / "call.wav") == []


def _rows(vault: Path) -> list[tuple[str, str, int]]:
    if not (vault / "vault.db").exists():
        return []
    with closing(sqlite3.connect(vault / "vault.db")) as database:
        if not database.execute("SELECT * FROM sqlite_schema WHERE name = 'holding'").fetchall():
            return []
        return database.execute("SELECT id, state, unswept FROM holding").fetchall()


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The seconds of the sample call in which its caller says a name."""
    path = tmp_path_factory.mktemp("clip") / "call.wav"
    samples, rate_hz = soundfile.read(SAMPLES / "support-call.flac", dtype="int16")
    said = samples[slice(*(int(at_s * rate_hz) for at_s in CLIP_S))]
    soundfile.write(path, said, rate_hz, subtype="PCM_16")
    return path


def test_killed_at_ten_moments_the_real_command_finishes_the_next_time(
    clip: Path, shells: Callable[[str], Shell]
) -> None:
    samples, rate_hz = soundfile.read(clip, dtype="int16")
    canaries = sound_canaries(samples, rate_hz)
    whole_s = _processor_time_of(shells("whole"), clip)
    chance = random.Random(SEED)  # noqa: S311 - a sample, not a secret
    killed = 0
    for moment in range(MOMENTS):
        shell = shells(str(moment))
        share = (moment + chance.random()) / MOMENTS
        killed += _end(shell, clip, whole_s * share, signal.SIGKILL) == -9

        assert _orphans(clip) == []
        assert find_canaries(canaries, shell.folder) == []
        assert find_canaries(word_canaries(NAMES), shell.folder) == []
        _expect_finished(shell, shell.process(clip, "--json"))
        assert find_canaries(canaries, shell.folder) == []
        assert find_canaries(word_canaries(NAMES), shell.folder) == []
        shutil.rmtree(shell.folder)

    assert killed >= MOMENTS - 2


def test_whoever_stops_it_reads_one_word_and_the_work_is_taken_up_later(
    clip: Path, real: Shell
) -> None:
    assert _end_while_it_listens(real, clip, signal.SIGINT) == 130
    assert (real.folder / "said").read_text() == "stopped\n"
    assert list(files_under(real.out)) == []
    (waiting,) = real.recordings()
    answer = real.process(clip, "--json")
    assert (waiting["state"], answer.status) == ("arrived", 0)
    assert answer.object["recording"] == waiting["recording"]


def _expect_finished(shell: Shell, answer: Answer) -> None:
    assert (answer.status, answer.err) == (0, "")
    assert [r["state"] for r in shell.recordings() if not r["unswept"]] in (["kept"], ["kept"] * 2)
    verified = shell("verify", shell.out / "call.receipt.json", "--vault", shell.vault, "--json")
    assert (verified.status, verified.object["status"]) == (0, "proven")
    outputs = {role: str(shell.out / f"call.{role}") for role in ROLES}
    assert answer.object["outputs"] == outputs
    assert {str(path) for path in shell.out.iterdir()} == set(outputs.values())
    assert list(files_under(shell.temporary, shell.folder / "home")) == []


def _processor_time_of(shell: Shell, clip: Path) -> float:
    """Return the processor seconds of a run that nobody kills: moments are shares of them."""
    process = shell.start(clip)
    _, status, usage = os.wait4(process.pid, 0)

    assert status == 0
    process.returncode = 0
    _close(process)
    return usage.ru_utime + usage.ru_stime


def _end(shell: Shell, clip: Path, processor_s: float, how: signal.Signals) -> int:
    """End a run when it has used some processor time; return its status or minus the signal."""
    return _end_when(lambda process: _used_s(process) >= processor_s, shell, clip, how)


def _end_while_it_listens(shell: Shell, clip: Path, how: signal.Signals) -> int:
    """End a run as soon as the recording has arrived; return its status or minus the signal."""
    return _end_when(lambda _: _has_arrived(shell.vault / "vault.db"), shell, clip, how)


def _has_arrived(database: Path) -> bool:
    with (
        suppress(sqlite3.Error),  # It is being made.
        closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection,
    ):
        states = connection.execute("SELECT state FROM holding").fetchall()
        return ("arrived",) in states
    return False


def _end_when(is_time: Callable[[int], bool], shell: Shell, clip: Path, how: signal.Signals) -> int:
    process = shell.start(clip)
    while process.poll() is None and not is_time(process.pid):
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.01)
    process.send_signal(how)
    out, err = process.communicate()
    (shell.folder / "said").write_bytes(out + err)
    return process.returncode


def _close(process: subprocess.Popen[bytes]) -> None:
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()


def _used_s(process: int) -> float:
    with suppress(OSError):
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def _orphans(clip: Path) -> list[int]:
    """Return the processes that still read the file after ten seconds of grace."""
    return [process for process in _readers(clip) if not _ends(process)]


def _readers(clip: Path) -> Iterator[int]:
    for place in Path("/proc").glob("[0-9]*/fd/0"):
        with suppress(OSError):
            if place.readlink() == clip:
                yield int(place.parts[2])


def _ends(process: int) -> bool:
    try:
        watch = os.pidfd_open(process)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([watch], [], [], 10)[0])
    finally:
        os.close(watch)
