"""Rows -> length-bucketed batches of row indices: few shapes, little padding."""

import dataclasses
import math
from collections.abc import Sequence

import numpy as np

# Padded lengths are rounded up to this many frames: three poolings halve it evenly.
LENGTH_MULTIPLE = 8

# Where batches of 32 leave too few steps an epoch, nothing is learnt at the paper's
# learning rate (BUILD_NOTES): the paper does not give a batch size.
BATCH_SIZES = (8, 16, 32)
MIN_STEPS_PER_EPOCH = 150


@dataclasses.dataclass(frozen=True, eq=False)
class Batch:
    """Rows to gather, and the length to pad them to.

    Attributes:
      rows: int32[batch_size], row indices; -1 is a padding row.
      num_frames: padded length, in frames.
    """

    rows: np.ndarray
    num_frames: int


def default_batch_size(num_train: int) -> int:
    """Largest of 8, 16, 32 that leaves at least 150 steps an epoch, else 8."""
    enough = [
        size
        for size in BATCH_SIZES
        if math.ceil(num_train / size) >= MIN_STEPS_PER_EPOCH
    ]
    return max(enough, default=BATCH_SIZES[0])


def bucket_lengths(lengths: np.ndarray, num_buckets: int) -> tuple[int, ...]:
    """Choose the padded lengths that leave the least padding.

    Dynamic programming over the distinct lengths, so the choice is the best there is:
    cost[k][j] = min_i cost[k - 1][i] + length_j * count(i, j].

    Args:
      lengths: int[rows], in frames.
      num_buckets: how many padded lengths at most.

    Returns:
      Increasing padded lengths, multiples of 8; the last holds the longest row.

    Raises:
      ValueError: there are no rows, or no buckets.
    """
    lengths = np.asarray(lengths, np.int64)
    if lengths.size == 0 or num_buckets < 1:
        raise ValueError(
            f"bucket_lengths: got {lengths.size} rows and num_buckets={num_buckets}; "
            "expected at least one of each."
        )
    rounded = -(-lengths // LENGTH_MULTIPLE) * LENGTH_MULTIPLE
    values, counts = np.unique(rounded, return_counts=True)
    rows_up_to = np.concatenate([[0], np.cumsum(counts)])
    num = len(values)
    # padded[i, j]: frames when distinct lengths i..j-1 share the padded length of j-1.
    padded = (rows_up_to[None, 1:] - rows_up_to[:, None]) * values[None, :]
    padded = np.pad(padded, ((0, 0), (1, 0))).astype(np.float64)
    padded[np.tril_indices(num + 1)] = np.inf
    cost = np.full(num + 1, np.inf)
    cost[0] = 0
    cuts = []
    for _ in range(min(num_buckets, num)):
        total = cost[:, None] + padded
        cuts.append(total.argmin(axis=0))
        cost = total.min(axis=0)
    end, chosen = num, []
    for cut in reversed(cuts):
        chosen.append(int(values[end - 1]))
        end = int(cut[end])
    return tuple(reversed(chosen))


def epoch_batches(
    rows: np.ndarray,
    lengths: np.ndarray,
    buckets: Sequence[int],
    batch_size: int,
    seed: int,
    epoch: int,
) -> list[Batch]:
    """Draw one epoch's batches, in training order, from (seed, epoch) alone.

    Rows are shuffled and dealt out bucket by bucket, shortest first; what does not fill
    a batch moves up into the next longer bucket, so at most one batch is partial. Then
    the batches of all buckets are shuffled.

    Args:
      rows: int[n], the rows to train on.
      lengths: int[all rows], in frames, indexed by row.
      buckets: padded lengths from `bucket_lengths`.
      batch_size: rows per batch.
      seed: the run's seed.
      epoch: counted from 0.

    Returns:
      Batches that hold each of `rows` exactly once.

    Raises:
      ValueError: a row is longer than the last bucket.
    """
    rng = np.random.default_rng((seed, epoch))
    shuffled = rng.permutation(np.sort(np.asarray(rows, np.int64)))
    bucket_of_row = _bucket_of(lengths[shuffled], buckets)
    batches, waiting = [], np.zeros(0, np.int64)
    for index in range(len(buckets)):
        pool = np.concatenate([waiting, shuffled[bucket_of_row == index]])
        num_full = len(pool) // batch_size * batch_size
        for start in range(0, num_full, batch_size):
            batches.append(
                _batch(pool[start : start + batch_size], lengths, buckets, batch_size)
            )
        waiting = pool[num_full:]
    if len(waiting):
        batches.append(_batch(waiting, lengths, buckets, batch_size))
    return [batches[i] for i in rng.permutation(len(batches))]


def evaluation_batches(
    rows: np.ndarray, lengths: np.ndarray, buckets: Sequence[int], batch_size: int
) -> list[Batch]:
    """Batch rows in order of length, each exactly once; the last may be partial.

    Args and errors as `epoch_batches`.
    """
    rows = np.sort(np.asarray(rows, np.int64))
    rows = rows[np.argsort(lengths[rows], kind="stable")]
    return [
        _batch(rows[start : start + batch_size], lengths, buckets, batch_size)
        for start in range(0, len(rows), batch_size)
    ]


def _batch(
    rows: np.ndarray, lengths: np.ndarray, buckets: Sequence[int], batch_size: int
) -> Batch:
    """Fill up with padding rows, at the smallest padded length that holds all."""
    filled = np.full(batch_size, -1, np.int32)
    filled[: len(rows)] = rows
    longest = lengths[rows].max(keepdims=True)
    return Batch(filled, int(buckets[_bucket_of(longest, buckets)[0]]))


def _bucket_of(lengths: np.ndarray, buckets: Sequence[int]) -> np.ndarray:
    index = np.searchsorted(np.asarray(buckets), lengths)
    if index.size and index.max() >= len(buckets):
        raise ValueError(
            f"A row has {lengths.max()} frames, and the longest bucket {buckets[-1]}; "
            "choose the buckets by bucket_lengths over every row that is batched."
        )
    return index
