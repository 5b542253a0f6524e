"""Disturbed copies of training recordings, as a control: noise, a room, other speeds.

A copy is drawn from its signal, its kind and its number alone.
"""

import dataclasses
import zlib

import numpy as np

from serjax.config import FeatureSettings
from serjax.data.audio import resample

SNR_DB = (5.0, 30.0)
"""Between these the level of speech over noise is drawn."""

RT60_S = (0.1, 0.6)
"""Between these the time is drawn in which a room's sound decays by 60 dB."""

SPEEDS = (0.9, 1.1)
"""One of these is drawn; the recording itself is at speed 1 (Ko et al., 2015)."""


@dataclasses.dataclass(frozen=True)
class CopySettings(FeatureSettings):
    """Settings of a copy's features; `copy` is its number, from 1."""

    copy: int = 1


def augment_signal(signal: np.ndarray, settings: CopySettings) -> np.ndarray:
    """Disturb float32[samples], not constant, as `settings.augment` says.

    Returns:
      float32, of as many samples but where it is sped up or slowed down.
    """
    kind = settings.augment
    seed = zlib.crc32(np.ascontiguousarray(signal).data), zlib.crc32(kind.encode())
    rng = np.random.default_rng((*seed, settings.copy))
    if kind == "noise":
        return _add_noise(signal, rng)
    if kind == "room":
        return _put_in_room(signal, settings.sample_rate_hz, rng)
    rate_hz = settings.sample_rate_hz
    return resample(signal, round(rate_hz * rng.choice(SPEEDS)), rate_hz)


def _add_noise(signal: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Add white or pink noise at a drawn ratio of mean powers."""
    noise = rng.standard_normal(signal.size)
    if rng.random() < 0.5:  # Pink: power falls as 1 / frequency.
        spectrum = np.fft.rfft(noise)
        spectrum /= np.sqrt(np.maximum(np.arange(spectrum.size), 1))
        noise = np.fft.irfft(spectrum, signal.size)
    level = _rms(signal) * 10 ** (-rng.uniform(*SNR_DB) / 20)
    return (signal + noise * (level / _rms(noise))).astype(np.float32)


def _put_in_room(
    signal: np.ndarray, rate_hz: int, rng: np.random.Generator
) -> np.ndarray:
    """Convolve with a sound that comes at once, and decaying noise of equal energy."""
    # A second to import, and every front end imports this module.
    from scipy.signal import fftconvolve

    rt60_s = rng.uniform(*RT60_S)
    seconds = np.arange(1, round(rt60_s * rate_hz)) / rate_hz
    tail = rng.standard_normal(seconds.size) * 10 ** (-3 * seconds / rt60_s)
    response = np.concatenate([[1.0], tail / np.linalg.norm(tail)])
    heard = fftconvolve(signal.astype(np.float64), response)[: signal.size]
    return (heard * (_rms(signal) / _rms(heard))).astype(np.float32)


def _rms(signal: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(signal, dtype=np.float64))))
