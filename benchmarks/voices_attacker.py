"""Embed sounds as an attacker does who compares voices: paths on stdin, vectors on stdout.

It runs in an environment of its own (requirements-voices.txt), where torch is.
"""

import json
import sys

import numpy as np
import soundfile
import soxr
from resemblyzer import VoiceEncoder, preprocess_wav


def main() -> None:
    """Print one vector of 256 numbers a line, for each path that is read."""
    encoder = VoiceEncoder("cpu", verbose=False)
    for line in sys.stdin:
        wave, rate_hz = soundfile.read(line.strip(), dtype="float32")
        wave = soxr.resample(wave, rate_hz, 16_000).astype(np.float32)
        vector = encoder.embed_utterance(preprocess_wav(wave, source_sr=16_000))
        print(json.dumps([round(float(x), 6) for x in vector]), flush=True)


if __name__ == "__main__":
    main()
