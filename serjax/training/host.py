"""Batches gathered on the host, ahead of the steps: for data that no device holds.

The features stay where they are, as a rule in a memory map. Threads cut the batches
that come next and send them to the device while the present one is trained on.
"""

import dataclasses
from collections.abc import Generator, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from serjax.ahead import compute_ahead
from serjax.data import Batch, Dataset, FeatureStore
from serjax.memory import zeros
from serjax.training.store import PaddedBatch, attribute_columns

# Batches ready or in work beside the one in use. More hide no more of a disk's time
# when it is slower than the steps, and are only memory when it is faster.
NUM_AHEAD = 4

# One takes 1 to 2 ms for 32 x 400 frames that are in memory; a disk, or an accelerator
# with steps as short, needs more.
NUM_THREADS = 2


@dataclasses.dataclass(frozen=True, eq=False)
class HostStore:
    """All rows of a data set as numpy arrays.

    Attributes:
      features: the spectrograms.
      labels: int32[rows], emotion.
      attributes: int32[rows, attributes], -1 where unknown or not a training value.
    """

    features: FeatureStore
    labels: np.ndarray
    attributes: np.ndarray

    @classmethod
    def of(cls, dataset: Dataset) -> "HostStore":
        """Take a data set as it is; nothing is copied but labels."""
        labels = dataset.labels[dataset.row_of].astype(np.int32)
        return cls(dataset.store, labels, attribute_columns(dataset))

    def gather(self, rows: np.ndarray, num_frames: int) -> PaddedBatch:
        """Cut a padded batch, equal to `store.gather`'s to the bit; send it over.

        Args:
          rows: int[batch], -1 for padding rows.
          num_frames: padded length, at least the longest row's.
        """
        features = zeros((len(rows), num_frames, self.features.dims))
        real = rows >= 0
        row = np.where(real, rows, 0)
        lengths = np.where(real, self.features.lengths[row], 0).astype(np.int32)
        for at in np.flatnonzero(real):
            features[at, : lengths[at]] = self.features.row(row[at])
        labels = np.where(real, self.labels[row], -1).astype(np.int32)
        attributes = np.where(real[:, None], self.attributes[row], -1).astype(np.int32)
        return PaddedBatch(*jax.device_put((features, lengths, labels, attributes)))

    def example(self, batch_size: int, num_frames: int) -> PaddedBatch:
        """Shapes and types of what `feed` gives for a batch of this shape."""
        features = (batch_size, num_frames, self.features.dims)
        attributes = (batch_size, self.attributes.shape[1])
        integers = ((batch_size,), (batch_size,), attributes)
        leaves: Any = [jax.ShapeDtypeStruct(features, jnp.float32)]
        leaves += [jax.ShapeDtypeStruct(shape, jnp.int32) for shape in integers]
        return PaddedBatch(*leaves)

    def feed(self, batches: Sequence[Batch]) -> Generator[PaddedBatch, None, None]:
        """Give the batches one by one, on the device; close it to leave early."""

        def prepare(batch: Batch) -> PaddedBatch:
            return self.gather(batch.rows, batch.num_frames)

        return compute_ahead(
            prepare, batches, num_threads=NUM_THREADS, num_ahead=NUM_AHEAD
        )
