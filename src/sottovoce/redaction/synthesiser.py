"""The port of a voice that is made: what stands for a hidden word can be said by it."""

from typing import Protocol

from sottovoce.values.sound import Wave


class Synthesiser(Protocol):
    """Says a text in a voice that is nobody's."""

    @property
    def name(self) -> str:
        """Return the model's name."""
        ...

    @property
    def digest(self) -> str:
        """Return the SHA-256, in hex, of the model's weights."""
        ...

    @property
    def language(self) -> str:
        """Return the language that it speaks, such as ``en``."""
        ...

    @property
    def voices(self) -> int:
        """Return how many voices it has; they are numbered from 0."""
        ...

    def say(self, text: str, *, pace: float, rate_hz: int, voice: int = 0) -> Wave:
        """Return a text said so many times faster than usual; the same each time.

        It is empty for a text that has no sound.
        Raises Unavailable when the voice fails.
        """
        ...
