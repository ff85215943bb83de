"""Survey an Ogg file page by page (RFC 3533; RFC 7845 for Opus; the Vorbis I specification).

Every page follows the one before and has the sum it says, each track's pages are numbered without
a gap, each track's end is marked, and nothing follows. FFmpeg alone would leave a damaged page out
and go on. A chain of
streams one after the other is refused: it may change rate and channels at every link.
"""

import zlib
from dataclasses import dataclass

from sottovoce.intake.reasons import Breach, Reason
from sottovoce.intake.source import Source, number
from sottovoce.intake.survey import Survey

_HEAD_BYTES = 27
_SUM_AT = 22
_BEGINS = 2
_ENDS = 4
_NO_GRANULE = (1 << 64) - 1
_MOST_TRACKS = 32
_VORBIS_BLOCKS_AT = 28
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


@dataclass(slots=True)
class _Track:
    """What the pages of one track have said so far."""

    skip: int | None
    slack: int = 0
    next_page: int = 0
    granule: int = 0
    has_ended: bool = False


def survey_ogg(source: Source) -> Survey:
    """Survey an Ogg file that holds one Opus or Vorbis track."""
    tracks: dict[int, _Track] = {}
    position, has_sound_begun = 0, False
    while position < source.size:
        head = source.at(position, _HEAD_BYTES)
        if head[:5] != b"OggS\0":
            raise source.broken(position)
        body = position + _HEAD_BYTES + head[26]
        size = sum(source.at(position + _HEAD_BYTES, head[26]))
        page = source.at(position, body + size - position)
        if page_sum(page) != number(head, _SUM_AT, 4):
            raise source.broken(position)
        if head[5] & _BEGINS:
            _begin(tracks, number(head, 14, 4), page[body - position :], has_sound_begun)
        else:
            has_sound_begun = True
        _follow(tracks, head, source, position)
        position = body + size
    return _ogg(source, list(tracks.values()))


def page_sum(page: bytes) -> int:
    """Compute a page's CRC-32 (RFC 3533, section 6), which is zlib's mirrored and not inverted."""
    cleared = page[:_SUM_AT] + b"\0\0\0\0" + page[_SUM_AT + 4 :]
    mirrored = zlib.crc32(cleared.translate(_MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{mirrored:032b}"[::-1], 2)


def _begin(tracks: dict[int, _Track], serial: int, body: bytes, has_sound_begun: bool) -> None:
    if has_sound_begun or serial in tracks or len(tracks) == _MOST_TRACKS:
        raise Breach(Reason.STREAMS, len(tracks) + 1, 1)
    skip, slack = None, 0
    if body[:8] == b"OpusHead":
        skip = number(body, 10, 2)
    elif body[:7] == b"\1vorbis" and len(body) > _VORBIS_BLOCKS_AT:
        # FFmpeg can lose a part of the first block where few pages hold the whole sound.
        skip, slack = 0, 1 << (body[_VORBIS_BLOCKS_AT] >> 4)
    tracks[serial] = _Track(skip, slack)


def _follow(tracks: dict[int, _Track], head: bytes, source: Source, position: int) -> None:
    track = tracks.get(number(head, 14, 4))
    if track is None or track.has_ended or number(head, 18, 4) != track.next_page:
        raise source.broken(position)
    track.next_page = (track.next_page + 1) & 0xFFFFFFFF
    track.has_ended = bool(head[5] & _ENDS)
    granule = number(head, 6, 8)
    if granule != _NO_GRANULE:
        track.granule = granule


def _ogg(source: Source, tracks: list[_Track]) -> Survey:
    if not all(track.has_ended for track in tracks):
        raise Breach(Reason.NO_END, source.size)
    sounds = [track for track in tracks if track.skip is not None]
    if not sounds:
        raise Breach(Reason.UNKNOWN_CODEC)
    if len(sounds) > 1:
        raise Breach(Reason.STREAMS, len(sounds), 1)
    frames = max(0, sounds[0].granule - (sounds[0].skip or 0))
    least = max(0, frames - sounds[0].slack)
    return Survey("ogg", "ogg", ("opus", "vorbis"), least, frames)
