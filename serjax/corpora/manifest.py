"""A corpus of the user's own, as a table of its recordings: CSV, and who reads what."""

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path

from serjax.corpora import sources
from serjax.corpora.audformat_folder import is_audformat, read_audformat
from serjax.corpora.columns import COLUMNS, check_columns
from serjax.corpora.emobox import read_emobox
from serjax.corpora.kaldi import is_kaldi, read_kaldi
from serjax.corpora.labels import LabelTable
from serjax.corpora.rows import Listing, Row, read_rows
from serjax.corpora.times import time_columns
from serjax.corpora.utterance import Utterance
from serjax.files import cell_text, write_csv


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
    rows = read_emobox(path) if path.suffix.lower() == ".jsonl" else _read_csv(path)
    return read_rows(rows, sources.manifest_name(path), labels)


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


def _read_csv(path: Path) -> list[Row]:
    shown, text = sources.shown_manifest(path), sources.read_text(path)
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise ValueError(f"{shown} line {line} holds a NUL; it is no CSV file.")
    head = text.lstrip().partition("\n")[0]
    # By the head alone: cells may hold anything.
    delimiter, first_line = max(",;\t", key=head.count), 1
    # A line for Excel, which tells it the delimiter.
    if told := re.match(r"sep=([,;\t|])\r?\n", text):
        delimiter, text, first_line = told[1], text[told.end() :], 2
    lines: list[tuple[str, list[str]]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = first_line
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                lines.append((f"{shown} line {line}", list(map(cell_text, cells))))
            line = first_line + reader.line_num
    except csv.Error as error:
        line = first_line - 1 + reader.line_num
        raise ValueError(f"{shown} line {line} is no CSV: {error}.") from error
    rows = _rows(lines, delimiter)
    if not rows:
        raise ValueError(f"{path} lists nothing: expected rows below its head.")
    return rows


def _rows(lines: Sequence[tuple[str, list[str]]], delimiter: str) -> list[Row]:
    """Rows by the names of their columns; `lines` are places and cells, head first."""
    if not lines:
        return []
    (where, head), *lines = lines
    for place, cells in lines:
        if len(cells) != len(head):
            raise ValueError(
                f"{place} has {len(cells)} cells, but the head names {len(head)} "
                f"columns. Quote a cell that holds {delimiter!r}, or add what is "
                "missing."
            )
    columns = ["_".join(name.lower().split()) for name in head]
    # Spreadsheets write further columns that hold nothing.
    used = [
        (number, name)
        for number, name in enumerate(columns)
        if name or any(cells[number].strip() for _, cells in lines)
    ]
    check_columns([name for _, name in used], where)
    rows = []
    for place, cells in lines:
        by_name = {name: cells[number] for number, name in used}
        if delimiter != ",":
            for name in time_columns(tuple(by_name)).values():
                by_name[name] = re.sub(r"(?<=\d),(?=\d+\s*$)", ".", by_name[name])
        rows.append(Row(place, by_name))
    return rows
