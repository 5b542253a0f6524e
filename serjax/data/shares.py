"""Groups of rows, as corpora, in equal shares of an epoch and of its batches."""

import numpy as np


def draw_evenly(
    rows: np.ndarray, groups: np.ndarray, num_rows: int, seed: int, epoch: int
) -> list[np.ndarray]:
    """Draw an epoch's rows of each group: equally many, to within one.

    A group's rows come in permutations, one after the other through all epochs, so that
    over a training they come equally often, to within once.

    Args:
      rows: int[n], the rows to train on, or an epoch's copies of them, in one order.
      groups: [n], the group of each of `rows`.
      num_rows: of an epoch, of all groups together.
      seed: of the permutations, with each one's number.
      epoch: counted from 0.

    Returns:
      The rows of each group, by its name.
    """
    names = np.unique(groups)
    ends = num_rows * np.arange(len(names) + 1) // len(names)
    drawn = []
    for place, (name, count) in enumerate(zip(names, np.diff(ends), strict=True)):
        own = rows[groups == name]
        first, begun = divmod(epoch * int(count), len(own))
        turns = range(first, -(-(epoch + 1) * int(count) // len(own)))
        permutations = [
            # Three numbers: another generator than an epoch's, which has two.
            np.random.default_rng((seed, place, turn)).permutation(own)
            for turn in turns
        ]
        drawn.append(np.concatenate([own[:0], *permutations])[begun : begun + count])
    return drawn


def expected_rows(
    labels: np.ndarray, batch_size: int, groups: np.ndarray | None = None
) -> np.ndarray:
    """Rows of each value of an attribute in a batch, on average: float64[values].

    Args:
      labels: int[n], the value of each row that is trained on; -1 where unknown.
      batch_size: rows per batch.
      groups: [n], of each row, where batches have equal shares of groups.
    """
    groups = np.zeros(len(labels)) if groups is None else groups
    _, group, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    shares, known = 1 / (len(sizes) * sizes[group]), labels >= 0
    return batch_size * np.bincount(labels[known], shares[known])
