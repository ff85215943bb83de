"""Write a sound as FLAC, block by block."""

import os
from pathlib import Path

import soundfile

from sottovoce.values.errors import Unavailable
from sottovoce.values.sound import Sound, blocks


def write_flac(sound: Sound, path: Path) -> None:
    """Write 16-bit FLAC with the sound's rate, channels and length and no other metadata.

    The file is on the disk when this returns. Raises Unavailable when the disk does not take it.
    """
    try:
        with path.open("wb") as file:
            _encode(sound, file)
            file.flush()
            os.fsync(file.fileno())
    except (OSError, soundfile.SoundFileError) as error:
        raise Unavailable(
            "the redacted sound cannot be written; the disk may be full",
            hint="make room or choose another --out DIR",
        ) from error


def _encode(sound: Sound, file: object) -> None:
    with soundfile.SoundFile(
        file, "w", sound.rate_hz, sound.channels, format="FLAC", subtype="PCM_16"
    ) as flac:
        for block in blocks(sound):
            flac.write(block.T)
