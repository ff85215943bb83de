"""Write a sound as WAV, its masks as regions that editors show (docs/spec/marks.md).

Rules:
1. Every chunk's size is known before the first byte, so the file is written in one go.
2. What does not fit 32 bits is RF64 (EBU Tech 3306); the samples are the same.
"""

import struct
from collections.abc import Sequence
from typing import Protocol

from sottovoce.redaction.marks import Mark
from sottovoce.values.errors import Unfit
from sottovoce.values.sound import Sound, blocks

_MOST = 0xFFFFFFFF
_PCM, _EXTENSIBLE = 1, 0xFFFE
_PCM_GUID = struct.pack("<H", _PCM) + bytes.fromhex("000000001000800000aa00389b71")


class Writer(Protocol):
    """What takes bytes."""

    def write(self, data: bytes, /) -> int: ...


def write_wav(
    sound: Sound, file: Writer, *, marks: Sequence[Mark] = (), comment: str = "", most: int = _MOST
) -> None:
    """Write 16-bit WAV with a region a mask and the comment; ``most`` is the longest RIFF.

    Raises Unfit when the recording has more frames than a region can count.
    """
    if sound.frames > _MOST:
        raise Unfit(f"WAV marks count to {_MOST} frames; the sound has {sound.frames}")
    size = 2 * sound.channels * sound.frames
    after = b"".join((_cues(marks), _regions(marks), _comment(comment)))
    file.write(_head(sound, size, after=len(after), most=most))
    for block in blocks(sound):
        file.write(block.T.astype("<i2", order="C").tobytes())
    file.write(after)


def _head(sound: Sound, size: int, *, after: int, most: int) -> bytes:
    fmt = _chunk(b"fmt ", _format(sound.rate_hz, sound.channels))
    whole = len(b"WAVE") + len(fmt) + 8 + size + after
    if whole <= most:
        return b"".join(
            (
                struct.pack("<4sI4s", b"RIFF", whole, b"WAVE"),
                fmt,
                struct.pack("<4sI", b"data", size),
            )
        )
    wide = _chunk(b"ds64", struct.pack("<QQQI", whole + 36, size, sound.frames, 0))
    riff = struct.pack("<4sI4s", b"RF64", _MOST, b"WAVE")
    return b"".join((riff, wide, fmt, struct.pack("<4sI", b"data", _MOST)))


def _format(rate_hz: int, channels: int) -> bytes:
    plain = channels <= 2
    tag = _PCM if plain else _EXTENSIBLE
    fmt = struct.pack("<HHIIHH", tag, channels, rate_hz, 2 * channels * rate_hz, 2 * channels, 16)
    # No speaker is named for a channel: they are speakers in a call, not in a room.
    return fmt if plain else fmt + struct.pack("<HHI", 22, 16, 0) + _PCM_GUID


def _cues(marks: Sequence[Mark]) -> bytes:
    if not marks:
        return b""
    points = (
        struct.pack("<II4sIII", i, mark.first, b"data", 0, 0, mark.first)
        for i, mark in enumerate(marks, start=1)
    )
    return _chunk(b"cue ", struct.pack("<I", len(marks)) + b"".join(points))


def _regions(marks: Sequence[Mark]) -> bytes:
    if not marks:
        return b""
    said = b"".join(_region(i, mark) for i, mark in enumerate(marks, start=1))
    return _chunk(b"LIST", b"adtl" + said)


def _region(number: int, mark: Mark) -> bytes:
    length = struct.pack("<II4sHHHH", number, mark.last - mark.first, b"rgn ", 0, 0, 0, 0)
    label = f"mask {mark.channel} {mark.fill}\0".encode()
    return _chunk(b"labl", struct.pack("<I", number) + label) + _chunk(b"ltxt", length)


def _comment(comment: str) -> bytes:
    text = comment.encode() + b"\0"
    return _chunk(b"LIST", b"INFO" + _chunk(b"ICMT", text)) if comment else b""


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack("<4sI", name, len(data)) + data + b"\0" * (len(data) % 2)
