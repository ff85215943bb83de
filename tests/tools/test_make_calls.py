"""The command that makes calls."""

import json
from pathlib import Path

import pytest
import soundfile

from make_calls import main

SCRIPT = """
version = 1
name = "tiny"
seed = 1
band = "telephone"
snr_db = 20.0
[agent]
voice = "heart"
[caller]
voice = "heart-low"
[[turn]]
who = "agent"
say = "Your code?"
[[turn]]
who = "caller"
say = "{fin.cvv 317|three one seven}."
"""


def test_the_same_seed_writes_the_same_scripts(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        options = ["--seed", "7", "--count", "2", "--text-only", "--out", str(tmp_path / folder)]
        assert main(options) == 0

    for name in ("call-7-000.toml", "call-7-001.toml"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_a_script_becomes_sound_and_truth(tmp_path: Path) -> None:
    path = tmp_path / "in.toml"
    path.write_text(SCRIPT, "utf-8")

    assert main(["--script", str(path), "--out", str(tmp_path)]) == 0
    sound, rate_hz = soundfile.read(tmp_path / "tiny.flac")
    truth = json.loads((tmp_path / "tiny.truth.json").read_text("utf-8"))
    assert (rate_hz, sound.shape[1]) == (8000, 2)
    assert len(sound) / rate_hz == pytest.approx(truth["duration_s"], abs=0.001)
    assert truth["spans"][0]["value"] == "317"


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--seed", "1", "--count", "0"], "the count is 0; give 1 to 1000"),
        (["--seed", "1", "--voices", "heart,nobody"], "there is no voice 'nobody'"),
        (["--script", "missing.toml"], "missing.toml"),
    ],
)
def test_what_cannot_be_made_is_said_without_a_traceback(
    options: list[str], reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*options, "--out", str(tmp_path)]) == 2
    assert reason in capsys.readouterr().err


def test_a_broken_script_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "in.toml"
    path.write_text("version = 1\nname = 3 4\n", "utf-8")

    assert main(["--script", str(path), "--out", str(tmp_path)]) == 2
    assert "error:" in capsys.readouterr().err
