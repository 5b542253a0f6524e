"""A run's predictions and embeddings, as its files have them. No jax."""

import csv
import dataclasses
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from serjax.files import cell_text


@dataclasses.dataclass(frozen=True, eq=False)
class Rows:
    """The predictions of a run: a row per utterance of valid, test and ood.

    Attributes:
      parts: str[rows]: valid, test, ood.
      attributes: name -> str[rows], `""` where unknown: corpus, speaker, gender,
        language and any further ones.
      labels: int[rows], index in `classes`.
      predicted: int[rows].
      probabilities: float64[rows, classes].
      classes: the emotion classes.
    """

    parts: np.ndarray
    attributes: Mapping[str, np.ndarray]
    labels: np.ndarray
    predicted: np.ndarray
    probabilities: np.ndarray
    classes: tuple[str, ...]

    def of(self, part: str) -> np.ndarray:
        """bool[rows]: those of `valid`, of `test`, or of an unseen corpus."""
        if part in ("valid", "test"):
            return self.parts == part
        return (self.parts == "ood") & (self.attributes["corpus"] == part)


@dataclasses.dataclass(frozen=True, eq=False)
class Embeddings:
    """What the shared layers make of the rows of `Rows`, in the same order.

    Attributes:
      best: float32[rows, embedding], at the epoch of best validation UA.
      last: float32[rows, embedding], at the last epoch.
    """

    best: np.ndarray
    last: np.ndarray


def read_rows(path: Path) -> Rows:
    """Read a run's predictions.csv.

    Raises:
      ValueError: it is not whole.
    """
    try:
        return _read_rows(path)
    except (ValueError, KeyError) as error:
        raise ValueError(f"{path} is not whole: {error}") from error


def read_embeddings(path: Path) -> Embeddings:
    """Read a run's embeddings.npz."""
    with np.load(path) as arrays:
        return Embeddings(arrays["embeddings"], arrays["embeddings_last"])


def check_embeddings(path: Path, num_rows: int) -> None:
    """Look whether embeddings.npz is whole, and of as many rows as the predictions.

    Raises:
      ValueError: an array is not there, or not as it was written.
      zipfile.BadZipFile: it is damaged.
    """
    # By numpy's default without pickles.
    with path.open("rb") as file, np.load(file) as arrays:
        for name in ("embeddings", "embeddings_last"):
            if name not in arrays.files:
                raise ValueError(f"{path} lacks {name}")
            shape, kind = arrays[name].shape, arrays[name].dtype.kind
            if len(shape) != 2 or shape[0] != num_rows or kind != "f":
                raise ValueError(
                    f"{path} is not whole: {name} is {kind}{list(shape)}; expected "
                    f"numbers of {num_rows} rows, as predictions.csv has"
                )


def _read_rows(path: Path) -> Rows:
    with path.open(newline="", encoding="utf-8") as file:
        header, *lines = (list(map(cell_text, line)) for line in csv.reader(file))
    columns = dict(zip(header, map(np.array, zip(*lines, strict=True)), strict=True))
    classes = tuple(n.removeprefix("p_") for n in header if n.startswith("p_"))
    # Between the part and the emotion stand the attributes.
    attributes = header[header.index("part") + 1 : header.index("emotion")]
    numbers = {name: index for index, name in enumerate(classes)}
    return Rows(
        parts=columns["part"],
        attributes={name: columns[name] for name in attributes},
        labels=np.array([numbers[name] for name in columns["emotion"]]),
        predicted=np.array([numbers[name] for name in columns["predicted"]]),
        probabilities=np.stack(
            [columns[f"p_{name}"].astype(np.float64) for name in classes], axis=1
        ),
        classes=classes,
    )
