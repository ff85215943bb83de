"""Measure masks: what masking and encoding cost, what few lengths cost, what bleed is found.

    python benchmarks/bench_masks.py cost
    python benchmarks/bench_masks.py lengths FOLDER
    python benchmarks/bench_masks.py bleed FOLDER

`cost` prints how many times faster than the sound lasts this process's CPU is, for each fill, form
and rate: the sample call, a mask of two seconds every six; learning the room, masking, encoding and
writing, the best of three. `lengths` and `bleed` read calls of `tools/make_calls.py` with their
truth.
"""

import argparse
import json
import math
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import soundfile
import soxr

from sottovoce.redaction.bleed import bled
from sottovoce.redaction.encode import SoundForm, write_sound
from sottovoce.redaction.lengths import lengthen
from sottovoce.redaction.marks import as_comment
from sottovoce.redaction.mask import MaskedSound, merge
from sottovoce.redaction.style import Filling, Style, fill_of
from sottovoce.values.sound import SoundInMemory
from sottovoce.values.speech import Span

SAMPLE = Path(__file__).parents[1] / "samples" / "support-call.flac"
MARGIN_S = 0.2
PAUSE_S, AROUND_S = 0.25, 0.05
SEED = 8102
WAYS: tuple[tuple[str, float | None, float, float], ...] = (
    ("none", None, 0, 0),
    ("-10 dB, 3 ms", -10, 0.003, 0),
    ("-20 dB, 3 ms", -20, 0.003, 0),
    ("-26 dB, 3 ms", -26, 0.003, 0),
    ("-32 dB, 3 ms", -32, 0.003, 0),
    ("-38 dB, 3 ms", -38, 0.003, 0),
    ("-20 dB, room of 0.2 s", -20, 0.005, 0.2),
    ("-26 dB, room of 0.2 s", -26, 0.005, 0.2),
    ("-32 dB, room of 0.2 s", -32, 0.005, 0.2),
    ("-20 dB, echo at 0.3 s", -20, 0.3, 0),
    ("-26 dB, echo at 0.3 s in a room", -26, 0.3, 0.2),
)
"""Name, gain in dB (None for none), lag and reverberation in seconds."""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("what", choices=("cost", "lengths", "bleed"))
    parser.add_argument("folder", nargs="?", type=Path)
    args = parser.parse_args()
    if args.what == "cost":
        _costs()
    elif not args.folder:
        parser.error("give the folder with the calls")
    elif args.what == "lengths":
        _lengths([truth for truth, _ in _calls(args.folder)])
    else:
        _bleed(args.folder)


def _calls(folder: Path) -> Iterator[tuple[dict, Path]]:  # type: ignore[type-arg]
    for path in sorted(folder.glob("*.truth.json")):
        yield json.loads(path.read_text()), path.with_name(path.name.replace("truth.json", "flac"))


def _costs() -> None:
    samples, rate_hz = soundfile.read(SAMPLE, dtype="int16", always_2d=True)
    print(f"{'':12}" + "".join(f"{f.value + ' ' + form.value:>14}" for f, form in _styles()))
    for other_hz in (8000, 16_000, 44_100, 48_000):
        changed = soxr.resample(samples, rate_hz, other_hz)
        times = [_times(changed, other_hz, filling, form) for filling, form in _styles()]
        print(f"{other_hz:>6} Hz, 2ch" + "".join(f"{t:>13.0f}x" for t in times), flush=True)


def _styles() -> list[tuple[Filling, SoundForm]]:
    fills = [(filling, SoundForm.FLAC) for filling in Filling]
    return [*fills, *((Filling.TONE, form) for form in SoundForm if form is not SoundForm.FLAC)]


def _times(samples: np.ndarray, rate_hz: int, filling: Filling, form: SoundForm) -> float:
    sound = SoundInMemory(rate_hz, tuple(np.ascontiguousarray(c) for c in samples.T))
    duration_s = sound.frames / rate_hz
    hidden = [Span(at, at + 2.0, int(at) % 2) for at in range(1, int(duration_s) - 2, 6)]
    with tempfile.TemporaryDirectory() as folder:
        best = math.inf
        for _ in range(3):
            before = time.process_time()
            fill = fill_of(Style(filling), sound, voiced=hidden, hidden=hidden)
            masked = MaskedSound(sound, hidden, fill)
            path, comment = Path(folder) / "a", as_comment(masked)
            write_sound(masked, path, form, marks=masked.marks, comment=comment)
            best = min(best, time.process_time() - before)
    return duration_s / best


def _lengths(truths: Sequence[dict]) -> None:  # type: ignore[type-arg]
    minutes = sum(truth["duration_s"] for truth in truths) / 60
    print(f"{len(truths)} calls, {minutes:.0f} min")
    of_kind: dict[str, list[float]] = {}
    for span in (span for truth in truths for span in truth["spans"]):
        length_s = span["end_s"] - span["start_s"] + 2 * MARGIN_S
        of_kind.setdefault(span["kind"], []).append(math.log(length_s))
    of_kind["(all)"] = [length for lengths in of_kind.values() for length in lengths]
    for kind, lengths in sorted(of_kind.items()):
        print(f"{kind:14} {len(lengths):4}  log s {np.mean(lengths):.2f} +- {np.std(lengths):.2f}")
    for name, channels in (("two channels", 2), ("one channel", 1)):
        for rule, plan in (("exact", _exact), ("quantised", _quantised)):
            print(f"{name}, {rule}: {_share(truths, channels, plan)}")


