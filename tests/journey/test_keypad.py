"""What is typed on a keypad in a call is neither published nor kept, in any profile."""

import json
import random
from pathlib import Path

import numpy as np
import pytest
import soundfile
import toy_speech
from command_line import Shell, find_canaries, word_canaries

import dialled
from sottovoce.detection.tones import find_tones
from sottovoce.redaction.profile import shipped
from sottovoce.values.sound import SoundInMemory
from sottovoce.values.speech import Span

pytestmark = pytest.mark.slow

KEYS = "5019717010103742#"
SAID = ("hello what is the card number", "thank you goodbye")


def write_typed_call(path: Path) -> Span:
    """Write a call in which keys are typed on the second channel, and come through to the first."""
    samples, _ = toy_speech.call(SAID)
    draw = random.Random(8)  # noqa: S311 - keys to be found again
    one = dialled.dial(KEYS, dialled.Manner(), rate_hz=toy_speech.RATE_HZ, draw=draw)
    wave = np.rint(one.wave * 32767)
    both = np.stack([wave / 50, wave], axis=1).astype(np.int16)
    soundfile.write(path, np.concatenate([samples, both]), toy_speech.RATE_HZ, subtype="PCM_16")
    late_s = len(samples) / toy_speech.RATE_HZ
    return Span(one.whole.start_s + late_s, one.whole.end_s + late_s, 1)


def read(path: Path) -> SoundInMemory:
    samples, rate_hz = soundfile.read(path, dtype="int16")
    return SoundInMemory(rate_hz, tuple(samples.T.copy()))


@pytest.mark.parametrize("profile", shipped())
def test_what_is_typed_is_burnt_and_shown_as_a_placeholder(toy: Shell, profile: str) -> None:
    typed = write_typed_call(toy.folder / "call.wav")
    answer = toy.process("call.wav", "--json", "--profile", profile)
    taken = ("--out", toy.folder / "taken", "--vault", toy.vault)
    toy("recordings", "export", answer.object["recording"], *taken)
    kept = read(next((toy.folder / "taken").glob("*.flac")))
    inside = slice(round(typed.start_s * kept.rate_hz), round(typed.end_s * kept.rate_hz))

    assert answer.status == 0, answer.err
    assert answer.object["findings"]["fin.dtmf"] == 2  # type: ignore[index]
    assert find_tones(read(toy.folder / "call.wav")) != ()
    assert find_tones(read(toy.out / "call.redacted.flac")) == ()
    assert not any(channel[inside].any() for channel in kept.samples)
    assert "[DTMF]" in (toy.out / "call.txt").read_text()
    assert find_canaries(word_canaries([KEYS, KEYS[:6]]), toy.out, toy.folder / "taken") == []


def test_the_transcript_says_where_it_was_typed(toy: Shell) -> None:
    typed = write_typed_call(toy.folder / "call.wav")
    toy.process("call.wav", "--mask-length", "exact")  # Else times are those of longer masks.
    said = json.loads((toy.out / "call.transcript.json").read_text())
    (found,) = (f for f in said["findings"] if f["kind"] == "fin.dtmf" and f["channel"] == 1)

    assert found["start_s"] == pytest.approx(typed.start_s, abs=0.012)
    assert found["end_s"] == pytest.approx(typed.end_s, abs=0.012)
    assert found["action"] == "burn"
    assert [w["text"] for s in said["segments"] for w in s["words"]].count("[DTMF]") == 2
