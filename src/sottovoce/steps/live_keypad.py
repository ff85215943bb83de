"""Hide what is typed on a keypad from sound that passes.

Rules:
1. Whoever types may go on typing, so there is no waiting for the end of an entry: each tone is
   hidden with its margin, be it surer by others or not, and what looks like one near it is too.
2. An echo on another channel comes after the tone and cannot be waited for either: every channel is
   hidden for as long as a tone may come through to it.
"""

from collections.abc import Iterator
from math import ceil

from sottovoce.detection.keystrokes import Keystroke, keystrokes_between
from sottovoce.detection.tones import ECHO_S, GAP_S
from sottovoce.values.sound import Sound
from sottovoce.values.speech import Span

LEAST_WEIGHT = 2
BACK_S = 3
"""How much of what was let out already is heard with what is new: tones begin there."""


def typed(sound: Sound, since_s: float, first_s: float, *, margin_s: float) -> Iterator[Span]:
    """Yield what to hide of the sound that came so far, of every channel.

    ``since_s`` is up to where it is let out, ``first_s`` from where on it is still kept.
    """
    start_s = max(ceil(first_s), int(since_s) - BACK_S, 0)
    stop_s = ceil(sound.frames / sound.rate_hz)
    for channel in range(sound.channels):
        maybe = keystrokes_between(sound, channel, start_s, stop_s)
        sure = [stroke for stroke in maybe if stroke.weight >= LEAST_WEIGHT]
        for stroke in maybe:
            if any(_gap_s(stroke, other) <= GAP_S for other in sure):
                yield from _everywhere(stroke, sound, margin_s)


def _gap_s(one: Keystroke, other: Keystroke) -> float:
    return max(one.start_s, other.start_s) - min(one.end_s, other.end_s)


def _everywhere(stroke: Keystroke, sound: Sound, margin_s: float) -> Iterator[Span]:
    for channel in range(sound.channels):
        late_s = 0.0 if channel == stroke.channel else ECHO_S
        yield Span(stroke.start_s - margin_s, stroke.end_s + late_s + margin_s, channel)
