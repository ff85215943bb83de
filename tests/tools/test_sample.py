"""The sample call that the repository carries."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from calls.drawn import pass_luhn
from calls.script import parse_script, print_script

SAMPLES = Path(__file__).parents[2] / "samples"
TRUTH = json.loads((SAMPLES / "support-call.truth.json").read_text("utf-8"))
TEXT = (SAMPLES / "support-call.toml").read_text("utf-8")
SCRIPT = parse_script(TEXT)


def test_the_sample_says_what_its_script_says() -> None:
    for channel in (0, 1):
        said = [word["text"] for word in TRUTH["words"] if word["channel"] == channel]
        written = [w for t in SCRIPT.turns if t.channel == channel for w in t.words]

        assert said == [word.strip(".,;:!?") for word in written]
    assert print_script(SCRIPT) == TEXT


def test_the_sample_holds_what_a_support_call_holds() -> None:
    marks = [mark for turn in SCRIPT.turns for mark in turn.marks]

    assert [(span["kind"], span["value"]) for span in TRUTH["spans"]] == [
        (mark.kind, mark.value) for mark in marks
    ]
    assert {mark.kind for mark in marks} == {
        "fin.cvv",
        "fin.expiry",
        "fin.pan",
        "per.address",
        "per.dob",
        "per.email",
        "per.name",
        "per.phone",
        "per.postcode",
    }


def test_the_sample_is_a_small_two_channel_flac_of_about_90_seconds() -> None:
    path = SAMPLES / "support-call.flac"
    sound = soundfile.info(path)

    assert (sound.format, sound.subtype, sound.channels) == ("FLAC", "PCM_16", 2)
    assert sound.duration == pytest.approx(TRUTH["duration_s"], abs=0.001)
    assert 80 < sound.duration < 100
    assert path.stat().st_size < 3_000_000


def test_the_samples_sound_lies_in_its_words() -> None:
    sound, rate_hz = soundfile.read(SAMPLES / "support-call.flac")
    for channel in (0, 1):
        power = np.square(sound[:, channel])
        inside = np.zeros(len(power), np.bool_)
        for word in TRUTH["words"]:
            if word["channel"] == channel:
                inside[round(word["start_s"] * rate_hz) : round(word["end_s"] * rate_hz)] = True

        # The room's noise is in it, 32 dB under the voice.
        assert power[~inside].sum() < 0.002 * power.sum()


def test_the_samples_card_is_from_a_range_for_tests_and_its_phone_from_one_for_fiction() -> None:
    values = {span["kind"]: span["value"] for span in reversed(TRUTH["spans"])}

    assert pass_luhn(values["fin.pan"])
    assert values["fin.pan"].startswith("424242")
    assert "55501" in values["per.phone"]
    assert values["per.email"].endswith("@example.com")
