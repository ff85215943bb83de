"""Measure the keypad's detector: what it finds of tones drawn afresh, and what speech sets it off.

    python benchmarks/eval_tones.py [--seed 8] [--entries 60] [--speeds 0.9,1.1]

Found: tones inside of a finding. Read: entries whose keys are all right. Edge: by how much the
finding begins late or ends early (above 0) or covers more (below 0). Audible: share of the tones'
time outside of the mask with its margin. False alarms: findings an hour of speech that has no tone,
as it is and, for more of it than there is, at other speeds. The limits of the detector were set
while looking at that speech, as it is and at four other speeds, and at tones of seeds 11 and 12.
"""

import argparse
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import soundfile
import soxr

import dialled as d
from evaluation import DATA, expect_data, load, rows
from sottovoce.detection.tones import find_tones
from sottovoce.steps.hiding import MARGIN_S
from sottovoce.values.finding import Finding
from sottovoce.values.sound import SoundInMemory
from sottovoce.values.speech import Span

RATE_HZ = 8_000
Make = Callable[[d.Dialled], d.Dialled]


@dataclass
class Tally:
    """What came of some entries."""

    tones: int = 0
    found: int = 0
    entries: int = 0
    read: int = 0
    whole_s: float = 0.0
    audible_s: float = 0.0
    starts: tuple[float, ...] = ()
    ends: tuple[float, ...] = ()

    def add(self, one: d.Dialled, findings: tuple[Finding, ...]) -> None:
        self.tones += len(one.tones)
        self.found += sum(_audible_s(tone, findings, 0.01) < 0.005 for tone in one.tones)
        self.entries += 1
        self.read += "".join(finding.value for finding in findings) == one.keys
        self.whole_s += sum(tone.end_s - tone.start_s for tone in one.tones)
        self.audible_s += sum(_audible_s(tone, findings, MARGIN_S) for tone in one.tones)
        if findings:
            self.starts += (findings[0].start_s - one.whole.start_s,)
            self.ends += (one.whole.end_s - findings[-1].end_s,)

    def __str__(self) -> str:
        edges = [f"{1000 * np.percentile(e, 95):5.0f}" for e in (self.starts, self.ends) if e]
        return (
            f"{100 * self.found / self.tones:7.2f} {100 * self.read / self.entries:7.1f}"
            f" {100 * self.audible_s / self.whole_s:8.3f}  {' '.join(edges)}"
        )


def _audible_s(tone: Span, findings: tuple[Finding, ...], margin_s: float) -> float:
    covered = sum(
        max(0.0, min(tone.end_s, f.end_s + margin_s) - max(tone.start_s, f.start_s - margin_s))
        for f in findings
    )
    return max(0.0, tone.end_s - tone.start_s - covered)


def sound_of(one: d.Dialled) -> SoundInMemory:
    samples = (np.clip(one.wave, -1, 1) * 32767).astype(np.int16)
    return SoundInMemory(one.rate_hz, (samples,))


def conditions(seed: int) -> dict[str, Make]:
    """Return what is done to the tones, by name."""
    hiss, talk = np.random.default_rng(seed), _talk(seed)
    found = {
        "clean, 8 kHz": lambda one: one,
        "clean, 44.1 kHz": lambda one: d.at_rate(one, 44_100),
        "noise at 10 dB": lambda one: d.in_noise(one, 10, hiss),
        "noise at 10 dB, 16 kHz": lambda one: d.in_noise(d.at_rate(one, 16_000), 10, hiss),
        "noise at 0 dB": lambda one: d.in_noise(one, 0, hiss),
        "talk 12 dB below": lambda one: d.beside(one, talk, 12),
        "talk 6 dB below": lambda one: d.beside(one, talk, 6),
        "talk as loud": lambda one: d.beside(one, talk, 0),
        "talk 6 dB above": lambda one: d.beside(one, talk, -6),
        "clipped by 20 dB": lambda one: d.clipped(one, 20),
        "mu-law": lambda one: d.coded(one, "pcm_mulaw", "wav", rate_hz=8_000),
        "Opus, 8 kbit/s": lambda one: d.coded(one, "libopus", "ogg", rate_hz=8_000, bps=8_000),
        "Opus, 24 kbit/s": lambda one: d.coded(one, "libopus", "ogg", rate_hz=48_000, bps=24_000),
        "MP3, 16 kbit/s": lambda one: d.coded(one, "libmp3lame", "mp3", rate_hz=8_000, bps=16_000),
        "MP3, 64 kbit/s": lambda one: d.coded(one, "libmp3lame", "mp3", rate_hz=44_100, bps=64_000),
    }
    return dict(found)


