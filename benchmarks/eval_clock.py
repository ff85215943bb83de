"""Measure the first recogniser's clock on the sample call, whose words have exact times.

Prints percentiles of heard minus true, in seconds, for starts and ends: above 0 is late.
"""

import json
import re
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np
import soundfile

from sottovoce.speech import models
from sottovoce.speech.segment import stretches
from sottovoce.speech.transcribe import as_segment, hear_stretches
from sottovoce.speech.voice import VoiceActivity
from sottovoce.speech.whisper import Whisper
from sottovoce.values.sound import SoundInMemory
from sottovoce.values.speech import Word

SAMPLE = Path(__file__).parents[1] / "samples" / "support-call.flac"


def main() -> None:
    truth = json.loads(SAMPLE.with_suffix(".truth.json").read_text())["words"]
    samples, rate_hz = soundfile.read(SAMPLE, dtype="int16")
    sound = SoundInMemory(rate_hz, tuple(samples.T.copy()))
    voice, whisper = VoiceActivity(models.silero()), Whisper(models.demo_whisper())
    errors = []
    for channel in range(sound.channels):
        voiced = voice.voiced(sound, channel)
        spans = stretches(voiced, duration_s=sound.frames / rate_hz)
        pairs = hear_stretches(sound, spans, whisper)
        heard = [word for span, one in pairs for word in as_segment(span, one).words]
        errors += _errors([word for word in truth if word["channel"] == channel], heard)
    cuts = (1, 5, 50, 95, 99)
    print(f"{len(errors)} words; percentiles {cuts}")
    for name, column in (("starts", 0), ("ends", 1)):
        print(f"{name:7}{np.round(np.percentile([e[column] for e in errors], cuts), 3)}")


def _errors(said: list[dict[str, object]], heard: list[Word]) -> list[tuple[float, float]]:
    texts = [_plain(str(word["text"])) for word in said], [_plain(word.text) for word in heard]
    blocks = SequenceMatcher(a=texts[0], b=texts[1], autojunk=False).get_matching_blocks()
    pairs = [(said[b.a + i], heard[b.b + i]) for b in blocks for i in range(b.size)]
    return [(w.start_s - t["start_s"], w.end_s - t["end_s"]) for t, w in pairs]


def _plain(text: str) -> str:
    return re.sub(r"\W", "", text.lower())


if __name__ == "__main__":
    main()
