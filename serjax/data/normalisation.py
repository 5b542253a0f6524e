"""Features -> zero mean, unit variance (Sec. 4): of an utterance, or of many."""

import dataclasses
import hashlib
from collections.abc import Sequence

import numpy as np

from serjax.config import NEEDS_OF_TARGET, require

# Keeps a feature that never changes at 0 instead of 0/0.
EPSILON = 1e-5


@dataclasses.dataclass(frozen=True, eq=False)
class Moments:
    """Statistics of frames.

    Attributes:
      num_frames: how many.
      mean: float64[dims], or one for all.
      squares: float64[dims], the sum of squared deviations from it.
    """

    num_frames: int
    mean: np.ndarray
    squares: np.ndarray

    @classmethod
    def of(cls, frames: np.ndarray, axis: int | None = 0) -> "Moments":
        """Measure float32[frames, dims], around a mean of each feature, or of all."""
        # float64 sums: thirty-second recordings add up thousands of frames.
        mean = frames.mean(axis=axis, dtype=np.float64)
        centred = frames.astype(np.float64)
        centred -= mean
        return cls(len(frames), mean, np.einsum("tm,tm->m", centred, centred))

    @property
    def digest(self) -> str:
        """A digest of the numbers."""
        found = self.num_frames, self.mean.tobytes(), self.squares.tobytes()
        return hashlib.sha256(repr(found).encode()).hexdigest()

    @classmethod
    def join(cls, parts: Sequence["Moments"]) -> "Moments":
        """Measure the frames of all parts together, from the measures of each.

        References:
          Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for
          computing sample variances", 1979, Eq. 2.1.
        """
        counts = np.array([[it.num_frames] for it in parts], np.float64)
        means = np.stack([it.mean for it in parts])
        mean = (counts * means).sum(axis=0) / counts.sum()
        squares = sum(it.squares for it in parts)
        squares = squares + (counts * (means - mean) ** 2).sum(axis=0)
        return cls(int(counts.sum()), mean, squares)


def normalise(
    frames: np.ndarray, normalisation: str, moments: Moments | None = None
) -> np.ndarray:
    """Give frames zero mean and unit variance.

    (x - mean) / (std + 1e-5), std of the population.

    Args:
      frames: float32[frames, dims] of an utterance, or float16.
      normalisation: one of `NEEDS_OF_TARGET`: 'utterance' for one mean and std over
        everything; 'signal' for none, since the signal had them, and 'none' for none,
        which gives the frames themselves; the others for one of each per feature of a
        frame.
      moments: of the frames that mean and std are taken over; None for the utterance's.

    Returns:
      float32[frames, dims].
    """
    known = f"one of {', '.join(map(repr, NEEDS_OF_TARGET))}"
    is_known = normalisation in NEEDS_OF_TARGET
    require(is_known, "normalisation", normalisation, known)
    if normalisation in ("signal", "none"):
        return frames
    if normalisation == "train" and moments is None:
        raise ValueError(
            "normalisation='train' needs the moments of training rows, which a run "
            "keeps (serjax.records.moments)."
        )
    axis = None if normalisation == "utterance" else 0
    its = moments or Moments.of(frames, axis)
    variance = its.squares / its.num_frames
    if axis is None:
        variance = variance.mean()
    centred = frames.astype(np.float64)
    centred -= its.mean
    centred /= np.sqrt(variance) + EPSILON
    return centred.astype(np.float32)
