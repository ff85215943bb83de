"""Masks on the other channels: hidden where they are heard, burnt where they may not be kept."""

import numpy as np

from sottovoce.redaction.profile import load_profile
from sottovoce.steps.hiding import plan
from sottovoce.values.finding import Action, Finding
from sottovoce.values.sound import SoundInMemory

RATE_HZ = 8000
SECONDS = 30
PROFILE = load_profile("gdpr-default")
CODE = Finding("fin.cvv", 20.0, 22.0, 0, 0.9, ())
OTHERS = [Finding("per.phone", start, start + 2.0, 0, 0.9, ()) for start in (3.0, 8.0, 13.0)]


def talk(*turns: tuple[float, float], seed: int) -> np.ndarray:
    at = np.arange(SECONDS * RATE_HZ) / RATE_HZ
    speaks = sum(((at >= start) & (at < end)).astype(float) for start, end in turns)
    voice = np.random.default_rng(seed).standard_normal(len(at))
    return 2000 * voice * (1 + np.sin(2 * np.pi * 4 * at)) * speaks


def call(*, gain_db: float) -> SoundInMemory:
    """One speaks, 0.1 s later also on the other channel, where another speaks over the code."""
    one, other = talk((1, 28), seed=1), 4 * talk((19, 24), seed=2)
    heard = np.roll(one, RATE_HZ // 10) * 10 ** (gain_db / 20)
    room = np.random.default_rng(3).normal(0, 20, (2, len(one)))
    samples = (np.stack([one, other + heard]) + room).clip(-32768, 32767)
    return SoundInMemory(RATE_HZ, tuple(samples.astype(np.int16)))


def burnt(*findings: Finding, gain_db: float) -> list[tuple[float, float]]:
    masks = plan(findings, (), PROFILE, call(gain_db=gain_db))
    return [
        (m.span.start_s, m.span.end_s)
        for m in masks
        if m.action is Action.BURN and m.span.channel == 1
    ]


def test_a_code_is_burnt_where_only_what_bleeds_beside_it_tells_that_it_bleeds() -> None:
    found = burnt(CODE, *OTHERS, gain_db=-28)

    assert any(start <= 20.1 and end >= 22.1 for start, end in found)
    assert all(start > 19.0 and end < 23.0 for start, end in found)


def test_nothing_is_burnt_where_nothing_bleeds() -> None:
    assert burnt(CODE, *OTHERS, gain_db=-200) == []


def test_what_may_be_kept_is_not_burnt_elsewhere() -> None:
    assert burnt(*OTHERS, gain_db=-20) == []
