"""Redact speech while it comes in: ``live``, 16-bit PCM on standard input.

Rules:
1. Samples go out as they are decided, in order, as many as came in; words one JSON line for each
   line of talk. Both are redacted.
2. When anything fails, nothing more goes out, and the exit status says so.
3. Nothing is kept: no vault, no receipt. What was let out cannot be heard again and taken back.
"""

import argparse
import json
import struct
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from sottovoce.cli.wanted import add_wanted, knowledge_of
from sottovoce.detection.live import LiveTalk
from sottovoce.redaction.live_sound import Block
from sottovoce.redaction.profile import load_profile
from sottovoce.redaction.words import RedactedSegment
from sottovoce.steps.live import (
    HOLD_BACK_S,
    LEAST_HOLD_BACK_S,
    MOST_HOLD_BACK_S,
    Emitted,
    LiveSound,
)
from sottovoce.values.errors import Unavailable, Unfit
from sottovoce.wiring import live_ears

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

LEAST_RATE_HZ, MOST_RATE_HZ, MOST_CHANNELS = 8_000, 48_000, 8
_BLOCK_BYTES = 1 << 14
_UNKNOWN_LENGTH = 0xFFFFFFFF
_MOST_HEADER = 1 << 16


def add(commands: "Commands") -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "live",
        help="redact speech while it comes in",
        description="Read 16-bit PCM, little-endian, or WAV of it from standard input. Write"
        " redacted sound and words as soon as they are settled. Nothing is kept.",
        epilog="Sound goes out raw as it came in raw, as WAV as it came in as WAV.",
    )
    parser.add_argument("--rate", metavar="HZ", type=int, help="of raw PCM: 8000 to 48000")
    parser.add_argument(
        "--channels", metavar="N", type=int, default=1, help="of raw PCM: 1 to 8 (default: 1)"
    )
    parser.add_argument(
        "--sound-out", metavar="FILE", default="", help="where redacted sound goes; - is stdout"
    )
    parser.add_argument(
        "--words-out", metavar="FILE", default="", help="where words go (default: stdout)"
    )
    parser.add_argument(
        "--hold-back",
        metavar="S",
        type=float,
        default=HOLD_BACK_S,
        help=f"how long everything waits for what may follow: {LEAST_HOLD_BACK_S} to"
        f" {MOST_HOLD_BACK_S:g} s (default: {HOLD_BACK_S:g})",
    )
    parser.add_argument(
        "--profile",
        metavar="NAME",
        default="gdpr-default",
        help="what to hide: gdpr-default, pci, hipaa, or a file (default: gdpr-default)",
    )
    parser.add_argument(
        "--model",
        metavar="PATH",
        type=Path,
        help="a folder with a Whisper model converted to CTranslate2 (default: SOTTOVOCE_MODEL,"
        " else the small demonstration model)",
    )
    add_wanted(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Redact standard input to its end; return the exit status."""
    if not LEAST_HOLD_BACK_S <= args.hold_back <= MOST_HOLD_BACK_S:
        raise Unfit(
            f"a hold-back is from {LEAST_HOLD_BACK_S} to {MOST_HOLD_BACK_S:g} seconds",
            hint="longer lets less slip out, later",
        )
    if args.sound_out == "-" and args.words_out in ("", "-"):
        raise Unfit(
            "sound and words cannot both go to standard output",
            hint="give --words-out FILE, or --sound-out FILE",
        )
    knows, own = knowledge_of(args)
    profile = load_profile(args.profile).with_own_kinds(own.kinds, own.actions)
    source = Source(sys.stdin.buffer, args.rate, args.channels)
    voice, recogniser = live_ears(args.model, knows.language)
    live = LiveSound(
        profile,
        LiveTalk(knows),
        voice,
        recogniser,
        rate_hz=source.rate_hz,
        channels=source.channels,
        hold_back_s=args.hold_back,
    )
    try:
        with ExitStack() as stack:
            sound = _opened(args.sound_out, stack)
            words = _opened(args.words_out or "-", stack)
            _write(sound, source.header())
            for block in source:
                for emitted in live.feed(block):
                    _emit(emitted, sound, words)
            _emit(live.finish(), sound, words)
    except BrokenPipeError:
        raise  # whoever read has gone; main knows what to do
    except OSError as error:
        raise Unavailable(f"reading or writing stopped: {error.strerror}") from error
    return 0


class Source:
    """Sound on a stream: raw PCM as the options say, or WAV as its header says."""

    def __init__(self, stream: BinaryIO, rate_hz: int | None, channels: int) -> None:
        self._stream = stream
        self._rest = stream.read(12)
        self._is_wav = self._rest[:4] == b"RIFF" and self._rest[8:12] == b"WAVE"
        if self._is_wav:
            self.rate_hz, self.channels, self._left = _read_header(stream)
            self._rest = b""
        elif rate_hz is None:
            raise Unfit("raw PCM does not say its rate", hint="give --rate HZ, or WAV")
        else:
            self.rate_hz, self.channels, self._left = rate_hz, channels, _UNKNOWN_LENGTH
        if not LEAST_RATE_HZ <= self.rate_hz <= MOST_RATE_HZ:
            raise Unfit(
                f"the rate is {self.rate_hz} Hz; it may be {LEAST_RATE_HZ} to {MOST_RATE_HZ}"
            )
        if not 1 <= self.channels <= MOST_CHANNELS:
            raise Unfit(f"the sound has {self.channels} channels; it may have 1 to {MOST_CHANNELS}")

    def header(self) -> bytes:
        """Return what goes before redacted samples: of WAV a header without a length."""
        if not self._is_wav:
            return b""
        frame, rate = 2 * self.channels, self.rate_hz
        form = struct.pack("<HHIIHH", 1, self.channels, rate, rate * frame, frame, 16)
        length = self._left if self._left < _UNKNOWN_LENGTH else _UNKNOWN_LENGTH
        whole = min(_UNKNOWN_LENGTH, length + 36)
        return (
            struct.pack("<4sI4s4sI", b"RIFF", whole, b"WAVE", b"fmt ", 16)
            + form
            + struct.pack("<4sI", b"data", length)
        )

    def __iter__(self) -> Iterator[Block]:
        frame = 2 * self.channels
        left = self._left if self._left < _UNKNOWN_LENGTH else None
        data = self._rest
        while True:
            most = _BLOCK_BYTES if left is None else min(_BLOCK_BYTES, left)
            # What there is, not what was asked for: a live stream must not wait for a full block.
            more = self._stream.read1(most) if most else b""  # type: ignore[attr-defined]
            left = None if left is None else left - len(more)
            data += more
            whole = len(data) // frame * frame
            if whole:
                samples = np.frombuffer(data[:whole], "<i2").reshape(-1, self.channels)
                yield np.ascontiguousarray(samples.T, np.int16)
            data = data[whole:]
            if not more:
                break
        if data or left:
            raise Unfit(f"the sound ends within a frame: {len(data) or left} bytes are amiss")


def _read_header(stream: BinaryIO) -> tuple[int, int, int]:
    """Read a WAV header up to its samples; return the rate, the channels, the bytes of samples."""
    form: tuple[int, ...] = ()
    read = 0
    while read <= _MOST_HEADER:
        name, size = struct.unpack("<4sI", _exactly(stream, 8))
        if name == b"data" and form:
            tag, channels, rate_hz, _, frame, bits = form
            if tag not in (1, 0xFFFE) or bits != 16 or frame != 2 * channels:
                raise Unfit("the WAV is not 16-bit PCM", hint="convert it, such as to pcm_s16le")
            return rate_hz, channels, size if 0 < size < 0x7FFFFF00 else _UNKNOWN_LENGTH
        if size > _MOST_HEADER:
            break
        chunk = _exactly(stream, size + size % 2)
        read += size + 8
        if name == b"fmt " and size >= 16:
            form = struct.unpack("<HHIIHH", chunk[:16])
    raise Unfit("the WAV header has no samples in reach")


def _exactly(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise Unfit(f"the WAV header ends early, {size - len(data)} bytes short")
    return data


def _opened(name: str, stack: ExitStack) -> BinaryIO | None:
    if name == "-":
        return sys.stdout.buffer
    if not name:
        return None
    try:
        return stack.enter_context(open(name, "wb", buffering=0))
    except OSError as error:
        raise Unfit(
            f"an output cannot be opened: {(error.strerror or 'unknown reason').lower()}",
            hint="give the path of a file that can be written, or -",
        ) from error


def _emit(emitted: Emitted, sound: BinaryIO | None, words: BinaryIO | None) -> None:
    _write(sound, np.ascontiguousarray(emitted.samples.T, "<i2").tobytes())
    for line in emitted.lines:
        _write(words, json.dumps(_as_json(line), ensure_ascii=False).encode() + b"\n")


def _write(out: BinaryIO | None, data: bytes) -> None:
    if out is None or not data:
        return
    view = memoryview(data)
    while view:
        view = view[out.write(view) :]
    out.flush()


def _as_json(line: RedactedSegment) -> dict[str, object]:
    return {
        "start_s": round(line.start_s, 3),
        "end_s": round(line.end_s, 3),
        "channel": line.channel,
        "text": line.text,
        "words": [
            {
                "start_s": round(word.start_s, 3),
                "end_s": round(word.end_s, 3),
                "text": word.text,
                "confidence": round(word.confidence, 3),
                "masked": word.masked,
            }
            for word in line.words
        ],
    }
