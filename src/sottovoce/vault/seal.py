"""Seal a part as its bytes come, and open any stretch of it (docs/spec/seal.md).

Rules:
1. No byte leaves before its segment's tag is verified.
2. The last segment is verified on opening, so a part that was cut off never opens.
3. Every failure is one error that names the part and no cause.
"""

import os
import struct
import threading
from collections.abc import Callable
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from sottovoce.values.errors import Tampered, Unfit

SEGMENT = 65536
KEY = 32
_SALT = 32
_PREFIX = 7
_HEADER = 1 + _SALT + _PREFIX
_TAG = 16
_PLAIN = SEGMENT - _TAG
_MOST_SEGMENTS = 2**32


class Sink(Protocol):
    """Where sealed bytes go, one after the other."""

    def write(self, data: memoryview) -> None: ...

    def close(self) -> None:
        """Make what was written durable; it is whole now."""
        ...

    def discard(self) -> None:
        """Forget what was written; a second call, or one after ``close``, does nothing."""
        ...


class Source(Protocol):
    """Sealed bytes that can be read at any place."""

    @property
    def size(self) -> int: ...

    def read_into(self, offset: int, view: memoryview) -> int:
        """Fill ``view`` from ``offset`` and return how many bytes there were."""
        ...

    def close(self) -> None: ...


class Bound(Protocol):
    """What a seal is bound to; ``str`` of it is safe to show."""

    @property
    def associated_data(self) -> bytes: ...


def tampered(part: Bound) -> Tampered:
    """Say that a part is not what was sealed, without saying why."""
    return Tampered(
        f"the sealed part {part} is not what was sealed",
        hint="stop, keep the files as they are, and restore the vault from a backup",
    )


def _cipher(key: bytes, salt: bytes, part: Bound) -> AESGCM:
    derivation = HKDF(algorithm=SHA256(), length=32, salt=salt, info=part.associated_data)
    return AESGCM(derivation.derive(key))


def _nonce(prefix: bytes, index: int, *, last: int) -> bytes:
    return prefix + struct.pack(">IB", index, last)


