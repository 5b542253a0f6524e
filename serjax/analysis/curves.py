"""The curves of a run: what metrics.jsonl tells, as arrays over the epochs."""

import dataclasses

import numpy as np

from serjax.records.folder import Run

WINDOW = 3
"""Epochs that are averaged, so that one lucky epoch is no verdict."""


@dataclasses.dataclass(frozen=True, eq=False)
class Curves:
    """An attribute along training, a number per epoch; NaN where none was noted.

    Attributes:
      loss: float[epochs], cross-entropy, nats.
      accuracy: float[epochs], percent.
      chance: percent, the share of the most frequent value.
      prior: nats, entropy of the values in training.
      norms: float[epochs], of the gradient of head or discriminator.
      strength: float[epochs], alpha or lambda.
    """

    loss: np.ndarray
    accuracy: np.ndarray
    chance: float
    prior: float
    norms: np.ndarray
    strength: np.ndarray

    @property
    def end_loss(self) -> float:
        """The mean loss at the end."""
        return float(np.mean(at_end(self.loss)))

    @property
    def end_accuracy(self) -> float:
        """The mean accuracy at the end."""
        return float(np.mean(at_end(self.accuracy)))


def curve(run: Run, key: str) -> np.ndarray:
    """float[epochs], one of metrics.jsonl's numbers; NaN where an epoch has none."""
    return np.array([line.get(key, np.nan) for line in run.metrics], np.float64)


def attribute_curves(run: Run, name: str) -> Curves:
    """Read a chosen attribute's curves, of a run with an epoch done."""
    has_strength = f"{name}_strength" in run.metrics[-1]  # an older run has not
    return Curves(
        loss=curve(run, f"{name}_loss"),
        accuracy=curve(run, f"{name}_accuracy"),
        chance=float(curve(run, f"{name}_chance")[-1]),
        prior=float(curve(run, f"{name}_prior_entropy")[-1]),
        norms=curve(run, f"{name}_grad_norm"),
        strength=curve(run, f"{name}_strength" if has_strength else "alpha"),
    )


def at_end(values: np.ndarray) -> np.ndarray:
    """The last values: a tenth of all, and at least `WINDOW`."""
    return values[-max(WINDOW, len(values) // 10) :]
