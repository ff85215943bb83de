"""Draw what people type on a telephone's keypad, as tones, and what lines and files do to them.

Rules:
1. Everything is drawn from the seed that is given, none of it recorded.
2. A level is that of the louder tone against full scale; a twist, how much louder the high one is.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO

import av
import numpy as np
import soxr
from numpy.typing import NDArray

from sottovoce.detection.keypad import HIGH_HZ, KEYS, LOW_HZ
from sottovoce.values.speech import Span

Wave = NDArray[np.float64]
_FADE_S = 0.002


@dataclass(frozen=True, slots=True)
class Manner:
    """How keys are pressed and what a telephone makes of them."""

    level_db: float = -15.0
    twist_db: float = 0.0
    off: float = 0.0
    tone_s: float = 0.1
    pause_s: float = 0.1


@dataclass(frozen=True, slots=True)
class Dialled:
    """A wave with an entry in it, its keys, and when each tone is."""

    rate_hz: int
    wave: Wave = field(repr=False)
    keys: str
    tones: tuple[Span, ...]

    @property
    def whole(self) -> Span:
        return Span(self.tones[0].start_s, self.tones[-1].end_s, 0)


def tone(key: str, manner: Manner, rate_hz: int, phases: Sequence[float] = (0.0, 0.0)) -> Wave:
    """Return one key's tone."""
    at = np.arange(round(manner.tone_s * rate_hz)) / rate_hz
    row, column = divmod(KEYS.index(key), 4)
    hz = np.array([LOW_HZ[row], HIGH_HZ[column]]) * (1 + manner.off)
    louder = 10 ** (manner.level_db / 20)
    levels = louder * 10 ** (np.array([min(0, -manner.twist_db), min(0, manner.twist_db)]) / 20)
    both = [a * np.sin(2 * np.pi * f * at + p) for a, f, p in zip(levels, hz, phases, strict=True)]
    edge = np.minimum(np.arange(len(at)) + 1, np.arange(len(at), 0, -1)) / (_FADE_S * rate_hz)
    return (both[0] + both[1]) * edge.clip(max=1)


def dial(keys: str, manner: Manner, *, rate_hz: int, draw: random.Random) -> Dialled:
    """Type keys, with half a second of silence before and after."""
    parts, spans = [np.zeros(rate_hz // 2)], []
    frames = rate_hz // 2
    for key in keys:
        wave = tone(key, manner, rate_hz, [draw.uniform(0, 2 * np.pi) for _ in "lh"])
        spans.append(Span(frames / rate_hz, (frames + len(wave)) / rate_hz, 0))
        parts += [wave, np.zeros(round(manner.pause_s * rate_hz))]
        frames += len(wave) + len(parts[-1])
    return Dialled(rate_hz, np.concatenate([*parts, np.zeros(rate_hz // 2)]), keys, tuple(spans))


def drawn_manner(draw: random.Random) -> Manner:
    """Draw a manner within what ITU-T Q.24 wants accepted, and levels down to -30 dBFS."""
    return Manner(
        level_db=draw.uniform(-30, -4),
        twist_db=draw.uniform(-8, 4),
        off=draw.uniform(-0.015, 0.015),
        tone_s=draw.uniform(0.05, 0.4),
        pause_s=draw.uniform(0.05, 0.6),
    )


def drawn_keys(draw: random.Random) -> str:
    """Draw an entry: a code, a PIN, a card, sometimes ended by #."""
    length = draw.choice((3, 4, 4, 6, 9, 16))
    return "".join(draw.choice("0123456789") for _ in range(length)) + draw.choice(("", "", "#"))


def in_noise(dialled: Dialled, snr_db: float, hiss: np.random.Generator) -> Dialled:
    """Add white noise, so much below the tones' power."""
    spread = rms(dialled) * 10 ** (-snr_db / 20)
    noisy = dialled.wave + hiss.normal(0, spread, len(dialled.wave))
    return replace(dialled, wave=noisy)


def beside(dialled: Dialled, talk: Wave, above_db: float) -> Dialled:
    """Let someone talk meanwhile, so much below the tones' power (below 0: above it)."""
    talk = np.resize(talk, len(dialled.wave))
    loud = talk / (np.sqrt(np.mean(talk**2)) + 1e-9) * rms(dialled) * 10 ** (-above_db / 20)
    return replace(dialled, wave=dialled.wave + loud)


def clipped(dialled: Dialled, over_db: float) -> Dialled:
    """Clip at full scale after amplifying the tones to so much above it."""
    gain = 10 ** (over_db / 20) / np.abs(dialled.wave).max()
    return replace(dialled, wave=np.clip(dialled.wave * gain, -1, 1))


def rms(dialled: Dialled) -> float:
    """Return the effective level within the tones."""
    spans = [
        (round(t.start_s * dialled.rate_hz), round(t.end_s * dialled.rate_hz))
        for t in dialled.tones
    ]
    return float(np.sqrt(np.mean(np.concatenate([dialled.wave[a:b] for a, b in spans]) ** 2)))


def coded(dialled: Dialled, codec: str, container: str, *, rate_hz: int, bps: int = 0) -> Dialled:
    """Send it through a codec and back; what the codec delays is taken off again."""
    pcm = (np.clip(dialled.wave, -1, 1) * 32767).astype(np.int16)
    data = BytesIO()
    with av.open(data, "w", format=container) as out:
        stream = out.add_stream(codec, rate=rate_hz)
        stream.layout = "mono"
        if bps:
            stream.bit_rate = bps
        frame = av.AudioFrame.from_ndarray(pcm[None], format="s16", layout="mono")
        frame.sample_rate, frame.pts = dialled.rate_hz, 0
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    data.seek(0)
    with av.open(data) as file:
        back = av.AudioResampler(format="s16", layout="mono", rate=dialled.rate_hz)
        frames = [f for one in file.decode(audio=0) for f in back.resample(one)]
    wave = np.concatenate([f.to_ndarray()[0] for f in frames]) / 32768
    return replace(dialled, wave=_aligned(wave, dialled))


def _aligned(wave: Wave, dialled: Dialled) -> Wave:
    size = 1 << (len(wave) + len(dialled.wave)).bit_length()
    alike = np.fft.irfft(np.fft.rfft(wave, size) * np.conj(np.fft.rfft(dialled.wave, size)))
    most = round(0.1 * dialled.rate_hz)
    late = int(np.argmax(alike[:most]))
    shifted = wave[late : late + len(dialled.wave)]
    return np.concatenate([shifted, np.zeros(len(dialled.wave) - len(shifted))])


def at_rate(dialled: Dialled, rate_hz: int) -> Dialled:
    """Resample it."""
    return replace(
        dialled, rate_hz=rate_hz, wave=soxr.resample(dialled.wave, dialled.rate_hz, rate_hz)
    )
