"""What passes from the decoder's process to ours, over a pipe and nowhere else.

Rules:
1. A message is its kind (one byte), the length of its body (32 bits) and its body; all numbers are
   little-endian.
2. The order is READY, then HEADING, one or more BLOCKs and END; or REFUSAL in the place of any
   message after READY. Nothing follows END or REFUSAL.
3. READY's body is the version of this page, so that two different installations cannot be mixed.
4. The reader believes nothing: every length and index is checked before use, and a message that
   breaks a rule ends the reading.
"""

import struct
from dataclasses import dataclass, field
from enum import IntEnum

from sottovoce.intake.bounds import CODECS, CONTAINERS, Format
from sottovoce.intake.reasons import Breach, Reason

VERSION = 1
LONGEST_BODY = 32 << 20

_FRAME = struct.Struct("<BI")
_HEADING = struct.Struct("<IBBBB")
_END = struct.Struct("<Q")
_REFUSAL = struct.Struct("<Bqq")
_LARGEST = (1 << 63) - 1

FRAME_BYTES = _FRAME.size


class Kind(IntEnum):
    """The kinds of message."""

    READY = 1
    HEADING = 2
    BLOCK = 3
    END = 4
    REFUSAL = 5


class Coding(IntEnum):
    """How the samples of a block are written, and in what order.

    A planar block holds all frames of the first channel, then all of the second, and so on; a
    packed one holds the first frame of every channel, then the second.
    """

    U8 = 0
    S16 = 1
    S32 = 2
    FLT = 3
    DBL = 4
    U8P = 5
    S16P = 6
    S32P = 7
    FLTP = 8
    DBLP = 9

    @property
    def is_planar(self) -> bool:
        return self >= Coding.U8P

    @property
    def sample_bytes(self) -> int:
        return (1, 2, 4, 4, 8)[self % 5]


@dataclass(frozen=True, slots=True)
class Heading:
    """What the blocks will hold."""

    format: Format
    coding: Coding

    @property
    def frame_bytes(self) -> int:
        return self.coding.sample_bytes * self.format.channels


@dataclass(frozen=True, slots=True)
class Block:
    """About a second of samples, as the codec gave them."""

    samples: bytes | bytearray = field(repr=False)


@dataclass(frozen=True, slots=True)
class End:
    """The whole file was decoded, cleanly, into so many frames."""

    frames: int


class Garbled(Exception):
    """The decoder's process sent something that this page does not allow."""


def _framed(kind: Kind, body: bytes | bytearray) -> bytes:
    return b"".join((_FRAME.pack(kind, len(body)), body))


def pack_ready() -> bytes:
    """Write that the decoder stands and is confined."""
    return _framed(Kind.READY, bytes([VERSION]))


def pack_refusal(breach: Breach) -> bytes:
    """Write why the decoder stopped."""
    measures = (max(-_LARGEST, min(_LARGEST, measure)) for measure in breach.measures)
    return _framed(Kind.REFUSAL, _REFUSAL.pack(breach.reason, *measures))


def pack(message: Heading | Block | End) -> bytes:
    """Write a message of the decoding itself."""
    if isinstance(message, Block):
        return _framed(Kind.BLOCK, message.samples)
    if isinstance(message, End):
        return _framed(Kind.END, _END.pack(message.frames))
    form = message.format
    container, codec = CONTAINERS.index(form.container), CODECS.index(form.codec)
    body = _HEADING.pack(form.rate_hz, form.channels, container, codec, message.coding)
    return _framed(Kind.HEADING, body)


def unpack_frame(frame: bytes | bytearray) -> tuple[Kind, int]:
    """Read a message's kind and the length of its body."""
    number, length = _FRAME.unpack(frame)
    if number not in Kind.__members__.values() or length > LONGEST_BODY:
        raise Garbled
    return Kind(number), length


def unpack(kind: Kind, body: bytearray) -> Heading | Block | End | Breach:
    """Read the body of a message that follows READY."""
    try:
        if kind is Kind.BLOCK:
            return Block(body)
        if kind is Kind.END:
            return End(*_END.unpack(body))
        if kind is Kind.REFUSAL:
            reason, *measures = _REFUSAL.unpack(body)
            return Breach(Reason(reason), *measures)
        if kind is Kind.HEADING:
            rate_hz, channels, container, codec, coding = _HEADING.unpack(body)
            form = Format(rate_hz, channels, CONTAINERS[container], CODECS[codec])
            return Heading(form, Coding(coding))
    except (struct.error, ValueError, IndexError) as error:
        raise Garbled from error
    raise Garbled
