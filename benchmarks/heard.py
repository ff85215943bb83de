"""Detection on what the pipeline hears: human spellers, and calls that a tool speaks.

A value counts as readable while four of its letters or figures in a row (all of a shorter one) can
be read in what was heard; what is measured is whether it still can be read after redaction.
Hearing is slow: what was heard is kept by the digest of the sound and of the code that hears.
"""

import argparse
import hashlib
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from shutil import which

import numpy as np
import soundfile

from corpora import read_rows
from evaluation import load
from identified import QUESTIONS, is_readable, stream
from sottovoce.detection.detect import detect
from sottovoce.speech import models
from sottovoce.speech.moonshine import Moonshine
from sottovoce.speech.transcribe import Listeners, transcribe
from sottovoce.speech.voice import VoiceActivity
from sottovoce.speech.whisper import Whisper
from sottovoce.values.kinds import QUIET
from sottovoce.values.sound import SoundInMemory
from sottovoce.values.speech import Segment, Word
from tallies import share

ROOT = Path(__file__).resolve().parents[1]
TOOL = ROOT / "tools" / "make_calls.py"
NEAR_S = 0.6
NOT_STRUCTURED = frozenset({"per.name", "per.address"})


class Hearing:
    """The pipeline's hearing with a memory on disk; models are loaded when first needed."""

    def __init__(self, cache: Path) -> None:
        self._cache = cache
        self._listeners: Listeners | None = None
        code = b"".join(
            p.read_bytes() for p in sorted((ROOT / "src/sottovoce/speech").glob("*.py"))
        )
        self._code = hashlib.sha256(code).digest()
        cache.mkdir(parents=True, exist_ok=True)

    def hear(self, sound: SoundInMemory) -> tuple[Segment, ...]:
        """Return the segments of a sound."""
        content = b"".join(samples.tobytes() for samples in sound.samples)
        digest = hashlib.sha256(self._code + bytes(str(sound.rate_hz), "ascii") + content)
        page = self._cache / f"{digest.hexdigest()[:32]}.json"
        if not page.exists():
            segments = transcribe(sound, self._loaded(), progress=lambda seconds: None).segments
            page.write_text(json.dumps([asdict(s) for s in segments]), "utf-8")
        return tuple(_segment(row) for row in json.loads(page.read_text("utf-8")))

    def _loaded(self) -> Listeners:
        if self._listeners is None:
            self._listeners = Listeners(
                VoiceActivity(models.silero()),
                Whisper(models.demo_whisper()),
                Moonshine(models.moonshine()),
            )
        return self._listeners


def _segment(row: dict[str, object]) -> Segment:
    words = tuple(Word(**{k: _frozen(v) for k, v in word.items()}) for word in row["words"])
    return Segment(**{**row, "words": words})


def _frozen(value: object) -> object:
    return tuple(_frozen(v) for v in value) if isinstance(value, list) else value


def an4(options: argparse.Namespace) -> int:
    """People who spell and say their own particulars, each after the question for it."""
    hearing = _hearing(options)
    total: Counter[str] = Counter()
    heard: Counter[str] = Counter()
    left: Counter[str] = Counter()
    manifest = read_rows(options.data / "speech" / "manifest.jsonl")
    clips = [row for row in manifest if row.get("pii")][:: options.every]
    for row in clips:
        wave = load(options.data / "speech" / str(row["path"]), 16000)
        sound = SoundInMemory(16000, ((np.clip(wave, -1, 1) * 32767).astype(np.int16),))
        label, gold = str(row["pii"]), stream(str(row["text"]).split())
        segments = [_later(s, 10.0) for s in hearing.hear(sound)]
        told = _redacted([_asked(label), *segments])
        plain = stream(w.text for s in segments for w in s.words)
        for key in (label, "all"):
            total[key] += 1
            heard[key] += is_readable(gold, plain)
            left[key] += is_readable(gold, plain) and is_readable(gold, stream(told[1:]))
        if options.show and is_readable(gold, stream(told[1:])):
            print("    left", label, "|", row["text"], "|", " ".join(told[1:]))
    return _report("AN4 clips, heard, after the question", total, heard, left, options)


def _asked(label: str) -> Segment:
    words = QUESTIONS[label].split()
    timed = tuple(Word(i * 0.4, i * 0.4 + 0.3, w, 0.9, 1) for i, w in enumerate(words))
    return Segment(0.0, timed[-1].end_s, 1, timed)