class SealWriter:
    """Seal bytes as they come; nothing can be opened until ``close``."""

    def __init__(
        self, sink: Sink, key: bytes, part: Bound, *, random: Callable[[int], bytes] = os.urandom
    ) -> None:
        if len(key) != KEY:
            raise ValueError(f"key must have {KEY} bytes")
        salt, self._prefix = random(_SALT), random(_PREFIX)
        self._sink = sink
        self._header = bytes([_HEADER]) + salt + self._prefix
        self._aes = _cipher(key, salt, part)
        self._plain = memoryview(bytearray(_PLAIN))
        self._sealed = memoryview(bytearray(SEGMENT))
        self._filled = 0
        self._index = 0
        self._closed = False
        self._given_up = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Take more bytes; raise Unavailable when the sink cannot hold them."""
        if self._closed or self._given_up:
            raise ValueError("the part was closed or given up already")
        view = memoryview(data).cast("B")
        while len(view):
            if self._filled == self._room:
                self._emit(self._plain[: self._filled], last=0)
            if not self._filled and len(view) > (whole := self._room):
                # More follows, so this is not the last segment, and needs no copy of ours.
                self._emit(view[:whole], last=0)
                view = view[whole:]
                continue
            taken = min(self._room - self._filled, len(view))
            self._plain[self._filled : self._filled + taken] = view[:taken]
            self._filled += taken
            view = view[taken:]

    def close(self) -> None:
        """Seal the last segment and make the part durable; a second call does nothing."""
        if self._given_up:
            raise ValueError("the part was given up already")
        if self._closed:
            return
        self._emit(self._plain[: self._filled], last=1)
        try:
            self._sink.close()
        except BaseException:
            self.discard()
            raise
        self._closed = True

    def discard(self) -> None:
        """Give the part up, unless it is closed; what was written is forgotten."""
        self._given_up = not self._closed
        self._sink.discard()

    @property
    def _room(self) -> int:
        return _PLAIN if self._index else _PLAIN - _HEADER

    def _emit(self, plain: memoryview, *, last: int) -> None:
        if self._index == _MOST_SEGMENTS:
            raise Unfit(f"a part has more than {_MOST_SEGMENTS} segments of {SEGMENT} bytes")
        sealed = self._sealed[: len(plain) + _TAG]
        nonce = _nonce(self._prefix, self._index, last=last)
        self._aes.encrypt_into(nonce, plain, None, sealed)
        self._put(sealed)
        self._index += 1
        self._filled = 0

    def _put(self, sealed: memoryview) -> None:
        try:
            if self._index == 0:
                self._sink.write(memoryview(self._header))
            self._sink.write(sealed)
        except BaseException:
            # A segment that was written in part must never be followed by another.
            self.discard()
            raise


class SealReader:
    """Open stretches of a sealed part; safe to share between threads.

    Raises Tampered on opening or reading whatever is not exactly what was sealed under this key
    for this part, files cut off or grown included.
    """

    def __init__(self, source: Source, key: bytes, part: Bound) -> None:
        self._source = source
        self._part = part
        self._segments, self.size = self._measure(source.size)
        header = memoryview(bytearray(_HEADER))
        if source.read_into(0, header) != _HEADER or header[0] != _HEADER:
            raise tampered(part)
        self._aes = _cipher(key, bytes(header[1 : 1 + _SALT]), part)
        self._prefix = bytes(header[1 + _SALT :])
        self._sealed = memoryview(bytearray(SEGMENT))
        self._plain = memoryview(bytearray(_PLAIN))
        self._opened = -1
        self._lock = threading.Lock()
        self._open(self._segments - 1)

    def read_at(self, offset: int, size: int) -> bytearray:
        """Return ``size`` bytes from ``offset``; fewer at the end of the part."""
        if offset < 0 or size < 0:
            raise ValueError("offset and size must be 0 or more")
        data = bytearray(max(0, min(size, self.size - offset)))
        view, place = memoryview(data), offset
        with self._lock:
            while len(view):
                taken = self._copy(place, view)
                place, view = place + taken, view[taken:]
        return data

    def close(self) -> None:
        """Let go of the file; a second call does nothing."""
        self._source.close()

    def _measure(self, sealed: int) -> tuple[int, int]:
        segments = -(-sealed // SEGMENT)
        size = sealed - _HEADER - segments * _TAG
        last = sealed - (segments - 1) * SEGMENT
        least = _HEADER + _TAG if segments <= 1 else _TAG + 1
        if last < least or segments < 1 or segments > _MOST_SEGMENTS:
            raise tampered(self._part)
        return segments, size

    def _copy(self, place: int, view: memoryview) -> int:
        """Copy what one segment holds of the plaintext from ``place`` on."""
        index = (place + _HEADER) // _PLAIN
        start = place + _HEADER - index * _PLAIN if index else place
        length = self._length(index)
        if not start and len(view) >= length and index != self._opened:
            # A whole segment needs no copy; the caller gets nothing at all if its tag is wrong.
            self._decrypt(index, view[:length])
            return length
        self._open(index)
        taken = min(length - start, len(view))
        view[:taken] = self._plain[start : start + taken]
        return taken

    def _length(self, index: int) -> int:
        """Say how many bytes of plaintext a segment holds."""
        stop = min((index + 1) * SEGMENT, self._source.size)
        return stop - (index * SEGMENT or _HEADER) - _TAG

    def _open(self, index: int) -> None:
        if index == self._opened:
            return
        self._opened = -1
        self._decrypt(index, self._plain[: self._length(index)])
        self._opened = index

    def _decrypt(self, index: int, plain: memoryview) -> None:
        sealed = self._sealed[: len(plain) + _TAG]
        if self._source.read_into(index * SEGMENT or _HEADER, sealed) != len(sealed):
            raise tampered(self._part)
        nonce = _nonce(self._prefix, index, last=index == self._segments - 1)
        try:
            self._aes.decrypt_into(nonce, sealed, None, plain)
        except InvalidTag:
            raise tampered(self._part) from None
