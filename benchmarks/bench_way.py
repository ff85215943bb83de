"""Compare the cost of the whole way with the engine's plain default, side by side in one run.

Prints, for the sample call and for calls of human speech made of the evaluation data where that is
there, in CPU seconds of this process and its children, models loaded beforehand for both:
- the engine's plain default on the file;
- the whole way: intake, sealing, hearing, detection, masking, hearing again, FLAC, page, receipt;
- what of the whole way is not listening, as a share of that plain recognition, and as a share of
  what our first recogniser takes, which is less;
- words kept: reference words heard right by the whole way, against the engine's own best.
"""

import argparse
import os
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np
import soundfile
from faster_whisper import WhisperModel

from evaluation import DATA, calls_of_human_digits, generated_words, words_of
from sottovoce.backends.folder_outlet import FolderOutlet
from sottovoce.pipeline import take, work
from sottovoce.redaction.profile import load_profile
from sottovoce.speech import models
from sottovoce.speech.recogniser import Heard, Recogniser
from sottovoce.speech.transcribe import transcribe
from sottovoce.speech.voice import VoiceActivity
from sottovoce.steps.order import Order, Workshop
from sottovoce.values.sound import Sound, SoundInMemory, Wave
from sottovoce.values.speech import Span
from sottovoce.wiring import embedded, workshop

CAREFUL = {"vad_filter": True, "condition_on_previous_text": False}
SAMPLE = Path(__file__).parents[1] / "samples" / "support-call.flac"


def cpu_s() -> float:
    """Return the CPU seconds of this process and of children that ended."""
    return sum(os.times()[:4])


class TimedRecogniser:
    """A recogniser whose CPU time is counted."""

    def __init__(self, recogniser: Recogniser) -> None:
        self._recogniser = recogniser
        self.weights = recogniser.weights
        self.spent_s = 0.0

    def hear(self, waves: Sequence[Wave]) -> list[Heard]:
        before = cpu_s()
        heard = self._recogniser.hear(waves)
        self.spent_s += cpu_s() - before
        return heard


class TimedVoice:
    """Voice activity whose CPU time is counted."""

    def __init__(self, voice: VoiceActivity) -> None:
        self._voice = voice
        self.weights = voice.weights
        self.spent_s = 0.0

    def voiced(self, sound: Sound, channel: int) -> tuple[Span, ...]:
        before = cpu_s()
        spans = self._voice.voiced(sound, channel)
        self.spent_s += cpu_s() - before
        return spans


def main() -> None:
    args = _arguments()
    weights = models.demo_whisper()
    engine = WhisperModel(str(weights.path), device="cpu", compute_type="int8")
    with tempfile.TemporaryDirectory() as folder:
        shop = _timed(workshop(embedded(Path(folder) / "vault"), model=None))
        files = [("the sample call", SAMPLE, generated_words(SAMPLE))]
        files += _human(Path(folder), args.seed, args.count)
        print(
            f"{'':34}{'default':>9}{'whole':>9}{'ratio':>7}{'rest/def':>10}{'rest/first':>11}{'kept':>8}"
        )
        for name, path, said in files:
            _compare(name, path, said, engine, shop, Path(folder))
        shop.vault.close()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, default=201)
    parser.add_argument("--count", type=int, default=1, help="calls of human speech")
    return parser.parse_args()


def _timed(shop: Workshop) -> Workshop:
    heard = shop.listeners
    return replace(
        shop,
        listeners=replace(
            heard,
            voice=TimedVoice(heard.voice),
            first=TimedRecogniser(heard.first),
            second=TimedRecogniser(heard.second),
        ),
    )


def _human(folder: Path, seed: int, count: int) -> list[tuple[str, Path, list[str]]]:
    if not DATA.is_dir():
        print("the evaluation data is not there: only the sample call is measured")
        return []
    files = []
    for i in range(count):
        call = calls_of_human_digits(seed + i, rate_hz=16000, snr_db=None, numbers=30)
        path = folder / f"human-{i}.flac"
        soundfile.write(path, np.stack(call.sound.samples, axis=1), call.sound.rate_hz)
        files.append((f"human talk and digits, seed {seed + i}", path, list(call.words)))
    return files


def _compare(
    name: str, path: Path, said: list[str], engine: WhisperModel, shop: Workshop, folder: Path
) -> None:
    before = cpu_s()
    plain = " ".join(s.text for s in engine.transcribe(str(path), language="en")[0])
    default_s = cpu_s() - before
    timers = (shop.listeners.first, shop.listeners.second, shop.listeners.voice)
    for timer in timers:
        timer.spent_s = 0.0
    before = cpu_s()
    order = Order(path, folder, load_profile("gdpr-default"), "benchmark")
    recording = take(order, shop, lambda stage, done, total: None)
    work(recording, order, shop, FolderOutlet(folder, path.stem), lambda stage, done, total: None)
    whole_s = cpu_s() - before
    rest_s = whole_s - sum(t.spent_s for t in timers)
    rest = f"{rest_s / default_s:10.1%}{rest_s / timers[0].spent_s:11.1%}"
    kept = _right(said, _ours(path, shop)) / max(1, _best(said, path, plain, engine))
    costs = f"{default_s:8.1f}s{whole_s:8.1f}s{whole_s / default_s:7.2f}"
    print(f"{name:34}{costs}{rest}{kept:8.1%}", flush=True)


def _ours(path: Path, shop: Workshop) -> list[str]:
    samples, rate_hz = soundfile.read(path, dtype="int16", always_2d=True)
    sound = SoundInMemory(rate_hz, tuple(samples.T.copy()))
    heard = transcribe(sound, shop.listeners, progress=lambda seconds: None)
    return words_of(" ".join(w.text for s in heard.segments for w in s.words))


def _best(said: list[str], path: Path, plain: str, engine: WhisperModel) -> int:
    """Return the most reference words that the engine hears right, of three ways to use it.

    Mixed as it is by default; channel by channel; and so with its own voice filter and without
    conditioning on what it said before, which keeps it from running wild on long digits.
    """
    samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    ways = [[], []]
    for channel in samples.T:
        with tempfile.NamedTemporaryFile(suffix=".wav") as file:
            soundfile.write(file.name, channel, rate_hz)
            for way, options in zip(ways, ({}, CAREFUL), strict=True):
                found = engine.transcribe(file.name, language="en", **options)[0]
                way += [(segment.start, segment.text) for segment in found]
    apart = [" ".join(text for _, text in sorted(way)) for way in ways]
    return max(_right(said, words_of(text)) for text in (plain, *apart))


def _right(said: list[str], heard: list[str]) -> int:
    blocks = SequenceMatcher(a=said, b=heard, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks)


if __name__ == "__main__":
    main()
