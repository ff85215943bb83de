"""Find out which format a file is in and survey it."""

from collections.abc import Callable

from sottovoce.intake.boxes import survey_mp4, survey_webm
from sottovoce.intake.flac import survey_flac
from sottovoce.intake.ogg import survey_ogg
from sottovoce.intake.packets import survey_adts, survey_amr, survey_mp3
from sottovoce.intake.reasons import Breach, Reason
from sottovoce.intake.riff import survey_au, survey_wav
from sottovoce.intake.source import Source
from sottovoce.intake.survey import Survey

HEADERLESS = ("", "ulaw", "alaw")
_HEADERLESS_RATE_HZ = 8_000
_MOST_ID3_TAGS = 4

_BY_FIRST_BYTES: tuple[tuple[bytes, Callable[[Source], Survey]], ...] = (
    (b"RIFF", survey_wav),
    (b"RF64", survey_wav),
    (b"BW64", survey_wav),
    (b".snd", survey_au),
    (b"OggS", survey_ogg),
    (b"#!AMR", survey_amr),
    (b"\x1a\x45\xdf\xa3", survey_webm),
)


def examine(source: Source, *, headerless: str = "") -> Survey:
    """Survey a file, or raise Breach if it is in no format that is read here, or not whole.

    ``headerless`` is ``ulaw`` or ``alaw`` where the file's name says so; it is believed only if
    the first bytes are those of no known format, and then means one channel at 8 kHz.
    """
    head = source.upto(0, 12)
    for first_bytes, survey in _BY_FIRST_BYTES:
        if head.startswith(first_bytes):
            return survey(source)
    if head[4:8] == b"ftyp":
        return survey_mp4(source)
    start = _behind_id3(source)
    head = source.upto(start, 4)
    if head == b"fLaC":
        return survey_flac(source, start)
    if len(head) == 4 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        return survey_adts(source, start) if head[1] & 0xF6 == 0xF0 else survey_mp3(source, start)
    if headerless and start == 0:
        return _plain_law(source, headerless)
    raise Breach(Reason.UNKNOWN_FORMAT)


def _behind_id3(source: Source) -> int:
    """Return where the sound starts, behind any ID3v2 tags (id3.org, ID3v2.4 section 3.1)."""
    start = 0
    for _ in range(_MOST_ID3_TAGS):
        head = source.upto(start, 10)
        if len(head) < 10 or head[:3] != b"ID3":
            break
        size = 0
        for seven_bits in head[6:10]:
            size = size << 7 | seven_bits & 0x7F
        start += 10 + size + (10 if head[5] & 0x10 else 0)
        source.reaches(start)
    return start


def _plain_law(source: Source, law: str) -> Survey:
    container, demuxer = law, "mulaw" if law == "ulaw" else "alaw"
    frames, rate_hz = source.size, _HEADERLESS_RATE_HZ
    return Survey(container, demuxer, (f"pcm_{demuxer}",), frames, frames, None, rate_hz, 1)
