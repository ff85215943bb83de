"""The neural voice of hibari-tts, and other speakers made from it, with exact word times.

The model's own clock is read: its running sum of phoneme lengths in steps of 25 ms. It is not
among the model's outputs, so it is named as one more: a protobuf message that is appended to
another is merged into it, which adds an output to the graph without any ONNX library.
"""

import string
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from hibari import dsp
from hibari.tts import Hibari
from numpy.typing import NDArray

from calls.envelope import Spoken

CLOCK = "/CumSum_output_0"
FRAME_S = 2 * dsp.HOP / dsp.SR
LAG_S = 0.1
"""How far the clock runs behind the sound at pace 1; it shrinks as the pace grows.

Measured at 150 onsets of s after a vowel: 5th to 95th percentile 0.093 to 0.110 s.
"""
_NAMES_OF_LETTERS = """
    ˈA bˈi sˈi dˈi ˈi ˈɛf ʤˈi ˈAʧ ˈI ʤˈA kˈA ˈɛl ˈɛm
    ˈɛn ˈO pˈi kjˈu ˈɑɹ ˈɛs tˈi jˈu vˈi dˈʌbᵊljˌu ˈɛks wˈI zˈi
"""
_LETTERS = dict(zip(string.ascii_uppercase, _NAMES_OF_LETTERS.split(), strict=True))


class HibariVoice:
    """The voice `heart`; pitch and tract other than 1 make another speaker of it.

    tract stretches the spectrum (below 1: a longer vocal tract, a deeper voice).
    """

    def __init__(self, *, pitch: float = 1.0, tract: float = 1.0) -> None:
        self._reader = Hibari(voice="heart")
        self._session = _session_with_clock(Path(self._reader.model_path))
        self._pitch = pitch
        self._tract = tract

    def say(self, words: Sequence[str], *, pace: float, seed: int) -> Spoken:
        """Read one sentence; the same seed gives the same sound on the same machine."""
        sounds, owner = self._sounds(words)
        ids = [0, *(self._reader.vocab[c] for c in sounds), 0]
        feed = {"ids": np.asarray([ids], np.int64), "speed": np.asarray([pace], np.float32)}
        *parts, clock = self._session.run(None, feed)
        wave = self._synthesise([part[0] for part in parts], seed)
        return Spoken(dsp.SR, wave, _word_times(clock, owner, LAG_S / pace))

    def _synthesise(self, parts: list[NDArray[np.float32]], seed: int) -> NDArray[np.float32]:
        *spectra, f0 = parts
        warped = [_warp(spectrum, self._tract) for spectrum in spectra]
        wave = dsp.synth(*warped, f0 * np.float32(self._pitch), np.random.default_rng(seed))
        return np.asarray(wave, np.float32)

    def _sounds(self, words: Sequence[str]) -> tuple[str, list[int]]:
        """Return the sentence's sounds and for each the word it belongs to (-1: none)."""
        marked = " ".join(_with_letter(word) for word in words)
        known = [c for c in self._reader.g2p(marked) if c in self._reader.vocab]
        groups = "".join(known).split()
        if len(groups) != len(words):
            groups = [_one_group(self._reader.g2p(_with_letter(word))) for word in words]
        owner: list[int] = []
        for index, group in enumerate(groups):
            mine = [-1 if c in ".,;:!?—…" else index for c in group]
            # Without a pause the blank is the end of the word: its sound goes on to the next.
            owner += [*mine, mine[-1]]
        return " ".join(groups), owner[:-1]


def _one_group(sounds: str) -> str:
    return sounds.replace(" ", "")


def _with_letter(word: str) -> str:
    """Give a lone capital its name's sound; without it a sentence decides, `A` as an article."""
    sound = _LETTERS.get(word[0]) if not word[1:].strip(".,;:!?") else None
    return f"[{word[0]}](/{sound}/){word[1:]}" if sound else word


def _session_with_clock(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    named = _message(7, _message(12, _message(1, CLOCK.encode())))
    model = path.read_bytes() + named
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _message(field: int, content: bytes) -> bytes:
    """Write a length-delimited protobuf field of fewer than 128 bytes."""
    return bytes((field << 3 | 2, len(content))) + content


def _warp(spectrum: NDArray[np.float32], tract: float) -> NDArray[np.float32]:
    if tract == 1.0:
        return spectrum
    bins = np.arange(len(spectrum)) / tract
    low = np.minimum(bins.astype(np.int64), len(spectrum) - 1)
    high = np.minimum(low + 1, len(spectrum) - 1)
    part = (bins - low).clip(0, 1)[:, None].astype(np.float32)
    return np.asarray(spectrum[low] * (1 - part) + spectrum[high] * part, np.float32)


# The clock comes from the session, which does not say what it returns.
def _word_times(clock: Any, owner: list[int], lag_s: float) -> tuple[tuple[float, float], ...]:
    frames = np.asarray(clock, np.float64)
    starts = np.maximum(frames[:-2] * FRAME_S - lag_s, 0.0)
    ends = np.maximum(frames[1:-1] * FRAME_S - lag_s, 0.0)
    spans = []
    for index in range(max(owner) + 1):
        mine = [place for place, word in enumerate(owner) if word == index]
        if not mine:
            raise ValueError(f"word {index + 1} of a sentence has no sound; write it otherwise")
        spans.append((float(starts[mine[0]]), float(ends[mine[-1]])))
    return tuple(spans)
