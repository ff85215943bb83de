"""What is typed on a keypad does not pass, however the sound comes in."""

from random import Random

import numpy as np
import pytest
from toy_speech import RATE_HZ, ToyEar, ToyVoice

import dialled
from sottovoce.detection.knowledge import shipped
from sottovoce.detection.live import LiveTalk
from sottovoce.detection.tones import find_tones
from sottovoce.redaction.profile import load_profile
from sottovoce.steps.live import LiveSound
from sottovoce.values.sound import SoundInMemory

KEYS = "5019717010103742#"


def drawn(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - to be repeated, not a secret


def passed(
    samples: "np.ndarray[tuple[int, int], np.dtype[np.int16]]", *, step: int, hold_back_s: float
) -> SoundInMemory:
    live = LiveSound(
        load_profile("pci"),
        LiveTalk(shipped()),
        ToyVoice(),  # type: ignore[arg-type]
        ToyEar("toy"),
        rate_hz=RATE_HZ,
        channels=len(samples),
        hold_back_s=hold_back_s,
    )
    blocks = [samples[:, at : at + step] for at in range(0, samples.shape[1], step)]
    out = [emitted.samples for block in blocks for emitted in live.feed(block)]
    return SoundInMemory(RATE_HZ, tuple(np.concatenate([*out, live.finish().samples], axis=1)))


@pytest.mark.parametrize("hold_back_s", [0.2, 1.0])
@pytest.mark.parametrize("step", [160, 1_777, 40_000])
def test_no_tone_passes_in_blocks_of_any_size(step: int, hold_back_s: float) -> None:
    draw = drawn(step)
    manner = dialled.drawn_manner(draw)
    one = dialled.dial(KEYS, manner, rate_hz=RATE_HZ, draw=draw)
    echo = np.roll(one.wave, 900) / 20
    samples = np.stack([one.wave * 32767, echo * 32767]).astype(np.int16)
    sound = passed(samples, step=step, hold_back_s=hold_back_s)

    assert find_tones(SoundInMemory(RATE_HZ, tuple(samples))) != ()
    assert sound.frames == samples.shape[1]
    assert find_tones(sound) == ()


def test_what_is_far_from_any_tone_passes_as_it_came() -> None:
    one = dialled.dial("42", dialled.Manner(), rate_hz=RATE_HZ, draw=drawn(1))
    hiss = np.random.default_rng(1).normal(0, 30, 6 * RATE_HZ)
    hiss[3 * RATE_HZ : 3 * RATE_HZ + len(one.wave)] += one.wave * 32767
    samples = hiss.astype(np.int16)[None]
    sound = passed(samples, step=800, hold_back_s=1.0)

    assert np.array_equal(sound.samples[0][: 3 * RATE_HZ], samples[0][: 3 * RATE_HZ])
    assert np.array_equal(sound.samples[0][5 * RATE_HZ :], samples[0][5 * RATE_HZ :])
