"""The voices by name, and what each needs on the machine."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Protocol

from calls.envelope import Spoken
from calls.espeak_voice import EspeakVoice
from calls.festival_voice import FestivalVoice
from calls.flite_voice import FliteVoice
from calls.hibari_voice import HibariVoice


class Voice(Protocol):
    """Somebody who reads a sentence aloud and knows when each word was said."""

    def say(self, words: Sequence[str], *, pace: float, seed: int) -> Spoken: ...


_MAKERS: dict[str, Callable[[], Voice]] = {
    "heart": HibariVoice,
    "heart-low": lambda: HibariVoice(pitch=0.56, tract=0.87),
    "heart-mid": lambda: HibariVoice(pitch=0.78, tract=0.94),
    "heart-high": lambda: HibariVoice(pitch=1.18, tract=1.06),
    "flite-slt": lambda: FliteVoice("cmu_us_slt"),
    "flite-rms": lambda: FliteVoice("cmu_us_rms"),
    "flite-awb": lambda: FliteVoice("cmu_us_awb"),
    "festival-slt": lambda: FestivalVoice("cmu_us_slt_arctic_hts", "festvox-us-slt-hts"),
    "espeak-us": lambda: EspeakVoice("en-us"),
    "espeak-gb": lambda: EspeakVoice("en-gb"),
}
VOICE_NAMES = tuple(_MAKERS)
HIBARI_NAMES = tuple(name for name in VOICE_NAMES if name.startswith("heart"))


@lru_cache
def open_voice(name: str) -> Voice:
    """Return the voice of that name.

    A ValueError names an unknown voice; a RuntimeError says which Debian package is missing.
    """
    if name not in _MAKERS:
        raise ValueError(f"there is no voice {name!r}; choose from {', '.join(VOICE_NAMES)}")
    return _MAKERS[name]()
