"""Say of every mask where it is and what is heard in it (docs/spec/marks.md).

Rule: places, channels and fills; never a kind, and nothing of what was said.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A mask as it is in the sound: frames first to last (not included) of a channel."""

    first: int
    last: int
    channel: int
    fill: str


class Marked(Protocol):
    """A sound that knows its masks."""

    @property
    def rate_hz(self) -> int: ...

    @property
    def channels(self) -> int: ...

    @property
    def frames(self) -> int: ...

    @property
    def marks(self) -> Sequence[Mark]:
        """Return the masks in order."""
        ...


def as_comment(sound: Marked) -> str:
    """Render the masks of a sound as one line, for the comment of its file."""
    head = f"sottovoce-masks/1 rate={sound.rate_hz} channels={sound.channels} frames={sound.frames}"
    masks = (f"{m.channel}:{m.first}-{m.last}:{m.fill}" for m in sound.marks)
    return " ".join([head, *masks])
