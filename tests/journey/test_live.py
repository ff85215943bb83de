"""Live redaction from the command line, with ears for tones."""

import io
import json
import os
import subprocess
import wave
from pathlib import Path

import numpy as np
import pytest
from command_line import TOY
from toy_speech import BREAKDOWN, CALL, RATE_HZ, SECRETS, call, word_span

RAW = [f"--rate={RATE_HZ}", "--channels=2"]


def run(folder: Path, sound: bytes, *options: str) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [*TOY, "live", *options],
        input=sound,
        capture_output=True,
        cwd=folder,
        env={**os.environ, "HOME": str(folder)},
        check=False,
        timeout=120,
    )


def as_wav(samples: "np.ndarray[tuple[int, int], np.dtype[np.int16]]") -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(RATE_HZ)
        out.writeframes(samples.tobytes())
    return file.getvalue()


def test_raw_sound_goes_in_and_redacted_sound_and_words_come_out(tmp_path: Path) -> None:
    samples, spans = call()
    done = run(tmp_path, samples.tobytes(), *RAW, "--sound-out=safe.pcm")
    out = np.frombuffer((tmp_path / "safe.pcm").read_bytes(), np.int16).reshape(-1, 2)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    span = word_span(spans, CALL[1], 3, 4)
    at = slice(int(span.start_s * RATE_HZ), int(span.end_s * RATE_HZ))

    assert done.returncode == 0, done.stderr
    assert out.shape == samples.shape
    assert abs(np.corrcoef(out[at, 1], samples[at, 1])[0, 1]) < 0.05
    assert not [secret for secret in SECRETS if secret.encode() in done.stdout]
    assert {"start_s", "end_s", "channel", "text", "words"} == set(lines[0])
    assert CALL[0] in [line["text"] for line in lines]
    assert not list(tmp_path.glob("**/*vault*"))


def test_wav_gives_wav_of_the_same_length_on_standard_output(tmp_path: Path) -> None:
    samples, _ = call()
    done = run(tmp_path, as_wav(samples), "--sound-out=-", "--words-out=words.jsonl")
    with wave.open(io.BytesIO(done.stdout)) as out:
        assert (out.getnchannels(), out.getframerate()) == (2, RATE_HZ)
        assert out.getnframes() == len(samples)
    assert b"[CARD]" in (tmp_path / "words.jsonl").read_bytes()


def test_after_a_breakdown_nothing_more_goes_out_and_no_word_is_told(tmp_path: Path) -> None:
    samples, spans = call((CALL[0], CALL[1], f"hello {BREAKDOWN}", *CALL[2:]))
    done = run(tmp_path, samples.tobytes(), *RAW, "--sound-out=safe.pcm")
    out = np.frombuffer((tmp_path / "safe.pcm").read_bytes(), np.int16).reshape(-1, 2)

    assert done.returncode == 3
    assert b"oliver" not in done.stderr + done.stdout
    assert len(out) < spans[f"hello {BREAKDOWN}"].end_s * RATE_HZ


@pytest.mark.parametrize(
    ("sound", "options", "message"),
    [
        (b"\0" * 400, [], "raw PCM does not say its rate"),
        (b"\0" * 400, ["--rate=4000"], "the rate is 4000 Hz"),
        (b"\0" * 400, ["--rate=8000", "--channels=9"], "the sound has 9 channels"),
        (b"\0" * 401, ["--rate=8000"], "the sound ends within a frame"),
        (b"\0" * 400, ["--rate=8000", "--hold-back=60"], "a hold-back is from 0.2 to 10 seconds"),
        (b"\0" * 400, ["--rate=8000", "--sound-out=-"], "cannot both go to standard output"),
        (b"\0" * 400, ["--rate=8000", "--sound-out=no/where"], "an output cannot be opened"),
        (b"RIFF\0\0\0\0WAVEfmt ", [], "the WAV header ends early"),
        (b"RIFF\0\0\0\0WAVEjunk\xff\xff\xff\x7f", [], "the WAV header has no samples in reach"),
        (as_wav(np.zeros((100, 2), np.int16))[:-8], [], "the sound ends within a frame"),
        (
            as_wav(np.zeros((100, 2), np.int16)).replace(b"\x10\0data", b"\x18\0data"),
            [],
            "the WAV is not 16-bit PCM",
        ),
    ],
)
def test_what_cannot_be_used_is_told(
    tmp_path: Path, sound: bytes, options: list[str], message: str
) -> None:
    done = run(tmp_path, sound, *options)

    assert done.returncode == 2
    assert message in done.stderr.decode()


def test_a_language_that_is_not_known_is_refused(tmp_path: Path) -> None:
    done = run(tmp_path, b"\0" * 400, "--rate=8000", "--language=tlh")

    assert done.returncode == 1
    assert "refuses a language" in done.stderr.decode()


def test_silence_goes_through(tmp_path: Path) -> None:
    done = run(tmp_path, b"\0" * 80_000, "--rate=8000", "--sound-out=safe.pcm")

    assert done.returncode == 0
    assert (tmp_path / "safe.pcm").read_bytes() == b"\0" * 80_000
    assert done.stdout == b""
