"""predictions.csv and embeddings.npz: what a finished run makes of its rows."""

import csv
import dataclasses
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from serjax.files import cell_text, replacing, write_csv


@dataclasses.dataclass(frozen=True, eq=False)
class Rows:
    """The predictions of a run: a row per utterance of valid, test and ood.

    Attributes:
      files: str[rows], relative to the data folder.
      parts: str[rows]: valid, test, ood.
      attributes: name -> str[rows], `""` where unknown: corpus, speaker, gender,
        language and any further ones.
      labels: int[rows], index in `classes`.
      predicted: int[rows].
      probabilities: float[rows, classes].
      stretches: `start` and `end` in seconds, where files hold several utterances.
    """

    files: np.ndarray
    parts: np.ndarray
    attributes: Mapping[str, np.ndarray]
    labels: np.ndarray
    predicted: np.ndarray
    probabilities: np.ndarray
    classes: tuple[str, ...]
    stretches: Mapping[str, Sequence[Any]] = dataclasses.field(default_factory=dict)

    @property
    def starts_s(self) -> np.ndarray:
        """float64[rows], where each starts in its file."""
        starts = self.stretches.get("start", [0] * len(self.parts))
        return np.array([float(it or 0) for it in starts])

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


def write_rows(folder: Path, rows: Rows) -> None:
    """Write predictions.csv, whole or not at all, to a folder that is there."""
    classes = np.array(rows.classes)
    columns: dict[str, Any] = {
        "file": rows.files,
        "part": rows.parts,
        **rows.attributes,
        "emotion": classes[rows.labels],
        "predicted": classes[rows.predicted],
    }
    for name, column in zip(rows.classes, rows.probabilities.T, strict=True):
        columns[f"p_{name}"] = [f"{p:.6f}" for p in column]
    columns |= rows.stretches
    lines = zip(*columns.values(), strict=True)
    write_csv(folder / "predictions.csv", list(columns), lines)


def write_embeddings(folder: Path, rows: Rows, embeddings: Embeddings) -> None:
    """Write embeddings.npz, whole or not at all, to a folder that is there."""
    arrays: Any = {"files": rows.files, "starts_s": rows.starts_s, "parts": rows.parts}
    arrays |= {"embeddings": embeddings.best, "embeddings_last": embeddings.last}
    with replacing(folder / "embeddings.npz", make_folder=False) as temporary:
        np.savez(temporary, **arrays)


def read_rows(folder: Path) -> Rows:
    """Read a run's predictions.csv.

    Raises:
      OSError: it is not there.
      ValueError: it is not whole.
    """
    path = folder / "predictions.csv"
    try:
        text = path.read_bytes().decode()
        lines = csv.reader(io.StringIO(text, newline=""))
        if "'" in text:  # else there is nothing to take off, cell by cell
            lines = (list(map(cell_text, line)) for line in lines)
        header, *lines = lines
        cells = map(np.array, zip(*lines, strict=True))
        columns = dict(zip(header, cells, strict=True))
        # Between the part and the emotion stand the attributes.
        attributes = header[header.index("part") + 1 : header.index("emotion")]
        others = header[header.index("predicted") + 1 :]
        scores = [name for name in others if name.startswith("p_")]
        classes = tuple(name.removeprefix("p_") for name in scores)
        numbers = {name: index for index, name in enumerate(classes)}
        return Rows(
            files=columns["file"],
            parts=columns["part"],
            attributes={name: columns[name] for name in attributes},
            labels=np.array([numbers[name] for name in columns["emotion"]]),
            predicted=np.array([numbers[name] for name in columns["predicted"]]),
            probabilities=np.stack([columns[n].astype(float) for n in scores], axis=1),
            classes=classes,
            stretches={n: list(columns[n]) for n in others if n not in scores},
        )
    except (ValueError, KeyError, csv.Error) as error:
        raise ValueError(f"{path} is not whole: {error}") from error


def read_embeddings(folder: Path, num_rows: int) -> Embeddings:
    """Read a run's embeddings.npz, of as many rows as its predictions.csv.

    Raises:
      OSError: it is not there.
      ValueError: it is not whole, or has other rows.
    """
    path = folder / "embeddings.npz"
    try:
        # Opened here: numpy leaves a damaged file open. By its default no pickles.
        with path.open("rb") as file, np.load(file) as arrays:
            found = [arrays["embeddings"], arrays["embeddings_last"]]
        for it in found:
            if it.ndim != 2 or len(it) != num_rows or it.dtype.kind != "f":
                rows = f"{num_rows} rows, as predictions.csv has"
                raise ValueError(f"it is {it.dtype}{list(it.shape)}; expected {rows}")
    except (OSError, MemoryError):
        raise
    except Exception as error:  # whatever zipfile's and numpy's parsers raise
        raise ValueError(f"{path} is not whole: {error}") from error
    return Embeddings(*found)
