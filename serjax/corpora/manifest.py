"""A corpus of the user's own, as a table of its recordings."""

from pathlib import Path

from serjax.corpora.labels import LabelTable
from serjax.corpora.reader import Reading


def read_manifest(path: Path, labels: LabelTable) -> Reading:
    """Read a manifest."""
    raise NotImplementedError
