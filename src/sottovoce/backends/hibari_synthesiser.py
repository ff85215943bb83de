"""``redaction.synthesiser.Synthesiser`` by hibari-tts: a small voice in English, on this machine.

Its one voice becomes four by another pitch and another length of the vocal tract.

Rule: the voice is the one that the package carries. Another would be fetched, so none is named.
"""

import os
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import soxr

from sottovoce.values.errors import Unavailable
from sottovoce.values.sound import Wave

_VOICE = "heart"
_SEED = 0


@dataclass(frozen=True, slots=True)
class _Speaker:
    """Another speaker: pitch as a factor; tract below 1 is a longer one, a deeper voice."""

    pitch: float
    tract: float


_SPEAKERS = (_Speaker(1.0, 1.0), _Speaker(0.6, 0.88), _Speaker(1.18, 1.06), _Speaker(0.8, 0.94))


class HibariSynthesiser:
    """The voice `heart` of hibari-tts; the same text sounds the same each time."""

    name = "hibari-heart"
    language = "en"

    def __init__(self) -> None:
        # Read by the engine when it is loaded, which reports to its maker otherwise.
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"
        try:
            from hibari import dsp
            from hibari.tts import Hibari
        except ImportError as error:
            raise Unavailable(
                "no synthetic voice is installed", hint="pip install 'sottovoce[voices]'"
            ) from error
        self._voice: Any = Hibari(voice=_VOICE)
        self._dsp: Any = dsp

    @property
    def voices(self) -> int:
        """Return how many voices there are."""
        return len(_SPEAKERS)

    @cached_property
    def digest(self) -> str:
        """Return the SHA-256 of the voice's weights."""
        return sha256(Path(self._voice.model_path).read_bytes()).hexdigest()

    def say(self, text: str, *, pace: float, rate_hz: int, voice: int = 0) -> Wave:
        """Return a text said at a pace; empty for what has no sound."""
        speaker = _SPEAKERS[voice]
        try:
            parts = [self._said(part, pace, speaker) for part in self._voice.phonemize(text)]
        except Exception:  # noqa: BLE001 - its message may hold the text
            raise Unavailable("the synthetic voice cannot say a text") from None
        said = np.concatenate([np.zeros(0, np.float32), *parts])
        wave = soxr.resample(said, self._voice.sample_rate, rate_hz)
        return np.asarray(wave, np.float32)

    def _said(self, sounds: str, pace: float, speaker: _Speaker) -> Wave:
        ids = self._voice.ids(sounds)
        if len(ids) < 3:
            return np.zeros(0, np.float32)
        feed = {"ids": np.asarray([ids], np.int64), "speed": np.asarray([pace], np.float32)}
        *spectra, pitch = (part[0] for part in self._voice.sess.run(None, feed))
        warped = [_warped(spectrum, speaker.tract) for spectrum in spectra]
        chance = np.random.default_rng(_SEED)
        wave = self._dsp.synth(*warped, pitch * np.float32(speaker.pitch), chance)
        return np.asarray(wave, np.float32)


def _warped(spectrum: Wave, tract: float) -> Wave:
    """Stretch a spectrum of shape (bins, frames) along its bins."""
    if tract == 1:
        return spectrum
    bins = np.arange(len(spectrum)) / tract
    low = np.minimum(bins.astype(np.int64), len(spectrum) - 1)
    high = np.minimum(low + 1, len(spectrum) - 1)
    share = (bins - low).clip(0, 1)[:, None].astype(np.float32)
    return np.asarray(spectrum[low] * (1 - share) + spectrum[high] * share, np.float32)
