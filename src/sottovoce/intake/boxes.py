"""Survey the containers made of boxes: MP4 (M4A, 3GP) and WebM.

Only the outermost boxes are walked, and in a WebM of unknown sizes, as browsers record it, the
blocks: what is declared must be in the file. What is inside a box is for FFmpeg to read.

Sources: ISO/IEC 14496-12 section 4.2 (boxes); RFC 8794 (EBML) and RFC 9559 (Matroska).
"""

import math
import struct

from sottovoce.intake.reasons import Breach, Reason
from sottovoce.intake.source import Source, big_number
from sottovoce.intake.survey import Survey

_MP4_CODECS = ("aac", "alac", "flac", "opus", "amrnb", "amrwb")
_WEBM_CODECS = ("opus", "vorbis")

_EBML = 0x1A45DFA3
_SEGMENT = 0x18538067
_CLUSTER = 0x1F43B675
_INFO = 0x1549A966
_TIMESTAMP_SCALE = 0x2AD7B1
_DURATION = 0x4489
_VOID = 0xEC
_UNKNOWN = -1
_LONGEST_INFO = 1 << 20
# SeekHead, Info, Tracks, Cues, Chapters, Tags, Attachments, Cluster, Void, CRC-32
_TOP = {0x114D9B74, _INFO, 0x1654AE6B, 0x1C53BB6B, 0x1043A770, 0x1254C367, 0x1941A469, _CLUSTER}
_TOP |= {_VOID, 0xBF}


def survey_mp4(source: Source) -> Survey:
    """Survey an MP4 file's outermost boxes."""
    position, is_timed = 0, True
    while position < source.size:
        head = source.at(position, 8)
        is_timed = is_timed and head[4:] != b"moof"
        size, least = big_number(head, 0, 4), 8
        if size == 1:
            size, least = big_number(source.at(position + 8, 8), 0, 8), 16
        if size == 0:
            raise Breach(Reason.NO_LENGTH)
        if size < least:
            raise source.broken(position)
        source.reaches(position + size)
        position += size
    return Survey("mp4", "mov", _MP4_CODECS, is_timed=is_timed)


def survey_webm(source: Source) -> Survey:
    """Survey a WebM file's elements, as deep as their sizes are unknown."""
    _, size, start = _element(source, 0)
    name, segment, start = _element(source, start + max(0, size))
    if size == _UNKNOWN or name != _SEGMENT:
        raise source.broken(0)
    end = source.size if segment == _UNKNOWN else start + segment
    source.reaches(end)
    seconds = _walk(source, start, end)
    _only_void(source, end)
    return Survey("webm", "matroska", _WEBM_CODECS, seconds=seconds)


def _walk(source: Source, position: int, end: int) -> float | None:
    seconds, within_cluster = None, False
    while position < end:
        name, size, start = _element(source, position)
        if not within_cluster and name not in _TOP:
            raise source.broken(position)
        if name == _CLUSTER and size == _UNKNOWN:
            position, within_cluster = start, True
            continue
        if size == _UNKNOWN or start + size > end:
            source.reaches(start + size)
            raise source.broken(position)
        if name in _TOP and name not in (_VOID, 0xBF):
            within_cluster = False
        if name == _INFO and size <= _LONGEST_INFO:
            seconds = _duration(source, start, start + size)
        position = start + size
    return seconds


def _element(source: Source, position: int) -> tuple[int, int, int]:
    """Return an element's name, its size or _UNKNOWN, and where its content starts."""
    first = source.at(position, 1)[0]
    width = 9 - first.bit_length()
    if width > 4:
        raise source.broken(position)
    name = big_number(source.at(position, width), 0, width)
    first = source.at(position + width, 1)[0]
    size_width = 9 - first.bit_length()
    if size_width > 8:
        raise source.broken(position)
    mask = (1 << 7 * size_width) - 1
    size = big_number(source.at(position + width, size_width), 0, size_width) & mask
    return name, _UNKNOWN if size == mask else size, position + width + size_width


def _duration(source: Source, position: int, end: int) -> float | None:
    scale, ticks = 1_000_000, None
    while position < end:
        name, size, start = _element(source, position)
        if size == _UNKNOWN or start + size > end:
            raise source.broken(position)
        if name == _TIMESTAMP_SCALE and size <= 8:
            scale = big_number(source.at(start, size), 0, size)
        elif name == _DURATION and size in (4, 8):
            (ticks,) = struct.unpack(">f" if size == 4 else ">d", source.at(start, size))
        position = start + size
    if ticks is None or not math.isfinite(ticks) or ticks <= 0:
        return None
    return float(ticks * scale / 1e9)


def _only_void(source: Source, position: int) -> None:
    while position < source.size:
        name, size, start = _element(source, position)
        if name != _VOID or size == _UNKNOWN:
            raise Breach(Reason.LEFT_OVER, position, source.size)
        position = start + size
