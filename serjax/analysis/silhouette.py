"""Silhouettes: one number for what a picture of the embedding shows."""

import numpy as np
from numpy.typing import ArrayLike


def silhouette(embeddings: np.ndarray, values: ArrayLike) -> float | None:
    """Silhouette of the rows by a value, in the embedding's own space.

    Not standardised, as t-SNE's picture is not: the heads see these distances.

    Args:
      embeddings: float[rows, embedding].
      values: str[rows], `""` where unknown; such rows do not count.

    Returns:
      -1 to 1, and about 0 where the values do not part; None where it has no meaning:
      fewer than two values, or none with two rows.
    """
    from sklearn.metrics import silhouette_score  # a second to load

    values = np.asarray(values)
    known = values != ""
    num_values, num_rows = len(np.unique(values[known])), int(known.sum())
    if not 2 <= num_values < num_rows:
        return None
    return float(silhouette_score(embeddings[known], values[known]))
