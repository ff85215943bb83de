"""Survey the formats that are one coded packet after another: MP3, AAC in ADTS, AMR.

Such a file need not say how long it is; each packet says how long the packet is. So every packet
must begin where the one before ended, and the last must be whole. What an MP3's Xing, Info or VBRI
header declares is checked as well. A file cut exactly between two packets that declares nothing
cannot be told from a shorter one.

Sources: ISO/IEC 11172-3 and 13818-3 (frame header), the Xing, LAME and VBRI headers as their
encoders write them, ISO/IEC 14496-3 (ADTS), RFC 4867 section 5 (AMR storage).
"""

from dataclasses import dataclass

from sottovoce.intake.reasons import Breach, Reason
from sottovoce.intake.source import Source, big_number
from sottovoce.intake.survey import Survey

_BIT_RATES_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0)
_BIT_RATES_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0)
_RATES_HZ = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
_TAGS = (b"TAG", b"APETAGEX", b"LYRICSBEGIN", b"ID3")
_DECODER_DELAY = 529

_NARROW_BYTES = (13, 14, 16, 18, 20, 21, 27, 32, 6, 0, 0, 0, 0, 0, 0, 1)
_WIDE_BYTES = (18, 24, 33, 37, 41, 47, 51, 59, 61, 6, 0, 0, 0, 0, 1, 1)


@dataclass(frozen=True, slots=True)
class _Layer3:
    """What the header of an MP3 frame says."""

    bytes: int
    frames: int
    rate_hz: int
    channels: int
    side_bytes: int


def _layer_3(head: bytes) -> _Layer3 | None:
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    rate_at, bit_rate_at, padding = head[2] >> 2 & 3, head[2] >> 4, head[2] >> 1 & 1
    if head[0] != 0xFF or head[1] >> 5 != 7 or version == 1 or layer != 1 or rate_at == 3:
        return None
    kbits = (_BIT_RATES_1 if version == 3 else _BIT_RATES_2)[bit_rate_at]
    if kbits == 0:
        return None
    rate_hz, frames = _RATES_HZ[version][rate_at], 1152 if version == 3 else 576
    is_mono = head[3] >> 6 == 3
    side = (17 if is_mono else 32) if version == 3 else (9 if is_mono else 17)
    size = frames // 8 * kbits * 1000 // rate_hz + padding
    return _Layer3(size, frames, rate_hz, 1 if is_mono else 2, side)


def survey_mp3(source: Source, start: int) -> Survey:
    """Survey an MP3 stream that begins at a position, behind an ID3 tag or not."""
    first = _layer_3(source.at(start, 4))
    if first is None:
        raise Breach(Reason.UNKNOWN_FORMAT)
    position, count = start, 0
    while position < source.size:
        head = source.upto(position, 4)
        frame = _layer_3(head) if len(head) == 4 else None
        if frame is None:
            break
        source.reaches(position + frame.bytes)
        position += frame.bytes
        count += 1
    _only_tags(source, position)
    return _mp3(source, start, position, first, count)


def _only_tags(source: Source, position: int) -> None:
    rest = source.upto(position, 16)
    if rest and not rest.startswith(_TAGS) and rest.strip(b"\0"):
        raise source.broken(position)


def _mp3(source: Source, start: int, end: int, first: _Layer3, count: int) -> Survey:
    declared, declared_bytes, padding = _mp3_header(source.upto(start, first.bytes), first)
    if declared is not None and count < declared:
        raise Breach(Reason.CUT_FRAMES, declared * first.frames, count * first.frames)
    if declared_bytes > end - start:
        raise Breach(Reason.CUT_BYTES, start + declared_bytes, source.size)
    sounding = count if declared is None else count - 1
    least = max(1, sounding * first.frames - padding)
    most = count * first.frames
    rate_hz, channels = first.rate_hz, first.channels
    return Survey("mp3", "mp3", ("mp3",), least, most, None, rate_hz, channels)


def _mp3_header(frame: bytes, first: _Layer3) -> tuple[int | None, int, int]:
    """Return the declared frames and bytes, and how many samples are padding at most."""
    at = 4 + first.side_bytes
    if frame[36:40] == b"VBRI":
        return big_number(frame, 50, 4), big_number(frame, 46, 4), 2 * _DECODER_DELAY
    if frame[at : at + 4] not in (b"Xing", b"Info"):
        return None, 0, 0
    flags, at = frame[at + 7], at + 8
    declared = big_number(frame, at, 4) if flags & 1 else None
    at += 4 if flags & 1 else 0
    declared_bytes = big_number(frame, at, 4) if flags & 2 else 0
    at += (4 if flags & 2 else 0) + (100 if flags & 4 else 0) + (4 if flags & 8 else 0)
    trims = big_number(frame, at + 21, 3)
    return declared, declared_bytes, (trims >> 12) + (trims & 0xFFF) + 2 * _DECODER_DELAY


def survey_adts(source: Source, start: int) -> Survey:
    """Survey an AAC stream in ADTS frames that begins at a position."""
    position = start
    while position < source.size:
        head = source.upto(position, 7)
        if len(head) < 7 or head[0] != 0xFF or head[1] & 0xF6 != 0xF0:
            break
        size = big_number(head, 3, 3) >> 5 & 0x1FFF
        if size < 7:
            raise source.broken(position)
        source.reaches(position + size)
        position += size
    _only_tags(source, position)
    return Survey("adts", "aac", ("aac",))


def survey_amr(source: Source) -> Survey:
    """Survey a single-channel AMR file, narrow or wide band."""
    is_wide = source.upto(0, 9) == b"#!AMR-WB\n"
    if not is_wide and source.upto(0, 6) != b"#!AMR\n":
        raise Breach(Reason.UNKNOWN_FORMAT)
    sizes, position, count = (_WIDE_BYTES, 9, 0) if is_wide else (_NARROW_BYTES, 6, 0)
    while position < source.size:
        size = sizes[source.at(position, 1)[0] >> 3 & 15]
        if size == 0:
            raise source.broken(position)
        source.reaches(position + size)
        position += size
        count += 1
    frames, rate_hz = (count * 320, 16_000) if is_wide else (count * 160, 8_000)
    codecs = ("amrwb",) if is_wide else ("amrnb",)
    return Survey("amr", "amr", codecs, frames, frames, None, rate_hz, 1)
