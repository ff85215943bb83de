"""A stranger's file as bytes at positions, each read checked against its end."""

from io import BufferedReader, RawIOBase

from sottovoce.intake.reasons import Breach, Reason

_BUFFER_BYTES = 64 << 10


class Source:
    """Reads a file of a known size forwards, cheaply, in small pieces."""

    def __init__(self, raw: RawIOBase, size: int) -> None:
        self._file = BufferedReader(raw, _BUFFER_BYTES)
        self.size = size

    def at(self, position: int, count: int) -> bytes:
        """Return exactly so many bytes, or raise Breach saying how many the file needs."""
        self.reaches(position + count)
        self._file.seek(position)
        piece = self._file.read(count)
        if len(piece) != count:
            raise Breach(Reason.UNREADABLE, self.size)
        return piece

    def upto(self, position: int, count: int) -> bytes:
        """Return so many bytes or, at the end of the file, fewer."""
        return self.at(position, max(0, min(count, self.size - position)))

    def reaches(self, end: int) -> None:
        """Raise Breach if the file is shorter than this."""
        if end > self.size:
            raise Breach(Reason.CUT_BYTES, end, self.size)

    def release(self) -> None:
        """Let go of the file without closing it."""
        self._file.detach()

    def broken(self, position: int) -> Breach:
        """Return the breach of a structure that makes no sense at a position."""
        return Breach(Reason.BROKEN, position, self.size)


def number(piece: bytes, start: int, count: int) -> int:
    """Read a little-endian unsigned number."""
    return int.from_bytes(piece[start : start + count], "little")


def big_number(piece: bytes, start: int, count: int) -> int:
    """Read a big-endian unsigned number."""
    return int.from_bytes(piece[start : start + count], "big")
