"""Measure the clocks for words on calls whose words have exact times.

Prints percentiles of heard minus true, in seconds, for starts and ends: above 0 is late. The
decoder's clock is that of the first recogniser; the aligner is told the words that it heard. The
calls are the sample call, or those that tools/make_calls.py wrote into a folder.
"""

import argparse
import json
import re
import time
from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np
import soundfile

from sottovoce.speech import models
from sottovoce.speech.align import align_words
from sottovoce.speech.segment import stretches
from sottovoce.speech.sphinx import Sphinx
from sottovoce.speech.transcribe import as_segment, hear_stretches
from sottovoce.speech.voice import VoiceActivity
from sottovoce.speech.whisper import Whisper
from sottovoce.values.sound import SoundInMemory
from sottovoce.values.speech import Segment, Span, Word

CUTS = (1, 2.5, 5, 50, 95, 97.5, 99)
SAMPLE = Path(__file__).parents[1] / "samples" / "support-call.flac"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", help="calls to measure instead")
    folder = parser.parse_args().folder
    calls = sorted(folder.glob("*.flac")) if folder else [SAMPLE]
    clocks: dict[str, list[tuple[float, float]]] = {"decoder": [], "aligner": []}
    words, cost_s, heard_s = 0, 0.0, 0.0
    models_used = VoiceActivity(models.silero()), Whisper(models.demo_whisper())
    aligner = Sphinx(models.sphinx())
    for call in calls:
        for said, segments, sound in _heard(call, *models_used):
            began = time.process_time()
            heard = [word for segment in segments for word in segment.words]
            placed = align_words(sound, segments, heard, aligner)
            cost_s += time.process_time() - began
            heard_s += sum(segment.end_s - segment.start_s for segment in segments)
            pairs = _pairs(said, heard)
            words += len(pairs)
            clocks["decoder"] += [_error(word, true) for true, word in pairs]
            clocks["aligner"] += [_error(placed[w], true) for true, w in pairs if w in placed]
    print(f"{words} words heard right; percentiles {CUTS} of heard minus true, in seconds")
    for name, errors in clocks.items():
        for edge, column in (("starts", 0), ("ends", 1)):
            cuts = np.round(np.percentile([e[column] for e in errors], CUTS), 3)
            print(f"{name}, {len(errors)} words, {edge:7}{cuts}")
    print(f"the aligner took {cost_s:.1f} s of CPU for {heard_s:.0f} s of speech")


def _heard(
    call: Path, voice: VoiceActivity, whisper: Whisper
) -> Iterator[tuple[list[dict[str, object]], list[Segment], SoundInMemory]]:
    truth = json.loads(call.with_suffix(".truth.json").read_text())["words"]
    samples, rate_hz = soundfile.read(call, dtype="int16", always_2d=True)
    sound = SoundInMemory(rate_hz, tuple(np.ascontiguousarray(c) for c in samples.T))
    for channel in range(sound.channels):
        spans = stretches(voice.voiced(sound, channel), duration_s=sound.frames / rate_hz)
        segments = [as_segment(s, one) for s, one in hear_stretches(sound, spans, whisper)]
        yield [word for word in truth if word["channel"] == channel], segments, sound


def _pairs(
    said: list[dict[str, object]], heard: list[Word]
) -> list[tuple[dict[str, object], Word]]:
    texts = [_plain(str(word["text"])) for word in said], [_plain(word.text) for word in heard]
    blocks = SequenceMatcher(a=texts[0], b=texts[1], autojunk=False).get_matching_blocks()
    return [(said[b.a + i], heard[b.b + i]) for b in blocks for i in range(b.size)]


def _error(found: Word | Span, true: dict[str, object]) -> tuple[float, float]:
    return found.start_s - float(true["start_s"]), found.end_s - float(true["end_s"])


def _plain(text: str) -> str:
    return re.sub(r"\W", "", text.lower())


if __name__ == "__main__":
    main()
