"""Encode a sound as Opus in Ogg (RFC 7845) or as MP3, block by block.

Rule: the same sound gives the same bytes; nothing but the sound and the comment is in them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, Literal

import av
import numpy as np
from numpy.typing import NDArray

from sottovoce.values.errors import Unfit
from sottovoce.values.sound import Sound, blocks


@dataclass(frozen=True, slots=True)
class Codec:
    """An encoder: its names, the rates it takes, in order, and how it is set."""

    name: Literal["libopus", "libmp3lame"]
    container: str
    rates_hz: tuple[int, ...]
    options: Mapping[str, str] = field(default_factory=dict)

    def rate_hz(self, rate_hz: int) -> int:
        """Return the least rate that loses nothing, else the highest."""
        return next((rate for rate in self.rates_hz if rate >= rate_hz), self.rates_hz[-1])


OPUS = Codec(
    # 60 ms are the longest frames, and cost least; docs/decisions/redaction-report.md has the rest.
    "libopus",
    "ogg",
    (8_000, 12_000, 16_000, 24_000, 48_000),
    {"application": "audio", "frame_duration": "60"},
)
"""Opus takes these rates (RFC 6716, section 2)."""

MP3 = Codec(
    "libmp3lame",
    "mp3",
    (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000),
)
"""MP3 has these rates (ISO/IEC 11172-3 and 13818-3, and 2.5)."""


def compress(
    sound: Sound, file: BinaryIO, codec: Codec, *, bits_per_s: int, comment: str = ""
) -> None:
    """Write a sound of 1 channel or 2 (more become one) to a file that is open for writing.

    Decoders give back the length that went in, resampled to a rate of the codec where it has to be.
    Raises Unfit when the sound is too short to give anything.
    """
    layout = "stereo" if sound.channels == 2 else "mono"
    # Without it an Ogg stream's serial number is random.
    options = {"fflags": "+bitexact"}
    with av.open(file, "w", format=codec.container, container_options=options) as container:
        if comment:
            container.metadata["comment"] = comment
        stream = container.add_stream(
            codec.name, rate=codec.rate_hz(sound.rate_hz), options=dict(codec.options)
        )
        stream.layout, stream.bit_rate = layout, bits_per_s
        start, packets = 0, 0
        for block in blocks(sound):
            frame = av.AudioFrame.from_ndarray(_packed(block), format="s16", layout=layout)
            frame.sample_rate, frame.pts = sound.rate_hz, start
            encoded = stream.encode(frame)
            packets += len(encoded)
            container.mux(encoded)
            start += block.shape[1]
        encoded = stream.encode(None)
        container.mux(encoded)
    if not packets + len(encoded):
        raise Unfit(f"{sound.frames} frames are too short for {codec.name}")


def _packed(block: NDArray[np.int16]) -> NDArray[np.int16]:
    """Return the block's samples interleaved, shape (1, frames times channels)."""
    if block.shape[0] > 2:
        # A sum, not a mean: speakers take turns, and eight silent ones must not hush the ninth.
        block = (
            block.sum(axis=0, dtype=np.int32, keepdims=True).clip(-32768, 32767).astype(np.int16)
        )
    return np.ascontiguousarray(block.T).reshape(1, -1)
