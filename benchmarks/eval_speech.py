"""Measure the first recogniser as the way uses it: word and character error by kind of speech.

Number words are folded to figures on both sides before characters are compared, since the house
prints numbers as words and references write them either way.
"""

import argparse
import re
from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from evaluation import DATA, edits, expect_data, load, rows, words_of
from sottovoce.detection.numbers import number_words
from sottovoce.speech import models
from sottovoce.speech.recogniser import Heard
from sottovoce.speech.transcribe import Listeners, transcribe
from sottovoce.speech.voice import VoiceActivity
from sottovoce.speech.whisper import Whisper
from sottovoce.values.sound import SoundInMemory
from sottovoce.values.speech import Segment, Word


@dataclass
class Tally:
    """Sums over the clips of a subset."""

    clips: int = 0
    words: int = 0
    word_edits: int = 0
    characters: int = 0
    character_edits: int = 0


class Silent:
    """A second listener that makes nothing out: here the first is measured."""

    weights = models.Weights(DATA, "none", "")

    def hear(self, waves: list[np.ndarray]) -> list[Heard]:
        return [Heard(()) for _ in waves]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--every", type=int, default=1, help="only every so many-th clip")
    args = parser.parse_args()
    expect_data()
    listeners = Listeners(VoiceActivity(models.silero()), Whisper(models.demo_whisper()), Silent())
    tallies: dict[str, Tally] = defaultdict(Tally)
    for row in rows("speech/manifest.jsonl")[:: args.every]:
        if row["text"]:
            _measure(row, listeners, tallies[str(row["subset"])])
    print(f"{'speech':24}{'clips':>7}{'words':>7}{'word error':>12}{'character error':>17}")
    for name, tally in sorted(tallies.items()):
        print(
            f"{name:24}{tally.clips:7}{tally.words:7}{tally.word_edits / tally.words:12.1%}"
            f"{tally.character_edits / tally.characters:17.1%}"
        )


def _measure(row: dict[str, object], listeners: Listeners, tally: Tally) -> None:
    wave = load(DATA / "speech" / str(row["path"]), 16000)
    sound = SoundInMemory(16000, ((np.clip(wave, -1, 1) * 32767).astype(np.int16),))
    heard = transcribe(sound, listeners, progress=lambda seconds: None)
    text = " ".join(w.text for s in heard.segments for w in s.words)
    said = words_of(str(row["text"]))
    tally.clips += 1
    tally.words += len(said)
    tally.word_edits += edits(said, words_of(text))
    reference, ours = _folded(str(row["text"])), _folded(text)
    tally.characters += len(reference)
    tally.character_edits += edits(reference, ours)


def _folded(text: str) -> str:
    """Return a text's letters and figures, number words as figures."""
    words = tuple(Word(i, i + 1, w, 1.0, 0) for i, w in enumerate(text.split()))
    numbers = {id(word): figures for word, figures in number_words(Segment(0, 1, 0, words))}
    joined = "".join(numbers.get(id(word)) or word.text for word in words)
    return re.sub(r"[^a-z0-9]", "", joined.lower())


if __name__ == "__main__":
    main()
