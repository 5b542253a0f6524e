"""Rows -> length-bucketed batches of row indices: few shapes, little padding."""

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np

from serjax.data.shares import draw_evenly

# Padded lengths are rounded up to this many frames: three poolings halve it evenly.
LENGTH_MULTIPLE = 8

# Where batches of 32 leave too few steps an epoch, nothing is learnt at the paper's
# learning rate (docs/measurements.md): the paper does not give a batch size.
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
    enough = [it for it in BATCH_SIZES if -(-num_train // it) >= MIN_STEPS_PER_EPOCH]
    return max(enough, default=BATCH_SIZES[0])


def bucket_lengths(
    lengths: np.ndarray, num_buckets: int, batch_size: int = 1
) -> tuple[int, ...]:
    """Choose the padded lengths that leave the least padding.

    Rows are batched in order of length, so what is padded is a batch, to its longest
    row's bucket. Dynamic programming over those longest rows makes the choice the best
    there is: cost[k][j] = min_i cost[k - 1][i] + length_j * count(i, j].

    Args:
      lengths: int[rows], in frames.
      num_buckets: how many padded lengths at most.
      batch_size: rows per batch.

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
    # The longest row of each batch; the shortest batch is the partial one.
    lengths = np.sort(lengths)[::-batch_size]
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
    groups: np.ndarray | None = None,
) -> list[Batch]:
    """Draw one epoch's batches, in training order, from (seed, epoch) alone.

    Rows in order of length, equal ones shuffled, are cut into batches from the longest
    down, so that the shortest batch is the one that may be partial. The rows of all
    batches with one padded length are shuffled among these batches, and then the
    batches. With buckets from `bucket_lengths` for the same rows there is no less
    padding to be had with so few lengths.

    With groups there are as many batches, all of them whole, and each has equal shares
    of all groups, to within a row: of each group, rows of the same rank in length. A
    group's rows come in permutations, one after the other through all epochs, so that
    over a training they come equally often, to within once.

    Args:
      rows: int[n], the rows to train on.
      lengths: int[all rows], in frames, indexed by row.
      buckets: padded lengths from `bucket_lengths`.
      epoch: counted from 0.
      groups: int[n], the group of each of `rows`; None for no shares.

    Returns:
      Batches that hold each of `rows` exactly once; with groups, in equal shares.

    Raises:
      ValueError: a row is longer than the last bucket.
    """
    rng = np.random.default_rng((seed, epoch))
    drawn = [np.asarray(rows)]
    if groups is not None:
        num_rows = batch_size * -(-len(rows) // batch_size)
        drawn = draw_evenly(drawn[0], np.asarray(groups), num_rows, seed, epoch)
    batches = _cut(drawn, lengths, buckets, batch_size, rng.permutation)
    return [batches[i] for i in rng.permutation(len(batches))]


def evaluation_batches(
    rows: np.ndarray, lengths: np.ndarray, buckets: Sequence[int], batch_size: int
) -> list[Batch]:
    """Batch rows in order of length, each exactly once; the first may be partial.

    Args and errors as `epoch_batches`.
    """
    return _cut([np.asarray(rows)], lengths, buckets, batch_size, np.asarray)


def _cut(
    groups: Sequence[np.ndarray],
    lengths: np.ndarray,
    buckets: Sequence[int],
    batch_size: int,
    order: Callable[[np.ndarray], np.ndarray],
) -> list[Batch]:
    """Cut rows into batches by length, shortest first; `order` is that of equal rows.

    Equal are a group's rows of one length, and then its rows of all batches of one
    padded length. Groups are merged by rank in length, as a share of the group, so that
    each batch has equal shares of them. Every batch is whole, but perhaps the first,
    which is filled up.
    """
    parts = [order(np.sort(np.asarray(rows, np.int64))) for rows in groups]
    parts = [rows[np.argsort(lengths[rows], kind="stable")] for rows in parts]
    ranks = np.concatenate([(np.arange(len(it)) + 0.5) / len(it) for it in parts])
    merged = np.argsort(ranks, kind="stable")
    group_of = np.repeat(np.arange(len(parts)), [*map(len, parts)])[merged]
    ordered = np.concatenate(parts)[merged]
    missing = np.full(-len(ordered) % batch_size, -1)
    filled = np.concatenate([np.zeros(len(missing), int), lengths[ordered]])
    longest = filled.reshape(-1, batch_size).max(1, initial=0)
    if longest.size and longest.max() > buckets[-1]:
        raise ValueError(
            f"A row has {longest.max()} frames, and the longest bucket {buckets[-1]}; "
            "choose the buckets by bucket_lengths over every row that is batched."
        )
    padded = np.asarray(buckets)[np.searchsorted(buckets, longest)]
    of_row = np.repeat(padded, batch_size)[len(missing) :]
    batches = []
    for num_frames in np.unique(of_row):
        here = of_row == num_frames
        for number in range(len(parts)):
            equal = here & (group_of == number)
            ordered[equal] = order(ordered[equal])
        rows = ordered[here]
        missing = np.full(-len(rows) % batch_size, -1)
        filled = np.concatenate([missing, rows]).astype(np.int32)
        batches += [Batch(it, int(num_frames)) for it in filled.reshape(-1, batch_size)]
    return batches
