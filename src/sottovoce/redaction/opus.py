"""Encode a sound small enough to travel inside a page.

Rule: stereo stays left and right; more channels become one.
"""

from dataclasses import replace
from io import BytesIO

from sottovoce.redaction.compress import OPUS, compress
from sottovoce.values.sound import Sound

MONO_BPS = 24_000
STEREO_BPS = 32_000
# The least effort; docs/decisions/redaction-report.md measures the others.
_LEAST_EFFORT = replace(OPUS, options={**OPUS.options, "compression_level": "0"})


def encode_opus(sound: Sound) -> bytes:
    """Return the sound as Opus in Ogg (RFC 7845), encoded block by block.

    The same sound gives the same bytes; nothing but the sound is in them.
    """
    out = BytesIO()
    bits_per_s = STEREO_BPS if sound.channels == 2 else MONO_BPS
    compress(sound, out, _LEAST_EFFORT, bits_per_s=bits_per_s)
    return out.getvalue()
