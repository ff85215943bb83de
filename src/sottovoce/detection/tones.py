"""Find what was typed on a telephone's keypad: tones are as telling as spoken digits.

Rules (docs/decisions/detection-keypad-tones.md):
1. Tones with no more than 2 s between them make an entry when they weigh enough together, and a
   sure one when they weigh twice that. What is too doubtful to weigh anything is a tone where it is
   within 2 s of an entry and both of its frequencies are as loud as the entry's, else it is none.
2. An entry of one channel is looked for on the others, where it may be far below what is said, and
   later: an echo is late by the same time for all of its tones.
3. An entry is one finding, whose value is its keys. It covers the pauses, so that neither their
   rhythm nor the number of keys is left.
4. What an entry is (a card, its code, a choice of a menu) is not guessed: it is one kind.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sottovoce.detection.keypad import HIGH_HZ, KEYS, LOW_HZ, RATE_HZ
from sottovoce.detection.keystrokes import ENOUGH, Keystroke, keystrokes, wave_of
from sottovoce.values.finding import Finding
from sottovoce.values.kinds import KINDS
from sottovoce.values.sound import Sound, Wave
from sottovoce.values.speech import Span, Word

Ratios = NDArray[np.floating]

KIND = "fin.dtmf"
GAP_S = 2.0
"""The longest pause within an entry: people look for the next digit."""
ECHO_S = 0.3
"""The latest that a tone comes back on another channel."""

_STEP_S = 0.025
_LONGEST_S = 0.2
_BINS = 4_096
_HZ = RATE_HZ / _BINS
_OFF = 0.018
_BESIDE_HZ = (55.0, 130.0)
"""How far beside a tone the background is: beyond what a short tone spreads to."""
_NOTHING = 1e-9
_STANDS_OUT, _STANDS_OUT_ALONE = 16.0, 64.0
"""The power of a tone above that of its background that shows that it came through."""
_SURE = 2 * ENOUGH
"""The weight of an entry that nobody takes for talk."""
_MOST = 0.6
"""The share of an entry's tones that must come through, all late by the same time."""
_AS_LOUD_DB = 4.0
"""How far apart the levels of one telephone's tones are: of the same line, from the same place."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What was typed at one time on one channel: its finding, and when each of its tones sounds.

    It is sure where its tones weigh twice what makes an entry.
    """

    finding: Finding
    tones: tuple[Span, ...]
    is_sure: bool


def find_tones(sound: Sound) -> tuple[Finding, ...]:
    """Return the finding of every keypad entry of a sound, in order of time."""
    return tuple(entry.finding for entry in find_entries(sound))


def find_entries(sound: Sound) -> tuple[Entry, ...]:
    """Return every keypad entry of a sound, in order of time: one a channel and entry.

    A finding's times are those of its first tone's start and its last one's end, to about 10 ms.
    Its one word holds the placeholder, for the text to show; its value the keys.
    """
    found = {channel: _pressed(keystrokes(sound, channel)) for channel in range(sound.channels)}
    for channel, strokes in list(found.items()):
        for entry in _entries(strokes):
            for other in range(sound.channels):
                if other != channel:
                    found[other] = [*found[other], *_echo(sound, entry, other, found[other])]
    entries = [_entry(entry) for strokes in found.values() for entry in _entries(strokes)]
    return tuple(sorted(entries, key=lambda e: (e.finding.start_s, e.finding.channel)))


def _pressed(maybe: Sequence[Keystroke]) -> list[Keystroke]:
    """Return the tones of a channel that belong to entries that weigh enough."""
    weighty = _entries([stroke for stroke in maybe if stroke.weight])
    entries = [entry for entry in weighty if _weight(entry) >= ENOUGH]
    doubtful = [stroke for stroke in maybe if not stroke.weight]
    starts, ends = [one.start_s for one in doubtful], [one.end_s for one in doubtful]
    pressed = [stroke for entry in entries for stroke in entry]
    for entry in entries:
        first = bisect_left(ends, entry[0].start_s - GAP_S)
        last = bisect_right(starts, _end_s(entry) + GAP_S)
        pressed += _as_loud(doubtful[first:last], entry)
    return list(dict.fromkeys(pressed))


