"""Frames -> functionals: an utterance of any length as one vector."""

import numpy as np

from serjax.data.normalisation import normalise

_SLOPE_FRAMES = 100  # a second, by default: of the order of the other functionals


def functionals(frames: np.ndarray) -> np.ndarray:
    """Sum up the frames of an utterance, coefficient by coefficient.

    Mean, deviation, skewness, kurtosis (not in excess: 3 of a normal distribution, 0 of
    a constant), percentiles 20, 50, 80, slope of a line through them per 100 frames,
    mean and deviation of the absolute change from frame to frame: after those of
    eGeMAPS and ComParE. Of one frame slope and change are 0.

    Args:
      frames: float32[frames, dims].

    Returns:
      float32[dims * 10], all functionals of the first coefficient, then of the next.
    """
    x = frames.astype(np.float64)
    shape = normalise(frames, "coefficient").astype(np.float64)
    times = np.arange(len(x)) - (len(x) - 1) / 2
    slope = np.einsum("t,tm->m", times, x) / (np.sum(times**2) or 1.0)
    changes = np.abs(np.diff(x, axis=0)) if len(x) > 1 else np.zeros_like(x)
    moments = [(shape**power).mean(0) for power in (3, 4)]
    percentiles = np.percentile(x, (20, 50, 80), axis=0)
    found = [x.mean(0), x.std(0), *moments, *percentiles, _SLOPE_FRAMES * slope]
    found += [changes.mean(0), changes.std(0)]
    return np.stack(found, axis=1).astype(np.float32).ravel()
