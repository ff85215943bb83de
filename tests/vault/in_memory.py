"""A sink and a source of sealed bytes in memory."""

from sottovoce.values.errors import Unavailable


class Bytes:
    """What was written, to be read anywhere; it may be full after so many bytes."""

    def __init__(self, data: bytes = b"", *, room: int = 1 << 40) -> None:
        self.data = bytearray(data)
        self.room = room
        self.closed = self.discarded = False

    @property
    def size(self) -> int:
        return len(self.data)

    def write(self, data: memoryview) -> None:
        if len(self.data) + len(data) > self.room:
            raise Unavailable("there is no space left")
        self.data += data

    def read_into(self, offset: int, view: memoryview) -> int:
        piece = self.data[offset : offset + len(view)]
        view[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        self.closed = True

    def discard(self) -> None:
        self.discarded = True
        self.data.clear()
