"""A disk that is full is said so, and nothing half there is seen, then or later."""

import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from sottovoce.values.errors import Unavailable
from sottovoce.values.ids import new_recording_id


@contextmanager
def files_no_longer_than(size: int) -> Iterator[None]:
    """Let the kernel refuse to grow any file beyond a size."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_sound_that_does_not_fit_is_undone(folder, ways) -> None:
    vault = folder.open()
    recording = new_recording_id()
    arrival = vault.begin(
        recording,
        rate_hz=8000,
        persons=(ways.agent, ways.caller),
        job=b"job",
        fingerprint="",
        event=vault.event("recording.admitted", recording),
    )
    with files_no_longer_than(200_000):
        with pytest.raises(Unavailable, match="file too large") as refusal:
            arrival.write(ways.stereo(500_000))
        assert "space" in refusal.value.hint
    with pytest.raises(ValueError, match="given up"):
        arrival.complete(event=vault.event("recording.arrived", recording))
    arrival.abandon(event=vault.event("recording.undone", recording))

    assert (folder.files(), tuple(vault.list())) == ([], ())


def test_results_that_do_not_fit_leave_the_arrival(folder, ways) -> None:
    vault = folder.open()
    sound = ways.stereo(90_000)
    recording = ways.arrive(vault, sound)
    before = folder.files()
    with files_no_longer_than(150_000), pytest.raises(Unavailable):
        ways.keep(vault, recording, sound)

    assert folder.files() == before
    with vault.open_arrival(recording) as opened:
        assert np.array_equal(opened.sound.read(1, 0, 90_000), sound[1])
    ways.keep(vault, recording, sound)


def test_a_database_that_cannot_grow_refuses_and_changes_nothing(folder, ways) -> None:
    vault = folder.open()
    sound = ways.stereo(10)
    recording = ways.arrive(vault, sound)
    entries, files = folder.entries(), folder.files()
    size = (folder.path / "vault.db-wal").stat().st_size
    with files_no_longer_than(size), pytest.raises(Unavailable, match="database cannot be used"):
        vault.erase(recording, event=vault.event("recording.erased", recording))

    assert (folder.entries(), folder.files()) == (entries, files)
    assert vault.unfinished() == (recording,)


@pytest.fixture
def small_disk(tmp_path) -> Iterator[None]:
    mount = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(tmp_path)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting needs root")
    yield
    subprocess.run(["umount", "--lazy", str(tmp_path)], check=True)


def test_on_a_full_disk_nothing_is_lost_and_there_is_room_again(small_disk, folder, ways) -> None:
    vault = folder.open()
    kept = ways.arrive(vault, ways.stereo(1000))
    for _ in range(3):
        with pytest.raises(Unavailable):
            ways.arrive(vault, ways.stereo(500_000))
    vault.close()
    again = folder.open()
    undone = again.recover(lambda r: again.event("recording.undone", r))

    assert undone
    assert [holding.id for holding in again.list()] == [kept]
    assert ways.arrive(again, ways.stereo(2000))
