"""A destroyed key is in no byte of any file: not in free pages, not in the write-ahead log."""

import random

import pytest

from sottovoce.values.errors import Unavailable
from sottovoce.values.ids import RecordingId
from sottovoce.vault.keys import arrival_name, object_name


def wrapped_keys(vault, recording: RecordingId) -> list[bytes]:
    names = [arrival_name(recording), *(object_name(recording, channel) for channel in (0, 1))]
    found = [vault.keys._shelf.wrapped(name) for name in names]
    return [key for key in found if key is not None]


def test_the_arrival_key_is_gone_when_the_results_are_kept(folder, ways) -> None:
    vault = folder.open()
    sound = ways.stereo(100)
    recording = ways.arrive(vault, sound)
    (key,) = wrapped_keys(vault, recording)
    assert key in folder.raw()
    ways.keep(vault, recording, sound)

    assert key not in folder.raw()


def test_the_object_keys_are_gone_when_a_recording_is_erased(folder, ways) -> None:
    vault = folder.open()
    sound = ways.stereo(100)
    recording = ways.arrive(vault, sound)
    ways.keep(vault, recording, sound)
    keys = wrapped_keys(vault, recording)
    assert len(keys) == 2
    assert all(key in folder.raw() for key in keys)
    vault.erase(recording, event=vault.event("recording.erased", recording))

    assert not any(key in folder.raw() for key in keys)


def test_among_many_no_destroyed_key_is_left_behind(folder, ways) -> None:
    vault = folder.open()
    sound = ways.stereo(1)
    chance = random.Random(7)  # noqa: S311 - repeatable, not secret
    live, gone = [], []
    vault._shelf._connection.execute("PRAGMA synchronous = OFF")
    for _ in range(150):
        recording = ways.arrive(vault, sound)
        gone += wrapped_keys(vault, recording)
        ways.keep(vault, recording, sound)
        live.append(recording)
        if chance.random() < 0.6:
            recording = live.pop(chance.randrange(len(live)))
            gone += wrapped_keys(vault, recording)
            vault.erase(recording, event=vault.event("recording.erased", recording))
    raw = folder.raw()

    assert len(gone) > 250
    assert not any(key in raw for key in gone)


def test_a_reader_in_the_way_delays_the_sweep_and_nothing_else(folder, ways) -> None:
    vault, reader = folder.open(), folder.open()
    recording = ways.arrive(vault, ways.stereo(10))
    (key,) = wrapped_keys(vault, recording)
    vault._shelf._connection.execute("PRAGMA busy_timeout = 1")
    reading = reader._shelf._connection
    reading.execute("BEGIN")
    reading.execute("SELECT count(*) FROM holding").fetchone()
    with pytest.raises(Unavailable, match="until a reader of the vault is done"):
        vault.erase(recording, event=vault.event("recording.erased", recording))
    assert vault.show(recording).unswept
    assert wrapped_keys(vault, recording) == []
    reading.execute("COMMIT")
    vault.recover(lambda r: vault.event("recording.undone", r))

    assert not vault.show(recording).unswept
    assert key not in folder.raw()
