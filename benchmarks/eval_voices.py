"""Measure what an attacker who compares voices still finds, and what words are lost.

The clips of each speaker are halved; either half is enrolled and the other tried, as they are, bent
(light) and read anew (strong). The attacker compares embeddings of resemblyzer by cosine. Printed
is the rate at which wrong acceptances and wrong rejections are equal (EER: 0 % always finds the
speaker, 50 % guesses), against enrolments as they are and against enrolments that went the same way
by a draw of their own. Impostors are people of the same corpora. Nothing is masked, so that all
words are there to be compared; that is the attacker's best case.

Drift is the word error of the first recogniser on what is published less that on the original, both
against the reference. Its interval, as that of the EER, is drawn over speakers.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from evaluation import DATA, edits, expect_data, load, rows, shipped_listeners, words_of
from sottovoce.redaction.profile import load_profile
from sottovoce.redaction.style import Voicing
from sottovoce.redaction.transcript import redacted_transcript
from sottovoce.speech.transcribe import Listeners, Transcript, transcribe
from sottovoce.steps.voicing import voiced
from sottovoce.values.ids import new_recording_id
from sottovoce.values.sound import Samples, SoundInMemory
from sottovoce.wiring import bender, synthesiser

RATE_HZ = 16_000
CORPORA = {
    "LibriSpeech": ("librispeech",),
    "read speech (LibriSpeech, VCTK, LJ)": ("librispeech", "vctk", "ljspeech"),
    "AN4 (spelled names and numbers)": ("an4_train",),
}
LEAST_CLIPS = 4
LEAST_S = 6.0
"""A trial has this much sound at least, of clips put one after the other."""

PAUSE_S = 0.4
DRAWS = 400
WAYS = tuple(Voicing)

Vector = NDArray[np.float32]
Tally = tuple[int, int]
"""Errors or hits, and of how many."""


@dataclass(frozen=True, slots=True)
class Unit:
    """Some clips of one half of a speaker's, one after the other, and what is said in them."""

    subset: str
    speaker: str
    half: int
    samples: Samples = field(repr=False)
    words: Sequence[str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Made:
    """What a way makes of a unit: its file, its word errors and what it cost."""

    path: Path
    errors: int
    cost_s: float


@dataclass(frozen=True, slots=True)
class Trial:
    """A unit tried against everyone's other half: how near it is, by who is compared with."""

    speaker: str
    scores: Mapping[str, float]


def main() -> None:
    args = _arguments()
    expect_data()
    units = list(_units(random.Random(args.seed), args.corpus, args.speakers))
    listeners = shipped_listeners()
    with tempfile.TemporaryDirectory() as folder:
        made = _made(units, Path(folder), listeners)
        paths = [one.path for of_unit in made for one in of_unit.values()]
        found = iter(_embedded(paths, args.attacker))
        vectors = [{way: next(found) for way in of_unit} for of_unit in made]
    for name in args.corpus:
        chosen = [i for i, unit in enumerate(units) if unit.subset in CORPORA[name]]
        if chosen:
            _report(
                name,
                [units[i] for i in chosen],
                [made[i] for i in chosen],
                [vectors[i] for i in chosen],
                args.seed,
            )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, default=801)
    parser.add_argument("--speakers", type=int, default=60, help="at most so many a corpus")
    parser.add_argument("--corpus", action="append", choices=tuple(CORPORA), help="(default: all)")
    parser.add_argument(
        "--attacker",
        default="build/voices/env/bin/python",
        help="the python of the attacker's environment (make eval-voices)",
    )
    args = parser.parse_args()
    args.corpus = args.corpus or list(CORPORA)
    return args


def _units(draw: random.Random, corpora: Sequence[str], most: int) -> Iterator[Unit]:
    """Yield the halves of each speaker's clips, in pieces long enough to be tried."""
    clips: dict[str, dict[str, list[dict[str, object]]]] = defaultdict(lambda: defaultdict(list))
    for row in rows("speech/manifest.jsonl"):
        clips[str(row["subset"])][str(row["speaker_id"])].append(row)
    for subset in sorted({subset for name in corpora for subset in CORPORA[name]}):
        enough = sorted(s for s, own in clips[subset].items() if len(own) >= LEAST_CLIPS)
        for speaker in enough[:most]:
            own = clips[subset][speaker]
            draw.shuffle(own)
            for half in (0, 1):
                yield from _pieces(subset, speaker, half, own[half::2])


def _pieces(
    subset: str, speaker: str, half: int, clips: Sequence[Mapping[str, object]]
) -> Iterator[Unit]:
    waves: list[Vector] = []
    words: list[str] = []
    pause = np.zeros(round(PAUSE_S * RATE_HZ), np.float32)
    for i, row in enumerate(clips):
        waves += [load(DATA / "speech" / str(row["path"]), RATE_HZ), pause]
        words += words_of(str(row["text"]))
        if sum(map(len, waves)) >= LEAST_S * RATE_HZ or i == len(clips) - 1:
            wave = np.clip(np.concatenate(waves), -1, 1) * 32767
            yield Unit(subset, speaker, half, wave.astype(np.int16), words)
            waves, words = [], []


