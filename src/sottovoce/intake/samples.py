"""Bring a codec's samples to 16 bits.

Rules:
1. 8-bit samples are shifted up. 24- and 32-bit ones are rounded to the nearest, halves upwards.
2. Real samples are multiplied by 32768, rounded to the nearest, halves to even, and clipped:
   lossy codecs overshoot full scale by a little.
3. A real sample that is no finite number, or is beyond 16 times full scale, is no sound.
"""

import numpy as np
from numpy.typing import NDArray

from sottovoce.intake.wire import Coding, Heading
from sottovoce.values.errors import Unfit

_WILDEST = 16.0
_TYPES = {1: "u1", 2: "<i2", 4: "<i4", 8: "<f8"}


def to_int16(samples: bytes | bytearray, heading: Heading) -> NDArray[np.int16]:
    """Return a block's samples as (channels, frames), or raise Unfit."""
    coding, channels = heading.coding, heading.format.channels
    kind = "<f4" if coding in (Coding.FLT, Coding.FLTP) else _TYPES[coding.sample_bytes]
    given = np.frombuffer(samples, dtype=kind)
    shaped = given.reshape(channels, -1) if coding.is_planar else given.reshape(-1, channels).T
    return np.ascontiguousarray(_narrowed(shaped))


def _narrowed(given: NDArray[np.generic]) -> NDArray[np.int16]:
    if given.dtype == np.int16:
        return given.astype(np.int16, copy=False)
    if given.dtype == np.uint8:
        return (given.astype(np.int16) - 128) * np.int16(256)
    if given.dtype == np.int32:
        return _rounded(given.astype(np.int32, copy=False))
    return _scaled(given)


def _rounded(given: NDArray[np.int32]) -> NDArray[np.int16]:
    raised = np.minimum(given, 0x7FFF7FFF) + 0x8000
    return (raised >> 16).astype(np.int16)


def _scaled(given: NDArray[np.generic]) -> NDArray[np.int16]:
    # A hostile file can hold signalling NaNs, of which numpy would warn.
    with np.errstate(invalid="ignore"):
        real = given.astype(np.float64)
    wildest = np.abs(real).max(initial=0.0)
    if not np.isfinite(wildest):
        raise Unfit("a sample is not a finite number")
    if wildest > _WILDEST:
        raise Unfit(
            f"a sample is {wildest:.0f} times full scale; the limit is {_WILDEST:.0f}",
            hint="write the samples between -1 and 1",
        )
    return np.clip(np.rint(real * 32768), -32768, 32767).astype(np.int16)
