"""Audio -> log-mel spectrogram -> zero mean, unit variance per utterance (Sec. 4)."""

import librosa
import numpy as np

from serjax.config import FeatureSettings
from serjax.data.audio import UnusableAudio, check_signal

# Keeps a coefficient that never changes at 0 instead of 0/0.
EPSILON = 1e-5


def num_frames(num_samples: int, settings: FeatureSettings) -> int:
    """Frames of a signal: 1 + (n - 512) // 160 by default; 0 when it is too short."""
    return max(1 + (num_samples - settings.fft_size) // settings.hop_samples, 0)


def log_mel(signal: np.ndarray, settings: FeatureSettings) -> np.ndarray:
    """Compute the log-mel spectrogram of an utterance, not normalised.

    log(melspectrogram(signal) + log_floor), of power spectra, windows not centred on
    padding: the first frame starts at the first sample and none reaches past the end.

    Args:
      signal: float32[samples] at `settings.sample_rate_hz`.
      settings: window, hop, FFT and filterbank sizes.

    Returns:
      float32[frames, mels] with `num_frames(samples)` frames.

    Raises:
      UnusableAudio: the signal is empty, silent, not finite or shorter than one FFT.
    """
    check_signal(signal)
    if signal.size < settings.fft_size:
        raise UnusableAudio(
            f"too short: {signal.size} samples at {settings.sample_rate_hz} Hz, and "
            f"one frame needs {settings.fft_size}"
        )
    energies = librosa.feature.melspectrogram(
        y=signal,
        sr=settings.sample_rate_hz,
        n_fft=settings.fft_size,
        win_length=settings.window_samples,
        hop_length=settings.hop_samples,
        n_mels=settings.num_mels,
        center=False,
    )
    frames = np.log(energies.T + settings.log_floor, dtype=np.float32)
    if not np.isfinite(frames).all():
        raise UnusableAudio("not finite: samples so large that their energy overflows")
    return np.ascontiguousarray(frames)


def normalise(frames: np.ndarray, normalisation: str) -> np.ndarray:
    """Give an utterance zero mean and unit variance.

    (x - mean) / (std + 1e-5), std of the population, over all frames of the utterance.

    Args:
      frames: float32[frames, mels].
      normalisation: 'coefficient' for a mean and std per mel coefficient, 'utterance'
        for one of each over everything.

    Returns:
      float32[frames, mels].
    """
    if normalisation not in ("coefficient", "utterance"):
        raise ValueError(
            f"normalisation={normalisation!r}: expected 'coefficient' or 'utterance'."
        )
    axis = 0 if normalisation == "coefficient" else None
    # float64 sums: thirty-second recordings add up thousands of frames.
    mean = frames.mean(axis=axis, keepdims=True, dtype=np.float64)
    std = frames.std(axis=axis, keepdims=True, dtype=np.float64)
    return ((frames - mean) / (std + EPSILON)).astype(np.float32)
