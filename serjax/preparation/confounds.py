"""Attributes that go together: Cramer's V and conditional entropies.

Where one attribute tells another, a model that learns (or unlearns) the one learns the
other with it, and no result of the study can say which of them it was.
"""

import dataclasses
import itertools
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from serjax.data.attributes import Columns
from serjax.files import write_csv


@dataclasses.dataclass(frozen=True)
class Confound:
    """How two attributes go together, over the `rows` where both are known.

    Cramer's V is 0 for independent to 1, None where one of them has a single value.
    Entropies are in bits. An entropy of a given b of 0 says that b determines a.
    """

    attribute_a: str
    attribute_b: str
    rows: int
    cramers_v: float | None
    entropy_a: float
    entropy_b: float
    entropy_a_given_b: float
    entropy_b_given_a: float

    @property
    def determined(self) -> tuple[tuple[str, str], ...]:
        """Pairs (b, a) of which b determines an a that has several values."""
        a, b = self.attribute_a, self.attribute_b
        found = [(b, a)] if self.entropy_a_given_b == 0 < self.entropy_a else []
        found += [(a, b)] if self.entropy_b_given_a == 0 < self.entropy_b else []
        return tuple(found)


def find_confounds(columns: Columns) -> tuple[Confound, ...]:
    """Measure every pair of attributes."""
    pairs = itertools.combinations(columns, 2)
    return tuple(measure_pair(a, b, columns[a], columns[b]) for a, b in pairs)


def measure_pair(
    name_a: str, name_b: str, a: Sequence[str | None], b: Sequence[str | None]
) -> Confound:
    """Measure how two attributes go together.

    V = sqrt((sum_ij n_ij^2 / (n_i. n_.j) - 1) / (min(r, c) - 1)), without a correction
    for small samples; H(a | b) = H(a, b) - H(b). Only cells that occur are summed over:
    a table of two texts' thousands of values would not fit in memory.

    Example:
      >>> measure_pair("a", "b", ["x", "x", "y", "y"], ["u", "u", "v", "v"]).cramers_v
      1.0
    """
    pairs = zip(a, b, strict=True)
    known = [(x, y) for x, y in pairs if x is not None and y is not None]
    if not known:
        return Confound(name_a, name_b, 0, None, 0.0, 0.0, 0.0, 0.0)
    column_a, column_b = np.array(known, object).T
    values_a, of_a = np.unique(column_a, return_inverse=True)
    values_b, of_b = np.unique(column_b, return_inverse=True)
    cells, counts = np.unique(of_a * len(values_b) + of_b, return_counts=True)
    counts_a, counts_b = np.bincount(of_a), np.bincount(of_b)
    cell_a, cell_b = np.divmod(cells, len(values_b))
    smaller = min(len(values_a), len(values_b))
    cramers_v = None
    if smaller > 1:
        phi_squared = (counts**2 / (counts_a[cell_a] * counts_b[cell_b])).sum() - 1
        cramers_v = float(np.sqrt(np.clip(phi_squared / (smaller - 1), 0, 1)))
    joint, entropy_a, entropy_b = map(_entropy, (counts, counts_a, counts_b))
    # Whether one determines the other is counted: a difference of sums is never just 0.
    given_b = 0.0 if len(cells) == len(values_b) else joint - entropy_b
    given_a = 0.0 if len(cells) == len(values_a) else joint - entropy_a
    entropies = entropy_a, entropy_b, given_b, given_a
    return Confound(name_a, name_b, len(known), cramers_v, *entropies)


def write_confounds(path: Path, confounds: Iterable[Confound]) -> None:
    """Write `confounds.csv`, a line per pair."""
    names = [field.name for field in dataclasses.fields(Confound)]
    rows = (
        [f"{v:.6f}" if isinstance(v, float) else v for v in dataclasses.astuple(it)]
        for it in confounds
    )
    write_csv(path, names, rows)


def _entropy(counts: np.ndarray) -> float:
    """Entropy of what was counted, in bits."""
    if len(counts) == 1:
        return 0.0
    shares = counts / counts.sum()
    return float(-(shares * np.log2(shares)).sum())
