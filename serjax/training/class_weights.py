"""Weights of the emotion loss by class, or by corpus and class."""

import numpy as np

from serjax.config import Config
from serjax.data import Dataset


def make_class_weights(config: Config, dataset: Dataset) -> np.ndarray | None:
    """Weights of the training rows of each corpus and class, by `class_weights`.

    balanced: `N / (K n_k)`, n_k of the N rows being of class k, so that K classes have
    equal shares. corpus: `N_c / (K_c n_ck)` within each corpus c, which keeps its own
    share: that is the matter of `batches`. Both are 1 on average over the rows.

    Args:
      config: the setting.
      dataset: its training rows are counted, and no others.

    Returns:
      float32[corpora, classes], or of one row that is for all corpora; 0 where there
      are no rows. None for equal weights.
    """
    kind, rows = config.training.class_weights, dataset.rows("train")
    if kind == "none":
        return None
    group = np.zeros(len(rows), int)
    if kind == "corpus" and "corpus" in dataset.attributes:  # else there is but one
        group = dataset.attributes["corpus"].labels[rows]
    counts = np.zeros((group.max() + 1, len(dataset.classes)))
    np.add.at(counts, (group, dataset.labels[rows]), 1)
    shares = (counts > 0) * counts.sum(1, keepdims=True)
    shares /= np.count_nonzero(counts, 1)[:, None]
    return (shares / np.maximum(counts, 1)).astype(np.float32)
