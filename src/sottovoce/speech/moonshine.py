"""Moonshine, the second listener: another architecture, other training, other blind spots.

Rules:
1. It is given short waves one by one and never decides itself what is voice.
2. Segments under 0.3 s are inventions and are dropped.
3. It has no word times: its words are spread over their segment by their length.
"""

import contextlib
import os
from collections.abc import Iterator, Sequence

import numpy as np
from moonshine_voice.moonshine_api import ModelArch
from moonshine_voice.transcriber import Transcriber

from sottovoce.speech.models import Weights
from sottovoce.speech.recogniser import Heard, HeardWord
from sottovoce.values.sound import Wave

RATE_HZ = 16_000
SHORTEST_S = 0.3


class Moonshine:
    """The Moonshine tiny model on the CPU."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        with _quiet_stderr():
            self._engine = Transcriber(
                weights.path,
                ModelArch.TINY,
                options={
                    "return_audio_data": "false",
                    "identify_speakers": "false",
                    "vad_threshold": "0",
                },
            )

    def hear(self, waves: Sequence[Wave]) -> list[Heard]:
        """Return what was heard in each wave at 16 kHz, in order."""
        return [self._one(wave) for wave in waves]

    def _one(self, wave: Wave) -> Heard:
        if len(wave) < SHORTEST_S * RATE_HZ:
            return Heard(())
        lines = self._engine.transcribe_without_streaming(
            np.asarray(wave, np.float32).tolist(), RATE_HZ
        ).lines
        return Heard(
            tuple(
                word
                for line in lines
                if line.duration >= SHORTEST_S
                for word in _spread(line.text, line.start_time, line.duration)
            )
        )


def _spread(text: str, start_s: float, duration_s: float) -> Iterator[HeardWord]:
    words = text.split()
    total = sum(len(word) + 1 for word in words)
    at = start_s
    for word in words:
        end = at + duration_s * (len(word) + 1) / total
        yield HeardWord(at, end, word, 0.5)
        at = end


@contextlib.contextmanager
def _quiet_stderr() -> Iterator[None]:
    """Keep the library's notice that it has no word-time model off the person's terminal."""
    saved, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(nowhere)
