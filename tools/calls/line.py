"""What a telephone line does to clean speech: band, level, noise, quantisation."""

import numpy as np
import soxr

from calls.envelope import Wave, step_power, voiced_steps
from calls.script import Band

RATES_HZ = {Band.TELEPHONE: 8000, Band.WIDE: 16000}
_TAPS = 257
_MU = 255.0
_PEAK = 0.98


def to_band(wave: Wave, rate_hz: int, band: Band) -> Wave:
    """Resample to the band's rate; a telephone passes 300 to 3400 Hz (ITU-T G.712)."""
    out = np.asarray(soxr.resample(wave, rate_hz, RATES_HZ[band]), np.float32)
    return _pass_telephone(out) if band is Band.TELEPHONE else out


def _pass_telephone(wave: Wave) -> Wave:
    """Filter symmetrically, so that no word moves in time."""
    at = np.arange(_TAPS) - _TAPS // 2
    low, high = 2 * 300 / 8000, 2 * 3400 / 8000
    taps = (high * np.sinc(high * at) - low * np.sinc(low * at)) * np.hamming(_TAPS)
    padded = np.concatenate((np.zeros(_TAPS // 2), wave, np.zeros(_TAPS // 2)))
    return np.convolve(padded, taps, "valid").astype(np.float32)


def at_level(wave: Wave, rate_hz: int, level_db: float) -> Wave:
    """Scale so that the voiced parts have level_db of full scale, and no peak clips."""
    loud = _voiced_power(wave, rate_hz)
    if loud == 0:
        return wave
    gain = 10 ** (level_db / 20) / np.sqrt(loud)
    return np.asarray(wave * min(gain, _PEAK / float(np.abs(wave).max())), np.float32)


def with_noise(wave: Wave, rate_hz: int, *, snr_db: float, seed: int) -> Wave:
    """Add the noise of a room (3 dB less each octave) snr_db under the voiced parts."""
    rng = np.random.default_rng(seed)
    spectrum = np.fft.rfft(rng.standard_normal(len(wave)))
    spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), len(spectrum) / 200))
    noise = np.fft.irfft(spectrum, len(wave))
    noise *= np.sqrt(_voiced_power(wave, rate_hz) * 10 ** (-snr_db / 10) / np.mean(noise**2))
    return np.asarray(np.clip(wave + noise, -_PEAK, _PEAK), np.float32)


def through_mu_law(wave: Wave) -> Wave:
    """Round each sample to one of the 255 values of mu-law (ITU-T G.711, its formula)."""
    pressed = np.sign(wave) * np.log1p(_MU * np.abs(wave)) / np.log1p(_MU)
    level = np.round(pressed * 127) / 127
    return np.asarray(np.sign(level) * np.expm1(np.abs(level) * np.log1p(_MU)) / _MU, np.float32)


def _voiced_power(wave: Wave, rate_hz: int) -> float:
    power = step_power(wave, rate_hz)
    voiced = voiced_steps(power)
    return float(power[voiced].mean()) if voiced.any() else 0.0
