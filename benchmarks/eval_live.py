"""Live redaction: delay against leak, for several hold-backs.

    python benchmarks/eval_live.py text [--seed N] [--count N] [--hold-back S ...]
    python benchmarks/eval_live.py sound [--seed N] [--count N] [--hold-back S ...] [--band B]
        [--snr-db N]

`text` takes timed words, as a perfect recogniser would give them: generated calls as written and in
small letters (`tools/make_calls.py`), and identifiers in every spoken form (`spoken_calls.py`).
Delay is from a word's end to its decision on the recording's clock, plus the CPU time of deciding.
`sound` plays generated calls block by block to the live redactor and looks at what comes out: a
frame is masked where it is not what went in. Delay is from a word's true end to the moment its last
sample is out, with the CPU time of each step on a clock of real time: a late step delays the next.
Leaks are counted against detection (text) or the pipeline (sound) of the whole recording, and in
sound against the truth as well. CPU time, not wall time: other work on the machine does not count.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eval_calls import said
from evaluation import Call, generated_calls
from sottovoce.detection.detect import detect
from sottovoce.detection.knowledge import shipped
from sottovoce.detection.live import LiveTalk, segments_of
from sottovoce.redaction.profile import load_profile
from sottovoce.steps.live_words import LiveWords
from sottovoce.values.finding import Action, Finding
from sottovoce.values.speech import Span, Word
from spoken_calls import cases

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))

from calls.voices import VOICE_NAMES
from calls.writer import Choice, write_script

TOOL = Path(__file__).parents[1] / "tools" / "make_calls.py"
PROFILE = load_profile("gdpr-default")
TEXT_S, SOUND_S = (0.2, 0.4, 0.7, 1.0, 1.5, 3.0), (0.6, 1.0, 1.5)
WORD_S, GAP_S, PAUSE_S = 0.3, 0.05, 0.4
BLOCK_S = 0.02
HALF = 0.5


@dataclass
class Tally:
    """Counts of one hold-back."""

    words: int = 0
    hidden: int = 0
    leaked: int = 0
    carrying: int = 0
    other: int = 0
    masked: int = 0
    delays: list[float] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    truth: int = 0
    audible: int = 0
    missed: Counter[str] = field(default_factory=Counter)


def main() -> int:
    options = _options()
    for name, talks in _sets(options):
        for hold_back_s in options.hold_back or (TEXT_S if options.what == "text" else SOUND_S):
            tally = Tally()
            for talk in talks:
                if isinstance(talk, Call):
                    hear(talk, hold_back_s, tally)
                else:
                    read(talk, hold_back_s, tally)
            told(name, hold_back_s, tally, options)
    return 0


def told(name: str, hold_back_s: float, tally: Tally, options: argparse.Namespace) -> None:
    p50, p95 = np.percentile(tally.delays, [50, 95])
    what = "words" if options.what == "text" else "findings"
    out = f"{tally.leaked} out ({_share(tally.leaked, tally.hidden)})"
    line = f"{name}, seed {options.seed}, hold-back {hold_back_s:.1f} s: "
    line += (
        f"delay p50 {p50:.2f} p95 {p95:.2f} s; of {tally.hidden} {what} that the whole hides {out}"
    )
    if options.what == "text":
        share = _share(tally.carrying, tally.hidden)
        line += f", {tally.carrying} of them carry a value ({share})"
    else:
        share = _share(tally.audible, tally.truth)
        line += f"; of {tally.truth} true spans {tally.audible} audible in part ({share})"
        line += f" {dict(tally.missed)}"
    print(line + f"; other masked {_share(tally.masked, tally.other)}", flush=True)
    if tally.kinds:
        print("   out:", dict(tally.kinds.most_common(8)))


def _share(part: float, whole: float) -> str:
    return f"{part / whole:.2%}" if whole else "-"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("what", choices=("text", "sound"))
    parser.add_argument("--seed", type=int, default=60_811, help="other talk with another seed")
    parser.add_argument("--count", type=int, default=0, help="how many calls")
    parser.add_argument("--hold-back", type=float, nargs="*", help="seconds")
    parser.add_argument("--band", default="", help="telephone or wide (default: drawn)")
    parser.add_argument("--snr-db", default="", help="voice over noise (default: drawn)")
    return parser.parse_args()


def _sets(options: argparse.Namespace) -> Iterator[tuple[str, Sequence[list[Word] | Call]]]:
    if options.what == "sound":
        with tempfile.TemporaryDirectory() as folder:
            more = [f"--band={options.band}"] if options.band else []
            more += [f"--snr-db={options.snr_db}"] if options.snr_db else []
            wanted = [f"--seed={options.seed}", f"--count={options.count or 5}", f"--out={folder}"]
            subprocess.run([sys.executable, str(TOOL), *wanted, *more], check=True)
            yield "generated calls", list(generated_calls(Path(folder)))
        return
    count = options.count or 20
    scripts = [write_script(options.seed, i, Choice(VOICE_NAMES, None, None)) for i in range(count)]
    for name, plain in (("calls as written", False), ("calls, small letters", True)):
        yield (
            name,
            [[w for s in said(script, plain=plain)[0] for w in s.words] for script in scripts],
        )
    yield "spoken forms", [timed(case.turns) for case in cases(options.seed, count * 10)]


def timed(turns: Iterable[object]) -> list[Word]:
    words, at = [], 0.0
    for turn in turns:
        for text in turn.text.split():
            words.append(Word(at, at + WORD_S, text, 0.9, turn.speaker))
            at += WORD_S + GAP_S
        at += PAUSE_S
    return words


def read(words: list[Word], hold_back_s: float, tally: Tally) -> None:
    """Add a talk of timed words, handed in as they end."""
    redactor = LiveWords(PROFILE, LiveTalk(shipped()), channels=2, hold_back_s=hold_back_s)
    shown: dict[tuple[float, int], bool] = {}
    for word in [*sorted(words, key=lambda w: w.end_s), None]:
        began = time.process_time()
        now_s = word.end_s if word else 0.0
        feed = redactor.feed([word], {0: now_s, 1: now_s}) if word else redactor.finish()
        for decided in feed:
            took_s = time.process_time() - began
            tally.delays.append(decided.decided_s - decided.end_s + took_s)
            shown[decided.start_s, decided.channel] = not decided.masked
            began = time.process_time()
    hidden, carrying = _hidden(detect(segments_of(words)))
    for word in words:
        at = word.start_s, word.channel
        tally.words += 1
        if word in hidden:
            tally.hidden += 1
            tally.leaked += shown[at]
            tally.carrying += shown[at] and word in carrying
            if shown[at] and word in carrying:
                tally.kinds[hidden[word]] += 1
        else:
            tally.other += 1
            tally.masked += not shown[at]


def _hidden(findings: Iterable[Finding]) -> tuple[dict[Word, str], set[Word]]:
    """Return the words of findings that the profile hides, and those that carry the value."""
    hidden: dict[Word, str] = {}
    carrying: set[Word] = set()
    for finding in findings:
        if PROFILE.action(finding.kind) is Action.KEEP:
            continue
        hidden |= dict.fromkeys(finding.words, finding.kind)
        said = [finding.words[i] for i in set(finding.sources)]
        carrying |= set(said or (w for w in finding.words if not _is_filler(w.text)))
    return hidden, carrying


def _is_filler(text: str) -> bool:
    """Tell whether a word says nothing alone: an ordinary one, one of listening or of a cue."""
    return text.lower().strip(".,?!;:") in _fillers()


@cache
def _fillers() -> frozenset[str]:
    lexicon = shipped().lexicon
    filler = {w for w in lexicon.common if lexicon.classes.get(w, ".") in ".wv"}
    for phrases in (*lexicon.gaps.by_first.values(), *lexicon.cues.by_first.values()):
        filler |= {word for phrase, _ in phrases for word in phrase}
    return frozenset(filler)


@cache
def _listeners() -> object:
    from sottovoce.speech import models
    from sottovoce.speech.moonshine import Moonshine
    from sottovoce.speech.transcribe import Listeners
    from sottovoce.speech.voice import VoiceActivity
    from sottovoce.speech.whisper import Whisper

    first = Whisper(models.demo_whisper())
    return Listeners(VoiceActivity(models.silero()), first, Moonshine(models.moonshine()))


@cache
def _live_ears() -> tuple[object, object]:
    from sottovoce.wiring import live_ears

    return live_ears(None, "en")


_WHOLE: dict[str, tuple[Finding, ...]] = {}


def _of_the_whole(call: Call) -> tuple[Finding, ...]:
    """Return what the pipeline hides of a whole call, without hearing again; once for each."""
    if call.name in _WHOLE:
        return _WHOLE[call.name]
    from sottovoce.speech.transcribe import transcribe
    from sottovoce.steps.hiding import sensitive

    heard = transcribe(call.sound, _listeners(), progress=lambda done_s: None)
    found = sensitive(heard.segments, PROFILE, shipped())
    _WHOLE[call.name] = tuple(f for f in found if PROFILE.action(f.kind) is not Action.KEEP)
    return _WHOLE[call.name]


def hear(call: Call, hold_back_s: float, tally: Tally) -> None:
    """Add a call, played to the live redactor."""
    masked, out_s = _played(call, hold_back_s)
    rate_hz = call.sound.rate_hz

    def share(span: Span) -> float:
        first, stop = int(span.start_s * rate_hz), max(1, int(span.end_s * rate_hz))
        return float(masked[span.channel][first:stop].mean()) if stop > first else 1.0

    for finding in _of_the_whole(call):
        tally.hidden += 1
        words = [finding.words[i] for i in set(finding.sources)] or finding.words
        if any(share(Span(w.start_s, w.end_s, w.channel)) < HALF for w in words):
            tally.leaked += 1
            tally.kinds[finding.kind] += 1
    for kind, span, _ in call.spans:
        tally.truth += 1
        digits = [
            d
            for d in call.digits
            if d.channel == span.channel and span.start_s <= d.start_s < span.end_s
        ]
        if any(share(part) < HALF for part in digits or [span]):
            tally.audible += 1
            tally.missed[kind] += 1
    for talk in call.talk:
        tally.other += round((talk.end_s - talk.start_s) * 1000)
        tally.masked += round(share(talk) * (talk.end_s - talk.start_s) * 1000)
        tally.delays.append(out_s(talk.end_s) - talk.end_s)


def _played(call: Call, hold_back_s: float) -> tuple[NDArray[np.bool_], object]:
    """Return which frames came out changed, and a function from a time to when it was out."""
    from sottovoce.steps.live import LiveSound

    sound, (voice, ear) = call.sound, _live_ears()
    live = LiveSound(
        PROFILE,
        LiveTalk(shipped()),
        voice,
        ear,
        rate_hz=sound.rate_hz,
        channels=sound.channels,
        hold_back_s=hold_back_s,
    )
    whole = np.stack(sound.samples)
    parts, ends, clocks = [], [0], [0.0]
    free_s, step = 0.0, round(BLOCK_S * sound.rate_hz)
    for at in range(0, sound.frames, step):
        began = time.process_time()
        emitted = list(live.feed(whole[:, at : at + step]))
        took_s = time.process_time() - began
        free_s = max(free_s, min(sound.frames, at + step) / sound.rate_hz) + took_s
        parts += [e.samples for e in emitted]
        if emitted:
            ends.append(ends[-1] + sum(e.samples.shape[1] for e in emitted))
            clocks.append(free_s)
    parts.append(live.finish().samples)
    ends.append(sound.frames)
    clocks.append(free_s)
    out = np.concatenate(parts, axis=1)
    assert out.shape == whole.shape

    def out_s(at_s: float) -> float:
        return clocks[int(np.searchsorted(ends, at_s * sound.rate_hz))]

    changed = np.abs(out.astype(int) - whole) > 2
    window = np.ones(round(0.02 * sound.rate_hz)) / round(0.02 * sound.rate_hz)
    return np.stack([np.convolve(c, window, "same") > HALF for c in changed]), out_s


if __name__ == "__main__":
    sys.exit(main())
