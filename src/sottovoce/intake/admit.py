"""Take a recording in from a file that nobody vouches for.

Rules:
1. The bytes are decoded in a process of its own that can do nothing but decode.
2. Blocks are handed on as they come, at the rate and with the channels that the file has; nothing
   is written anywhere.
3. The blocks end normally only when the whole file was decoded cleanly. A reader that kept blocks
   of a decoding that ended in an error has no recording and must drop them.
4. No message has the file's name or a part of its content.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sottovoce.intake.bounds import DEFAULT_LIMITS, Format, Limits
from sottovoce.intake.child import Child, Wrapping, said
from sottovoce.intake.samples import to_int16
from sottovoce.intake.wire import Block, End, Heading
from sottovoce.values.errors import Unavailable, Unfit

_HEADERLESS = {".ulaw": "ulaw", ".ul": "ulaw", ".alaw": "alaw", ".al": "alaw"}


@dataclass(frozen=True, slots=True)
class Admission:
    """A recording on its way in: its format, and its blocks, once.

    A block has shape (channels, frames) and lasts one second; the last may be shorter.
    """

    format: Format
    _blocks: Iterator[NDArray[np.int16]] = field(repr=False)

    def __iter__(self) -> Iterator[NDArray[np.int16]]:
        return self._blocks


@contextmanager
def admit(
    path: Path, *, limits: Limits = DEFAULT_LIMITS, wrapping: Wrapping | None = None
) -> Iterator[Admission]:
    """Decode a file within limits, in a process that ends with the context.

    What is wrapped is unwrapped in that process too.

    Raises Unfit on entering or while iterating, saying the measure and the limit, if the file is
    not whole, clean sound within the limits; Unavailable if the decoder cannot be run.
    """
    file, before = _open(path, limits)
    try:
        child = Child(
            file,
            size=before.st_size,
            limits=limits,
            headerless=wrapping.headerless if wrapping else headerless(path),
            wrapping=wrapping,
        )
        try:
            messages = child.messages()
            heading = next(messages)
            if not isinstance(heading, Heading):
                raise _senseless()
            _check(heading, limits)
            yield Admission(heading.format, _blocks(messages, heading, limits, file, before))
        finally:
            child.stop()
    finally:
        os.close(file)


def headerless(path: Path) -> str:
    """Return ``ulaw`` or ``alaw`` where a file's name says that it is headerless, else nothing."""
    return _HEADERLESS.get(path.suffix.lower(), "")


def _open(path: Path, limits: Limits) -> tuple[int, os.stat_result]:
    try:
        # Looked at before it is opened: opening a device can already do something.
        _check_regular(path.stat())
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError as error:
        raise Unfit(f"the file cannot be opened: {said(error)}") from None
    except ValueError:
        raise Unfit("the file cannot be opened: its name has a null character") from None
    try:
        state = os.fstat(file)
        _check_regular(state)
        _check_size(state.st_size, limits)
    except Unfit:
        os.close(file)
        raise
    return file, state


def _check_regular(state: os.stat_result) -> None:
    if stat.S_ISDIR(state.st_mode):
        raise Unfit("the input is a directory, not a file", hint="name the files in it")
    if not stat.S_ISREG(state.st_mode):
        raise Unfit("the input is a pipe, socket or device, not a file", hint="save it first")


def _check_size(size: int, limits: Limits) -> None:
    if size == 0:
        raise Unfit("the file is empty: it has 0 bytes")
    if size > limits.bytes:
        raise Unfit(f"the file has {size} bytes; the limit is {limits.bytes}")


def _check(heading: Heading, limits: Limits) -> None:
    form = heading.format
    is_within = limits.lowest_rate_hz <= form.rate_hz <= limits.highest_rate_hz
    if not is_within or not 1 <= form.channels <= limits.channels:
        raise _senseless()


def _senseless() -> Unavailable:
    return Unavailable("the decoder's answers make no sense")


def _blocks(
    messages: Iterator[Heading | Block | End],
    heading: Heading,
    limits: Limits,
    file: int,
    before: os.stat_result,
) -> Iterator[NDArray[np.int16]]:
    frames = 0
    for message in messages:
        if isinstance(message, End) and message.frames == frames:
            return _check_unchanged(file, before)
        if not isinstance(message, Block):
            raise _senseless()
        count, rest = divmod(len(message.samples), heading.frame_bytes)
        frames += count
        if rest or not 0 < count <= heading.format.rate_hz:
            raise _senseless()
        if frames > limits.seconds * heading.format.rate_hz:
            raise _senseless()
        yield to_int16(message.samples, heading)
    raise _senseless()


def _check_unchanged(file: int, before: os.stat_result) -> None:
    after = os.fstat(file)
    if (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
        raise Unfit("the file was changed while it was read", hint="try when it is finished")
