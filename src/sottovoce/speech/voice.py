"""Find where a channel carries voice.

The probabilities come from the Silero network, 32 ms a frame, with its state carried from block
to block, so a recording of any length needs the memory of one block.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import soxr
from numpy.typing import NDArray
from onnxruntime import InferenceSession, SessionOptions

from sottovoce.speech.models import Weights
from sottovoce.values.sound import Sound, Wave
from sottovoce.values.speech import Span

RATE_HZ = 16_000
FRAME = 512
FRAME_S = FRAME / RATE_HZ
_CONTEXT = 64
_BLOCK_S = 30


@dataclass(frozen=True, slots=True)
class VoiceLimits:
    """When voice begins and ends; lower than usual, since missed voice is published voice."""

    on: float = 0.35
    off: float = 0.2
    shortest_s: float = 0.06
    bridge_s: float = 0.1


class VoiceActivity:
    """The Silero network, loaded once and used for any number of channels."""

    def __init__(self, weights: Weights) -> None:
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
        probabilities = self.probabilities(sound, channel)
        return _spans(probabilities, channel, sound.frames / sound.rate_hz, limits)

    def probabilities(self, sound: Sound, channel: int) -> NDArray[np.float32]:
        """Return the probability of voice for every 32 ms of one channel."""
        state = np.zeros((1, 1, 128), np.float32), np.zeros((1, 1, 128), np.float32)
        context = np.zeros(_CONTEXT, np.float32)
        found = []
        for frames in _frames(sound, channel):
            joined = np.concatenate([context, frames.reshape(-1)])
            rows = np.lib.stride_tricks.sliding_window_view(joined, FRAME + _CONTEXT)[::FRAME]
            row, *state = self._session.run(
                None, {"input": np.ascontiguousarray(rows), "h": state[0], "c": state[1]}
            )
            found.append(row.reshape(-1))
            context = joined[-_CONTEXT:]
        return np.concatenate(found) if found else np.zeros(0, np.float32)


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


def _spans(
    probabilities: NDArray[np.float32], channel: int, duration_s: float, limits: VoiceLimits
) -> tuple[Span, ...]:
    spans: list[list[float]] = []
    begun: int | None = None
    for i, p in enumerate([*probabilities.tolist(), 0.0]):
        if begun is None and p >= limits.on:
            begun = i
        elif begun is not None and p < limits.off:
            _append(spans, begun * FRAME_S, min(duration_s, i * FRAME_S), limits.bridge_s)
            begun = None
    return tuple(
        Span(start, end, channel) for start, end in spans if end - start >= limits.shortest_s
    )


def _append(spans: list[list[float]], start: float, end: float, bridge_s: float) -> None:
    if spans and start - spans[-1][1] <= bridge_s:
        spans[-1][1] = end
    else:
        spans.append([start, end])
