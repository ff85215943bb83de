"""The voices of Flite through its C library, with the times of its own segments."""

import ctypes
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from calls.envelope import Spoken, Wave
from calls.spelling import aloud

_POINTER = ctypes.c_void_p
_START = b"R:Token.daughter1.R:SylStructure.daughter1.daughter1.R:Segment.p.end"
_END = b"R:Token.daughtern.R:SylStructure.daughtern.daughtern.R:Segment.end"


class _Wave(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_char_p),
        ("rate_hz", ctypes.c_int),
        ("samples", ctypes.c_int),
        ("channels", ctypes.c_int),
        ("data", ctypes.POINTER(ctypes.c_short)),
    )


class _Voice(ctypes.Structure):
    """The head of Flite's cst_voice."""

    _fields_ = (("name", ctypes.c_char_p), ("features", _POINTER))


class FliteVoice:
    """One voice of Flite, by the name of its library."""

    def __init__(self, name: str) -> None:
        try:
            self._flite = _flite()
            library = ctypes.CDLL(f"libflite_{name}.so.1")
        except OSError as error:
            raise RuntimeError("this voice needs the Debian package flite") from error
        register = library[f"register_{name}"]
        register.argtypes, register.restype = [ctypes.c_char_p], ctypes.POINTER(_Voice)
        self._voice = register(None)

    def say(self, words: Sequence[str], *, pace: float, seed: int) -> Spoken:
        """Read one sentence; the seed changes nothing."""
        flite, voice = self._flite, self._voice
        flite.flite_feat_set_float(voice.contents.features, b"duration_stretch", 1 / pace)
        text = " ".join(aloud(word) for word in words)
        utterance = flite.flite_synth_text(text.encode("ascii"), voice)
        try:
            times = tuple(self._times(utterance))
            wave, rate_hz = _copy(flite.utt_wave(utterance).contents)
        finally:
            flite.delete_utterance(utterance)
        if len(times) != len(words):
            raise ValueError(f"flite read {len(times)} words for {len(words)}; rewrite the turn")
        return Spoken(rate_hz, wave, times)

    def _times(self, utterance: int) -> Iterator[tuple[float, float]]:
        token = self._flite.relation_head(self._flite.utt_relation(utterance, b"Token"))
        while token:
            start_s = self._flite.flite_ffeature_float(token, _START)
            yield start_s, self._flite.flite_ffeature_float(token, _END)
            token = self._flite.item_next(token)


def _copy(wave: _Wave) -> tuple[Wave, int]:
    samples = np.ctypeslib.as_array(wave.data, (wave.samples,))
    return (samples / np.float32(32768)).astype(np.float32), int(wave.rate_hz)


def _flite() -> ctypes.CDLL:
    flite = ctypes.CDLL("libflite.so.1", mode=ctypes.RTLD_GLOBAL)
    for name in ("usenglish", "cmulex"):
        ctypes.CDLL(f"libflite_{name}.so.1", mode=ctypes.RTLD_GLOBAL)
    # ctypes has no public name for what an argument may be.
    shapes: dict[str, tuple[list[Any], Any]] = {
        "flite_synth_text": ([ctypes.c_char_p, ctypes.POINTER(_Voice)], _POINTER),
        "utt_wave": ([_POINTER], ctypes.POINTER(_Wave)),
        "utt_relation": ([_POINTER, ctypes.c_char_p], _POINTER),
        "relation_head": ([_POINTER], _POINTER),
        "item_next": ([_POINTER], _POINTER),
        "flite_ffeature_float": ([_POINTER, ctypes.c_char_p], ctypes.c_float),
        "flite_feat_set_float": ([_POINTER, ctypes.c_char_p, ctypes.c_float], None),
        "delete_utterance": ([_POINTER], None),
    }
    for name, (arguments, result) in shapes.items():
        function = flite[name]
        function.argtypes, function.restype = arguments, result
        setattr(flite, name, function)
    flite.flite_init()
    return flite
