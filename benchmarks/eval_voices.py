"""Measure what an attacker who compares voices still finds, and what words are lost.

People of LibriSpeech, VCTK and AN4 are enrolled by half of their clips and tried by the other
half, as they are, bent (light) and read anew (strong). The attacker compares embeddings of
resemblyzer by cosine. Printed is the rate at which wrong acceptances and wrong rejections are equal
(EER: 0 % always finds the speaker, 50 % guesses), against enrolments as they are and against
enrolments that went the same way. Nothing is masked, so that all words are there to be compared;
that is the attacker's best case.

Drift is the word error of the first recogniser on what is published less that on the original.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from evaluation import DATA, edits, expect_data, load, rows, words_of
from sottovoce.redaction.profile import load_profile
from sottovoce.redaction.style import Voicing
from sottovoce.redaction.transcript import redacted_transcript
from sottovoce.speech import models
from sottovoce.speech.moonshine import Moonshine
from sottovoce.speech.transcribe import Listeners, transcribe
from sottovoce.speech.voice import VoiceActivity
from sottovoce.speech.whisper import Whisper
from sottovoce.steps.voicing import voiced
from sottovoce.values.ids import new_recording_id
from sottovoce.values.sound import Samples, SoundInMemory
from sottovoce.wiring import bender, synthesiser

RATE_HZ = 16_000
SUBSETS = ("librispeech", "vctk", "an4_train")
LEAST_S = 6.0
"""A trial has this much sound at least, of clips put one after the other."""

PAUSE_S = 0.4
WAYS = tuple(Voicing)


@dataclass(frozen=True, slots=True)
class Unit:
    """Some clips of one speaker, one after the other, and what is said in them."""

    speaker: str
    samples: Samples = field(repr=False)
    words: Sequence[str] = field(repr=False)


@dataclass
class Said:
    """Word errors and words by way."""

    errors: dict[Voicing, int] = field(default_factory=lambda: defaultdict(int))
    words: int = 0
    cost_s: dict[Voicing, float] = field(default_factory=lambda: defaultdict(float))
    length_s: float = 0


def main() -> None:
    args = _arguments()
    expect_data()
    draw = random.Random(args.seed)
    enrolled, tried = _split(draw, args.speakers, args.trials)
    listeners = Listeners(
        VoiceActivity(models.silero()),
        Whisper(models.demo_whisper()),
        Moonshine(models.moonshine()),
    )
    said = Said()
    with tempfile.TemporaryDirectory() as folder:
        paths = {
            (role, way, i): path
            for role, units in (("enrolled", enrolled), ("tried", tried))
            for way, i, path in _written(units, role, Path(folder), listeners, said)
        }
        vectors = dict(zip(paths, _embedded(paths.values(), args.attacker), strict=True))
    print(f"{len({u.speaker for u in tried})} speakers, {len(tried)} trials each way, ", end="")
    print(f"{len(tried) * (len({u.speaker for u in enrolled}) - 1)} impostor trials")
    for way in WAYS:
        _report(way, vectors, enrolled, tried, said, args.seed)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, default=801)
    parser.add_argument("--speakers", type=int, default=60, help="at most so many")
    parser.add_argument("--trials", type=int, default=3, help="at most so many a speaker")
    parser.add_argument(
        "--attacker",
        default="build/voices/env/bin/python",
        help="the python of the attacker's environment (make eval-voices)",
    )
    return parser.parse_args()


def _split(draw: random.Random, most: int, trials: int) -> tuple[list[Unit], list[Unit]]:
    """Return units to enrol and to try, of other clips of the same speakers."""
    clips: dict[str, list[dict[str, object]]] = defaultdict(list)
    for row in rows("speech/manifest.jsonl"):
        if row["subset"] in SUBSETS:
            clips[str(row["speaker_id"])].append(row)
    enrolled, tried = [], []
    for speaker in sorted(s for s, own in clips.items() if len(own) >= 4)[:most]:
        own = clips[speaker]
        draw.shuffle(own)
        enrolled += _units(speaker, own[::2])
        tried += list(_units(speaker, own[1::2]))[:trials]
    return enrolled, tried


def _units(speaker: str, clips: Sequence[Mapping[str, object]]) -> Iterator[Unit]:
    waves: list[NDArray[np.float32]] = []
    words: list[str] = []
    pause = np.zeros(round(PAUSE_S * RATE_HZ), np.float32)
    for i, row in enumerate(clips):
        waves += [load(DATA / "speech" / str(row["path"]), RATE_HZ), pause]
        words += words_of(str(row["text"]))
        if sum(map(len, waves)) >= LEAST_S * RATE_HZ or i == len(clips) - 1:
            wave = np.concatenate(waves)
            yield Unit(speaker, (np.clip(wave, -1, 1) * 32767).astype(np.int16), words)
            waves, words = [], []


def _written(
    units: Sequence[Unit], role: str, folder: Path, listeners: Listeners, said: Said
) -> Iterator[tuple[Voicing, int, Path]]:
    reader, bends = synthesiser(), bender()
    for i, unit in enumerate(units):
        sound = SoundInMemory(RATE_HZ, (unit.samples,))
        heard = transcribe(sound, listeners, progress=lambda done_s: None)
        profile = load_profile("gdpr-default")
        shown = redacted_transcript(new_recording_id(), sound, heard.segments, (), (), profile)
        said.words += len(unit.words)
        said.length_s += len(unit.samples) / RATE_HZ
        for way in WAYS:
            began = time.process_time()
            made = voiced(sound, shown, way, synthesiser=reader, bender=bends)
            samples = made.read(0, 0, made.frames)
            said.cost_s[way] += time.process_time() - began
            path = folder / f"{role}-{way.value}-{i}.wav"
            soundfile.write(path, samples, RATE_HZ)
            again = transcribe(
                SoundInMemory(RATE_HZ, (samples,)), listeners, progress=lambda done_s: None
            )
            words = [w for s in again.segments for word in s.words for w in words_of(word.text)]
            said.errors[way] += edits(unit.words, words)
            yield way, i, path


def _embedded(paths: Sequence[Path], python: str) -> list[NDArray[np.float32]]:
    attacker = Path(__file__).with_name("voices_attacker.py")
    asked = "".join(f"{path}\n" for path in paths)
    told = subprocess.run([python, attacker], input=asked, text=True, stdout=subprocess.PIPE)
    if told.returncode:
        sys.exit("the attacker failed: its environment is made by `make eval-voices`")
    return [np.asarray(json.loads(line), np.float32) for line in told.stdout.splitlines()]


def _report(
    way: Voicing,
    vectors: Mapping[tuple[str, Voicing, int], NDArray[np.float32]],
    enrolled: Sequence[Unit],
    tried: Sequence[Unit],
    said: Said,
    seed: int,
) -> None:
    trials = [(unit.speaker, vectors["tried", way, i]) for i, unit in enumerate(tried)]
    told = []
    for name, by in (("as it is", Voicing.AS_IS), ("same way", way)):
        people: dict[str, list[NDArray[np.float32]]] = defaultdict(list)
        for i, unit in enumerate(enrolled):
            people[unit.speaker].append(vectors["enrolled", by, i])
        models_of = {speaker: _mean(own) for speaker, own in people.items()}
        low, rate, high = _with_interval(trials, models_of, seed)
        told.append(f"EER against enrolment {name} {rate:5.1%} ({low:.1%} to {high:.1%})")
    error = said.errors[way] / said.words
    drift = error - said.errors[Voicing.AS_IS] / said.words
    cost = said.cost_s[way] / said.length_s
    print(f"{way.value:7} {'; '.join(told)}")
    print(f"        word error {error:.1%}, drift {drift:+.1%}; {cost:.3f} CPU s a second")


def _mean(vectors: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    mean = np.mean(vectors, axis=0)
    return np.asarray(mean / np.linalg.norm(mean), np.float32)


def _with_interval(
    trials: Sequence[tuple[str, NDArray[np.float32]]],
    models_of: Mapping[str, NDArray[np.float32]],
    seed: int,
) -> tuple[float, float, float]:
    """Return the equal error rate between the ends of its 95 % interval, drawn over speakers."""
    scores = {
        speaker: [
            {other: float(vector @ model) for other, model in models_of.items()}
            for own, vector in trials
            if own == speaker
        ]
        for speaker in {speaker for speaker, _ in trials}
    }
    draw, names = random.Random(seed), sorted(scores)
    rates = sorted(_rate(scores, draw.choices(names, k=len(names))) for _ in range(400))
    return rates[10], _rate(scores, names), rates[-11]


def _rate(scores: Mapping[str, Sequence[Mapping[str, float]]], speakers: Sequence[str]) -> float:
    own = [trial[s] for s in speakers for trial in scores[s]]
    others = [v for s in speakers for trial in scores[s] for o, v in trial.items() if o != s]
    marks = np.sort(np.concatenate([own, others]))
    missed = np.searchsorted(np.sort(own), marks) / len(own)
    let_in = 1 - np.searchsorted(np.sort(others), marks) / len(others)
    nearest = int(np.argmin(np.abs(missed - let_in)))
    return float(missed[nearest] + let_in[nearest]) / 2


if __name__ == "__main__":
    main()
