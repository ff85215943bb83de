"""Encode a sound small enough to travel inside a page.

Rule: stereo stays left and right; more channels become one.
"""

from io import BytesIO

import av
import numpy as np
from numpy.typing import NDArray

from sottovoce.values.sound import Sound, blocks

MONO_BPS = 24_000
STEREO_BPS = 32_000
_RATES_HZ = (8_000, 12_000, 16_000, 24_000, 48_000)
"""The rates that Opus takes (RFC 6716, section 2)."""
# The least effort and the longest frames; docs/decisions/redaction-report.md measures the others.
_OPTIONS = {"application": "audio", "compression_level": "0", "frame_duration": "60"}


def encode_opus(sound: Sound) -> bytes:
    """Return the sound as Opus in Ogg (RFC 7845), encoded block by block.

    The same sound gives the same bytes; nothing but the sound is in them.
    """
    layout = "stereo" if sound.channels == 2 else "mono"
    out = BytesIO()
    # Without it the stream's serial number is random.
    options = {"fflags": "+bitexact"}
    with av.open(out, "w", format="ogg", container_options=options) as container:
        stream = container.add_stream("libopus", rate=_rate(sound.rate_hz), options=_OPTIONS)
        stream.layout = layout
        stream.bit_rate = STEREO_BPS if layout == "stereo" else MONO_BPS
        start = 0
        for block in blocks(sound):
            frame = av.AudioFrame.from_ndarray(_packed(block), format="s16", layout=layout)
            frame.sample_rate, frame.pts = sound.rate_hz, start
            container.mux(stream.encode(frame))
            start += block.shape[1]
        container.mux(stream.encode(None))
    return out.getvalue()


def _rate(rate_hz: int) -> int:
    return next((rate for rate in _RATES_HZ if rate >= rate_hz), _RATES_HZ[-1])


def _packed(block: NDArray[np.int16]) -> NDArray[np.int16]:
    """Return the block's samples interleaved, shape (1, frames times channels)."""
    if block.shape[0] > 2:
        # A sum, not a mean: speakers take turns, and eight silent ones must not hush the ninth.
        block = (
            block.sum(axis=0, dtype=np.int32, keepdims=True).clip(-32768, 32767).astype(np.int16)
        )
    return np.ascontiguousarray(block.T).reshape(1, -1)
