"""What the evaluations share: the data beside the repository, calls made of it, and measures."""

import json
import random
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soundfile
import soxr

from sottovoce.speech import models
from sottovoce.speech.moonshine import Moonshine
from sottovoce.speech.sphinx import Sphinx
from sottovoce.speech.transcribe import Listeners
from sottovoce.speech.voice import VoiceActivity
from sottovoce.speech.whisper import Whisper
from sottovoce.values.sound import SoundInMemory
from sottovoce.values.speech import Span

DATA = Path(__file__).parents[2] / "shared" / "data"
LOUD_DB = -23.0


@dataclass(frozen=True, slots=True)
class Call:
    """A call whose truth is known: digits that must not be heard, talk that may."""

    name: str
    sound: SoundInMemory
    digits: tuple[Span, ...]
    spans: tuple[tuple[str, Span, str], ...] = field(repr=False)
    talk: tuple[Span, ...]
    words: tuple[str, ...] = field(repr=False, default=())


def expect_data(folder: Path | None = None) -> None:
    """Stop with a reason where the evaluation data is not there; a folder may be named for it."""
    global DATA
    DATA = folder or DATA
    if not (DATA / "speech" / "manifest.jsonl").is_file():
        sys.exit("the evaluation data is not there: it lies in ../shared/data beside a checkout")


def rows(name: str) -> list[dict[str, object]]:
    """Read a manifest of the data."""
    with (DATA / name).open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def load(path: Path, rate_hz: int) -> np.ndarray:
    """Load a clip as one channel at a rate."""
    wave, found_hz = soundfile.read(path, dtype="float32")
    wave = wave.mean(axis=1) if wave.ndim > 1 else wave
    return soxr.resample(wave, found_hz, rate_hz).astype(np.float32)


def shipped_listeners() -> Listeners:
    """Load all models that come along, as `process` uses them."""
    return Listeners(
        VoiceActivity(models.silero()),
        Whisper(models.demo_whisper()),
        Moonshine(models.moonshine()),
        Sphinx(models.sphinx()),
    )


def calls_of_human_digits(
    seed: int, *, rate_hz: int, snr_db: float | None, numbers: int = 10
) -> Call:
    """Set human digits between other people's speech, as a call on one channel."""
    draw, hiss = random.Random(seed), np.random.default_rng(seed)
    digits = rows("digits/manifest.jsonl")
    talk = [
        row
        for row in rows("speech/manifest.jsonl")
        if row["subset"] in ("librispeech", "ljspeech", "vctk") and row["duration_s"] < 15
    ]
    draw.shuffle(digits)
    draw.shuffle(talk)
    line = _Line(rate_hz)
    for row in digits[:numbers]:
        other = talk.pop()
        start, wave = line.say(load(DATA / "speech" / str(other["path"]), rate_hz))
        line.talk.append(Span(start, start + len(wave) / rate_hz, 0))
        line.words += words_of(str(other["text"]))
        line.pause(draw.uniform(0.25, 0.8))
        start, _ = line.say(load(DATA / "digits" / str(row["path"]), rate_hz))
        line.number(row, start)
        line.pause(draw.uniform(0.25, 0.8))
    wave = np.concatenate(line.waves)
    if snr_db is not None:
        wave = wave + hiss.normal(0, 10 ** ((LOUD_DB - snr_db) / 20), len(wave))
    samples = (np.clip(wave, -1, 1) * 32767).astype(np.int16)
    return Call(
        f"human digits, seed {seed}, {rate_hz // 1000} kHz, "
        + ("clean" if snr_db is None else f"{snr_db:.0f} dB"),
        SoundInMemory(rate_hz, (samples,)),
        tuple(line.digits),
        tuple(line.spans),
        tuple(line.talk),
        tuple(line.words),
    )


