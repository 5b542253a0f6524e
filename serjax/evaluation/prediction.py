"""Predictions over many batches, gathered on the host in the order of rows."""

import dataclasses
from collections.abc import Callable, Sequence

import jax
import numpy as np
from scipy.special import softmax

from serjax.data import Batch

PredictBatch = Callable[[Batch], tuple[jax.Array, jax.Array]]
"""One batch -> emotion logits [batch, emotions], embeddings [batch, embedding]."""


@dataclasses.dataclass(frozen=True, eq=False)
class Predictions:
    """What a model says of some rows.

    Attributes:
      rows: int[rows], in the data set, increasing.
      probabilities: float32[rows, emotions], the softmax.
      embeddings: float32[rows, embedding], the shared layers' output.
    """

    rows: np.ndarray
    probabilities: np.ndarray
    embeddings: np.ndarray

    @property
    def predicted(self) -> np.ndarray:
        """int[rows], the most probable class."""
        return self.probabilities.argmax(1)

    def take(self, rows: np.ndarray) -> "Predictions":
        """Keep some of the rows."""
        kept = np.isin(self.rows, rows)
        return Predictions(
            self.rows[kept], self.probabilities[kept], self.embeddings[kept]
        )


def predict(predict_batch: PredictBatch, batches: Sequence[Batch]) -> Predictions:
    """Run a model over batches; every row appears once, padding rows not at all."""
    # All batches are in flight before the first answer is fetched.
    answers = [predict_batch(batch) for batch in batches]
    rows = np.concatenate([batch.rows for batch in batches])
    order = np.argsort(rows, kind="stable")
    order = order[rows[order] >= 0]
    logits, embeddings = (
        np.concatenate([np.asarray(it) for it in of_batches])[order]
        for of_batches in zip(*answers, strict=True)
    )
    return Predictions(rows[order], softmax(logits, axis=1), embeddings)
