"""The copy for a backup, made while other processes start."""

import os

import pytest

from sottovoce.backends import sqlite_snapshot
from sottovoce.backends.sqlite_snapshot import clear_aside, snapshot
from sottovoce.wiring import embedded


@pytest.mark.parametrize("meets", [1, 3])
def test_a_process_that_starts_while_the_copy_is_made_does_not_stop_it(
    tmp_path, monkeypatch, meets
):
    embedded(tmp_path / "vault").close()
    made, left = os.open, [meets]

    def opened(path, flags, *mode):
        file = made(path, flags, *mode)
        if flags & os.O_EXCL and left[0]:
            left[0] -= 1
            clear_aside(path)  # Before it is locked, as another process may.
        return file

    monkeypatch.setattr(sqlite_snapshot.os, "open", opened)
    with snapshot(tmp_path / "vault" / "vault.db") as taken:
        assert taken.entries == 0
    assert left == [0]
    assert not (tmp_path / "vault" / "backup.aside").exists()
