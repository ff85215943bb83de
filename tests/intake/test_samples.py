"""Samples of every width come to 16 bits rounded and clipped."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sottovoce.intake.bounds import Format
from sottovoce.intake.samples import to_int16
from sottovoce.intake.wire import Coding, Heading

SAMPLES = st.lists(st.integers(-32768, 32767), min_size=2, max_size=40).filter(
    lambda samples: len(samples) % 2 == 0
)


def heading(coding: Coding, channels: int = 1) -> Heading:
    return Heading(Format(8000, channels, "wav", "pcm_s16le"), coding)


@given(SAMPLES)
def test_sixteen_bits_survive_every_wider_coding(samples: list[int]) -> None:
    given_samples = np.array(samples, np.int16)
    wider = {
        Coding.S16: given_samples.astype("<i2"),
        Coding.S32: given_samples.astype("<i4") << 16,
        Coding.FLT: given_samples.astype("<f4") / 32768,
        Coding.DBL: given_samples.astype("<f8") / 32768,
    }
    for coding, wide in wider.items():
        assert np.array_equal(to_int16(wide.tobytes(), heading(coding))[0], given_samples)


@given(SAMPLES)
def test_planar_and_packed_orders_give_the_same_channels(samples: list[int]) -> None:
    channels = np.array(samples, "<i2").reshape(2, -1)
    planar = to_int16(channels.tobytes(), heading(Coding.S16P, 2))
    packed = to_int16(channels.T.tobytes(), heading(Coding.S16, 2))

    assert np.array_equal(planar, channels)
    assert np.array_equal(packed, channels)


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [(0, 0), (0x7FFF, 0), (0x8000, 1), (-0x8000, 0), (-0x8001, -1), (2**31 - 1, 32767)],
)
def test_24_and_32_bits_are_rounded_and_never_wrap(wide: int, narrow: int) -> None:
    content = np.array([wide], "<i4").tobytes()

    assert to_int16(content, heading(Coding.S32)).tolist() == [[narrow]]


@pytest.mark.parametrize(
    ("real", "narrow"),
    [(1.0, 32767), (-1.0, -32768), (1.5, 32767), (-1.5, -32768), (0.6 / 32768, 1)],
)
def test_real_samples_are_rounded_and_clipped(real: float, narrow: int) -> None:
    content = np.array([real], "<f4").tobytes()

    assert to_int16(content, heading(Coding.FLT)).tolist() == [[narrow]]


def test_eight_bits_are_shifted_up() -> None:
    assert to_int16(bytes([0, 128, 255]), heading(Coding.U8)).tolist() == [[-32768, 0, 32512]]
