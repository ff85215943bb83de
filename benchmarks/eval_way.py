"""Measure the whole way on calls whose truth is known: what stays audible, what is masked in vain.

For each set it prints
- the share of voiced digit time under a mask, and of digits wholly under one (98 % of their time);
- the share of sensitive spans wholly under masks, and of other speech masked;
- what the second listener recovers from the redacted sound: spans of which four digits in a row,
  or a name, come back when the whole redacted channel is heard;
- the time of sensitive spans that no mask covers, of structured kinds and of names;
- the error of mask edges against the truth, 95th percentile, of edges beyond which no other
  sensitive span lies under the same mask: all of it; only the part in voice (what is short of
  the truth, and what covers other speech; too much silence harms nobody); and of those edges where
  detection chose the same words, so that only clocks can be wrong.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from shutil import which

import numpy as np

from evaluation import (
    Call,
    calls_of_human_digits,
    covered_s,
    expect_data,
    generated_calls,
    length_s,
    shipped_listeners,
)
from remembered import remembered
from sottovoce.detection.numbers import number_words
from sottovoce.pipeline import redact
from sottovoce.redaction.mask import merge, silenced
from sottovoce.redaction.profile import load_profile
from sottovoce.speech.transcribe import Listeners, hear_again
from sottovoce.values.speech import Span

TOOL = Path(__file__).parents[1] / "tools" / "make_calls.py"
WHOLE = 0.98


@dataclass
class Tally:
    """Sums over the calls of a set."""

    calls: int = 0
    quarantined: int = 0
    digit_s: float = 0
    digit_masked_s: float = 0
    digits: int = 0
    digits_whole: int = 0
    spans: Counter[str] = field(default_factory=Counter)
    spans_whole: Counter[str] = field(default_factory=Counter)
    talk_s: float = 0
    talk_masked_s: float = 0
    recovered: Counter[str] = field(default_factory=Counter)
    secret_s: Counter[str] = field(default_factory=Counter)
    audible_s: Counter[str] = field(default_factory=Counter)
    edges_s: list[float] = field(default_factory=list)
    voiced_edges_s: list[float] = field(default_factory=list)
    clock_edges_s: list[float] = field(default_factory=list)


def main() -> None:
    args = _arguments()
    expect_data(args.data)
    listeners = shipped_listeners()
    listeners = remembered(listeners, args.memory) if args.memory else listeners
    for name, calls in _sets(args):
        tally = Tally()
        for call in calls:
            _measure(call, listeners, tally, verbose=args.verbose)
        _report(name, tally)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, default=101, help="other calls with another seed")
    parser.add_argument("--count", type=int, default=2, help="calls in each set")
    parser.add_argument("--only", default="", help="only sets whose name has this")
    parser.add_argument("--data", type=Path, help="where the evaluation data is, if not beside")
    parser.add_argument(
        "--memory", type=Path, help="keep what models heard here, to try masks anew"
    )
    parser.add_argument("--verbose", action="store_true", help="say where masks fell short")
    return parser.parse_args()


def _sets(args: argparse.Namespace) -> Iterator[tuple[str, Iterable[Call]]]:
    seeds = range(args.seed, args.seed + args.count)
    for rate_hz, snr_db in ((8000, None), (16000, None), (8000, 10.0), (16000, 10.0)):
        kind = "clean" if snr_db is None else f"{snr_db:.0f} dB"
        name = f"human digits between talk, {rate_hz // 1000} kHz, {kind}"
        if args.only in name:
            calls = (calls_of_human_digits(s, rate_hz=rate_hz, snr_db=snr_db) for s in seeds)
            yield name, calls
    for band in ("telephone", "wide"):
        name = f"generated calls, {band}"
        if args.only in name:
            yield name, (call for seed in seeds for call in _generated(seed, band))


def _generated(seed: int, band: str) -> Iterator[Call]:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, TOOL, "--seed", seed, "--count", 1]
        voices = "all" if all(map(which, ("espeak-ng", "flite", "festival"))) else "hibari"
        command += ["--band", band, "--voices", voices, "--out", folder]
        subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)
        yield from generated_calls(Path(folder))


def _measure(call: Call, listeners: Listeners, tally: Tally, *, verbose: bool) -> None:
    redacted = redact(
        call.sound, load_profile("gdpr-default"), listeners, lambda stage, done, total: None
    )
    hidden = merge(mask.span for mask in redacted.masks)
    tally.calls += 1
    tally.quarantined += not redacted.check.passed
    tally.digit_s += length_s(call.digits)
    tally.digit_masked_s += sum(covered_s(d, hidden) for d in call.digits)
    tally.digits += len(call.digits)
    tally.digits_whole += sum(_is_whole(d, hidden) for d in call.digits)
    tally.talk_s += length_s(call.talk)
    tally.talk_masked_s += sum(covered_s(t, hidden) for t in call.talk)
    for kind, span, _ in call.spans:
        tally.spans[kind] += 1
        whole = _is_hidden(span, call, hidden)
        tally.spans_whole[kind] += whole
        family = "names" if kind == "per.name" else "structured"
        parts = _parts(span, call)
        tally.secret_s[family] += length_s(parts)
        tally.audible_s[family] += length_s(parts) - sum(covered_s(p, hidden) for p in parts)
        for edge in _edges(span, call, hidden):
            tally.edges_s.append(abs(edge.over_s))
            tally.voiced_edges_s.append(edge.voiced_s)
            tally.clock_edges_s += [] if edge.is_of_another_word else [abs(edge.over_s)]
        if verbose and not whole:
            share = covered_s(span, hidden) / (span.end_s - span.start_s)
            print(f"  {call.name}: {kind} at {span.start_s:.1f} s, {share:.0%} masked")
    _recovered(call, hidden, listeners, tally, verbose=verbose)


def _is_hidden(span: Span, call: Call, hidden: Sequence[Span]) -> bool:
    """Tell whether a span is wholly masked; of a number with pauses, every digit of it."""
    return all(_is_whole(part, hidden) for part in _parts(span, call))


def _parts(span: Span, call: Call) -> list[Span]:
    inside = [
        d
        for d in call.digits
        if d.channel == span.channel and span.start_s <= d.start_s and d.end_s <= span.end_s
    ]
    return inside or [span]


def _is_whole(span: Span, hidden: Sequence[Span]) -> bool:
    return covered_s(span, hidden) >= WHOLE * (span.end_s - span.start_s)


@dataclass(frozen=True, slots=True)
class _Edge:
    """By how much a mask is wider than the truth (below 0: too short), and how much is of voice.

    An edge is of another word when half of a word beyond the truth is masked, or half of a part of
    the truth is not: then detection chose other words, and no clock is to blame.
    """

    over_s: float
    voiced_s: float
    is_of_another_word: bool


def _edges(span: Span, call: Call, hidden: Sequence[Span]) -> list[_Edge]:
    over = [h for h in hidden if h.channel == span.channel and covered_s(span, [h])]
    if not covered_s(span, over) > length_s([span]) / 2:
        return []
    others = [s for _, s, _ in call.spans if s != span and any(covered_s(s, [h]) for h in over)]
    start, end = over[0].start_s, over[-1].end_s
    edges = []
    if not any(other.start_s < span.start_s for other in others):
        edges.append(_edge(start, span.start_s, span.start_s - start, span, call))
    if not any(other.end_s > span.end_s for other in others):
        edges.append(_edge(span.end_s, end, end - span.end_s, span, call))
    return edges


def _edge(one: float, two: float, over_s: float, span: Span, call: Call) -> _Edge:
    between = Span(min(one, two), max(one, two), span.channel)
    words = call.talk if over_s > 0 else _parts(span, call)
    cut = [covered_s(word, [between]) for word in words]
    is_other = any(c > (w.end_s - w.start_s) / 2 for c, w in zip(cut, words, strict=True))
    return _Edge(over_s, sum(cut) if over_s > 0 else -over_s, is_other)


def _recovered(
    call: Call, hidden: Sequence[Span], listeners: Listeners, tally: Tally, *, verbose: bool
) -> None:
    """Hear each redacted channel whole, in stretches that know nothing of voice activity."""
    sound = silenced(call.sound, hidden)
    length = sound.frames / sound.rate_hz
    pieces = [
        Span(at, min(length, at + 12.0), c)
        for c in range(sound.channels)
        for at in np.arange(0.0, length, 12.0).tolist()
    ]
    segments = list(hear_again(sound, pieces, listeners.second))
    for kind, span, value in call.spans:
        near = [s for s in segments if s.channel == span.channel and _touch(s, span)]
        digits = "".join(d for s in near for _, d in number_words(s))
        said = " ".join(w.text.lower() for s in near for w in s.words)
        secret = re.sub(r"\D", "", value)
        runs = {secret[i : i + 4] for i in range(len(secret) - 3)}
        is_name = kind == "per.name" and any(
            re.search(rf"\b{re.escape(name)}\b", said)
            for name in value.lower().split()
            if len(name) > 2
        )
        if any(run in digits for run in runs) or is_name:
            tally.recovered[kind] += 1
            if verbose:
                print(f"  {call.name}: {kind} at {span.start_s:.1f} s is recovered")


def _touch(segment: object, span: Span) -> bool:
    return segment.start_s < span.end_s and span.start_s < segment.end_s


def _report(name: str, tally: Tally) -> None:
    total, whole = sum(tally.spans.values()), sum(tally.spans_whole.values())
    print(f"{name} ({tally.calls} calls, {tally.quarantined} quarantined)")
    if tally.digits:
        print(f"  digit time masked      {tally.digit_masked_s / tally.digit_s:8.2%}")
        print(f"  digits wholly masked   {tally.digits_whole / tally.digits:8.2%}")
    print(f"  spans wholly masked    {whole / total:8.2%}   {_short(tally)}")
    for family, secret_s in sorted(tally.secret_s.items()):
        print(f"  audible, {family:14}{tally.audible_s[family] / secret_s:8.2%}")
    print(f"  other speech masked    {tally.talk_masked_s / tally.talk_s:8.2%}")
    print(
        f"  recovered by listener  {sum(tally.recovered.values()) / total:8.2%}"
        f"   {dict(tally.recovered) or ''}"
    )
    if tally.edges_s:
        edges = [np.percentile(e, 95) * 1000 for e in (tally.edges_s, tally.voiced_edges_s)]
        clock = [np.percentile(tally.clock_edges_s, p) * 1000 for p in (95, 50)]
        print(f"  edge error, 95th       {edges[0]:6.0f} ms   in voice {edges[1]:.0f} ms")
        print(
            f"  of the same words      {clock[0]:6.0f} ms   median {clock[1]:.0f} ms"
            f"   ({len(tally.clock_edges_s)} of {len(tally.edges_s)} edges)"
        )
    print(flush=True)


def _short(tally: Tally) -> str:
    short = {
        k: f"{tally.spans_whole[k]}/{n}" for k, n in tally.spans.items() if tally.spans_whole[k] < n
    }
    return f"short of whole: {short}" if short else ""


if __name__ == "__main__":
    main()