def _exact(spans: Sequence[Span], voiced: Sequence[Span], duration_s: float) -> tuple[Span, ...]:
    return merge(spans)


def _quantised(
    spans: Sequence[Span], voiced: Sequence[Span], duration_s: float
) -> tuple[Span, ...]:
    return lengthen(spans, voiced, duration_s=duration_s, channels=2)


def _share(
    truths: Sequence[dict],  # type: ignore[type-arg]
    channels: int,
    plan: Callable[[Sequence[Span], Sequence[Span], float], tuple[Span, ...]],
) -> str:
    others_s = covered_s = 0.0
    lengths: Counter[int] = Counter()
    for truth in truths:
        words = [
            (w, Span(w["start_s"], w["end_s"], w["channel"] % channels)) for w in truth["words"]
        ]
        voiced = [Span(s.start_s - AROUND_S, s.end_s + AROUND_S, s.channel) for _, s in words]
        hidden = plan(_spans(truth, channels), merge(voiced, gap_s=PAUSE_S), truth["duration_s"])
        lengths.update(round((s.end_s - s.start_s) * 100) for s in hidden)
        secret = {i for span in truth["spans"] for i in span["words"]}
        for i, (_, word) in enumerate(words):
            if i not in secret:
                others_s += word.end_s - word.start_s
                covered_s += sum(_overlap(word, s) for s in hidden if s.channel == word.channel)
    shares = np.array([*lengths.values()]) / sum(lengths.values())
    entropy = -float(np.sum(shares * np.log2(shares)))
    return (
        f"{covered_s / others_s:.2%} of other speech hidden, {sum(lengths.values())} masks of"
        f" {len(lengths)} lengths, {entropy:.2f} bits"
    )


def _spans(truth: dict, channels: int = 2) -> list[Span]:  # type: ignore[type-arg]
    return [
        Span(
            max(0.0, s["start_s"] - MARGIN_S),
            min(truth["duration_s"], s["end_s"] + MARGIN_S),
            s["channel"] % channels,
        )
        for s in truth["spans"]
    ]


def _overlap(a: Span, b: Span) -> float:
    return max(0.0, min(a.end_s, b.end_s) - max(a.start_s, b.start_s))


def _bleed(folder: Path) -> None:
    draw = np.random.default_rng(SEED)
    hidden: dict[str, list[bool]] = {way[0]: [] for way in WAYS}
    for truth, path in _calls(folder):
        samples, rate_hz = soundfile.read(path, dtype="int16", always_2d=True)
        spans = merge(_spans(truth))
        for name, gain_db, lag_s, room_s in WAYS:
            mixed = samples.astype(np.float64)
            if gain_db is not None:
                way = _way(gain_db, lag_s, room_s, rate_hz, draw)
                for channel in (0, 1):
                    mixed[:, channel] += _heard(samples[:, 1 - channel], way)
            whole = mixed.clip(-32768, 32767).astype(np.int16)
            sound = SoundInMemory(rate_hz, tuple(np.ascontiguousarray(c) for c in whole.T))
            found = bled(sound, spans)
            hidden[name] += [_is_hidden(span, lag_s, found, truth["duration_s"]) for span in spans]
    for name, were in hidden.items():
        print(f"{name:34} {len(were)} spans, {np.mean(were):6.1%} hidden on the other channel")


def _way(
    gain_db: float, lag_s: float, room_s: float, rate_hz: int, draw: np.random.Generator
) -> np.ndarray:
    """Return an impulse response: direct sound, and a tail if there is a room."""
    direct = np.zeros(1 + round((lag_s + 0.4) * rate_hz))
    lag = round(lag_s * rate_hz)
    direct[lag] = 1.0
    if room_s:
        after = np.arange(len(direct) - lag)
        direct[lag:] = draw.standard_normal(len(after)) * np.exp(-6.9 * after / room_s / rate_hz)
        direct[lag] = 3.0
        direct /= np.sqrt(np.sum(direct**2))
    return direct * 10 ** (gain_db / 20)


def _heard(samples: np.ndarray, way: np.ndarray) -> np.ndarray:
    size = 1 << (len(samples) + len(way)).bit_length()
    return np.fft.irfft(np.fft.rfft(samples, size) * np.fft.rfft(way, size), size)[: len(samples)]


def _is_hidden(span: Span, lag_s: float, found: Sequence[Span], duration_s: float) -> bool:
    start, end = span.start_s + lag_s, min(duration_s, span.end_s + lag_s)
    return any(
        f.channel != span.channel and f.start_s <= start + 0.02 and end <= f.end_s + 0.02
        for f in found
    )


if __name__ == "__main__":
    main()
