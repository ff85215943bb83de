"""A bent voice keeps its length, and nothing that was silenced comes back."""

import numpy as np
import pytest

from sottovoce.redaction.light_voice import Bend, BentSound, drawn_bend
from sottovoce.values.sound import SoundInMemory, Wave

RATE_HZ = 8000


class Turner:
    """Turns a wave upside down, and makes the edges of what it is given wrong."""

    def bend(self, wave: Wave, rate_hz: int, bend: Bend) -> Wave:
        bent = -wave
        bent[:100] = bent[-100:] = 1.0
        return bent


def tone(seconds: float) -> SoundInMemory:
    at = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    wave = np.rint(8000 * np.sin(2 * np.pi * 200 * at)).astype(np.int16)
    return SoundInMemory(RATE_HZ, (wave, wave))


BENDS = (Bend(1.2, 1.1), Bend(0.8, 0.9))


@pytest.mark.parametrize("step", [1000, 7777, 80_000, 300_000])
def test_how_it_is_read_does_not_matter(step: int) -> None:
    original = tone(25.3)
    whole = BentSound(original, Turner(), BENDS).read(1, 0, original.frames)
    bent = BentSound(original, Turner(), BENDS)
    pieces = [bent.read(1, at, at + step) for at in range(0, original.frames, step)]

    assert np.array_equal(np.concatenate(pieces), whole)


def test_edges_of_pieces_are_not_heard() -> None:
    original = tone(25.3)
    bent = BentSound(original, Turner(), BENDS).read(0, 0, original.frames)
    inner = slice(RATE_HZ, original.frames - RATE_HZ)

    assert np.abs(bent[inner].astype(int) + original.samples[0][inner]).max() <= 2


class Singer:
    """Sings, from the beginning again each time: pieces are out of step, as a vocoder's are."""

    def bend(self, wave: Wave, rate_hz: int, bend: Bend) -> Wave:
        return np.sin(2 * np.pi * 203.3 * np.arange(len(wave)) / rate_hz).astype(np.float32) / 2


def test_pieces_that_are_out_of_step_meet_without_a_click() -> None:
    bent = BentSound(tone(35), Singer(), BENDS).read(0, 0, 35 * RATE_HZ).astype(int)
    steepest = 16384 * 2 * np.pi * 203.3 / RATE_HZ

    assert np.abs(np.diff(bent)).max() <= 1.1 * steepest


def test_silence_is_not_given_to_the_bender() -> None:
    silent = SoundInMemory(RATE_HZ, (np.zeros(3 * RATE_HZ, np.int16),))

    assert not BentSound(silent, Turner(), BENDS[:1]).read(0, 0, silent.frames).any()


def test_the_end_of_the_recording_is_the_end() -> None:
    bent = BentSound(tone(3), Turner(), BENDS)

    assert len(bent.read(0, 3 * RATE_HZ - 5, 4 * RATE_HZ)) == 5
    assert len(bent.read(0, 4 * RATE_HZ, 5 * RATE_HZ)) == 0


def test_every_draw_is_heard_and_none_is_the_same() -> None:
    bends = [drawn_bend() for _ in range(200)]

    assert len(set(bends)) == 200
    assert all(abs(np.log(bend.pitch)) > 0.16 for bend in bends)
    assert 60 < sum(bend.pitch > 1 for bend in bends) < 140


def test_a_bend_is_needed_for_each_channel() -> None:
    with pytest.raises(ValueError, match="one a channel, 2"):
        BentSound(tone(1), Turner(), BENDS[:1])


def test_the_vocoder_moves_pitch_and_keeps_length() -> None:
    pytest.importorskip("pyworld")
    from sottovoce.backends.world_bender import WorldBender

    at = np.arange(2 * RATE_HZ) / RATE_HZ
    buzz = sum(np.sin(2 * np.pi * 150 * k * at) / k for k in range(1, 12)).astype(np.float32) / 4
    bent = WorldBender().bend(buzz, RATE_HZ, Bend(1.3, 1.1))
    spectrum = np.abs(np.fft.rfft(bent[RATE_HZ // 2 : RATE_HZ // 2 + RATE_HZ]))

    assert len(bent) == len(buzz)
    assert abs(int(np.argmax(spectrum[100:260])) + 100 - 195) <= 6
