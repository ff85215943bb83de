"""Survey the two containers of plain samples: WAV and AU.

Sources: Multimedia Programming Interface and Data Specifications 1.0 (RIFF, WAVE); Microsoft's
WAVEFORMATEXTENSIBLE; EBU Tech 3306 (RF64) and ITU-R BS.2088 (BW64); the header of AU as Sun
published it. After the sound of a WAV, well-formed chunks are let pass unread (they hold titles
and the like); a second ``data`` or ``fmt `` chunk, or bytes that form no chunk, are refused, for
they would be sound that one program plays and another does not.
"""

from collections.abc import Iterator

from sottovoce.intake.reasons import Breach, Reason
from sottovoce.intake.source import Source, big_number, number
from sottovoce.intake.survey import Survey

_UNKNOWN = 0xFFFFFFFF
_EXTENSIBLE = 0xFFFE
_WAV_CODECS = {
    (1, 8): "pcm_u8",
    (1, 16): "pcm_s16le",
    (1, 24): "pcm_s24le",
    (1, 32): "pcm_s32le",
    (3, 32): "pcm_f32le",
    (3, 64): "pcm_f64le",
    (6, 8): "pcm_alaw",
    (7, 8): "pcm_mulaw",
}
_AU_CODECS = {
    1: ("pcm_mulaw", 1),
    2: ("pcm_s8", 1),
    3: ("pcm_s16be", 2),
    4: ("pcm_s24be", 3),
    5: ("pcm_s32be", 4),
    6: ("pcm_f32be", 4),
    7: ("pcm_f64be", 8),
    27: ("pcm_alaw", 1),
}


def survey_wav(source: Source) -> Survey:
    """Survey a RIFF, RF64 or BW64 file of plain samples."""
    head = source.at(0, 12)
    if head[8:] != b"WAVE":
        raise Breach(Reason.UNKNOWN_FORMAT)
    riff_bytes, data_bytes = number(head, 4, 4), None
    if head[:4] != b"RIFF":
        riff_bytes, data_bytes = _long_sizes(source)
    form, data = None, None
    for name, start, size in _chunks(source, 8 + riff_bytes, data_bytes):
        if name == b"fmt " and form is None and data is None:
            form = source.at(start, size) if 16 <= size <= 4096 else b""
        elif name == b"data" and data is None:
            data = size
        elif name in (b"fmt ", b"data"):
            raise source.broken(start - 8)
    if not form or data is None:
        raise source.broken(12)
    return _wav(source, form, data)


def _long_sizes(source: Source) -> tuple[int, int]:
    head = source.at(12, 24)
    if head[:4] != b"ds64":
        raise source.broken(12)
    return number(head, 8, 8), number(head, 16, 8)


def _chunks(source: Source, end: int, long_data: int | None) -> Iterator[tuple[bytes, int, int]]:
    """Yield each chunk's name, start and size; raise Breach if they do not fill the file."""
    position = 12
    while position < min(end, source.size) - 1:
        head = source.at(position, 8)
        size = number(head, 4, 4)
        if head[:4] == b"data" and long_data is not None and size == _UNKNOWN:
            size = long_data
        elif head[:4] == b"data" and size == _UNKNOWN:
            raise Breach(Reason.NO_LENGTH)
        source.reaches(position + 8 + size)
        yield head[:4], position + 8, size
        position += 8 + size + size % 2
    source.reaches(end)
    if source.size > max(position, end + end % 2):
        raise Breach(Reason.LEFT_OVER, max(position, end + end % 2), source.size)


def _wav(source: Source, form: bytes, data: int) -> Survey:
    tag, channels, rate_hz = number(form, 0, 2), number(form, 2, 2), number(form, 4, 4)
    align, bits = number(form, 12, 2), number(form, 14, 2)
    if tag == _EXTENSIBLE:
        tag = number(form, 24, 2)
    codec = _WAV_CODECS.get((tag, bits))
    if codec is None:
        raise Breach(Reason.UNKNOWN_CODEC)
    return _plain(source, "wav", codec, data, rate_hz, channels, align, bits // 8)


def _plain(
    source: Source,
    container: str,
    codec: str,
    data: int,
    rate_hz: int,
    channels: int,
    align: int,
    sample_bytes: int,
) -> Survey:
    if align != channels * sample_bytes or (align and data % align):
        raise source.broken(12)
    frames = data // align if align else 0
    return Survey(container, container, (codec,), frames, frames, None, rate_hz, channels)


def survey_au(source: Source) -> Survey:
    """Survey an AU file of plain samples."""
    head = source.at(0, 24)
    start, data, encoding, rate_hz, channels = (big_number(head, i, 4) for i in range(4, 24, 4))
    if encoding not in _AU_CODECS:
        raise Breach(Reason.UNKNOWN_CODEC)
    if data == _UNKNOWN:
        raise Breach(Reason.NO_LENGTH)
    source.reaches(start + data)
    if start < 24 or start + data < source.size:
        raise Breach(Reason.LEFT_OVER, start + data, source.size)
    codec, sample_bytes = _AU_CODECS[encoding]
    align = channels * sample_bytes
    return _plain(source, "au", codec, data, rate_hz, channels, align, sample_bytes)
