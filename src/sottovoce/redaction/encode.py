"""Write a sound as FLAC, WAV, Opus or MP3, block by block.

Rules:
1. In the file are the sound and a comment that says where its masks are, nothing else.
2. An encoder calls the file from C, where an exception is printed and lost, so the file's first
   failure is kept and raised between blocks.
3. What is masked is masked before it is encoded: what a lossy encoder smears is a mask.
"""

import os
from collections.abc import Sequence
from enum import Enum
from io import BufferedWriter, RawIOBase
from pathlib import Path
from typing import BinaryIO, cast

import soundfile

from sottovoce.redaction.compress import MP3, OPUS, Codec, compress
from sottovoce.redaction.marks import Mark
from sottovoce.redaction.wav import write_wav
from sottovoce.values.errors import Unavailable, Unfit
from sottovoce.values.sound import Sound, blocks

_FLAC_CHANNELS = 8
# Of 0 to 1: a third faster than the usual 0.625, for files about 1 % larger.
_FLAC_EFFORT = 0.375
_ANY_RATE_HZ = 65_535
_LOSSY_CHANNELS = 2
_OPUS_BPS = 32_000
_MP3_BPS, _MP3_WIDE_BPS, _WIDE_HZ = 32_000, 64_000, 32_000


class SoundForm(Enum):
    """What a sound can be written as; its file's name ends in the value."""

    FLAC = "flac"
    WAV = "wav"
    OPUS = "opus"
    MP3 = "mp3"


def write_sound(
    sound: Sound, path: Path, form: SoundForm, *, marks: Sequence[Mark] = (), comment: str = ""
) -> None:
    """Write a sound with the comment and no other metadata; WAV has the marks as regions too.

    FLAC and WAV hold every sample. Opus and MP3 tell decoders the length that went in. The file is
    on the disk when this returns. Raises Unavailable when the disk does not take it, Unfit when
    the form has no room for the sound's.
    """
    if not sound.frames:
        raise ValueError("sound must have at least 1 frame")
    expect_encodable(sound.rate_hz, sound.channels, form)
    try:
        with path.open("wb") as file:
            careful = _Carefully(file)
            _encode(sound, careful, form, marks, comment)
            careful.check()
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise Unavailable(
            "the redacted sound cannot be written; the disk may be full",
            hint="make room or choose another --out DIR",
        ) from error


def write_flac(sound: Sound, path: Path) -> None:
    """Write 16-bit FLAC with the sound's rate, channels and length and no other metadata."""
    write_sound(sound, path, SoundForm.FLAC)


def expect_encodable(rate_hz: int, channels: int, form: SoundForm = SoundForm.FLAC) -> None:
    """Raise Unfit for a rate or a number of channels that the form cannot hold.

    FLAC: RFC 9639, 9.1, the streamable subset. Opus and MP3: one channel or two, since in more
    their encoders mix channels, and a mask is of one channel.
    """
    if form is SoundForm.FLAC and (
        channels > _FLAC_CHANNELS or (rate_hz > _ANY_RATE_HZ and rate_hz % 10)
    ):
        raise _unfit(rate_hz, channels)
    if form in (SoundForm.OPUS, SoundForm.MP3) and channels > _LOSSY_CHANNELS:
        raise Unfit(
            f"{form.value} is written with {_LOSSY_CHANNELS} channels at most; the sound has"
            f" {channels}",
            hint="use --sound flac or --sound wav",
        )


class _Carefully(RawIOBase):
    """A file that never fails while the encoder writes to it, and says afterwards that it did."""

    def __init__(self, file: BufferedWriter) -> None:
        super().__init__()
        self._file = file
        self._failure: OSError | None = None

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override] # bytes are what is written
        if not self._failure:
            try:
                self._file.write(data)
            except OSError as error:
                self._failure = error
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        if not self._failure:
            try:
                return self._file.seek(offset, whence)
            except OSError as error:
                self._failure = error
        return 0

    def tell(self) -> int:
        return self.seek(0, os.SEEK_CUR)

    def check(self) -> None:
        """Raise the first failure, if there was one."""
        if self._failure:
            raise self._failure


def _encode(
    sound: Sound, file: _Carefully, form: SoundForm, marks: Sequence[Mark], comment: str
) -> None:
    if form is SoundForm.FLAC:
        _encode_flac(sound, file, comment)
    elif form is SoundForm.WAV:
        write_wav(sound, file, marks=marks, comment=comment)
    else:
        _compress(sound, file, OPUS if form is SoundForm.OPUS else MP3, comment)


def _encode_flac(sound: Sound, file: _Carefully, comment: str) -> None:
    try:
        with soundfile.SoundFile(
            file,
            "w",
            sound.rate_hz,
            sound.channels,
            format="FLAC",
            subtype="PCM_16",
            compression_level=_FLAC_EFFORT,
        ) as flac:
            if comment:
                flac.comment = comment
            for block in blocks(sound):
                flac.write(block.T)
                file.check()
    except soundfile.SoundFileError as error:
        file.check()
        raise _unfit(sound.rate_hz, sound.channels) from error


def _compress(sound: Sound, file: _Carefully, codec: Codec, comment: str) -> None:
    wide = _MP3_WIDE_BPS if sound.rate_hz > _WIDE_HZ else _MP3_BPS
    each = _OPUS_BPS if codec is OPUS else wide
    # What the encoder needs of a file is what the careful one has.
    out = cast(BinaryIO, file)
    compress(sound, out, codec, bits_per_s=each * sound.channels, comment=comment)


def _unfit(rate_hz: int, channels: int) -> Unfit:
    return Unfit(
        f"FLAC cannot hold {channels} channels at {rate_hz} Hz",
        hint="resample it: up to 8 channels, and above 65535 Hz a multiple of 10 Hz",
    )
