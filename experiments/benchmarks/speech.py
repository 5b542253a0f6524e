"""A data set as plain arrays: what crosses over to the twin's process.

No jax and no torch here: each of the two processes is to load one of them alone.
"""

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from serjax.data import Dataset


@dataclasses.dataclass(frozen=True, eq=False)
class Speech:
    """Features and labels of all rows.

    Attributes:
      frames: float32[all frames, mels], the rows end to end.
      lengths: int32[rows], frames of each row.
      labels: int32[rows], emotion.
      attributes: int32[rows, attributes], -1 where unknown.
      num_classes: emotion classes.
      sizes: pairs (attribute, number of training values), in the order of columns.
    """

    frames: np.ndarray
    lengths: np.ndarray
    labels: np.ndarray
    attributes: np.ndarray
    num_classes: int
    sizes: tuple[tuple[str, int], ...]


def speech_of(dataset: "Dataset") -> Speech:
    """Lay out a data set as arrays."""
    columns = [attribute.labels for attribute in dataset.attributes.values()]
    empty = np.zeros((len(dataset.labels), 0), np.int32)
    return Speech(
        frames=np.asarray(dataset.store.frames),
        lengths=np.asarray(dataset.store.lengths),
        labels=dataset.labels,
        attributes=np.stack(columns, 1) if columns else empty,
        num_classes=len(dataset.classes),
        sizes=tuple((a.name, len(a.values)) for a in dataset.attributes.values()),
    )