class _Line:
    """Collects what is said on one line, and when."""

    def __init__(self, rate_hz: int) -> None:
        self.rate_hz = rate_hz
        self.waves: list[np.ndarray] = [np.zeros(rate_hz // 2, np.float32)]
        self.frames = rate_hz // 2
        self.digits: list[Span] = []
        self.spans: list[tuple[str, Span, str]] = []
        self.talk: list[Span] = []
        self.words: list[str] = []

    def say(self, wave: np.ndarray) -> tuple[float, np.ndarray]:
        start = self.frames / self.rate_hz
        loud = wave * 10 ** (LOUD_DB / 20) / (np.sqrt(np.mean(wave**2)) + 1e-9)
        self.waves.append(loud)
        self.frames += len(loud)
        return start, loud

    def pause(self, seconds: float) -> None:
        self.waves.append(np.zeros(int(seconds * self.rate_hz), np.float32))
        self.frames += len(self.waves[-1])

    def number(self, row: dict[str, object], at_s: float) -> None:
        spans = [Span(at_s + d["voiced_start"], at_s + d["voiced_end"], 0) for d in row["digits"]]
        self.digits += spans
        kind = {"CREDIT_CARD": "fin.pan", "SSN": "per.ssn"}.get(str(row["label"]), "per.phone")
        whole = Span(spans[0].start_s, spans[-1].end_s, 0)
        self.spans.append((kind, whole, re.sub(r"\D", "", str(row["number"]))))


def covered_s(span: Span, by: Sequence[Span]) -> float:
    """Say how much of a span is covered by spans that do not overlap one another."""
    return sum(
        max(0.0, min(span.end_s, other.end_s) - max(span.start_s, other.start_s))
        for other in by
        if other.channel == span.channel
    )


def length_s(spans: Sequence[Span]) -> float:
    return sum(span.end_s - span.start_s for span in spans)


def words_of(text: str) -> list[str]:
    """Split a text into words as word error rates compare them."""
    return re.sub(r"[^a-z' ]", " ", text.lower()).split()


def edits(said: Sequence[str], heard: Sequence[str]) -> int:
    """Return the Levenshtein distance of two sequences."""
    row = list(range(len(heard) + 1))
    for i, a in enumerate(said, 1):
        before, row[0] = row[0], i
        for j, b in enumerate(heard, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return row[-1]


def generated_calls(folder: Path) -> Iterator[Call]:
    """Read the calls that tools/make_calls.py wrote into a folder, with their truth."""
    for path in sorted(folder.glob("*.truth.json")):
        truth = json.loads(path.read_text())
        sound, rate_hz = soundfile.read(
            path.with_name(path.name.replace(".truth.json", ".flac")), dtype="int16"
        )
        yield _from_truth(truth, SoundInMemory(rate_hz, tuple(sound.T.copy())))


def _from_truth(truth: dict[str, object], sound: SoundInMemory) -> Call:
    secret = {i for span in truth["spans"] for i in span["words"]}
    talk = [
        Span(w["start_s"], w["end_s"], w["channel"])
        for i, w in enumerate(truth["words"])
        if i not in secret
    ]
    digits = [
        Span(d["start_s"], d["end_s"], span["channel"])
        for span in truth["spans"]
        for d in span["digits"]
    ]
    spans = [
        (s["kind"], Span(s["start_s"], s["end_s"], s["channel"]), s["value"])
        for s in truth["spans"]
    ]
    words = words_of(" ".join(w["text"] for w in truth["words"]))
    return Call(str(truth["name"]), sound, tuple(digits), tuple(spans), tuple(talk), tuple(words))


def generated_words(path: Path) -> list[str]:
    """Return the words of a generated call without numbers, in order of time.

    Engines write numbers as figures or words; only what is written one way is compared.
    """
    truth = json.loads(path.with_suffix(".truth.json").read_text())
    secret = {i for span in truth["spans"] for i in span["words"]}
    words = [w for i, w in enumerate(truth["words"]) if i not in secret]
    return words_of(" ".join(w["text"] for w in sorted(words, key=lambda w: w["start_s"])))
