"""Draw stand-ins by a key: the same value draws the same, and without the key nobody can.

Rules:
1. What is drawn depends on the key, on what it is drawn for and on the value; on nothing else.
2. A key that is destroyed takes the link with it: guessing values over and again finds nothing.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TypeVar

KEY = 32
_Choice = TypeVar("_Choice")


@dataclass(frozen=True, slots=True)
class Draw:
    """Choices for values, by HMAC-SHA-256 under one key.

    ``links`` tells that the key serves other recordings too, so that what is shown must not
    depend on what else this recording holds.
    """

    key: bytes = field(repr=False)
    links: bool = False

    def __post_init__(self) -> None:
        if len(self.key) != KEY:
            raise ValueError(f"key must have {KEY} bytes")

    def number(self, purpose: str, of: str, below: int) -> int:
        """Return a number from 0 to below - 1; below must be far less than 2**192."""
        mac = hmac.new(self.key, f"{purpose}\n{of}".encode(), sha256).digest()
        return int.from_bytes(mac) % below

    def one(self, purpose: str, of: str, choices: Sequence[_Choice]) -> _Choice:
        """Return one of some choices."""
        return choices[self.number(purpose, of, len(choices))]

    def figures(self, purpose: str, of: str, length: int) -> str:
        """Return as many digits as asked for."""
        return str(self.number(purpose, of, 10**length)).zfill(length) if length else ""

    def again(self, attempt: int) -> "Draw":
        """Return a draw of other choices, for a value whose first choice is taken."""
        if not attempt:
            return self
        mac = hmac.new(self.key, f"again\n{attempt}".encode(), sha256).digest()
        return Draw(mac, self.links)
