"""Cost of the leak certificate, in its default and in full, beside plain recognition, in one run.

Prints, for the sample call, for human speech of the evaluation data where that is there, and for
calls in a folder if one is given, in CPU seconds, models loaded beforehand:
- the engine's plain default on the file; our own hearing of it (voice, recogniser, second opinion);
- the certificate in each extent: its cost, the ratio to the plain default, and that together with
  what the times of findings and their masks cost; seconds heard each way.
"""

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random

import numpy as np
import soundfile
from faster_whisper import WhisperModel

from bench_way import SAMPLE, cpu_s
from evaluation import DATA, calls_of_human_digits, shipped_listeners
from sottovoce.detection.knowledge import shipped
from sottovoce.redaction.certificate import Extent, Listening
from sottovoce.redaction.mask import silenced
from sottovoce.redaction.profile import load_profile
from sottovoce.redaction.rehear import rehear
from sottovoce.speech import models
from sottovoce.speech.transcribe import Listeners, Transcript, transcribe
from sottovoce.steps.hiding import Ear, Reader, aligner_for, bounded, plan, sensitive
from sottovoce.steps.unclear import unclear
from sottovoce.values.sound import Sound, SoundInMemory


def main() -> None:
    args = _arguments()
    engine = WhisperModel(str(models.demo_whisper().path), device="cpu", compute_type="int8")
    listeners = shipped_listeners()
    for name, sound in _sounds(args):
        plain_s = _plain(sound, engine)
        before = cpu_s()
        transcript = transcribe(sound, listeners, progress=lambda seconds: None)
        print(f"{name}: plain default {plain_s:.1f} s, our hearing {cpu_s() - before:.1f} s")
        for extent in Extent:
            _certify(sound, transcript, listeners, extent, plain_s)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, default=201, help="of the human speech")
    parser.add_argument("--calls", type=Path, help="a folder of FLAC files to measure as well")
    return parser.parse_args()


def _sounds(args: argparse.Namespace) -> Iterator[tuple[str, SoundInMemory]]:
    for path in (SAMPLE, *sorted(args.calls.glob("*.flac") if args.calls else ())):
        samples, rate_hz = soundfile.read(path, dtype="int16", always_2d=True)
        yield path.name, SoundInMemory(rate_hz, tuple(samples.T.copy()))
    if DATA.is_dir():
        call = calls_of_human_digits(args.seed, rate_hz=16000, snr_db=None)
        yield call.name, call.sound


def _plain(sound: SoundInMemory, engine: WhisperModel) -> float:
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        soundfile.write(file.name, np.stack(sound.samples, axis=1), sound.rate_hz)
        before = cpu_s()
        for _ in engine.transcribe(file.name, language="en")[0]:
            pass
        return cpu_s() - before


def _certify(
    sound: Sound, transcript: Transcript, listeners: Listeners, extent: Extent, plain_s: float
) -> None:
    profile, known = load_profile("gdpr-default"), shipped()
    found = sensitive(transcript.segments, profile, known)
    doubtful = unclear(transcript, found, known)
    aligner = aligner_for(known, listeners)
    before = cpu_s()
    findings = bounded((*found, *doubtful), transcript, sound, aligner)
    masks = plan(findings, (), profile, sound)
    times_s, before = cpu_s() - before, cpu_s()
    check = rehear(
        findings,
        [mask.span for mask in masks],
        transcript.voiced,
        mask=lambda spans: silenced(sound, spans),
        ear=Ear(listeners, lambda stage, done, total: None),
        reader=Reader(profile, known),
        segments=transcript.segments,
        listening=Listening(extent, Random(1)),
    )
    spent_s = cpu_s() - before
    heard = ", ".join(f"{way} {seconds:.0f} s" for way, seconds in check.heard_s.items())
    print(
        f"  {extent.value:8} {spent_s:6.1f} s, {spent_s / plain_s:.2f} of plain, with times"
        f" {(spent_s + times_s) / plain_s:.2f}; {check.rounds} rounds;"
        f" audible {check.audible_s:.0f} s; heard {heard}",
        flush=True,
    )


if __name__ == "__main__":
    main()
