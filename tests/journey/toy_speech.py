"""Speech made of tones, and ears that understand it exactly: the whole way without a model.

Rules:
1. Each word of the vocabulary is a tone of its own, so what a sound says is known to the frame.
2. The ears hear only what is in the sound: what is masked is not heard, what leaks is.
3. Run as a program this is the command ``sottovoce`` with these ears instead of the models.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from sottovoce.app import App
from sottovoce.cli import live, process, review
from sottovoce.cli.main import main
from sottovoce.detection.knowledge import Knowledge, shipped
from sottovoce.intake.bounds import DEFAULT_LIMITS
from sottovoce.speech.models import Weights
from sottovoce.speech.recogniser import Heard, HeardWord
from sottovoce.speech.transcribe import Listeners
from sottovoce.steps.order import Workshop
from sottovoce.values.sound import Sound, Wave
from sottovoce.values.speech import Span

RATE_HZ = 8_000
WORD_S, GAP_S, PAUSE_S = 0.25, 0.05, 1.2
CALL = (
    "hello can i have your full name",
    "my name is oliver marsh",
    "what is the card number",
    "my card number is four two four two four two eight three one five two seven four nine six two",
    "what is the security code on the back",
    "my security code is three oh five",
    "thank you the chairs arrive in five days",
    "thank you goodbye",
)
SECRETS = ("oliver", "marsh", "four two four two", "4242428315274962", "three oh five")
"""What no output of the call may say."""
BREAKDOWN = "breakdown"
"""A word that ears for tones do not survive."""
COUNSEL = "this privileged and confidential counsel advises that"
"""Words of talk that is not let out."""
VOCABULARY = tuple(dict.fromkeys(" ".join((*CALL, BREAKDOWN, COUNSEL)).split()))

SAID_HZ = 500
"""The tone of a stand-in that is said."""
_LOWEST_HZ, _STEP_HZ = 1_100, 50
_LOUD = 0.05
_FRAME = 160
_EAR_HZ = 16_000


def call(sentences: Sequence[str] = CALL) -> tuple[NDArray[np.int16], dict[str, Span]]:
    """Speak sentences by turns on two channels; return (frames, 2) samples and when each is."""
    samples = [np.zeros(0), np.zeros(0)]
    spans = {}
    for turn, sentence in enumerate(sentences):
        said = _spoken(sentence)
        start = (len(samples[0]) + PAUSE_S * RATE_HZ) / RATE_HZ
        spans[sentence] = Span(start, start + len(said) / RATE_HZ, turn % 2)
        silent = np.zeros(int(PAUSE_S * RATE_HZ))
        for channel in (0, 1):
            mine = said if turn % 2 == channel else np.zeros(len(said))
            samples[channel] = np.concatenate([samples[channel], silent, mine])
    quiet = np.random.default_rng(7).normal(0, 20, (len(samples[0]), 2))
    return (np.stack(samples, axis=1) * 8000 + quiet).astype(np.int16), spans


def write_call(path: Path, sentences: Sequence[str] = CALL) -> dict[str, Span]:
    """Write a call as a sound file; return when each sentence is said."""
    samples, spans = call(sentences)
    soundfile.write(path, samples, RATE_HZ, subtype="PCM_16")
    return spans


def word_span(spans: dict[str, Span], sentence: str, first: int, last: int) -> Span:
    """Return when some words of a sentence are said, counted from 0, both included."""
    whole, step = spans[sentence], WORD_S + GAP_S
    start = whole.start_s + first * step
    return replace(whole, start_s=start, end_s=whole.start_s + last * step + WORD_S)


def _spoken(sentence: str) -> NDArray[np.float64]:
    at = np.arange(int(WORD_S * RATE_HZ)) / RATE_HZ
    gap = np.zeros(int(GAP_S * RATE_HZ))
    words = [np.sin(2 * np.pi * _hz(word) * at) for word in sentence.split()]
    return np.concatenate([part for word in words for part in (word, gap)])


def _hz(word: str) -> int:
    return _LOWEST_HZ + _STEP_HZ * VOCABULARY.index(word)


class ToyEar:
    """A recogniser of tones."""

    def __init__(self, name: str) -> None:
        self.weights = Weights(Path(), name, "0" * 64)

    def hear(self, waves: Sequence[Wave]) -> list[Heard]:
        heard = [Heard(tuple(_words(wave))) for wave in waves]
        if any(word.text == BREAKDOWN for one in heard for word in one.words):
            raise RuntimeError("an engine's message may say anything, even: oliver marsh")
        return heard


class GhostEar(ToyEar):
    """Hears a card's digits at the end of the last thing that it is given at once.

    A long sentence that is masked wider each round is still audible after the last of them.
    """

    def hear(self, waves: Sequence[Wave]) -> list[Heard]:
        ends = [len(wave) / _EAR_HZ for wave in waves]
        return [Heard(())] * (len(ends) - 1) + [Heard(tuple(_ghosts(end))) for end in ends[-1:]]


def _ghosts(end_s: float) -> Iterator[HeardWord]:
    for i, word in enumerate(("four", "two", "four", "two")):
        yield HeardWord(end_s - 0.04 + i * 0.01, end_s - 0.03 + i * 0.01, word, 0.9)


class ToyVoice:
    """Finds tones of any kind."""

    weights = Weights(Path(), "toy-voice", "0" * 64)

    def voiced(self, sound: Sound, channel: int) -> tuple[Span, ...]:
        frame = round(sound.rate_hz * _FRAME / _EAR_HZ)
        samples = sound.read(channel, 0, sound.frames).astype(np.float32) / 32768
        seconds = frame / sound.rate_hz
        return tuple(Span(a * seconds, b * seconds, channel) for a, b in _runs(samples, frame, 20))


def _words(wave: Wave) -> Iterator[HeardWord]:
    for first, last in _runs(wave, _FRAME, 1):
        start, end = first * _FRAME, last * _FRAME
        if end - start < 0.1 * _EAR_HZ:
            continue
        tones = np.abs(np.fft.rfft(wave[start:end], _EAR_HZ))
        place = round((int(np.argmax(tones)) - _LOWEST_HZ) / _STEP_HZ)
        if 0 <= place < len(VOCABULARY):
            yield HeardWord(start / _EAR_HZ, end / _EAR_HZ, VOCABULARY[place], 0.99)


def _runs(wave: Wave, frame: int, bridge: int) -> Iterator[tuple[int, int]]:
    """Yield the stretches of loud frames, joined over fewer than some quiet ones."""
    whole = wave[: len(wave) // frame * frame].reshape(-1, frame)
    loud = np.flatnonzero(np.sqrt((whole**2).mean(axis=1)) > _LOUD)
    if len(loud):
        for run in np.split(loud, np.flatnonzero(np.diff(loud) > bridge) + 1):
            yield int(run[0]), int(run[-1]) + 1


def listeners() -> Listeners:
    """Return ears and voice activity for tones."""
    second = GhostEar if os.environ.get("TOY_EAR") == "ghost" else ToyEar
    return Listeners(ToyVoice(), ToyEar("toy-first"), second("toy-second"))  # type: ignore[arg-type]


def workshop(app: App, *, model: Path | None, knowledge: Knowledge | None = None) -> Workshop:
    """Gather what recordings of tones are worked on with; stands in for that of ``wiring``."""
    known = knowledge or shipped()
    return Workshop(app.vault, app.log, app.signer, listeners(), DEFAULT_LIMITS, app.actor, known)


def live_ears(model: Path | None, language: str) -> tuple[ToyVoice, ToyEar]:
    """Gather what hears tones while they come; stands in for that of ``wiring``."""
    return ToyVoice(), ToyEar("toy")


class ToySynthesiser:
    """Says every text as a tone that no ear here takes for a word, a tenth of a second a word."""

    name, digest, language, voices = "toy-synthesiser", "1" * 64, "en", 1

    def say(self, text: str, *, pace: float, rate_hz: int, voice: int = 0) -> Wave:
        at = np.arange(round(len(text.split()) * 0.1 / pace * rate_hz)) / rate_hz
        return (0.5 * np.sin(2 * np.pi * SAID_HZ * at)).astype(np.float32)


def command(arguments: Sequence[str]) -> int:
    """Run the command line with ears for tones."""
    process.workshop = review.workshop = workshop
    live.live_ears = live_ears
    process.synthesiser = ToySynthesiser
    return main(arguments)


if __name__ == "__main__":
    sys.exit(command(sys.argv[1:]))
