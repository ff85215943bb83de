"""Mutated files give the one typed refusal or sound, whatever was changed."""

import random
from typing import Any

import numpy as np
import pytest

from sottovoce.intake.bounds import Limits
from sottovoce.intake.reasons import Breach
from sottovoce.values.errors import Unfit

ROUNDS = 60
SUMMED = ("flac", "flac-24bit", "flac-8ch", "opus", "vorbis")


def mutated(content: bytes, chance: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 8))):
        end = len(changed) if chance.random() < 0.6 else min(200, len(changed))
        at = chance.randrange(end)
        changed[at] = chance.choice((0, 255, 127, changed[at] ^ 1 << chance.randrange(8)))
    if chance.random() < 0.2:
        at = chance.randrange(len(changed))
        changed[at:at] = chance.randbytes(chance.randrange(1, 64))
    if chance.random() < 0.2:
        at = chance.randrange(len(changed))
        del changed[at : at + chance.randrange(1, 64)]
    return bytes(changed)


def test_a_mutated_file_is_refused_or_heard(made: Any, decoded: Any) -> None:
    chance = random.Random(made.name)  # noqa: S311  repeatable, and nothing is secret
    limits = Limits(seconds=20)
    for _ in range(ROUNDS):
        try:
            heard = decoded(mutated(made.bytes, chance), limits=limits)
        except (Breach, Unfit):
            continue

        assert heard.samples.shape[0] == heard.heading.format.channels
        assert heard.samples.shape[1] <= 20 * heard.heading.format.rate_hz


@pytest.mark.parametrize("name", SUMMED)
def test_a_mutated_file_with_sums_is_refused_or_unchanged(
    name: str, shelf: Any, decoded: Any
) -> None:
    chance = random.Random(name)  # noqa: S311  repeatable, and nothing is secret
    whole = decoded(shelf[name].bytes).samples
    for _ in range(ROUNDS):
        try:
            heard = decoded(mutated(shelf[name].bytes, chance), limits=Limits(seconds=20))
        except (Breach, Unfit):
            continue

        assert np.array_equal(heard.samples, whole)
