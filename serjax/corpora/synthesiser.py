"""A small source-filter synthesiser: controls per 5 ms -> a waveform.

Glottal pulses and noise are filtered in the short-time spectrum, where formants, tilt
and frication are plain products per frame; what a recording adds follows (`record`).
Fast rather than natural: what counts is where speech's cues lie in a log-mel spectrum.
"""

from typing import NamedTuple

import numpy as np
from scipy import signal

FRAME_S = 0.005
"""Step of the controls, in seconds."""

RECORDING_SPREAD_DB = 2.0
"""Standard deviation of the noise floor over a corpus's recordings, in dB."""

_WINDOW_FRAMES = 4  # Hann windows of 20 ms at a quarter overlap add up to 2.
_BANDWIDTHS_HZ = np.array([70.0, 100.0, 150.0, 250.0])
_ASPIRATION_DB = -8.0


class Controls(NamedTuple):
    """What the vocal apparatus does, float[frames] of 5 ms.

    Attributes:
      voiced_db: level of the glottal pulses; -100 is none.
      noise_db: level of frication and bursts.
      noise_hz: where frication is centred.
      breath_db: aspiration relative to the pulses.
      tilt_db: fall of the glottal spectrum per octave, negative.
      formants_hz: float[frames, 4].
    """

    f0_hz: np.ndarray
    voiced_db: np.ndarray
    noise_db: np.ndarray
    noise_hz: np.ndarray
    breath_db: np.ndarray
    tilt_db: np.ndarray
    formants_hz: np.ndarray


class Recording(NamedTuple):
    """What microphone and room add; the same for a whole corpus.

    Attributes:
      level_db: level of neutral speech in the file, in dB re full scale.
      floor_db: background noise relative to neutral speech.
      floor_slope_db: spectral slope of that noise per octave.
      lead_s: median silence before speech.
      trail_s: median silence after speech.
      low_cut_hz: the channel's lower end.
      high_cut_hz: the channel's upper end.
      reverberation_s: time in which the room's tail falls by 60 dB; 0 for none.
    """

    level_db: float = -24.0
    floor_db: float = -50.0
    floor_slope_db: float = -3.0
    lead_s: float = 0.05
    trail_s: float = 0.05
    low_cut_hz: float = 60.0
    high_cut_hz: float = 7600.0
    reverberation_s: float = 0.0


def synthesise(
    controls: Controls, sample_rate_hz: int, rng: np.random.Generator
) -> np.ndarray:
    """Turn controls into a waveform.

    Returns:
      float[samples], about unit level at 0 dB of voicing.
    """
    hop = round(FRAME_S * sample_rate_hz)
    num_frames = len(controls.f0_hz)
    num_samples = (num_frames + _WINDOW_FRAMES) * hop
    size = 2 * _WINDOW_FRAMES * hop  # Room for the filters to ring.
    frequencies = np.maximum(np.fft.rfftfreq(size, 1 / sample_rate_hz), 20.0)
    pulses = _pulses(controls.f0_hz, hop, sample_rate_hz, num_samples)
    noise = rng.standard_normal(num_samples)
    pulse_frames = np.fft.rfft(_frames(pulses, hop, num_frames), size)
    noise_frames = np.fft.rfft(_frames(noise, hop, num_frames), size)
    tract = _tract(controls.formants_hz, frequencies)
    octaves = np.log2(frequencies / 200.0)
    tilt = _gain(np.minimum(controls.tilt_db[:, None] * octaves, 6.0))
    voiced = _gain(controls.voiced_db)[:, None]
    breath = _gain(controls.breath_db + _ASPIRATION_DB)[:, None]
    distance = np.log2(frequencies / controls.noise_hz[:, None]) / 0.4
    frication = _gain(controls.noise_db)[:, None] * np.exp(-0.5 * distance**2)
    spectrum = tract * voiced * tilt * pulse_frames
    # Breath has a flatter spectrum than the pulses, but does not outshine them.
    spectrum += tract * voiced * breath * noise_frames * 0.15
    spectrum += 0.25 * frication * noise_frames
    return _overlap_add(np.fft.irfft(spectrum, size), hop, num_samples)


