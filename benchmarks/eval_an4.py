"""Measure what is left of people's own particulars after redaction, on AN4.

People spell and say their names, streets, telephone numbers and birth dates, each on one channel
of a call after the question for it, which a synthetic voice asks on the other. The clips have no
word times, so nothing is said of edges. A value is left where four of its letters or figures in a
row (all of a shorter one) can be read: in the redacted words, or in what the second listener makes
of the redacted clip. Printed beside it is how many the same listener reads in the clip as it came.
"""

import argparse
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

import evaluation
from evaluation import LOUD_DB, expect_data, load, rows, shipped_listeners
from identified import QUESTIONS, is_readable, stream
from sottovoce.pipeline import redact
from sottovoce.redaction.mask import merge, silenced
from sottovoce.redaction.profile import load_profile
from sottovoce.redaction.synthesiser import Synthesiser
from sottovoce.speech.transcribe import Listeners, hear_again
from sottovoce.values.sound import SoundInMemory
from sottovoce.values.speech import Span
from sottovoce.wiring import synthesiser

PAUSE_S = 0.5
SETS = ((8000, None), (16000, None), (8000, 10.0), (16000, 10.0))
NAMES = frozenset(("FIRST_NAME", "LAST_NAME", "STREET_NAME", "CITY"))


@dataclass(frozen=True, slots=True)
class Answer:
    """A clip in its call: what was asked for, when it is said, and its letters and figures."""

    label: str
    span: Span
    value: str = field(repr=False)


def main() -> None:
    args = _arguments()
    expect_data(args.data)
    listeners = shipped_listeners()
    voice = synthesiser()
    for rate_hz, snr_db in SETS:
        name = f"{rate_hz // 1000} kHz, {'clean' if snr_db is None else f'{snr_db:.0f} dB'}"
        if args.only in name:
            sound, answers = _call(args.seed, args.count, rate_hz, snr_db, voice)
            _report(name, sound, answers, listeners, verbose=args.verbose)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, default=101, help="other clips with another seed")
    parser.add_argument("--count", type=int, default=40, help="clips in each set")
    parser.add_argument("--only", default="", help="only sets whose name has this")
    parser.add_argument("--data", type=Path, help="where the evaluation data is, if not beside")
    parser.add_argument("--verbose", action="store_true", help="say which were left")
    return parser.parse_args()


def _call(
    seed: int, count: int, rate_hz: int, snr_db: float | None, voice: Synthesiser
) -> tuple[SoundInMemory, list[Answer]]:
    draw, hiss = random.Random(seed), np.random.default_rng(seed)
    clips = [row for row in rows("speech/manifest.jsonl") if row.get("pii")]
    asked, told, answers = [], [], []
    frames = 0
    for row in draw.sample(clips, min(count, len(clips))):
        label = str(row["pii"])
        question = _loud(voice.say(QUESTIONS[label], pace=1.0, rate_hz=rate_hz))
        clip = _loud(load(evaluation.DATA / "speech" / str(row["path"]), rate_hz))
        pause = np.zeros(int(PAUSE_S * rate_hz), np.float32)
        asked += [question, pause, np.zeros(len(clip), np.float32), pause]
        told += [np.zeros(len(question), np.float32), pause, clip, pause]
        start = frames + len(question) + len(pause)
        span = Span(start / rate_hz, (start + len(clip)) / rate_hz, 0)
        answers.append(Answer(label, span, stream(str(row["text"]).split())))
        frames = start + len(clip) + len(pause)
    waves = [np.concatenate(told), np.concatenate(asked)]
    if snr_db is not None:
        level = 10 ** ((LOUD_DB - snr_db) / 20)
        waves = [wave + hiss.normal(0, level, len(wave)) for wave in waves]
    samples = tuple((np.clip(wave, -1, 1) * 32767).astype(np.int16) for wave in waves)
    return SoundInMemory(rate_hz, samples), answers


def _loud(wave: np.ndarray) -> np.ndarray:
    return wave * 10 ** (LOUD_DB / 20) / (np.sqrt(np.mean(wave**2)) + 1e-9)


def _report(
    name: str,
    sound: SoundInMemory,
    answers: Sequence[Answer],
    listeners: Listeners,
    *,
    verbose: bool,
) -> None:
    redacted = redact(sound, load_profile("gdpr-default"), listeners, lambda stage, done, total: 0)
    hidden = merge(mask.span for mask in redacted.masks)
    words = [w for s in redacted.transcript.segments for w in s.words if not _is_in(w, hidden)]
    spans = [answer.span for answer in answers]
    before = _heard(sound, spans, listeners)
    after = _heard(silenced(sound, hidden), spans, listeners)
    counts: dict[str, Counter[str]] = {"structured": Counter(), "names and places": Counter()}
    for answer, plain, masked in zip(answers, before, after, strict=True):
        shown = stream(w.text for w in words if _is_in(w, [answer.span]))
        count = counts["names and places" if answer.label in NAMES else "structured"]
        count["all"] += 1
        count["readable before"] += is_readable(answer.value, plain)
        count["left in words"] += is_readable(answer.value, shown)
        count["left in sound"] += is_readable(answer.value, masked)
        if verbose and is_readable(answer.value, masked):
            print(f"  left: {answer.label} at {answer.span.start_s:.1f} s")
    verdict = "passed" if redacted.check.passed else "quarantined"
    print(f"AN4 after the question, {name}: {len(answers)} clips, {verdict}")
    for family, count in counts.items():
        told = ", ".join(f"{what} {count[what]}" for what in list(count)[1:])
        print(f"  {family:17} {count['all']:3} clips: {told}")


def _is_in(word: Span, spans: Sequence[Span]) -> bool:
    middle = (word.start_s + word.end_s) / 2
    return any(s.channel == word.channel and s.start_s <= middle <= s.end_s for s in spans)


def _heard(sound: SoundInMemory, spans: Sequence[Span], listeners: Listeners) -> Iterator[str]:
    """Yield what the second listener makes of each clip, heard whole."""
    for span in spans:
        segments = hear_again(sound, [span], listeners.second)
        yield stream(word.text for segment in segments for word in segment.words)


if __name__ == "__main__":
    main()
