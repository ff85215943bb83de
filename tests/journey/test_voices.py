"""Real sound with other voices: same form, masks in place, and no original in `strong`."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from command_line import REAL, SAMPLES, Shell

pytestmark = pytest.mark.slow

SECONDS = 15
RATE_HZ = 8000
APART = 400
"""By how many frames two sounds are moved against one another, at most."""


class Voiced:
    """The sample's beginning, processed with another voice."""

    def __init__(self, folder: Path, voice: str) -> None:
        shell = Shell(folder, REAL)
        self.original, _ = soundfile.read(
            SAMPLES / "support-call.flac", dtype="int16", frames=SECONDS * RATE_HZ
        )
        call = folder / "call.wav"
        soundfile.write(call, self.original, RATE_HZ)
        profile = folder / "hide.toml"
        profile.write_text('name = "hide"\nversion = 1\n')  # It masks all, and replaces nothing.
        answer = shell.process(call, "--voice", voice, "--profile", profile, "--json")
        assert answer.status == 0, answer.err
        self.redacted, _ = soundfile.read(shell.out / "call.redacted.flac", dtype="int16")
        self.masked = json.loads((shell.out / "call.transcript.json").read_text())["masked"]

    def likeness(self, channel: int) -> float:
        """Return the greatest correlation, moved against one another by up to 50 ms."""
        one, two = (s[:, channel].astype(float) for s in (self.original, self.redacted))
        scale = float(np.linalg.norm(one) * np.linalg.norm(two))
        inner = slice(APART, -APART)
        moved = (np.dot(one[inner], np.roll(two, k)[inner]) for k in range(-APART, APART))
        return max(map(abs, moved)) / scale

    def expect_tones(self) -> None:
        """Each mask holds the tone and nothing louder."""
        assert self.masked
        for span in self.masked:
            first, last = (round(span[end] * RATE_HZ) for end in ("start_s", "end_s"))
            inside = self.redacted[first + 100 : last - 100, span["channel"]].astype(float)
            peak = int(np.argmax(np.abs(np.fft.rfft(inside)))) * RATE_HZ / len(inside)
            assert peak == pytest.approx(1000, abs=60)


def test_of_a_call_read_anew_nothing_of_the_voices_is_left(tmp_path: Path) -> None:
    voiced = Voiced(tmp_path, "strong")

    assert voiced.redacted.shape == voiced.original.shape
    voiced.expect_tones()
    for channel in (0, 1):
        assert voiced.redacted[:, channel].any()
        assert voiced.likeness(channel) < 0.1


def test_a_bent_call_keeps_its_form_and_its_masks(tmp_path: Path) -> None:
    voiced = Voiced(tmp_path, "light")

    assert voiced.redacted.shape == voiced.original.shape
    voiced.expect_tones()
    assert voiced.likeness(0) < 0.6