def record(
    speech: np.ndarray,
    recording: Recording,
    sample_rate_hz: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Pass speech through room and microphone, with silence around it and noise under.

    Args:
      speech: float[samples], about unit level where it is loud.

    Returns:
      float[more samples], full scale at 1, clipped there.
    """
    spread = np.exp(rng.normal(0.0, 0.35, 2))
    floor_db = recording.floor_db + rng.normal(0.0, RECORDING_SPREAD_DB)
    lead = round(recording.lead_s * spread[0] * sample_rate_hz)
    trail = round(recording.trail_s * spread[1] * sample_rate_hz)
    padded = np.concatenate([np.zeros(lead), speech, np.zeros(trail)])
    if recording.reverberation_s:
        padded = _reverberate(padded, recording.reverberation_s, sample_rate_hz, rng)
    band = (recording.low_cut_hz, min(recording.high_cut_hz, 0.49 * sample_rate_hz))
    sections = signal.butter(2, band, "bandpass", fs=sample_rate_hz, output="sos")
    heard = np.asarray(signal.sosfilt(sections, padded))
    size = -(-len(padded) // 4096) * 4096  # A prime length would take the FFT long.
    spectrum = np.fft.rfft(rng.standard_normal(size))
    frequencies = np.maximum(np.fft.rfftfreq(size, 1 / sample_rate_hz), 50.0)
    spectrum *= _gain(recording.floor_slope_db * np.log2(frequencies / 1000.0))
    noise = np.fft.irfft(spectrum, size)[: len(padded)]
    noise *= _gain(floor_db) / np.sqrt(np.mean(noise**2))
    return np.clip((heard + noise) * _gain(recording.level_db), -1.0, 1.0)


def _gain(decibels):
    return np.exp(np.asarray(decibels) * (np.log(10.0) / 20.0))


def _pulses(
    f0_hz: np.ndarray, hop: int, sample_rate_hz: int, num_samples: int
) -> np.ndarray:
    """Unit impulses at the glottal closures, split between the two nearest samples."""
    at = np.arange(num_samples)
    phase = np.cumsum(np.interp(at, (np.arange(len(f0_hz)) + 0.5) * hop, f0_hz))
    phase /= sample_rate_hz
    before = np.flatnonzero(np.diff(np.floor(phase)) > 0)
    step = phase[before + 1] - phase[before]
    share = (1 - phase[before] % 1) / step
    # Longer periods have fewer pulses: the same power for each speaker.
    height = np.sqrt(1.0 / step)
    pulses = np.zeros(num_samples)
    pulses[before] += (1 - share) * height
    pulses[before + 1] += share * height
    return pulses


def _frames(wave: np.ndarray, hop: int, num_frames: int) -> np.ndarray:
    length = _WINDOW_FRAMES * hop
    views = np.lib.stride_tricks.sliding_window_view(wave, length)
    window = signal.get_window("hann", length)
    return views[: num_frames * hop : hop] * window


def _tract(formants_hz: np.ndarray, frequencies: np.ndarray) -> np.ndarray:
    """Magnitude of a cascade of resonators, each of gain 1 at 0 Hz: [frames, bins]."""
    squared = np.ones((len(formants_hz), len(frequencies)))
    for number, bandwidth in enumerate(_BANDWIDTHS_HZ):
        centre = formants_hz[:, number, None] ** 2 + (bandwidth / 2) ** 2
        squared *= centre**2 / (
            (centre - frequencies**2) ** 2 + (bandwidth * frequencies) ** 2
        )
    return np.sqrt(squared)


def _overlap_add(frames: np.ndarray, hop: int, num_samples: int) -> np.ndarray:
    num_frames, size = frames.shape
    pieces = size // hop
    wave = np.zeros((num_frames + pieces, hop))
    for piece in range(pieces):
        wave[piece : piece + num_frames] += frames[:, piece * hop : (piece + 1) * hop]
    return wave.reshape(-1)[:num_samples] / 2


def _reverberate(
    wave: np.ndarray, seconds: float, sample_rate_hz: int, rng: np.random.Generator
) -> np.ndarray:
    num_samples = round(seconds * sample_rate_hz)
    tail = rng.standard_normal(num_samples)
    tail *= _gain(-60.0 * np.arange(num_samples) / num_samples)
    tail *= 0.5 / np.sqrt(np.sum(tail**2))
    tail[0] = 1.0
    return signal.fftconvolve(wave, tail)[: len(wave)]
