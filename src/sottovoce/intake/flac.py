"""Survey a FLAC file's metadata (RFC 9639, section 8).

FLAC frames have no length field: their sums, their contents and the number of samples that the
metadata promises are checked by decoding.
"""

from sottovoce.intake.reasons import Breach, Reason
from sottovoce.intake.source import Source, big_number
from sottovoce.intake.survey import Survey

_STREAMINFO_BYTES = 34


def survey_flac(source: Source, start: int) -> Survey:
    """Survey a FLAC stream that begins at a position, behind an ID3 tag or not."""
    head = source.at(start + 4, 4)
    if head[0] & 0x7F != 0 or big_number(head, 1, 3) != _STREAMINFO_BYTES:
        raise source.broken(start + 4)
    packed = big_number(source.at(start + 18, 8), 0, 8)
    rate_hz, channels = packed >> 44, (packed >> 41 & 7) + 1
    frames = packed & ((1 << 36) - 1)
    _walk(source, start + 4)
    if frames == 0:
        raise Breach(Reason.NO_LENGTH)
    return Survey("flac", "flac", ("flac",), frames, frames, None, rate_hz, channels)


def _walk(source: Source, position: int) -> None:
    is_last = False
    while not is_last:
        head = source.at(position, 4)
        is_last = bool(head[0] & 0x80)
        position += 4 + big_number(head, 1, 3)
    source.reaches(position + 1)
