"""A corpus of the user's own, as a table of its recordings: CSV, and who reads what."""

import re
from collections.abc import Sequence
from pathlib import Path

from serjax.corpora import sources
from serjax.corpora.audformat_folder import is_audformat, list_audformat, read_audformat
from serjax.corpora.columns import COLUMNS, check_columns
from serjax.corpora.emobox import read_emobox
from serjax.corpora.kaldi import is_kaldi, list_kaldi, read_kaldi
from serjax.corpora.labels import LabelTable
from serjax.corpora.rows import Listing, read_rows
from serjax.corpora.texts import Row, read_table
from serjax.corpora.times import time_columns
from serjax.corpora.utterance import Utterance
from serjax.files import write_csv


def read_manifest(path: Path, labels: LabelTable) -> Listing:
    """Read a manifest of any of the formats that serjax knows.

    Args:
      path: a CSV file, an EmoBox .jsonl, a Kaldi folder, or an audformat folder or one
        of its tables (`db.emotion.csv`); a folder's `wav.scp` or `db.yaml` stands for
        the folder.

    Raises:
      ValueError: it is none of these, or cannot be read; the message names the line.
    """
    path = sources.manifest_path(path)
    if is_audformat(path):
        return read_audformat(path, labels)
    if is_kaldi(path):
        return read_kaldi(path, labels)
    _check_file(path)
    rows = read_emobox(path) if path.suffix.lower() == ".jsonl" else _read_csv(path)
    return read_rows(rows, sources.manifest_name(path), labels)


def read_stretches(path: Path) -> list[Row]:
    """Read which stretches of which files a manifest of any format lists.

    Args:
      path: as of `read_manifest`; no label and no speaker need be there, and a column
        may have any name.

    Raises:
      ValueError: as of `read_manifest`.
    """
    path = sources.manifest_path(path)
    if is_audformat(path):
        return list_audformat(path)
    if is_kaldi(path):
        return list_kaldi(path)
    _check_file(path)
    if path.suffix.lower() == ".jsonl":
        return read_emobox(path, is_labelled=False)
    return _read_csv(path, is_labelled=False)


def write_manifest(
    path: Path, utterances: Sequence[Utterance], durations_s: Sequence[float]
) -> None:
    """Write utterances as a CSV manifest, which `read_manifest` reads back."""
    columns = [name for name in COLUMNS if name != "split"]
    if any(row.part is not None for row in utterances):
        columns.append("split")
    columns += dict.fromkeys(name for row in utterances for name, _ in row.extra)
    lines: list[list[object]] = []
    for row, duration_s in zip(utterances, durations_s, strict=True):
        cells = {
            **vars(row),
            **dict(row.extra),
            "start": row.start_s if row.is_segment else None,
            "end": row.end_s,
            "duration_s": f"{duration_s:.6f}",
            "split": row.part,
        }
        lines.append([cells.get(name) for name in columns])
    write_csv(path, columns, lines)


def _check_file(path: Path) -> None:
    if not path.is_file():
        what = "has neither db.yaml nor wav.scp" if path.is_dir() else "does not exist"
        raise ValueError(
            f"manifest={path} {what}; expected a CSV file with the columns "
            "file,label,speaker, an EmoBox .jsonl, or a folder of audformat (db.yaml) "
            "or of Kaldi (wav.scp, utt2spk)."
        )
    if path.suffix.lower() == ".json":
        raise ValueError(
            f"manifest={path} ends in .json; expected .jsonl, an object per line."
        )


def _read_csv(path: Path, is_labelled: bool = True) -> list[Row]:
    table = read_table(path)
    if is_labelled:
        check_columns(table.columns, table.where)
    elif "file" not in table.columns:
        raise ValueError(
            f"{table.where}: no column file; it has {', '.join(table.columns)}. Name "
            "the column that holds the recordings so."
        )
    if table.delimiter != ",":
        times = time_columns(tuple(table.columns)).values()
        for cells in (row.cells for row in table.rows):
            for name in times:
                cells[name] = re.sub(r"(?<=\d),(?=\d+\s*$)", ".", cells[name])
    return table.rows
