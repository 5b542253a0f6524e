"""The data set on the device, and the gather of a padded batch inside the step.

An epoch moves row numbers to the accelerator, never spectrograms. Data too large for
that are gathered on the host (`serjax/training/host.py`), to the same batches.
"""

from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import numpy as np
from flax import struct

from serjax.models import masking

if TYPE_CHECKING:
    from serjax.data import Batch, Dataset


class DeviceStore(struct.PyTreeNode):
    """All rows of a data set as device arrays.

    Attributes:
      frames: float32[all frames, dims], or float16, the rows end to end.
      offsets: int32[rows], each row's first frame.
      lengths: int32[rows], frames of each row.
      labels: int32[rows], emotion.
      attributes: int32[rows, attributes], -1 where unknown or not a training value.
    """

    frames: jax.Array
    offsets: jax.Array
    lengths: jax.Array
    labels: jax.Array
    attributes: jax.Array

    def example(self, batch_size: int, num_frames: int) -> "DeviceStore":
        """What `feed` gives for a batch of this shape: itself, always."""
        return self

    def feed(self, batches: "Sequence[Batch]") -> Generator["DeviceStore", None, None]:
        """Give, batch by batch, what the step gathers from: itself, always."""
        for _ in batches:
            yield self


class PaddedBatch(struct.PyTreeNode):
    """One batch; padding rows have length 0 and labels -1.

    Attributes:
      features: float32[batch, frames, dims], zero past each length.
      lengths: int32[batch].
      labels: int32[batch].
      attributes: int32[batch, attributes].
    """

    features: jax.Array
    lengths: jax.Array
    labels: jax.Array
    attributes: jax.Array


Source = DeviceStore | PaddedBatch
"""What a step gathers its batch from; the host has gathered the second already."""


def put_on_device(dataset: "Dataset") -> DeviceStore:
    """Copy a data set to the default device, once.

    Raises:
      ValueError: it has more frames than 32-bit offsets can count.
    """
    store = dataset.store
    if len(store.frames) > np.iinfo(np.int32).max:
        raise ValueError(
            f"The data set has {len(store.frames)} frames; at most "
            f"{np.iinfo(np.int32).max} (about 248 days of speech) can be indexed."
        )
    return DeviceStore(
        # Unlike `jnp.asarray`, this shares aligned memory where the device is the CPU.
        frames=jax.device_put(store.frames),
        offsets=jnp.asarray(np.asarray(store.offsets[:-1]).astype(np.int32)),
        lengths=jnp.asarray(np.asarray(store.lengths).astype(np.int32)),
        labels=jnp.asarray(dataset.labels[dataset.row_of].astype(np.int32)),
        attributes=jnp.asarray(attribute_columns(dataset)),
    )


def attribute_columns(dataset: "Dataset") -> np.ndarray:
    """All attributes' labels, int32[rows, attributes], also where there are none.

    The rows are the store's: copies have the labels of their rows.
    """
    columns = [attribute.labels for attribute in dataset.attributes.values()]
    empty = np.zeros((len(dataset.labels), 0), np.int32)
    labels = np.stack(columns, 1).astype(np.int32) if columns else empty
    return labels[dataset.row_of]


def gather(store: Source, rows: jax.Array, num_frames: int) -> PaddedBatch:
    """Cut a padded batch out of the store; one that the host has cut is ready.

    Args:
      store: the data set, or the batch from the host.
      rows: int32[batch], -1 for padding rows.
      num_frames: padded length, at least the longest row's.
    """
    if isinstance(store, PaddedBatch):
        return store
    real = rows >= 0
    row = jnp.where(real, rows, 0)
    lengths = jnp.where(real, store.lengths[row], 0)
    mask = masking.frame_mask(lengths, num_frames)
    at = store.offsets[row][:, None] + jnp.arange(num_frames)[None, :]
    features = store.frames[jnp.where(mask, at, 0)].astype(jnp.float32)
    return PaddedBatch(
        features=jnp.where(mask[:, :, None], features, 0.0),
        lengths=lengths,
        labels=jnp.where(real, store.labels[row], -1),
        attributes=jnp.where(real[:, None], store.attributes[row], -1),
    )
