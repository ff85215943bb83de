"""Remember what models made of sound, so that masks can be tried anew in seconds.

Rules:
1. The key is a digest of all that a model is given: what has changed is heard anew.
2. A folder of memories belongs to one set of weights; delete it when a model changes.
"""

import hashlib
import pickle
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sottovoce.speech.align import Aligner, Times
from sottovoce.speech.recogniser import Heard, Recogniser
from sottovoce.speech.transcribe import Listeners
from sottovoce.speech.voice import VoiceActivity
from sottovoce.values.sound import Sound, Wave
from sottovoce.values.speech import Span


class Memory:
    """Answers by their keys, in one file of a folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = sqlite3.connect(folder / "heard.sqlite", timeout=60, isolation_level=None)
        self._file.execute("pragma journal_mode=wal")
        self._file.execute("create table if not exists heard (key text primary key, value blob)")

    def recall(self, key: str, make: Callable[[], Any]) -> Any:  # Any: whatever a model answers
        """Return the answer to a key, made where it is not remembered."""
        row = self._file.execute("select value from heard where key = ?", (key,)).fetchone()
        if row:
            return pickle.loads(row[0])  # noqa: S301 - a file that we wrote ourselves
        value = make()
        row = key, pickle.dumps(value)
        self._file.execute("insert or replace into heard values (?, ?)", row)
        return value


def remembered(listeners: Listeners, folder: Path) -> Listeners:
    """Return listeners that ask the models only about what they have not yet been asked."""
    memory = Memory(folder)
    return Listeners(
        _Voice(listeners.voice, memory),
        _Together(listeners.first, memory),
        _OneByOne(listeners.second, memory),
        _Aligner(listeners.aligner, memory) if listeners.aligner else None,
    )


class _Voice:
    def __init__(self, voice: VoiceActivity, memory: Memory) -> None:
        self._voice, self._memory, self.weights = voice, memory, voice.weights

    def voiced(self, sound: Sound, channel: int) -> tuple[Span, ...]:
        key = f"voice {channel} {_digest(sound.read(channel, 0, sound.frames))} {sound.rate_hz}"
        return self._memory.recall(key, lambda: self._voice.voiced(sound, channel))


class _Together:
    """A recogniser whose answer to a wave may depend on the waves beside it."""

    def __init__(self, recogniser: Recogniser, memory: Memory) -> None:
        self._recogniser, self._memory, self.weights = recogniser, memory, recogniser.weights

    def hear(self, waves: Sequence[Wave]) -> list[Heard]:
        key = " ".join([self.weights.name, *map(_digest, waves)])
        return self._memory.recall(key, lambda: self._recogniser.hear(waves))


class _OneByOne(_Together):
    """A recogniser that hears wave by wave."""

    def hear(self, waves: Sequence[Wave]) -> list[Heard]:
        return [super(_OneByOne, self).hear([wave])[0] for wave in waves]


class _Aligner:
    def __init__(self, aligner: Aligner, memory: Memory) -> None:
        self._aligner, self._memory, self.weights = aligner, memory, aligner.weights
        self.language = aligner.language

    def align(self, wave: Wave, words: Sequence[str]) -> Times:
        text = np.frombuffer(repr(words).encode(), np.uint8)
        key = f"{self.weights.name} {_digest(wave)} {_digest(text)}"
        return self._memory.recall(key, lambda: self._aligner.align(wave, words))


def _digest(samples: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(samples).tobytes()).hexdigest()
