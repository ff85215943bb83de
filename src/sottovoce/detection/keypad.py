"""Measure a sound against the tones of a telephone's keypad (ITU-T Q.23), frame by frame.

Rules:
1. A keypad tone is one frequency of the low group and one of the high group, nothing else. What
   tells it from speech is the share of the two in all that is heard, and that they stand still.
2. How far off a frequency is comes from how its phase goes on from frame to frame: frames are too
   short to tell by their spectrum, and tones too short for longer frames.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sottovoce.values.sound import Wave

RATE_HZ = 8_000
"""The rate of the sound that is measured; it holds the tones and their second harmonics."""
FRAME = 200
HOP = 40
LOW_HZ = (697.0, 770.0, 852.0, 941.0)
HIGH_HZ = (1209.0, 1336.0, 1477.0, 1633.0)
KEYS = "123A456B789C*0#D"

Numbers = NDArray[np.float64]
Places = NDArray[np.intp]

_TONES = np.array(LOW_HZ + HIGH_HZ)
_WINDOW = np.hanning(FRAME + 1)[:FRAME]
_TURNS = np.outer(np.arange(FRAME), _TONES) / RATE_HZ
_BANK = (_WINDOW[:, None] * np.exp(-2j * np.pi * _TURNS)).astype(np.complex128)
_BINS = 256
_FROM, _TO = (round(edge_hz * _BINS / RATE_HZ) for edge_hz in (200, 3_800))
"""The band that counts as heard: above hum, and all that a telephone lets through."""
_OFF_HZ = np.arange(121.0)
_FALL = (
    np.abs(_WINDOW @ np.exp(2j * np.pi * np.outer(np.arange(FRAME), _OFF_HZ) / RATE_HZ))
    / _WINDOW.sum()
)
"""How much less a frame shows of a tone that is off by 0, 1, ... Hz."""
_LEAST_FALL = 0.3
_NOTHING = 1e-9


@dataclass(frozen=True, slots=True)
class Measures:
    """What each frame of a sound shows of the keypad; the arrays are of one length.

    ``keys`` are places in ``KEYS``, of the loudest tone of each group. ``shares`` are what these
    two have of the power heard, from 0 to 1; ``low_off`` and ``high_off`` how far their frequencies
    are off, as a fraction; ``twist_db`` how much louder the high one is; ``levels`` the amplitude
    of each of the eight tones, of shape (frames, 8), where 1 is full scale.
    """

    keys: Places = field(repr=False)
    shares: Numbers = field(repr=False)
    low_off: Numbers = field(repr=False)
    high_off: Numbers = field(repr=False)
    twist_db: Numbers = field(repr=False)
    levels: Numbers = field(repr=False)


def measure(wave: Wave) -> Measures:
    """Measure a wave at ``RATE_HZ``, a frame of 25 ms every 5 ms; a rest shorter is left out."""
    if len(wave) < FRAME:
        wave = np.concatenate([wave, np.zeros(FRAME - len(wave), np.float32)])
    frames = np.lib.stride_tricks.sliding_window_view(wave, FRAME)[::HOP].astype(np.float64)
    tones = np.asarray(frames @ _BANK, np.complex128)
    powers = np.abs(tones) ** 2
    low, high = powers[:, :4].argmax(axis=1), powers[:, 4:].argmax(axis=1) + 4
    (low_off, low_level), (high_off, high_level) = _group(tones, low), _group(tones, high)
    spectrum = np.abs(np.fft.rfft(frames * _WINDOW, _BINS)) ** 2
    heard = 2 * spectrum[:, _FROM : _TO + 1].sum(axis=1) / _BINS
    pair = (low_level**2 + high_level**2) / 2 * (_WINDOW**2).sum()
    twist = (high_level + _NOTHING) / (low_level + _NOTHING)
    return Measures(
        keys=low * 4 + high - 4,
        shares=pair / (heard + _NOTHING),
        low_off=low_off,
        high_off=high_off,
        twist_db=20 * np.log10(twist),
        levels=np.sqrt(powers) * (2 / _WINDOW.sum()),
    )


def _group(tones: NDArray[np.complex128], loudest: Places) -> tuple[Numbers, Numbers]:
    """Return how far off the loudest tone of a group is in each frame, and its amplitude."""
    rows, hz = np.arange(len(tones)), _TONES[loudest]
    here, after = tones[rows, loudest], np.vstack([tones[1:], tones[-1:]])[rows, loudest]
    turned = after * np.conj(here) * np.exp(-2j * np.pi * hz * HOP / RATE_HZ)
    off_hz = np.angle(turned) / (2 * np.pi * HOP / RATE_HZ)
    fall = np.interp(np.abs(off_hz), _OFF_HZ, _FALL).clip(_LEAST_FALL)
    return off_hz / hz, 2 * np.abs(here) / _WINDOW.sum() / fall
