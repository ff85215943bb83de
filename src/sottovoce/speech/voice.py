"""Find where a channel carries voice.

Rules:
1. Two clocks: the Silero network's probability, and loudness above the background. A frame of 32 ms
   is voice when either says so. The network alone misses half of some telephone voices, and voice
   that is missed is published; noise that is taken for voice is only heard in vain.
2. The background is the quiet tenth of the frames around, so that hiss and hum are none.
3. The network's state goes from block to block: a recording of any length needs the memory of one.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import soxr
from numpy.typing import NDArray

from sottovoce.speech.models import Weights
from sottovoce.values.sound import Sound, Wave
from sottovoce.values.speech import Span

RATE_HZ = 16_000
FRAME = 512
FRAME_S = FRAME / RATE_HZ
_CONTEXT = 64
_BLOCK_S = 30
_AROUND = 313

Measure = NDArray[np.float32]
Truths = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class VoiceLimits:
    """When voice begins and ends; lower than usual, since missed voice is published voice."""

    on: float = 0.35
    off: float = 0.2
    shortest_s: float = 0.06
    bridge_s: float = 0.1
    above_background_db: float = 10.0
    below_loud_db: float = 35.0
    faintest_db: float = -65.0


class VoiceActivity:
    """The Silero network, loaded once and used for any number of channels."""

    def __init__(self, weights: Weights) -> None:
        # From version 1.29 on the engine reports to its maker, unless it is told not to before it
        # is loaded: hence here, and late.
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"
        from onnxruntime import InferenceSession, SessionOptions

        options = SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self.weights = weights
        self._session = InferenceSession(
            str(weights.path), sess_options=options, providers=["CPUExecutionProvider"]
        )

    def voiced(
        self, sound: Sound, channel: int, *, limits: VoiceLimits = VoiceLimits()
    ) -> tuple[Span, ...]:
        """Return the voiced spans of one channel, in order."""
        probabilities, levels = self.measure(sound, channel)
        is_voice = _likely(probabilities, limits) | _loud(levels, limits)
        return _spans(is_voice, channel, sound.frames / sound.rate_hz, limits)

    def measure(self, sound: Sound, channel: int) -> tuple[Measure, Measure]:
        """Return for every 32 ms of one channel the probability of voice, and the level in dBFS."""
        state = np.zeros((1, 1, 128), np.float32), np.zeros((1, 1, 128), np.float32)
        context = np.zeros(_CONTEXT, np.float32)
        probabilities, levels = [np.zeros(0, np.float32)], [np.zeros(0, np.float32)]
        for frames in _frames(sound, channel):
            joined = np.concatenate([context, frames.reshape(-1)])
            rows = np.lib.stride_tricks.sliding_window_view(joined, FRAME + _CONTEXT)[::FRAME]
            row, *state = self._session.run(
                None, {"input": np.ascontiguousarray(rows), "h": state[0], "c": state[1]}
            )
            probabilities.append(row.reshape(-1))
            levels.append(10 * np.log10(frames.var(axis=1) + 1e-10))
            context = joined[-_CONTEXT:]
        return np.concatenate(probabilities), np.concatenate(levels)


def as_wave(sound: Sound, channel: int, start_s: float, end_s: float) -> Wave:
    """Read a stretch of one channel as 16 kHz samples from -1 to 1."""
    start, stop = int(start_s * sound.rate_hz), int(end_s * sound.rate_hz)
    samples = sound.read(channel, max(0, start), min(sound.frames, stop))
    wave = samples.astype(np.float32) / 32768
    resampled: Wave = soxr.resample(wave, sound.rate_hz, RATE_HZ)
    return resampled


def _frames(sound: Sound, channel: int) -> Iterator[Wave]:
    """Yield whole 512-sample frames at 16 kHz, block by block; the last is filled with silence."""
    resampler = soxr.ResampleStream(sound.rate_hz, RATE_HZ, 1, dtype="float32")
    rest = np.zeros(0, np.float32)
    step = _BLOCK_S * sound.rate_hz
    for start in range(0, sound.frames, step):
        samples = sound.read(channel, start, start + step)
        wave = samples.astype(np.float32) / 32768
        rest = np.concatenate(
            [rest, resampler.resample_chunk(wave, last=start + step >= sound.frames)]
        )
        whole = len(rest) // FRAME * FRAME
        if whole:
            yield rest[:whole].reshape(-1, FRAME)
        rest = rest[whole:]
    if len(rest):
        yield np.pad(rest, (0, FRAME - len(rest))).reshape(1, FRAME)


def _likely(probabilities: Measure, limits: VoiceLimits) -> Truths:
    """Begin at the higher threshold and go on down to the lower."""
    likely = probabilities >= limits.off
    edges = np.flatnonzero(np.diff(likely, prepend=False, append=False))
    for start, stop in edges.reshape(-1, 2).tolist():
        sure = np.flatnonzero(probabilities[start:stop] >= limits.on)
        likely[start : start + sure[0] if len(sure) else stop] = False
    return likely


def _loud(levels: Measure, limits: VoiceLimits) -> Truths:
    if not len(levels):
        return np.zeros(0, np.bool_)
    background = np.repeat(_background(levels), _AROUND)[: len(levels)]
    loud = float(np.percentile(levels, 95)) - limits.below_loud_db
    least = np.maximum(background + limits.above_background_db, max(loud, limits.faintest_db))
    return np.asarray(levels > least)


def _background(levels: Measure) -> Measure:
    """Return the level of the quiet tenth, of about ten seconds and their neighbours."""
    parts = np.array_split(levels, range(_AROUND, len(levels), _AROUND))
    quiet = np.array([np.percentile(part, 10) for part in parts], np.float32)
    around = np.pad(quiet, 1, mode="edge")
    return np.minimum(np.minimum(around[:-2], around[2:]), quiet)


def _spans(
    is_voice: Truths, channel: int, duration_s: float, limits: VoiceLimits
) -> tuple[Span, ...]:
    edges = np.flatnonzero(np.diff(is_voice, prepend=False, append=False)).reshape(-1, 2)
    spans: list[list[float]] = []
    for start, stop in (edges * FRAME_S).tolist():
        _append(spans, start, min(duration_s, stop), limits.bridge_s)
    return tuple(
        Span(start, end, channel) for start, end in spans if end - start >= limits.shortest_s
    )


def _append(spans: list[list[float]], start: float, end: float, bridge_s: float) -> None:
    if spans and start - spans[-1][1] <= bridge_s:
        spans[-1][1] = end
    else:
        spans.append([start, end])
