"""Small sounds in every format that is taken in, made when the tests run."""

import io
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from sottovoce.intake.bounds import Limits
from sottovoce.intake.decoder import decode
from sottovoce.intake.reasons import Breach
from sottovoce.intake.samples import to_int16
from sottovoce.intake.wire import Block, End, Heading

SECONDS = 1.25


def make_tones(rate_hz: int, channels: int, seconds: float = SECONDS) -> NDArray[np.float64]:
    """Make (frames, channels) of sines: 300 Hz in the first channel, 400 Hz in the second, ..."""
    at = np.arange(int(rate_hz * seconds)) / rate_hz
    return np.stack([0.25 * np.sin(2 * np.pi * pitch_hz(n) * at) for n in range(channels)], 1)


def pitch_hz(channel: int) -> int:
    return 300 + 100 * channel


class Unseekable(io.RawIOBase):
    """Takes bytes as a pipe does, so that a writer cannot go back and fill in a length."""

    def __init__(self) -> None:
        self.taken = io.BytesIO()

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def write(self, piece: object) -> int:
        return self.taken.write(piece)  # type: ignore[arg-type]  # any buffer


Track = tuple[str, int, str]
"""The codec, the rate, the layout of the channels."""


def make_encoded(
    container: str, *tracks: Track, video: str = "", is_piped: bool = False, **options: str
) -> bytes:
    """Write tones by FFmpeg: one track after the other, and a few pictures if asked for."""
    out = Unseekable() if is_piped else io.BytesIO()
    with av.open(out, "w", format=container, container_options=options) as muxer:
        streams = [
            muxer.add_stream(codec, rate=rate_hz, layout=layout)
            for codec, rate_hz, layout in tracks
        ]
        for stream in streams:
            stream.codec_context.open()
        pictures = muxer.add_stream(video, rate=5, width=64, height=48) if video else None
        for stream in streams:
            for frame in [*_frames(stream), None]:
                muxer.mux(stream.encode(frame))
        if pictures is not None:
            picture = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), "u1"), format="rgb24")
            for shown in (picture, None):
                muxer.mux(pictures.encode(shown))
    return (out.taken if isinstance(out, Unseekable) else out).getvalue()


def _frames(stream: av.AudioStream) -> Iterator[av.AudioFrame]:
    context = stream.codec_context
    form, count = context.format, context.frame_size or 1024
    sound = make_tones(context.sample_rate, context.layout.nb_channels)
    full = 1.0 if "flt" in form.name else 32767.0 if "s16" in form.name else 2147483000.0
    kind = "f4" if "flt" in form.name else "i2" if "s16" in form.name else "i4"
    for start in range(0, len(sound), count):
        piece = (sound[start : start + count] * full).astype(kind)
        shaped = piece.T if form.is_planar else piece.reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(shaped), format=form.name, layout=context.layout.name
        )
        frame.sample_rate, frame.pts = context.sample_rate, start
        yield frame


def make_written(
    form: str, subtype: str, rate_hz: int, channels: int, seconds: float = 1.25
) -> bytes:
    """Write tones by libsndfile."""
    out = io.BytesIO()
    sound = make_tones(rate_hz, channels, seconds)
    if subtype == "PCM_16":
        sound = np.rint(sound * 32767).astype(np.int16)
    soundfile.write(out, sound, rate_hz, format=form, subtype=subtype)
    return out.getvalue()


def make_wav(
    data: bytes,
    *,
    tag: int = 1,
    channels: int = 1,
    rate_hz: int = 8000,
    bits: int = 16,
    after: bytes = b"",
    data_bytes: int | None = None,
) -> bytes:
    """Write a WAV byte by byte, right or wrong."""
    align = channels * bits // 8
    form = struct.pack("<HHIIHH", tag, channels, rate_hz, rate_hz * align & 0xFFFFFFFF, align, bits)
    size = len(data) if data_bytes is None else data_bytes
    body = b"WAVE" + make_chunk(b"fmt ", form) + b"data" + struct.pack("<I", size) + data + after
    return b"RIFF" + struct.pack("<I", len(body)) + body


def make_chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def amr_wide() -> bytes:
    """Write AMR-WB of speech frames in the lowest mode, with pauses between them."""
    speech, pause = bytes([0x04]) + bytes(range(17)), bytes([0x7C])
    return b"#!AMR-WB\n" + (speech * 20 + pause * 5) * 2