def _made(units: Sequence[Unit], folder: Path, listeners: Listeners) -> list[dict[Voicing, Made]]:
    reader, bends = synthesiser(), bender()
    made: list[dict[Voicing, Made]] = []
    for i, unit in enumerate(units):
        sound = SoundInMemory(RATE_HZ, (unit.samples,))
        heard = transcribe(sound, listeners, progress=lambda done_s: None)
        profile = load_profile("gdpr-default")
        shown = redacted_transcript(new_recording_id(), sound, heard.segments, (), (), profile)
        made.append({})
        for way in WAYS:
            began = time.process_time()
            voice = voiced(sound, shown, way, synthesiser=reader, bender=bends)
            samples = voice.read(0, 0, voice.frames)
            cost_s = time.process_time() - began
            path = folder / f"{way.value}-{i}.wav"
            soundfile.write(path, samples, RATE_HZ)
            again = heard if way is Voicing.AS_IS else None
            made[-1][way] = Made(path, _errors(unit, samples, listeners, again), cost_s)
        if i % 20 == 0:
            print(f"{i} of {len(units)}", file=sys.stderr, flush=True)
    return made


def _errors(unit: Unit, samples: Samples, listeners: Listeners, heard: Transcript | None) -> int:
    heard = heard or transcribe(
        SoundInMemory(RATE_HZ, (samples,)), listeners, progress=lambda done_s: None
    )
    said = [w for s in heard.segments for word in s.words for w in words_of(word.text)]
    return edits(unit.words, said)


def _embedded(paths: Sequence[Path], python: str) -> list[Vector]:
    attacker = Path(__file__).with_name("voices_attacker.py")
    asked = "".join(f"{path}\n" for path in paths)
    told = subprocess.run([python, attacker], input=asked, text=True, stdout=subprocess.PIPE)
    if told.returncode:
        sys.exit("the attacker failed: its environment is made by `make eval-voices`")
    return [np.asarray(json.loads(line), np.float32) for line in told.stdout.splitlines()]


def _report(
    name: str,
    units: Sequence[Unit],
    made: Sequence[Mapping[Voicing, Made]],
    vectors: Sequence[Mapping[Voicing, Vector]],
    seed: int,
) -> None:
    speakers = sorted({unit.speaker for unit in units})
    length_s = sum(len(unit.samples) for unit in units) / RATE_HZ
    print(f"{name}: {len(speakers)} speakers, {length_s / 60:.0f} min, ", end="")
    print(f"{len(units)} trials, {len(units) * (len(speakers) - 1)} by impostors")
    for way in WAYS:
        told = []
        for how, by in (("as it is", Voicing.AS_IS), ("the same way", way)):
            trials = _trials(units, vectors, way, by)
            low, rate, high = _interval(speakers, seed, lambda drawn, t=trials: _eer(t, drawn))
            told.append(f"EER, enrolled {how} {rate:.1%} ({low:.1%} to {high:.1%})")
        low, drift, high = _drift(way, units, made, speakers, seed)
        error = sum(one[way].errors for one in made) / sum(len(unit.words) for unit in units)
        cost = sum(one[way].cost_s for one in made) / length_s
        print(f"  {way.value:7} {'; '.join(told)}")
        print(f"          word error {error:.1%}, drift {drift:+.1%} ({low:+.1%} to {high:+.1%})")
        print(f"          {cost:.4f} CPU s for a second of sound", flush=True)


def _trials(
    units: Sequence[Unit], vectors: Sequence[Mapping[Voicing, Vector]], way: Voicing, by: Voicing
) -> dict[str, list[Trial]]:
    """Return by speaker how near each unit is to the other halves of everyone's."""
    halves: dict[tuple[str, int], list[Vector]] = defaultdict(list)
    for unit, vector in zip(units, vectors, strict=True):
        halves[unit.speaker, unit.half].append(vector[by])
    enrolled = {whose: _mean(own) for whose, own in halves.items()}
    trials: dict[str, list[Trial]] = defaultdict(list)
    for unit, vector in zip(units, vectors, strict=True):
        scores = {
            other: float(vector[way] @ model)
            for (other, half), model in enrolled.items()
            if half != unit.half
        }
        trials[unit.speaker].append(Trial(unit.speaker, scores))
    return trials


def _mean(vectors: Sequence[Vector]) -> Vector:
    mean = np.mean(vectors, axis=0)
    return np.asarray(mean / np.linalg.norm(mean), np.float32)


def _drift(
    way: Voicing,
    units: Sequence[Unit],
    made: Sequence[Mapping[Voicing, Made]],
    speakers: Sequence[str],
    seed: int,
) -> tuple[float, float, float]:
    added: dict[str, Tally] = {}
    for unit, one in zip(units, made, strict=True):
        more, words = added.get(unit.speaker, (0, 0))
        more += one[way].errors - one[Voicing.AS_IS].errors
        added[unit.speaker] = more, words + len(unit.words)

    def share(drawn: Sequence[str]) -> float:
        return sum(added[s][0] for s in drawn) / sum(added[s][1] for s in drawn)

    return _interval(speakers, seed, share)


def _interval(
    speakers: Sequence[str], seed: int, measure: Callable[[Sequence[str]], float]
) -> tuple[float, float, float]:
    """Return a measure between the ends of its 95 % interval, drawn over speakers."""
    draw = random.Random(seed)
    rates = sorted(measure(draw.choices(speakers, k=len(speakers))) for _ in range(DRAWS))
    return rates[DRAWS // 40], measure(speakers), rates[-1 - DRAWS // 40]


def _eer(trials: Mapping[str, Sequence[Trial]], speakers: Sequence[str]) -> float:
    tried = [trial for speaker in speakers for trial in trials[speaker]]
    own = [trial.scores[trial.speaker] for trial in tried]
    others = [v for trial in tried for other, v in trial.scores.items() if other != trial.speaker]
    marks = np.sort(np.concatenate([own, others]))
    missed = np.searchsorted(np.sort(own), marks) / len(own)
    let_in = 1 - np.searchsorted(np.sort(others), marks) / len(others)
    nearest = int(np.argmin(np.abs(missed - let_in)))
    return float(missed[nearest] + let_in[nearest]) / 2


if __name__ == "__main__":
    main()
