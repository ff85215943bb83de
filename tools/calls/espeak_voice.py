"""The voices of espeak-ng through its C library, which reports each word's first sample."""

import ctypes
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calls.envelope import Spoken

_SYNCHRONOUS, _NEVER_EXIT = 2, 0x8000
_RATE, _WORDS_A_MINUTE = 1, 160
_BY_CHARACTER, _UTF8 = 1, 1
_END_OF_LIST, _WORD = 0, 1
# espeak-ng reads `of the` as one word and reports one time; an invisible joiner keeps them apart.
_APART = "\u2060"


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    )


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


@lru_cache
def _library() -> tuple[ctypes.CDLL, int]:
    try:
        library = ctypes.CDLL("libespeak-ng.so.1")
    except OSError as error:
        raise RuntimeError("this voice needs the Debian package espeak-ng") from error
    rate_hz = library.espeak_Initialize(_SYNCHRONOUS, 0, None, _NEVER_EXIT)
    if rate_hz <= 0:
        raise RuntimeError("this voice needs the Debian package espeak-ng-data")
    return library, rate_hz


class EspeakVoice:
    """One voice of espeak-ng, by its language."""

    def __init__(self, language: str) -> None:
        self._espeak, self._rate_hz = _library()
        self._language = language.encode("ascii")

    def say(self, words: Sequence[str], *, pace: float, seed: int) -> Spoken:
        """Read one sentence; the seed changes nothing."""
        sound: list[NDArray[np.int16]] = []
        begins: dict[int, int] = {}

        # These come from C: pointers that are only good during the call.
        def take(samples: Any, count: int, events: Any) -> int:
            if samples and count:
                sound.append(np.ctypeslib.as_array(samples, (count,)).copy())
            for event in _listed(events):
                begins.setdefault(event.text_position - 1, event.sample)
            return 0

        text = " ".join(_APART + word for word in words)
        self._speak(text, pace, _Callback(take))
        wave = np.concatenate(sound).astype(np.float32) / np.float32(32768)
        starts = _word_starts(words, begins)
        ends = [*starts[1:], len(wave)]
        times = [(a / self._rate_hz, b / self._rate_hz) for a, b in zip(starts, ends, strict=True)]
        return Spoken(self._rate_hz, wave, tuple(times))

    def _speak(self, text: str, pace: float, callback: object) -> None:
        raw = text.encode("utf-8")
        self._espeak.espeak_SetVoiceByName(self._language)
        self._espeak.espeak_SetParameter(_RATE, round(_WORDS_A_MINUTE * pace), 0)
        self._espeak.espeak_SetSynthCallback(callback)
        self._espeak.espeak_Synth(raw, len(raw) + 1, 0, _BY_CHARACTER, 0, _UTF8, None, None)
        self._espeak.espeak_Synchronize()


def _listed(events: Any) -> Iterator[_Event]:
    """Yield the words of a C array that ends with an event of type zero."""
    index = 0
    while events and events[index].type != _END_OF_LIST:
        if events[index].type == _WORD:
            yield events[index]
        index += 1


def _word_starts(words: Sequence[str], begins: dict[int, int]) -> list[int]:
    starts = []
    place = 0
    for word in words:
        place += len(_APART)
        if place not in begins:
            raise ValueError("espeak-ng joined two words; rewrite the turn")
        starts.append(begins[place])
        place += len(word) + 1
    return starts