# name: how its bytes are made, its rate, its channels
_MADE: dict[str, tuple[Callable[[], bytes], int, int]] = {
    "wav": (lambda: make_written("WAV", "PCM_16", 8000, 2), 8000, 2),
    "wav-8bit": (lambda: make_written("WAV", "PCM_U8", 16000, 1), 16000, 1),
    "wav-24bit": (lambda: make_written("WAV", "PCM_24", 192000, 2), 192000, 2),
    "wav-float": (lambda: make_written("WAV", "FLOAT", 44100, 3), 44100, 3),
    "wav-double": (lambda: make_written("WAV", "DOUBLE", 8000, 1), 8000, 1),
    "wav-ulaw": (lambda: make_written("WAV", "ULAW", 8000, 2), 8000, 2),
    "wav-alaw": (lambda: make_written("WAVEX", "ALAW", 8000, 1), 8000, 1),
    "rf64": (lambda: make_written("RF64", "PCM_16", 8000, 1), 8000, 1),
    "au-ulaw": (lambda: make_written("AU", "ULAW", 8000, 1), 8000, 1),
    "au-alaw": (lambda: make_written("AU", "ALAW", 8000, 2), 8000, 2),
    "flac": (lambda: make_written("FLAC", "PCM_16", 8000, 2), 8000, 2),
    "flac-24bit": (lambda: make_written("FLAC", "PCM_24", 96000, 1), 96000, 1),
    "flac-8ch": (lambda: make_written("FLAC", "PCM_16", 16000, 8), 16000, 8),
    "mp3": (lambda: make_written("MP3", "MPEG_LAYER_III", 44100, 2), 44100, 2),
    "mp3-8k": (lambda: make_encoded("mp3", ("libmp3lame", 8000, "mono")), 8000, 1),
    "vorbis": (lambda: make_written("OGG", "VORBIS", 44100, 2), 44100, 2),
    "opus": (lambda: make_encoded("ogg", ("libopus", 48000, "mono")), 48000, 1),
    "opus-8ch": (lambda: make_encoded("ogg", ("libopus", 48000, "7.1")), 48000, 8),
    "m4a": (lambda: make_encoded("ipod", ("aac", 44100, "stereo")), 44100, 2),
    "alac": (lambda: make_encoded("ipod", ("alac", 44100, "stereo")), 44100, 2),
    "adts": (lambda: make_encoded("adts", ("aac", 22050, "mono")), 22050, 1),
    "webm": (lambda: make_encoded("webm", ("libopus", 48000, "stereo")), 48000, 2),
    "webm-live": (
        lambda: make_encoded("webm", ("libopus", 48000, "mono"), is_piped=True),
        48000,
        1,
    ),
    "amr": (lambda: make_encoded("amr", ("libopencore_amrnb", 8000, "mono")), 8000, 1),
    "3gp": (lambda: make_encoded("3gp", ("libopencore_amrnb", 8000, "mono")), 8000, 1),
    "amr-wb": (amr_wide, 16000, 1),
}

FORMATS = tuple(_MADE)


@dataclass(frozen=True, slots=True)
class Made:
    name: str
    bytes: bytes
    rate_hz: int
    channels: int


@pytest.fixture(scope="session")
def shelf() -> dict[str, Made]:
    return {name: Made(name, make(), rate, ch) for name, (make, rate, ch) in _MADE.items()}


@pytest.fixture(params=FORMATS)
def made(request: pytest.FixtureRequest, shelf: dict[str, Made]) -> Made:
    """One small sound, in each format after the other."""
    return shelf[request.param]


@pytest.fixture
def place(tmp_path: Path) -> Callable[[bytes], Path]:
    def put(content: bytes, name: str = "canary-name.bin") -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return put


@dataclass(frozen=True, slots=True)
class Decoded:
    heading: Heading
    samples: NDArray[np.int16]


def run_decoder(content: bytes, *, limits: Limits | None = None, headerless: str = "") -> Decoded:
    """Run the decoder in this process, without its confinement."""
    heading, blocks, end = None, [], None
    file = io.BytesIO(content)
    for message in decode(
        file,  # type: ignore[arg-type]  # BytesIO reads and seeks as a raw file does
        len(content),
        limits=limits or Limits(),
        headerless=headerless,
    ):
        if isinstance(message, Heading):
            heading = message
        elif isinstance(message, Block) and heading is not None:
            blocks.append(to_int16(message.samples, heading))
        elif isinstance(message, End):
            end = message
    assert heading is not None
    assert end is not None
    assert end.frames == sum(block.shape[1] for block in blocks)
    return Decoded(heading, np.concatenate(blocks, axis=1))


def refused_with(content: bytes, **options: object) -> Breach:
    """Return why a sound was refused."""
    with pytest.raises(Breach) as caught:
        run_decoder(content, **options)  # type: ignore[arg-type]  # passed on as they come
    return caught.value


# Test modules import nothing from here: what they need is handed to them by name.


@pytest.fixture(scope="session")
def wav() -> Callable[..., bytes]:
    return make_wav


@pytest.fixture(scope="session")
def chunk() -> Callable[..., bytes]:
    return make_chunk


@pytest.fixture(scope="session")
def written() -> Callable[..., bytes]:
    return make_written


@pytest.fixture(scope="session")
def encoded() -> Callable[..., bytes]:
    return make_encoded


@pytest.fixture(scope="session")
def decoded() -> Callable[..., Decoded]:
    return run_decoder


@pytest.fixture(scope="session")
def breach() -> Callable[..., Breach]:
    return refused_with
