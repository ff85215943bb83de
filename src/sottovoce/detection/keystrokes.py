"""Find the single tones of a keypad on one channel of a sound.

Rules:
1. What looks like a tone has a weight. One is a tone by itself when its two frequencies are nearly
   all that is heard. The less they are of it, the nearer they must be to where a keypad has them,
   the stiller they must stand, the more of what sounds must be them, and the more of them it takes.
2. It begins and ends where its level is half of what it is inside, which is exact to some
   milliseconds whatever the frames are.
3. Read in blocks that overlap, so that memory grows with the number of tones, not with the sound.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import soxr

from sottovoce.detection.keypad import FRAME, HOP, KEYS, RATE_HZ, Measures, Numbers, measure
from sottovoce.values.sound import Sound, Wave

_BLOCK_S = 30
_LAP_S = 0.3
_IN_LAP = 60
"""No more tones than this, of the shortest, are where two blocks overlap."""
_HOP_S = HOP / RATE_HZ
_SHARE = 0.15
_FAINTEST = 3e-4
_DROPOUT = 2
"""Frames that may be lost within a tone: Q.24 lets a tone have breaks of 10 ms."""
_EDGE = 3
"""Frames at each end of a tone that are partly outside of it."""
_NOTHING = 1e-9


@dataclass(frozen=True, slots=True)
class Limits:
    """What makes a stretch a tone.

    The least number of frames and the least share of what is heard; how far either frequency may
    be off on the average, and how far it may wander, as fractions; how far the twist may wander,
    and how great it may be; and how much of the time for which its two frequencies sound they must
    be a tone: a key is one from its start to its end, a vowel in passing. ITU-T Q.24 wants tones
    accepted that are off by 1.5 % and refused by 3.5 %, with a twist of 8 dB one way and 4 the
    other; what a receiver must refuse, a person with a computer can still read. How it was tuned:
    docs/decisions/detection-keypad-tones.md.
    """

    frames: int
    share: float
    off: float
    still: float
    even_db: float
    twist_db: float
    whole: float


ENOUGH = 3
"""The weight that tones near one another need together."""
WEIGHTS = (
    (3, Limits(frames=5, share=0.85, off=0.02, still=0.012, even_db=4.0, twist_db=16.0, whole=0.6)),
    (3, Limits(frames=6, share=0.76, off=0.01, still=0.003, even_db=1.5, twist_db=16.0, whole=0.6)),
    (2, Limits(frames=6, share=0.7, off=0.018, still=0.004, even_db=1.5, twist_db=16.0, whole=0.7)),
    (2, Limits(frames=10, share=0.5, off=0.012, still=0.003, even_db=1.5, twist_db=7.0, whole=0.7)),
    (
        1,
        Limits(frames=10, share=0.4, off=0.018, still=0.005, even_db=2.5, twist_db=16.0, whole=0.8),
    ),
)
"""What each tone weighs: the first that it is within."""
POSSIBLE = Limits(frames=4, share=0.3, off=0.03, still=0.012, even_db=6.0, twist_db=16.0, whole=0.0)
"""What weighs nothing and counts only beside tones."""


@dataclass(frozen=True, slots=True)
class Keystroke:
    """What looks like a tone: when it is heard, which key it is, how much it weighs, how loud.

    The levels are those of its low and its high frequency in dB, where 0 is full scale.
    """

    start_s: float
    end_s: float
    channel: int
    key: str = field(repr=False)
    weight: int
    levels_db: tuple[float, float] = field(repr=False)


def keystrokes(sound: Sound, channel: int) -> list[Keystroke]:
    """Return what may be tones on one channel, in order."""
    found: list[Keystroke] = []
    for start_s, wave in _blocks(sound, channel):
        for stroke in _strokes(wave, start_s, channel):
            _add(found, stroke)
    return sorted(found, key=lambda stroke: stroke.start_s)


def keystrokes_between(
    sound: Sound, channel: int, start_s: int, stop_s: int
) -> tuple[Keystroke, ...]:
    """Return what may be tones in some seconds of a channel, in order; for sound that passes."""
    wave = wave_of(sound, channel, start_s, stop_s)
    return tuple(_strokes(wave, float(start_s), channel))


def _strokes(wave: Wave, start_s: float, channel: int) -> Iterator[Keystroke]:
    measures = measure(wave)
    for first, last in _runs(measures):
        if stroke := _stroke(measures, first, last, start_s, channel):
            yield stroke


def wave_of(sound: Sound, channel: int, start_s: int, stop_s: int) -> Wave:
    """Return some whole seconds of a channel at the keypad's rate."""
    samples = sound.read(channel, start_s * sound.rate_hz, stop_s * sound.rate_hz)
    wave: Wave = samples.astype(np.float32) / np.float32(32768)
    if sound.rate_hz != RATE_HZ:
        wave = soxr.resample(wave, sound.rate_hz, RATE_HZ)
    return wave


