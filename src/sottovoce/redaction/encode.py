"""Write a sound as FLAC, block by block.

Rule: the encoder calls the file from C, where an exception is printed and lost, so the file's
first failure is kept and raised between blocks.
"""

import os
from io import BufferedWriter
from pathlib import Path

import soundfile

from sottovoce.values.errors import Unavailable, Unfit
from sottovoce.values.sound import Sound, blocks

_MOST_CHANNELS = 8
_ANY_RATE_HZ = 65_535


def write_flac(sound: Sound, path: Path) -> None:
    """Write 16-bit FLAC with the sound's rate, channels and length and no other metadata.

    The file is on the disk when this returns. Raises Unavailable when the disk does not take it,
    Unfit when FLAC has no room for the sound's form (RFC 9639, the streamable subset).
    """
    if not sound.frames:
        raise ValueError("sound must have at least 1 frame")
    try:
        with path.open("wb") as file:
            _encode(sound, _Carefully(file))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise Unavailable(
            "the redacted sound cannot be written; the disk may be full",
            hint="make room or choose another --out DIR",
        ) from error


def expect_encodable(rate_hz: int, channels: int) -> None:
    """Raise Unfit for a rate or a number of channels that FLAC cannot hold (RFC 9639, 9.1)."""
    if channels > _MOST_CHANNELS or (rate_hz > _ANY_RATE_HZ and rate_hz % 10):
        raise _unfit(rate_hz, channels)


class _Carefully:
    """A file that never fails while the encoder writes to it, and says afterwards that it did."""

    def __init__(self, file: BufferedWriter) -> None:
        self._file = file
        self._failure: OSError | None = None

    def write(self, data: bytes) -> int:
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


def _encode(sound: Sound, file: _Carefully) -> None:
    try:
        with soundfile.SoundFile(
            file, "w", sound.rate_hz, sound.channels, format="FLAC", subtype="PCM_16"
        ) as flac:
            for block in blocks(sound):
                flac.write(block.T)
                file.check()
    except soundfile.SoundFileError as error:
        file.check()
        raise _unfit(sound.rate_hz, sound.channels) from error
    file.check()


def _unfit(rate_hz: int, channels: int) -> Unfit:
    return Unfit(
        f"FLAC cannot hold {channels} channels at {rate_hz} Hz",
        hint="resample it: up to 8 channels, and above 65535 Hz a multiple of 10 Hz",
    )
