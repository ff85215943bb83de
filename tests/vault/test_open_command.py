"""The command that takes a stretch of a recording out."""

import argparse
import json
import stat
from collections.abc import Callable

import numpy as np
import pytest
import soundfile

from sottovoce.cli.open import add
from sottovoce.values.errors import Missing, Refused, Tampered, Unfit
from sottovoce.vault.holding import State

Run = Callable[..., dict[str, object]]


@pytest.fixture
def sound(ways):
    return ways.stereo(300_000)


@pytest.fixture
def kept(folder, ways, sound):
    vault = folder.open()
    recording = ways.arrive(vault, sound)
    ways.keep(vault, recording, sound)
    vault.close()
    return recording


@pytest.fixture
def run(folder, tmp_path, capsys) -> Run:
    def run(recording: str, start: object, stop: object, *more: str) -> dict[str, object]:
        parser = argparse.ArgumentParser()
        add(parser.add_subparsers(), open_vault=lambda path: folder.open())
        words = ["open", recording, f"--from={start}", f"--to={stop}", "--json", *more]
        words += ["--out", str(tmp_path / "out"), "--vault", str(folder.path)]
        read = parser.parse_args(words)
        assert read.run(read) == 0
        return json.loads(capsys.readouterr().out)

    return run


@pytest.mark.parametrize(
    ("start", "stop", "frames"),
    [
        (0, 1, (0, 8000)),
        (12.5, 14, (100_000, 112_000)),
        (37, 99, (296_000, 300_000)),
        (0, 99, (0, 300_000)),
    ],
)
def test_a_stretch_is_what_was_kept_there(run, kept, sound, start, stop, frames) -> None:
    path = run(kept, start, stop)["output"]
    samples, rate = soundfile.read(path, dtype="int16", always_2d=True)

    assert rate == 8000
    assert np.array_equal(samples.T, sound[:, slice(*frames)])


def test_the_entry_names_the_stretch_and_the_file_is_ones_own(run, kept, folder, tmp_path) -> None:
    shown = run(kept, 12.5, 14, "--purpose", "dispute")
    (path,) = (tmp_path / "out").iterdir()

    assert (shown["from_ms"], shown["to_ms"]) == (12_500, 14_000)
    assert path.name == f"{kept}.12500-14000.flac"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert folder.entries()[-1] == ("recording.exported", kept)
    assert folder.facts() == {
        "channels": 2,
        "from_ms": 12_500,
        "part": "audio",
        "purpose": "dispute",
        "to_ms": 14_000,
    }


def test_the_rest_is_not_read(run, kept, folder) -> None:
    path = folder.path / "objects" / kept / "audio-0.seal"
    data = bytearray(path.read_bytes())
    data[200_000] ^= 1
    path.write_bytes(data)

    assert run(kept, 1, 2)["to_ms"] == 2000
    with pytest.raises(Tampered, match="audio-0"):
        run(kept, 12, 13)


@pytest.mark.parametrize(
    ("start", "stop"), [(2, 1), (1, 1), (-1, 2), ("nan", 1), (0, "inf"), (38, 39), (1e300, 1e301)]
)
def test_what_is_no_stretch_of_it_is_unfit(run, kept, folder, tmp_path, start, stop) -> None:
    with pytest.raises(Unfit, match="stretch"):
        run(kept, start, stop)

    assert not (tmp_path / "out").exists()
    assert folder.entries()[-1][0] != "recording.exported"


def test_what_is_held_back_or_erased_is_not_given_out(run, folder, ways, sound, kept) -> None:
    vault = folder.open()
    held = ways.arrive(vault, sound)
    ways.keep(vault, held, sound, state=State.QUARANTINED)
    vault.erase(kept, event=vault.event("recording.erased", kept))
    vault.close()

    with pytest.raises(Refused, match="quarantined"):
        run(held, 0, 1)
    with pytest.raises(Missing):
        run(kept, 0, 1)