def _blocks(sound: Sound, channel: int) -> Iterator[tuple[float, Wave]]:
    """Yield a channel block by block, each with its start and overlapping the next by 0.6 s.

    So a tone across a border lies whole in one block, or is long enough in both.
    """
    for at_s in range(0, -(-sound.frames // sound.rate_hz), _BLOCK_S):
        # Whole seconds, so that each block begins on a frame of either rate.
        read_s = max(0, at_s - 1)
        wave = wave_of(sound, channel, read_s, at_s + _BLOCK_S + 1)
        first = round((max(0.0, at_s - _LAP_S) - read_s) * RATE_HZ)
        last = round((at_s + _BLOCK_S + _LAP_S - read_s) * RATE_HZ)
        yield read_s + first / RATE_HZ, wave[first:last]


def _runs(measures: Measures) -> Iterator[tuple[int, int]]:
    """Yield the first and last frame of each stretch in which one key may be pressed."""
    may_be = (
        (measures.shares > _SHARE)
        & (np.abs(measures.low_off) < POSSIBLE.off)
        & (np.abs(measures.high_off) < POSSIBLE.off)
        & (np.abs(measures.twist_db) < POSSIBLE.twist_db)
        & (measures.levels.max(axis=1) > _FAINTEST)
    )
    places = np.flatnonzero(may_be)
    keys = measures.keys[places]
    cuts = np.flatnonzero((np.diff(places) > 1 + _DROPOUT) | (np.diff(keys) != 0)) + 1
    for run in np.split(places, cuts):
        if len(run):
            yield int(run[0]), int(run[-1])


def _stroke(
    measures: Measures, first: int, last: int, start_s: float, channel: int
) -> Keystroke | None:
    key = int(measures.keys[first])
    levels = measures.levels[:, [key // 4, 4 + key % 4]]
    start, end = _edges(levels, first, last)
    whole = (last - first + 1) / max(1.0, end - start)
    met = (weight for weight, limits in WEIGHTS if _is_within(measures, first, last, limits, whole))
    if not _is_within(measures, first, last, POSSIBLE, whole):
        return None
    low_db, high_db = 20 * np.log10(np.median(levels[first : last + 1], axis=0) + _NOTHING)
    middle_s = start_s + FRAME / 2 / RATE_HZ
    return Keystroke(
        max(0.0, middle_s + start * _HOP_S),
        middle_s + end * _HOP_S,
        channel,
        KEYS[key],
        next(met, 0),
        (float(low_db), float(high_db)),
    )


def _is_within(measures: Measures, first: int, last: int, limits: Limits, whole: float) -> bool:
    """Tell whether a run is a tone by some limits; what is at its ends does not count."""
    frames = last - first + 1
    if frames < limits.frames or whole < limits.whole:
        return False
    edge = min(_EDGE, (frames - 3) // 2)
    core = slice(first + edge, last + 1 - edge)
    groups, twist_db = (measures.low_off[core], measures.high_off[core]), measures.twist_db[core]
    return bool(
        measures.shares[core].mean() >= limits.share
        and all(abs(off.mean()) <= limits.off and off.std() <= limits.still for off in groups)
        and abs(twist_db.mean()) <= limits.twist_db
        and twist_db.std() <= limits.even_db
    )


def _edges(levels: Numbers, first: int, last: int) -> tuple[float, float]:
    """Return, in frames, where a tone of these two levels begins and ends."""
    level = np.sqrt((levels**2).sum(axis=1))
    half = float(np.median(level[first : last + 1])) / 2
    start, end = _half_way(level, first, half, -1), _half_way(level, last, half, 1)
    return start, end


def _half_way(level: Numbers, at: int, half: float, step: int) -> float:
    """Go outwards from a frame, or inwards where it is too soft, to where the level is half."""
    inwards = level[at] < half
    for _ in range(2 * _EDGE + 2):
        after = at - step if inwards else at + step
        if not 0 <= after < len(level):
            break
        if (level[after] < half) != inwards:
            share = (level[at] - half) / (level[at] - level[after])
            return at + (after - at) * float(share)
        at = after
    return float(at)


def _add(found: list[Keystroke], stroke: Keystroke) -> None:
    """Add a tone, or join it with the one that it is: blocks overlap, and their borders cut."""
    for place in range(len(found) - 1, max(-1, len(found) - 1 - _IN_LAP), -1):
        other = found[place]
        if (
            other.key == stroke.key
            and other.start_s < stroke.end_s
            and stroke.start_s < other.end_s
        ):
            start_s, end_s = min(other.start_s, stroke.start_s), max(other.end_s, stroke.end_s)
            weight = max(other.weight, stroke.weight)
            found[place] = replace(other, start_s=start_s, end_s=end_s, weight=weight)
            return
    found.append(stroke)
