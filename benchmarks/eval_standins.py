"""Stand-ins, measured: are they understood when they are said, and how often do two collide?

Said: invented values by the synthetic voice, heard by the first recogniser. A number counts when
every figure is heard, a name when what is heard is nearer to it than to any other that was said.
Drawn: persons of a tenant, each of a recording of its own, and whether two share an invented name.
"""

import argparse
import os
import random
from collections import Counter
from difflib import SequenceMatcher

import numpy as np
import soxr

from sottovoce.backends.hibari_synthesiser import HibariSynthesiser
from sottovoce.detection.numbers import number_words
from sottovoce.redaction.draw import Draw
from sottovoce.redaction.profile import load_profile
from sottovoce.redaction.spoken import prepared
from sottovoce.redaction.standins import Making, StandIn, stand_ins
from sottovoce.speech import models
from sottovoce.speech.whisper import Whisper
from sottovoce.values.finding import Finding
from sottovoce.values.speech import Segment, Word

EAR_HZ = 16_000
PACES = (1.0, 1.25, 1.5)


def findings(count: int, chance: random.Random) -> list[Finding]:
    """Draw persons, cards and telephone numbers, each a finding of its own."""
    found = []
    for i in range(count):
        syllables = [
            "".join(chance.choices("bdfgklmnprstv", k=1) + chance.choices("aeiou", k=1))
            for _ in range(6)
        ]
        values = {
            "per.name": f"{''.join(syllables[:3])} {''.join(syllables[3:])}",
            "fin.pan": "".join(chance.choices("0123456789", k=16)),
            "per.phone": "4" + "".join(chance.choices("0123456789", k=9)),
        }
        for j, (kind, value) in enumerate(values.items()):
            at = 10.0 * (3 * i + j)
            word = Word(at, at + 1, f"said {i} {j}", 0.9, 0)
            found.append(Finding(kind, at, at + 1, 0, 0.9, (word,), value))
    return found


def heard_shares(count: int, rate_hz: int, seed: int) -> None:
    """Say stand-ins and print the share that is understood, by kind and pace."""
    drawn = findings(count, random.Random(seed))
    key = Draw(random.Random(seed).randbytes(32))
    made = stand_ins(drawn, (), load_profile("research"), Making(key))
    voice, ear = HibariSynthesiser(), Whisper(models.demo_whisper())
    for pace in PACES:
        right: Counter[str] = Counter()
        lengths: dict[str, list[float]] = {}
        names = [made[f].text for f in drawn if f.kind == "per.name"]
        for finding in drawn:
            stand_in = made[finding]
            samples = prepared(voice, stand_in.said[0], pace=pace, rate_hz=rate_hz)
            lengths.setdefault(finding.kind, []).append(len(samples) / rate_hz)
            right[finding.kind] += _is_heard(ear, samples, rate_hz, stand_in, names)
        for kind, seconds in lengths.items():
            print(
                f"said at {rate_hz} Hz, pace {pace}: {kind} understood {right[kind]} of"
                f" {len(seconds)}, {np.median(seconds):.2f} s at the median"
            )


def _is_heard(
    ear: Whisper, samples: np.ndarray, rate_hz: int, stand_in: StandIn, names: list[str]
) -> bool:
    wave = soxr.resample(samples.astype(np.float32) / 32768, rate_hz, EAR_HZ)
    quiet = np.zeros(EAR_HZ // 4, np.float32)
    (heard,) = ear.hear([np.concatenate([quiet, wave, quiet]).astype(np.float32)])
    text = " ".join(word.text for word in heard.words)
    if stand_in.text in names:
        return max(names, key=lambda name: _alike(name, text)) == stand_in.text
    words = tuple(Word(w.start_s, w.end_s, w.text, 0.9, 0) for w in heard.words)
    figures = "".join(said for _, said in number_words(Segment(0, 9, 0, words)))
    return figures == "".join(c for c in stand_in.text if c.isdecimal())


def _alike(name: str, text: str) -> float:
    return SequenceMatcher(None, name.casefold(), text.casefold()).ratio()


def shared(persons: int, tenants: int, seed: int) -> None:
    """Draw the persons of tenants and print in how many of them two share a name."""
    chance, profile = random.Random(seed), load_profile("research")
    hit = 0
    for _ in range(tenants):
        key = Draw(chance.randbytes(32), links=True)
        names = set()
        for i in range(persons):
            word = Word(0, 1, "x", 0.9, 0)
            finding = Finding("per.name", 0, 1, 0, 0.9, (word,), f"zoq{i}a vem{i}o")
            names.add(stand_ins([finding], (), profile, Making(key))[finding].text)
        hit += len(names) < persons
    print(f"drawn: {persons} persons of a tenant: two share a name in {hit} of {tenants} tenants")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--seed", type=int, default=8)
    args = parser.parse_args()
    for rate_hz in (8000, 16000):
        heard_shares(args.count, rate_hz, args.seed)
    for persons in (30, 100, 300):
        shared(persons, 60, args.seed)


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
