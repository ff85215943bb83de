"""What a file's own structure says about it, before a codec sees a byte.

Rules:
1. A format is known by its first bytes, never by its name; only a headerless file is taken at its
   name's word.
2. Every byte is accounted for: what the structure declares must be there, and what is there must
   belong to the structure.
3. What a file declares about its length is returned, so that the decoding can be held to it.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Survey:
    """The container, what FFmpeg calls it, which codecs it may hold, and what it declares.

    ``least`` and ``most`` bound the frames that decoding must give; ``seconds`` is a declared
    length that is only nearly exact; ``is_timed`` says that FFmpeg's own duration is a declaration
    and no estimate. None stands for what a file does not say.
    """

    container: str
    demuxer: str
    codecs: tuple[str, ...]
    least: int | None = None
    most: int | None = None
    seconds: float | None = None
    rate_hz: int | None = None
    channels: int | None = None
    is_timed: bool = False