def _talk(seed: int) -> np.ndarray:
    clips = [row for row in rows("speech/manifest.jsonl") if row["subset"] == "librispeech"]
    random.Random(seed).shuffle(clips)
    return np.concatenate([load(DATA / "speech" / str(row["path"]), RATE_HZ) for row in clips[:8]])


def recall(seed: int, entries: int) -> None:
    print(f"{'':28}found %  read % audible %  edge p95 ms (start, end)")
    for name, make in conditions(seed).items():
        draw, tally = random.Random(f"{seed} {name}"), Tally()
        for _ in range(entries):
            one = d.dial(d.drawn_keys(draw), d.drawn_manner(draw), rate_hz=RATE_HZ, draw=draw)
            one = make(one)
            tally.add(one, find_tones(sound_of(one)))
        print(f"{name:28}{tally}", flush=True)


def lengths(seed: int, entries: int) -> None:
    """Say how many tones of each length are found by themselves: one key, nothing around it."""
    print("\none key alone, found %, by its length")
    for tone_s in (0.03, 0.04, 0.05, 0.07, 0.1, 0.2):
        draw, found = random.Random(f"{seed} {tone_s}"), 0
        for _ in range(entries):
            manner = replace(d.drawn_manner(draw), tone_s=tone_s)
            one = d.dial(draw.choice(d.KEYS), manner, rate_hz=RATE_HZ, draw=draw)
            found += bool(find_tones(sound_of(one)))
        print(f"  {1000 * tone_s:4.0f} ms {100 * found / entries:6.1f}")


def carried(seed: int, entries: int) -> None:
    """Say how often tones are found where they come through to another channel."""
    print("\ncome through to the other channel, by how far below what is there")
    hiss, talk = np.random.default_rng(seed), _talk(seed)
    for name, above_db in (("talk", 0), ("talk", -10), ("talk", -20), ("noise", 0), ("noise", -10)):
        draw, tally = random.Random(f"{seed} {name} {above_db}"), Tally()
        false = 0
        for _ in range(entries):
            one = d.dial(d.drawn_keys(draw), d.drawn_manner(draw), rate_hz=RATE_HZ, draw=draw)
            late = np.concatenate([np.zeros(draw.randrange(0, 800)), one.wave])[: len(one.wave)]
            faint = replace(one, wave=late / 30)
            start = draw.randrange(len(talk))
            if name == "talk":
                other = d.beside(faint, np.roll(talk, -start), above_db)
            else:
                other = d.in_noise(faint, above_db, hiss)
            both = tuple(sound_of(w).samples[0] for w in (one, other))
            findings = find_tones(SoundInMemory(RATE_HZ, both))
            tally.add(one, tuple(f for f in findings if f.channel == 1))
            alone = sound_of(replace(one, wave=other.wave - faint.wave)).samples[0]
            clean = find_tones(SoundInMemory(RATE_HZ, (both[0], alone)))
            false += any(f.channel == 1 for f in clean)
        print(
            f"  {name:6}{-above_db:4} dB {tally}   set off without: {100 * false / entries:.0f} %"
        )


def false_alarms(speeds: list[float]) -> None:
    print("\nspeech without tones: findings, hours, findings an hour, seconds found")
    for speed in speeds:
        count, hours, seconds = 0, 0.0, 0.0
        for sound in _speech(speed):
            findings = find_tones(sound)
            count += len(findings)
            seconds += sum(f.end_s - f.start_s for f in findings)
            hours += sound.frames / sound.rate_hz / 3600
        print(
            f"  speed {speed:4}: {count:3} {hours:6.3f} {count / hours:6.2f} {seconds:6.2f}",
            flush=True,
        )


def _speech(speed: float) -> Iterator[SoundInMemory]:
    folder = DATA / "speech"
    paths = [folder / str(row["path"]) for row in rows("speech/manifest.jsonl")]
    for path in [*paths, *sorted((DATA / "digits").glob("*.wav"))]:
        wave, rate_hz = soundfile.read(path, dtype="float32")
        wave = wave.mean(axis=1) if wave.ndim > 1 else wave
        wave = wave if speed == 1 else soxr.resample(wave, rate_hz * speed, rate_hz)
        yield SoundInMemory(rate_hz, ((wave.clip(-1, 1) * 32767).astype(np.int16),))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--entries", type=int, default=60)
    parser.add_argument("--speeds", default="1,0.87,0.93,1.07,1.15")
    args = parser.parse_args()
    expect_data()
    print(f"seed {args.seed}, {args.entries} entries each")
    recall(args.seed, args.entries)
    lengths(args.seed, args.entries)
    carried(args.seed, args.entries)
    false_alarms([float(speed) for speed in args.speeds.split(",")])


if __name__ == "__main__":
    sys.exit(main())
