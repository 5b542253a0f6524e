"""Writing files so that a reader never meets half of one."""

import contextlib
import itertools
import json
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; it takes `path`'s place at the end.

    Nothing is left behind, and `path` is untouched, if the block raises. Several
    processes may write the same `path`: the last to finish wins, whole.

    Args:
      path: the file to write; its folder is made if need be. The temporary path, of
        which there is no file yet, keeps its ending, for writers that look at it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem[:200]}-{uuid.uuid4().hex}{path.suffix}")
    try:
        yield temporary
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_csv(
    path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]
) -> None:
    """Write a table as UTF-8 text, whole or not at all: lines of `csv_line`."""
    with (
        replacing(path) as temporary,
        temporary.open("w", encoding="utf-8", newline="") as file,
    ):
        for row in itertools.chain([header], rows):
            file.write(csv_line(row))


def csv_line(cells: Iterable[object]) -> str:
    """Join cells to a line of a CSV, which ends with a newline; None is an empty cell.

    Quoted is what any program may take for the end of a cell or trim: Python's writer
    leaves a lone carriage return bare, and LibreOffice cuts at semicolons and tabs as
    well.
    """
    return ",".join(map(_cell, cells)) + "\n"


def write_json(path: Path, record: Mapping[str, Any]) -> None:
    """Write a JSON object, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(record, indent=2) + "\n")


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    if text == text.strip() and not any(c in text for c in ',;\t"\r\n'):
        return text
    return '"' + text.replace('"', '""') + '"'
