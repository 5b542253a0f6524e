"""Files of text: their rows, each with the place where it stands."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from serjax.files import cell_text, check_own_fault


class Row(NamedTuple):
    """A row of a table.

    Attributes:
      where: the table and the line, for errors: `mine/my.csv line 7`.
      cells: column -> text, '' where nothing is known.
    """

    where: str
    cells: dict[str, str]


def shown_manifest(manifest: Path) -> str:
    """A manifest in messages, with its folder: many are called `metadata.csv`."""
    shown = f"{manifest.parent.name}/{manifest.name}".removeprefix("/")
    return shown or str(manifest)


def read_text(path: Path) -> str:
    """Read a file of a table's rows, with or without a byte order mark.

    Raises:
      ValueError: it is not there, it itself cannot be read, or it is not UTF-8.
      OSError: the disk or the machine fails.
    """
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        if not isinstance(error, FileNotFoundError):
            check_own_fault(path, error)
        raise ValueError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        if error.object.startswith(b"PK"):
            raise ValueError(
                f"{path} is a spreadsheet or a ZIP archive, no text. Save a sheet as "
                "CSV in UTF-8; unpack an archive."
            ) from error
        line = error.object[: error.start].count(b"\n") + 1
        raise ValueError(
            f"{path} line {line} is not UTF-8. Save it as UTF-8."
        ) from error


def read_lines(path: Path) -> Iterator[tuple[str, str]]:
    """Read the lines that hold something, each after the place where it stands."""
    for number, line in enumerate(read_text(path).split("\n"), 1):
        if line.strip():
            yield f"{shown_manifest(path)} line {number}", line


class Table(NamedTuple):
    """A CSV file.

    Attributes:
      where: where its head stands.
      columns: their names in lower case, with underscores for spaces.
      rows: those that hold something.
      delimiter: what parts its cells.
    """

    where: str
    columns: list[str]
    rows: list[Row]
    delimiter: str


def read_table(path: Path) -> Table:
    """Read a CSV file, its cells parted by commas, semicolons or tabs.

    Raises:
      ValueError: it cannot be read, or a row has more or fewer cells than the head.
    """
    text = read_text(path)
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        where = f"{shown_manifest(path)} line {line}"
        raise ValueError(f"{where} holds a NUL; it is no CSV file.")
    head = text.lstrip().partition("\n")[0]
    # By the head alone: cells may hold anything.
    delimiter, first_line = max(",;\t", key=head.count), 1
    # A line for Excel, which tells it the delimiter.
    if told := re.match(r"sep=([,;\t|])\r?\n", text):
        delimiter, text, first_line = told[1], text[told.end() :], 2
    lines = list(_read_cells(path, text, delimiter, first_line))
    if len(lines) < 2:
        raise ValueError(f"{path} lists nothing: expected rows below its head.")
    (where, names), *lines = lines
    for place, cells in lines:
        if len(cells) != len(names):
            raise ValueError(
                f"{place} has {len(cells)} cells, but the head names {len(names)} "
                f"columns. Quote a cell that holds {delimiter!r}, or add what is "
                "missing."
            )
    columns = ["_".join(name.lower().split()) for name in names]
    # Spreadsheets write further columns that hold nothing.
    used = [
        number
        for number, name in enumerate(columns)
        if name or any(cells[number].strip() for _, cells in lines)
    ]
    rows = [
        Row(place, {columns[it]: cells[it] for it in used}) for place, cells in lines
    ]
    return Table(where, [columns[it] for it in used], rows, delimiter)


def _read_cells(
    path: Path, text: str, delimiter: str, first_line: int
) -> Iterator[tuple[str, list[str]]]:
    """Read the lines of a CSV that hold something, each after where it stands."""
    file, line = io.StringIO(text, newline=""), first_line
    reader = csv.reader(file, delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                where = f"{shown_manifest(path)} line {line}"
                yield where, list(map(cell_text, cells))
            line = first_line + reader.line_num
    except csv.Error as error:
        line = first_line - 1 + reader.line_num
        where = f"{shown_manifest(path)} line {line}"
        raise ValueError(f"{where} is no CSV: {error}.") from error
