"""The rows of a run as CSV: their parts, and what was left out."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from serjax.corpora.utterance import Skip, Utterance
from serjax.data.dataset import Dataset
from serjax.files import write_csv


def write_splits(path: str | Path, dataset: Dataset) -> None:
    """Write `splits.csv`: file and part of every row, whole or not at all."""
    header, stretches = stretch_columns(dataset.utterances)
    rows = zip(dataset.utterances, dataset.parts, stretches, strict=True)
    lines = ((it.file, part, *stretch) for it, part, stretch in rows)
    write_csv(path, ("file", "part", *header), lines)


def stretch_columns(
    utterances: Sequence[Utterance],
) -> tuple[tuple[str, ...], list[tuple[float | None, ...]]]:
    """Columns that tell utterances of one file apart, and the cells of each utterance.

    None where no file has several.
    """
    if not any(utterance.is_segment for utterance in utterances):
        return (), [()] * len(utterances)
    return ("start", "end"), [
        (it.start_s, it.end_s) if it.is_segment else (None, None) for it in utterances
    ]


def write_skipped(path: str | Path, skipped: Iterable[Skip]) -> None:
    """Write `skipped.csv`: every recording left out and why, whole or not at all."""
    rows = ((skip.file, skip.reason) for skip in skipped)
    write_csv(path, ("file", "reason"), rows)