def _later(segment: Segment, by_s: float) -> Segment:
    words = tuple(replace(w, start_s=w.start_s + by_s, end_s=w.end_s + by_s) for w in segment.words)
    return replace(segment, start_s=segment.start_s + by_s, end_s=segment.end_s + by_s, words=words)


def _redacted(segments: Sequence[Segment]) -> list[str]:
    """Return the text of each segment with a bar for each word that is hidden."""
    return [" ".join(words) for words in _shown(segments)]


def _shown(segments: Sequence[Segment]) -> Iterator[list[str]]:
    hidden = {w for f in detect(segments) if f.kind not in QUIET for w in f.words}
    for segment in segments:
        yield ["|" if word in hidden else word.text for word in segment.words]


def calls(options: argparse.Namespace) -> int:
    """Calls that `tools/make_calls.py` writes and speaks: structured identifiers as heard."""
    hearing = _hearing(options)
    total: Counter[str] = Counter()
    heard: Counter[str] = Counter()
    left: Counter[str] = Counter()
    folder = _spoken_calls(options)
    for page in sorted(folder.glob("*.truth.json")):
        truth = json.loads(page.read_text("utf-8"))
        samples, rate_hz = soundfile.read(
            page.with_name(page.name.replace(".truth.json", ".flac")), dtype="int16"
        )
        segments = hearing.hear(SoundInMemory(rate_hz, tuple(samples.T.copy())))
        shown = list(_shown(segments))
        for span in truth["spans"]:
            if span["kind"] in NOT_STRUCTURED:
                continue
            gold = _gold(span)
            plain = stream(_near(span, segments, [[w.text for w in s.words] for s in segments]))
            told = stream(_near(span, segments, shown))
            if gold.isdigit():
                plain, told = (re.sub(r"[^0-9|]", "", text) for text in (plain, told))
            for key in (span["kind"], "all"):
                total[key] += 1
                heard[key] += is_readable(gold, plain)
                left[key] += is_readable(gold, plain) and is_readable(gold, told)
            if options.show and is_readable(gold, told):
                print("    left", span["kind"], "|", gold, "|", told, "|", plain)
    return _report(f"generated calls, heard, seed {options.seed}", total, heard, left, options)


def _gold(span: dict[str, object]) -> str:
    """Return the letters and figures of a value; of one without letters, the figures as said."""
    value = re.sub(r"[^a-z0-9]", "", str(span["value"]).lower())
    return "".join(d["text"] for d in span["digits"]) if value.isdigit() else value


def _near(
    span: dict[str, float], segments: Sequence[Segment], texts: Sequence[Sequence[str]]
) -> Iterator[str]:
    for segment, words in zip(segments, texts, strict=True):
        for word, text in zip(segment.words, words, strict=True):
            near = span["start_s"] - NEAR_S < word.end_s and word.start_s < span["end_s"] + NEAR_S
            if segment.channel == span["channel"] and near:
                yield text


def _spoken_calls(options: argparse.Namespace) -> Path:
    """Return the folder of the calls of a seed, made if they are not there."""
    count = options.count or 6
    folder = options.cache / f"calls-{options.seed}-{count}"
    if not folder.exists():
        voices = "all" if all(map(which, ("espeak-ng", "flite", "festival"))) else "hibari"
        with tempfile.TemporaryDirectory(dir=options.cache) as made:
            command = [sys.executable, TOOL, "--seed", options.seed, "--count", count]
            command += ["--voices", voices, "--out", made]
            subprocess.run([str(c) for c in command], check=True, stdout=subprocess.DEVNULL)
            Path(made).rename(folder)
            Path(made).mkdir()
    return folder


def _hearing(options: argparse.Namespace) -> Hearing:
    if options.cache is None:
        options.cache = Path(tempfile.gettempdir()) / "sottovoce-heard"
    return Hearing(options.cache)


def _report(
    name: str,
    total: Counter[str],
    heard: Counter[str],
    left: Counter[str],
    options: argparse.Namespace,
) -> int:
    lines = [name, *_told(total, heard, left)]
    print("\n".join(lines), file=sys.stderr if options.json else sys.stdout)
    if options.json:
        counts = {k: {"values": n, "heard": heard[k], "left": left[k]} for k, n in total.items()}
        print(json.dumps({name: counts}))
    return 0


def _told(total: Counter[str], heard: Counter[str], left: Counter[str]) -> Iterable[str]:
    for key in sorted(total):
        gone = share(heard[key] - left[key], heard[key])
        yield (
            f"  {key:20} readable as heard {heard[key]:4} of {total[key]:4}; "
            f"of those no longer readable {gone:>6}"
        )
