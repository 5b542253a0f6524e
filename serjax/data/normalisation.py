"""Features of an utterance -> zero mean, unit variance (Sec. 4)."""

import numpy as np

# Keeps a feature that never changes at 0 instead of 0/0.
EPSILON = 1e-5


def normalise(frames: np.ndarray, normalisation: str) -> np.ndarray:
    """Give an utterance zero mean and unit variance.

    (x - mean) / (std + 1e-5), std of the population, over all frames of the utterance.

    Args:
      frames: float32[frames, dims].
      normalisation: 'coefficient' for a mean and std per feature of a frame,
        'utterance' for one of each over everything.

    Returns:
      float32[frames, dims].
    """
    if normalisation not in ("coefficient", "utterance"):
        raise ValueError(
            f"normalisation={normalisation!r}: expected 'coefficient' or 'utterance'."
        )
    axis = 0 if normalisation == "coefficient" else None
    # float64 sums: thirty-second recordings add up thousands of frames.
    centred = frames.astype(np.float64)
    centred -= frames.mean(axis=axis, dtype=np.float64)
    variance = np.einsum("tm,tm->m", centred, centred) / len(frames)
    if axis is None:
        variance = variance.mean()
    centred /= np.sqrt(variance) + EPSILON
    return centred.astype(np.float32)
