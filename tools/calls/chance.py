"""Chance that can be had again."""

from random import Random


def chance(*seed: object) -> Random:
    """Return the same sequence for the same seed, on every machine and Python."""
    return Random(" ".join(map(str, seed)))  # noqa: S311 - invented talk, nothing to guess
