"""Killed at any line and started again: nothing is lost, nothing is half there."""

import os
import random
import signal
import sqlite3
import sys
from collections.abc import Callable
from types import FrameType

import numpy as np
import pytest

from sottovoce.values.ids import RecordingId
from sottovoce.vault.holding import State

WORDS = b'{"said":"pilcrow seven"}'
JOB = b"/home/rosa/visit.wav"
SOUND = np.stack([np.arange(40_000) % 777, np.arange(40_000) % 555]).astype(np.int16)
LAST = {
    State.ARRIVED: "recording.arrived",
    State.KEPT: "recording.kept",
    State.ERASED: "recording.erased",
}
Say = Callable[[str], None]


def work(folder, ways, say: Say) -> None:
    """Recover, resume, take two in, keep them, erase one: all the ways a vault changes."""
    vault = folder.open()
    vault.recover(lambda r: vault.event("recording.undone", r))
    say("recovered")
    for recording in vault.unfinished():
        ways.keep(vault, recording, SOUND, words=(WORDS, WORDS))
    first = ways.arrive(vault, SOUND, job=JOB)
    say(first)
    second = ways.arrive(vault, SOUND, job=JOB)
    say(second)
    ways.keep(vault, first, SOUND, words=(WORDS, WORDS))
    vault.erase(first, event=vault.event("recording.erased", first))
    vault.pseudonym_key(event=lambda: vault.event("pseudonyms.made"))
    ways.keep(vault, second, SOUND, words=(WORDS, WORDS))
    vault.destroy_pseudonyms(event=vault.event("pseudonyms.destroyed"))
    vault.pseudonym_key(event=lambda: vault.event("pseudonyms.made"))
    vault.close()


def run_to_line(folder, ways, line: int) -> tuple[int, list[str]]:
    """Work in a child that is killed when it reaches a line; return what it ran and said."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _be_killed_at(line, writing, lambda say: work(folder, ways, say))
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read().split()
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) in (0, -signal.SIGKILL)
    ran = [int(word[1:]) for word in said if word.startswith("=")]
    return (ran or [0])[0], [word for word in said if word.startswith("rec_")]


def _be_killed_at(line: int, writing: int, job: Callable[[Say], None]) -> None:
    left, ran = line, 0

    def trace(frame: FrameType, event: str, argument: object) -> object:
        nonlocal left, ran
        if "sottovoce" not in frame.f_code.co_filename:
            return None
        if event == "line":
            left, ran = left - 1, ran + 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace

    status = 70
    try:
        sys.settrace(trace)
        job(lambda word: os.write(writing, f"{word}\n".encode()) and None)
        sys.settrace(None)
        os.write(writing, f"={ran}\n".encode())
        status = 0
    finally:
        os._exit(status)


def check(folder, arrived: list[str]) -> None:
    vault = folder.open()
    vault.recover(lambda r: vault.event("recording.undone", r))
    held = {holding.id: holding for holding in vault.list()}
    assert set(arrived) <= set(held)
    entries: dict[str | None, str] = {recording: kind for kind, recording in folder.entries()}
    assert vault.keys.has_pseudonyms() == (entries.get(None) == "pseudonyms.made")
    for holding in held.values():
        assert LAST[holding.state] == entries[holding.id]
        assert not holding.unswept
        if holding.state is not State.ERASED:
            check_content(vault, holding.id, holding.state)
    check_files(folder, held)
    for piece in (WORDS[10:17], JOB[6:16], SOUND[0, 500:520].tobytes()):
        assert piece not in folder.raw()
    vault.close()


def check_content(vault, recording: RecordingId, state: State) -> None:
    opening = vault.open if state is State.KEPT else vault.open_arrival
    with opening(recording) as opened:
        assert np.array_equal(opened.sound.read(0, 0, 50_000), SOUND[0])
        assert np.array_equal(opened.sound.read(1, 0, 50_000), SOUND[1])
        text = opened.text("words", 1) if state is State.KEPT else opened.job
    assert text == (WORDS if state is State.KEPT else JOB)


def check_files(folder, held) -> None:
    expected = set()
    for holding in held.values():
        if holding.state is State.KEPT:
            names = ["audio-0", "audio-1", "words-0", "words-1"]
        else:
            names = ["arrival-0", "arrival-1", "job-0"]
        if holding.state is not State.ERASED:
            expected |= {holding.id, *(f"{holding.id}/{name}.seal" for name in names)}
    assert set(folder.files()) == expected
    connection = sqlite3.connect(folder.path / "vault.db")
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert connection.execute("PRAGMA foreign_key_check").fetchone() is None
    connection.close()


def points(seed: int, count: int) -> list[float]:
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    return [chance.random() for _ in range(count)]


@pytest.mark.parametrize("seed", range(8))
def test_killed_at_random_lines_and_run_again_nothing_is_lost(folder, ways, seed: int) -> None:
    total, arrived = run_to_line(folder, ways, line=-1)
    assert total > 500
    for point in points(seed, 5):
        _, said = run_to_line(folder, ways, line=1 + int(point * total))
        arrived += said
        if point < 0.5:
            check(folder, arrived)
    check(folder, arrived)
    _, said = run_to_line(folder, ways, line=-1)

    check(folder, arrived + said)


@pytest.mark.parametrize("seed", range(6))
def test_killed_while_a_vault_is_made_it_is_made_the_next_time(folder, ways, seed: int) -> None:
    for point in points(100 + seed, 5):
        run_to_line(folder, ways, line=1 + int(point * 150))
    _, said = run_to_line(folder, ways, line=-1)

    check(folder, said)


@pytest.mark.slow
def test_killed_at_every_thirtieth_line_nothing_is_lost(folder, ways) -> None:
    total, arrived = run_to_line(folder, ways, line=-1)
    for line in range(1, total, 30):
        arrived += run_to_line(folder, ways, line=line)[1]
        check(folder, arrived)
