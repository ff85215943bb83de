"""``redaction.synthesiser.Synthesiser`` by hibari-tts: one small voice in English, on this machine.

Rule: the voice is the one that the package carries. Another would be fetched, so none is named.
"""

import os
from functools import cached_property
from hashlib import sha256
from pathlib import Path

import numpy as np
import soxr

from sottovoce.values.errors import Unavailable
from sottovoce.values.sound import Wave

_VOICE = "heart"
_SEED = 0


class HibariSynthesiser:
    """The voice `heart` of hibari-tts; the same text sounds the same each time."""

    name = "hibari-heart"
    language = "en"

    def __init__(self) -> None:
        # Read by the engine when it is loaded, which reports to its maker otherwise.
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"
        try:
            from hibari.tts import Hibari
        except ImportError as error:
            raise Unavailable(
                "no synthetic voice is installed", hint="pip install 'sottovoce[voices]'"
            ) from error
        self._voice = Hibari(voice=_VOICE)

    @cached_property
    def digest(self) -> str:
        """Return the SHA-256 of the voice's weights."""
        return sha256(Path(self._voice.model_path).read_bytes()).hexdigest()

    def say(self, text: str, *, pace: float, rate_hz: int) -> Wave:
        """Return a text said at a pace."""
        try:
            said = self._voice(text, speed=pace, seed=_SEED)
        except Exception:  # noqa: BLE001 - its message may hold the text
            raise Unavailable("the synthetic voice cannot say a stand-in") from None
        wave = soxr.resample(np.asarray(said, np.float32), self._voice.sample_rate, rate_hz)
        return np.asarray(wave, np.float32)
