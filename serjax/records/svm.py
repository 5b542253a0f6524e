"""svm.csv: the values of C that an svm was fitted with, and what validation said."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from serjax.files import write_csv

FILE = "svm.csv"


class Tried(NamedTuple):
    """One fit.

    Attributes:
      C: the inverse of the penalty, scikit-learn's.
      valid_ua: percent.
      converged: whether the solver did; it stops at its last iteration otherwise.
    """

    C: float
    valid_ua: float
    converged: bool


def choose(tried: Sequence[Tried]) -> Tried:
    """Take the fit of best validation UA, the one of smallest C among equals."""
    return max(tried, key=lambda it: (it.valid_ua, -it.C))


def write_tried(folder: Path, tried: Sequence[Tried]) -> None:
    """Write svm.csv, whole or not at all, to a folder that is there."""
    write_csv(folder / FILE, Tried._fields, tried)


def read_tried(folder: Path) -> list[Tried]:
    """Read svm.csv; nothing where there is none, as of a network.

    Raises:
      ValueError: it is not whole.
    """
    path = folder / FILE
    if not path.exists():
        return []
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return [
                Tried(float(it["C"]), float(it["valid_ua"]), it["converged"] == "True")
                for it in csv.DictReader(file)
            ]
    except (ValueError, KeyError, TypeError, csv.Error) as error:
        raise ValueError(f"{path} is not whole: {error}") from error
