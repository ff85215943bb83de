"""A weakness of the ground that a vault stands on: its name, and what to do about it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Weakness:
    """Something about the ground that weakens the vault; a serious one forbids production."""

    name: str
    serious: bool
    seen: str
    remedy: str
