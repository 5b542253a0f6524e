"""A corpus of the user's own, as a table of its recordings: CSV, and who reads what."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from serjax.corpora.audformat_folder import is_audformat, read_audformat
from serjax.corpora.emobox import read_emobox
from serjax.corpora.kaldi import is_kaldi, read_kaldi
from serjax.corpora.labels import LabelTable
from serjax.corpora.reader import Reading
from serjax.corpora.rows import COLUMNS, Row, check_columns, read_rows, read_text
from serjax.corpora.sources import manifest_name
from serjax.corpora.utterance import Utterance
from serjax.files import write_csv


def read_manifest(path: Path, labels: LabelTable) -> Reading:
    """Read a manifest of any of the formats that serjax knows.

    Args:
      path: a CSV file, an EmoBox .jsonl, a Kaldi folder, or an audformat folder or one
        of its tables (`db.emotion.csv`).
      labels: maps the raw labels.

    Returns:
      Its rows; each `file` is as the manifest writes it.

    Raises:
      ValueError: it is none of these, or cannot be read; the message names the line.
    """
    if is_audformat(path):
        return read_audformat(path, labels)
    if is_kaldi(path):
        return read_kaldi(path, labels)
    if not path.is_file():
        what = "has neither db.yaml nor wav.scp" if path.is_dir() else "does not exist"
        raise ValueError(
            f"manifest={path} {what}; expected a CSV file with the columns "
            "file,label,speaker, an EmoBox .jsonl, or a folder of audformat (db.yaml) "
            "or of Kaldi (wav.scp, utt2spk)."
        )
    if path.suffix.lower() == ".jsonl":
        return read_emobox(path, labels)
    return read_rows(_read_csv(path), manifest_name(path), labels)


def write_manifest(
    path: Path, utterances: Sequence[Utterance], durations_s: Sequence[float]
) -> None:
    """Write utterances as a CSV manifest, which `read_manifest` reads back.

    Args:
      path: the file, replaced as a whole.
      utterances: the rows, in their order.
      durations_s: how long each one lasts, in seconds.
    """
    columns = [name for name in COLUMNS if name != "split"]
    if any(row.part is not None for row in utterances):
        columns.append("split")
    columns += dict.fromkeys(name for row in utterances for name, _ in row.extra)
    write_csv(
        path,
        columns,
        (
            _cells(row, duration_s, columns)
            for row, duration_s in zip(utterances, durations_s, strict=True)
        ),
    )


def _cells(row: Utterance, duration_s: float, columns: Sequence[str]) -> list[object]:
    cells = {
        **vars(row),
        **dict(row.extra),
        "start": row.start_s if row.is_segment else None,
        "end": row.end_s,
        "duration_s": f"{duration_s:.6f}",
        "split": row.part,
    }
    return [cells.get(name) for name in columns]


def _read_csv(path: Path) -> list[Row]:
    text = read_text(path)
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise ValueError(f"{path.name} line {line} holds a NUL; it is no CSV file.")
    head = text.lstrip().partition("\n")[0]
    # By the head alone: cells may hold anything.
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    columns: list[str] = []
    rows: list[Row] = []
    try:
        last_line = 0
        for cells in reader:
            where = f"{path.name} line {last_line + 1}"
            last_line = reader.line_num
            if not cells:
                continue
            if not columns:
                columns = [name.strip().lower() for name in cells]
                check_columns(columns, where)
                continue
            if len(cells) != len(columns):
                raise ValueError(
                    f"{where} has {len(cells)} cells, but the head names "
                    f"{len(columns)} columns. Quote a cell that holds {delimiter!r}, "
                    "or add what is missing."
                )
            rows.append(Row(where, dict(zip(columns, cells, strict=True))))
    except csv.Error as error:
        line = reader.line_num
        raise ValueError(f"{path.name} line {line} is no CSV: {error}.") from error
    if not rows:
        raise ValueError(f"{path} lists nothing: expected rows below its head.")
    return rows
