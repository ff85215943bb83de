"""A recording sealed by its sender, as a file (docs/spec/sealed-file.md).

Rules:
1. The sender needs the recipient's public key and nothing of the vault.
2. The recording's own bytes are the plaintext, read and written as a stream.
3. The body is bound to the header, and the header to the key that opens it.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from hashlib import sha256
from typing import BinaryIO

from sottovoce.values.errors import Unfit
from sottovoce.vault.recipient import ID, WRAPPED_KEY, Recipient, RecipientKey
from sottovoce.vault.seal import KEY, SealReader, SealWriter, Sink, Source

MAGIC = b"SVSEALED"
_VERSION, _SUITE = 1, 1
_HEAD = len(MAGIC) + 3 + ID
HEADER = _HEAD + WRAPPED_KEY
_PIECE = 1 << 20
_BOUND = b"sottovoce sealed file v1\n"


class Form(IntEnum):
    """What a recording is taken for whose first bytes do not say it."""

    AS_IT_SAYS = 0
    MU_LAW = 1
    A_LAW = 2


@dataclass(frozen=True, slots=True)
class Header:
    """What stands before the sealed bytes: to whom they are sealed, and the wrapped key."""

    form: Form
    recipient: bytes
    wrapped: bytes = field(repr=False)

    @property
    def head(self) -> bytes:
        return MAGIC + bytes((_VERSION, _SUITE, self.form)) + self.recipient

    def __bytes__(self) -> bytes:
        return self.head + self.wrapped

    @property
    def associated_data(self) -> bytes:
        """What the body is bound to."""
        return _BOUND + sha256(bytes(self)).hexdigest().encode()

    def __str__(self) -> str:
        return f"to {self.recipient.hex()}"

    def open(self, key: RecipientKey) -> bytes:
        """Return the key of the file, or raise Tampered."""
        return key.unwrap(self.wrapped, _BOUND + self.head)


def read_header(start: bytes) -> Header | None:
    """Read the header from a file's first bytes, None if it is no sealed file, or raise Unfit."""
    if not start.startswith(MAGIC):
        return None
    if len(start) < HEADER:
        raise Unfit(
            f"the sealed file is cut short: its header has {len(start)} of {HEADER} bytes",
            hint="ask the sender for it again",
        )
    version, suite, form = start[len(MAGIC) : len(MAGIC) + 3]
    if (version, suite) != (_VERSION, _SUITE) or form not in list(Form):
        raise Unfit(
            f"the sealed file is of version {version}, suite {suite}, form {form}; we know"
            f" version {_VERSION}, suite {_SUITE} and forms 0 to {max(Form)}",
            hint="it was sealed by a newer program, or it is damaged",
        )
    return Header(Form(form), start[_HEAD - ID : _HEAD], start[_HEAD:HEADER])


def seal_file(
    plain: BinaryIO,
    sink: Sink,
    to: Recipient,
    *,
    form: Form = Form.AS_IT_SAYS,
    progress: Callable[[int], None] = lambda size: None,
) -> int:
    """Seal all that is left of a file to a recipient; return how many bytes that were.

    Memory is flat. On any failure the sink is discarded.
    """
    unwrapped, size = os.urandom(KEY), 0
    head = Header(form, to.id, b"").head
    header = Header(form, to.id, to.wrap(unwrapped, _BOUND + head))
    try:
        sink.write(memoryview(bytes(header)))
        writer = SealWriter(sink, unwrapped, header)
        while piece := plain.read(_PIECE):
            writer.write(memoryview(piece))
            size += len(piece)
            progress(len(piece))
        writer.close()
    except BaseException:
        sink.discard()
        raise
    return size


class _Body:
    """What follows the header, as a source of its own."""

    def __init__(self, file: Source) -> None:
        self._file = file

    @property
    def size(self) -> int:
        return max(0, self._file.size - HEADER)

    def read_into(self, offset: int, view: memoryview) -> int:
        return self._file.read_into(HEADER + offset, view)

    def close(self) -> None:
        self._file.close()


def open_body(file: Source, key: bytes) -> SealReader:
    """Open the body of a sealed file under the file's key; raise Tampered or Unfit."""
    start = memoryview(bytearray(HEADER))
    header = read_header(bytes(start[: file.read_into(0, start)]))
    if header is None:
        raise Unfit("the file is not a sealed file")
    return SealReader(_Body(file), key, header)
