"""Read a script aloud: every word is placed in time before a sample is changed by the line."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from calls.envelope import Spoken, Wave, tighten
from calls.line import RATES_HZ, at_level, through_mu_law, to_band, with_noise
from calls.script import Band, Script, Turn
from calls.voices import Voice, open_voice

LEAD_S = 0.4
BREATH_S = 0.22
TAIL_S = 0.6


@dataclass(frozen=True, slots=True)
class SaidTurn:
    """A turn's sound and, for each of its words, the times from the start of the call."""

    turn: Turn
    start_s: float
    spoken: Spoken = field(repr=False)

    @property
    def times(self) -> tuple[tuple[float, float], ...]:
        return tuple((self.start_s + a, self.start_s + b) for a, b in self.spoken.times)

    @property
    def end_s(self) -> float:
        return self.start_s + self.spoken.length_s


@dataclass(frozen=True, slots=True)
class Call:
    """A call as made: what each channel carries, without the line and with it."""

    script: Script
    rate_hz: int
    said: tuple[SaidTurn, ...] = field(repr=False)
    clean: tuple[Wave, Wave] = field(repr=False)
    heard: tuple[Wave, Wave] = field(repr=False)

    @property
    def duration_s(self) -> float:
        return len(self.heard[0]) / self.rate_hz


def make_call(script: Script, *, voice_of: Callable[[str], Voice] = open_voice) -> Call:
    """Return the call that a script writes; the same script gives the same call."""
    voices = [voice_of(speaker.voice) for speaker in script.speakers]
    said: list[SaidTurn] = []
    for number, turn in enumerate(script.turns):
        spoken = _say_turn(script, turn, voices[turn.channel], seed=script.seed * 1000 + number)
        start_s = LEAD_S if not said else _start(said, turn)
        said.append(SaidTurn(turn, round(start_s, 3), spoken))
    clean = _lay(script, said)
    heard = tuple(_heard(script, channel, wave) for channel, wave in enumerate(clean))
    return Call(script, RATES_HZ[script.band], tuple(said), clean, (heard[0], heard[1]))


def _start(said: list[SaidTurn], turn: Turn) -> float:
    """A speaker may fall into the other's words, never into their own."""
    mine = [one.end_s + BREATH_S for one in said if one.turn.channel == turn.channel]
    return max([max(one.end_s for one in said) + turn.after_s, LEAD_S, *mine[-1:]])


def _say_turn(script: Script, turn: Turn, voice: Voice, *, seed: int) -> Spoken:
    speaker = script.speakers[turn.channel]
    pieces: list[Wave] = []
    times: list[tuple[float, float]] = []
    place = 0
    rate_hz = 0
    for sentence in turn.sentences:
        words = [turn.words[index] for index in sentence]
        spoken = _trim(tighten(voice.say(words, pace=speaker.pace, seed=seed)))
        rate_hz = spoken.rate_hz
        if pieces:
            pieces.append(np.zeros(round(BREATH_S * rate_hz), np.float32))
            place += len(pieces[-1])
        times += [(place / rate_hz + a, place / rate_hz + b) for a, b in spoken.times]
        pieces.append(spoken.wave)
        place += len(spoken.wave)
    return Spoken(rate_hz, np.concatenate(pieces), tuple(times))


def _trim(spoken: Spoken) -> Spoken:
    """Cut the sentence to its first and last word, with a short fade at both ends."""
    fade = round(0.005 * spoken.rate_hz)
    first = max(0, round(spoken.times[0][0] * spoken.rate_hz) - fade)
    last = round(spoken.times[-1][1] * spoken.rate_hz) + fade
    wave = spoken.wave[first:last].copy()
    ramp = np.linspace(0, 1, fade, dtype=np.float32)
    wave[:fade] *= ramp
    wave[-fade:] *= ramp[::-1]
    off_s = first / spoken.rate_hz
    return Spoken(spoken.rate_hz, wave, tuple((a - off_s, b - off_s) for a, b in spoken.times))


def _lay(script: Script, said: list[SaidTurn]) -> tuple[Wave, Wave]:
    """Put each turn at its time on its channel."""
    rate_hz = RATES_HZ[script.band]
    frames = round((max(one.end_s for one in said) + TAIL_S) * rate_hz)
    lanes = (np.zeros(frames, np.float32), np.zeros(frames, np.float32))
    for one in said:
        wave = to_band(one.spoken.wave, one.spoken.rate_hz, script.band)
        at = round(one.start_s * rate_hz)
        lanes[one.turn.channel][at : at + len(wave)] += wave[: frames - at]
    levels = [speaker.level_db for speaker in script.speakers]
    return at_level(lanes[0], rate_hz, levels[0]), at_level(lanes[1], rate_hz, levels[1])


def _heard(script: Script, channel: int, clean: Wave) -> Wave:
    wave = clean
    if script.snr_db is not None:
        seed = script.seed * 1000 + 900 + channel
        wave = with_noise(wave, RATES_HZ[script.band], snr_db=script.snr_db, seed=seed)
    return through_mu_law(wave) if script.band is Band.TELEPHONE else wave
