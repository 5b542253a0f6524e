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
    pending = [(batch, predict_batch(batch)) for batch in batches]
    rows, logits, embeddings = [], [], []
    for batch, (batch_logits, batch_embeddings) in pending:
        real = batch.rows >= 0
        rows.append(batch.rows[real])
        logits.append(np.asarray(batch_logits)[real])
        embeddings.append(np.asarray(batch_embeddings)[real])
    order = np.argsort(np.concatenate(rows), kind="stable")
    return Predictions(
        np.concatenate(rows)[order],
        softmax(np.concatenate(logits)[order], axis=1),
        np.concatenate(embeddings)[order],
    )
