"""Embeddings in the plane, by t-SNE: who lies beside whom, and nothing else.

The sizes of groups and the distances between them mean nothing in such a picture; and
it is one picture of one seed. Numbers are for conclusions (`serjax/analysis`).
"""

import contextlib
import dataclasses
import hashlib
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike
from threadpoolctl import threadpool_limits

from serjax.files import replacing
from serjax.records.folder import Run

PERPLEXITY = 30.0
"""How many neighbours a row has: a third of the others where rows are fewer than three
times as many. Van der Maaten and Hinton's and scikit-learn's; the paper names none."""

MAX_POINTS = 1000
"""More take long and lie on top of each other."""


@dataclasses.dataclass(frozen=True, eq=False)
class EmbeddedRows:
    """Recordings with what is known of them, and a model's embedding of each.

    Attributes:
      files: str[rows], relative to the data folder.
      starts_s: float[rows], where each starts in its file.
      columns: name -> str[rows], `""` where unknown: the attributes, `emotion`, and
        what else there is to colour by.
      embeddings: float32[rows, embedding].
    """

    files: np.ndarray
    starts_s: np.ndarray
    columns: Mapping[str, np.ndarray]
    embeddings: np.ndarray


def evaluated_rows(run: Run, epoch: str) -> EmbeddedRows:
    """The rows that a finished run was evaluated on, at the best or the last epoch."""
    rows = run.rows
    classes = np.array(rows.classes)
    columns = {**rows.attributes, "emotion": classes[rows.labels], "part": rows.parts}
    if epoch == "best":  # of which the predictions are
        columns["predicted"] = classes[rows.predicted]
    embeddings = getattr(run.embeddings, epoch)
    return EmbeddedRows(rows.files, rows.starts_s, columns, embeddings)


def project(embeddings: np.ndarray) -> np.ndarray:
    """Lay float[rows, embedding] out in the plane, neighbours beside neighbours.

    They are taken as they are, not standardised: the heads see these distances, and a
    unit that hardly moves says little. It starts from the principal components.

    Returns:
      float32[rows, 2], the same for the same rows; zeros where all rows are equal.

    References:
      Van der Maaten and Hinton, "Visualizing Data using t-SNE", JMLR 2008.
    """
    from sklearn.manifold import TSNE  # a second to load, and the cache may do

    num_rows = len(embeddings)
    if num_rows < 2 or np.all(embeddings == embeddings[0]):
        return np.zeros((num_rows, 2), np.float32)
    perplexity = min(PERPLEXITY, (num_rows - 1) / 3)
    tsne = TSNE(perplexity=perplexity, init="pca", random_state=0)
    # Its threads sum in an order of their own, and with so few rows wait for each other
    # (353 rows: 1.5 s with one; 5 to 11 s with two on a busy machine).
    with threadpool_limits(1):
        return tsne.fit_transform(np.asarray(embeddings, np.float32))


def project_once(path: Path, embeddings: np.ndarray) -> np.ndarray:
    """Call `project`, or take what it gave for float[rows, embedding] before.

    It is kept in an .npz at `path`; a folder that cannot be written is no error.
    """
    digest = hashlib.sha256(embeddings.tobytes()).hexdigest()
    key = f"{digest} {embeddings.shape} {PERPLEXITY}"
    unreadable = (OSError, ValueError, KeyError, zipfile.BadZipFile)
    with contextlib.suppress(*unreadable), np.load(path) as kept:
        if str(kept["key"]) == key:
            return kept["points"]
    points = project(embeddings)
    with contextlib.suppress(OSError), replacing(path) as temporary:
        np.savez(temporary, key=key, points=points)
    return points


def choose_points(groups: ArrayLike, most: int, seed: int = 0) -> np.ndarray:
    """Choose rows to draw, `most` at most, from every group its share.

    From the groups, str[rows], to int[points], increasing; all rows if they are few.
    """
    groups = np.asarray(groups)
    if len(groups) <= most:
        return np.arange(len(groups))
    rng = np.random.default_rng(seed)
    # Each group's rows in random order, spread evenly from 0 to 1: the first `most` of
    # all hold of every group its share.
    places = np.empty(len(groups))
    for group in np.unique(groups):
        rows = rng.permutation(np.flatnonzero(groups == group))
        places[rows] = (np.arange(len(rows)) + rng.random()) / len(rows)
    return np.sort(np.argsort(places, kind="stable")[:most])