def _as_loud(doubtful: Sequence[Keystroke], entry: Sequence[Keystroke]) -> Iterator[Keystroke]:
    levels_db = np.median([stroke.levels_db for stroke in entry], axis=0)
    for stroke in doubtful:
        if np.all(np.abs(stroke.levels_db - levels_db) <= _AS_LOUD_DB):
            yield stroke


def _weight(entry: Sequence[Keystroke]) -> int:
    return sum(stroke.weight for stroke in entry)


def _echo(
    sound: Sound, entry: Sequence[Keystroke], channel: int, there: Sequence[Keystroke]
) -> list[Keystroke]:
    """Return the tones of an entry that come through to another channel, not found there yet."""
    heard = np.array([_heard_late(sound, stroke, channel) for stroke in entry])
    needed = _STANDS_OUT if len(entry) > 1 else _STANDS_OUT_ALONE
    late = np.flatnonzero((heard > needed).mean(axis=0) >= _MOST)
    if not len(late):
        return []
    first_s, last_s = float(late[0]) * _STEP_S, float(late[-1]) * _STEP_S
    moved = [
        replace(one, start_s=one.start_s + first_s, end_s=one.end_s + last_s, channel=channel)
        for one in entry
    ]
    return [one for one in moved if not _is_among(one, there)]


def _is_among(stroke: Keystroke, there: Sequence[Keystroke]) -> bool:
    return any(
        one.key == stroke.key and one.start_s < stroke.end_s and stroke.start_s < one.end_s
        for one in there
    )


def _heard_late(sound: Sound, stroke: Keystroke, channel: int) -> Ratios:
    """Return how much a tone stands out on a channel, later by no time, one step, two, ..."""
    key, length_s = KEYS.index(stroke.key), min(_LONGEST_S, stroke.end_s - stroke.start_s)
    first_s = int(stroke.start_s)
    wave = wave_of(sound, channel, first_s, int(stroke.end_s + ECHO_S) + 1)
    starts = (stroke.start_s - first_s + np.arange(0.0, ECHO_S, _STEP_S)) * RATE_HZ
    frames = round(length_s * RATE_HZ)
    return np.array([_stands_out(wave[round(at) : round(at) + frames], key) for at in starts])


def _stands_out(wave: Wave, key: int) -> float:
    """Return how often the power beside a key's tones its own is, of the weaker one."""
    spectrum = np.abs(np.fft.rfft(wave * np.hanning(len(wave)), _BINS)) ** 2
    tones_hz = (LOW_HZ[key // 4], HIGH_HZ[key % 4])
    return min(_at(spectrum, hz) / _beside(spectrum, hz) for hz in tones_hz)


def _at(spectrum: Ratios, tone_hz: float) -> float:
    first, last = (round(tone_hz * (1 + off) / _HZ) for off in (-_OFF, _OFF))
    return float(spectrum[first : last + 1].max())


def _beside(spectrum: Ratios, tone_hz: float) -> float:
    near, far = (round(beside_hz / _HZ) for beside_hz in _BESIDE_HZ)
    at = round(tone_hz / _HZ)
    both = np.concatenate([spectrum[at - far : at - near], spectrum[at + near : at + far]])
    return float(np.median(both)) + _NOTHING


def _entries(strokes: Iterable[Keystroke]) -> Iterator[Sequence[Keystroke]]:
    """Yield tones together that have no more than a pause between them."""
    entry: list[Keystroke] = []
    end_s = 0.0
    for stroke in sorted(strokes, key=lambda one: (one.start_s, one.end_s)):
        if entry and stroke.start_s > end_s + GAP_S:
            yield entry
            entry = []
        entry.append(stroke)
        end_s = max(end_s, stroke.end_s)
    if entry:
        yield entry


def _end_s(entry: Sequence[Keystroke]) -> float:
    return max(stroke.end_s for stroke in entry)


def _entry(tones: Sequence[Keystroke]) -> Entry:
    start_s, end_s, channel = tones[0].start_s, _end_s(tones), tones[0].channel
    is_sure = _weight(tones) >= _SURE
    confidence = 0.99 if is_sure else 0.9
    word = Word(start_s, end_s, KINDS[KIND].placeholder, confidence, channel)
    value = "".join(stroke.key for stroke in tones)
    finding = Finding(KIND, start_s, end_s, channel, confidence, (word,), value)
    return Entry(finding, tuple(Span(t.start_s, t.end_s, channel) for t in tones), is_sure)
