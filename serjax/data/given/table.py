"""Features in a table: `file,start,end` and a column per feature, a row per frame.

So do audinterface, opensmile-python and Nkululeko write them: `start` and `end` may be
seconds, `0 days 00:00:01.5` or missing. Several rows of a recording are its frames.
"""

import array
import csv
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from serjax.corpora.rows import EMPTY, normalised
from serjax.corpora.times import read_times
from serjax.data.given.entry import Entry, Source

_KEYS = ("file", "start", "end")
# Of a pandas index that has no name.
_UNNAMED = ("", "unnamed: 0", "__index_level_0__")


class FeatureTable(Source):
    """A table of features, in memory; see `Source`."""

    lists_frames = True

    def __init__(self, path: Path) -> None:
        self.kind = "parquet" if path.suffix.lower() == ".parquet" else "csv"
        self.base = path.parent
        read = _read_parquet if self.kind == "parquet" else _read_csv
        keys, self._values = read(path)
        if not keys or not self._values.shape[1]:
            raise ValueError(
                f"features={path} has no row, or no column beside {','.join(_KEYS)}."
            )
        self.entries = [
            Entry(_shown(*key), normalised(key[0]), key[1], key[2], at=row)
            for row, key in enumerate(keys)
        ]
        self.frame_shift_ms = _frame_shift(self.entries)

    def read(self, entries: Sequence[Entry]) -> np.ndarray:
        """See `Source.read`."""
        return self._values[[entry.at for entry in entries]]


_Key = tuple[str, float, float | None]


def _read_csv(path: Path) -> tuple[list[_Key], np.ndarray]:
    """Read keys and float32[rows, features]."""
    keys: list[_Key] = []
    values = array.array("f")
    lines = _lines(path)
    where, columns, delimiter = next(lines, ("", [], ","))
    at, chosen = _choose(path, columns)
    for where, cells, _ in lines:
        if len(cells) != len(columns):
            raise ValueError(
                f"{where} has {len(cells)} cells, but the head names {len(columns)} "
                "columns."
            )
        told = {name: cells[number].strip() for name, number in at.items()}
        told = {k: "" if k != "file" and it in EMPTY else it for k, it in told.items()}
        keys.append(_key(told, where))
        numbers = [cells[number] or "nan" for number in chosen]
        if delimiter != ",":
            numbers = [it.replace(",", ".") for it in numbers]
        try:
            values.extend(map(float, numbers))
        except ValueError as error:
            raise ValueError(
                f"{where}: {error}; expected a number in each column beside "
                f"{','.join(_KEYS)}. Leave other columns out."
            ) from error
    return keys, np.frombuffer(values, np.float32).reshape(len(keys), len(chosen))


def _lines(path: Path) -> Iterator[tuple[str, list[str], str]]:
    """Lines that hold something: where each stands, its cells, and the delimiter."""
    line = 1
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            head = file.readline()
            delimiter = max(",;\t", key=head.count)
            reader = csv.reader(
                itertools.chain([head], file), delimiter=delimiter, strict=True
            )
            for cells in reader:
                if cells:
                    yield f"{path.name} line {line}", cells, delimiter
                line = reader.line_num + 1
    except (csv.Error, UnicodeDecodeError) as error:
        raise ValueError(f"{path} line {line} is no CSV in UTF-8: {error}.") from error


def _read_parquet(path: Path) -> tuple[list[_Key], np.ndarray]:
    """Read keys and float16 or float32[rows, features]."""
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:
        raise ValueError(
            f"features={path} needs pyarrow: pip install 'serjax[parquet]'; or write "
            "it as CSV."
        ) from error
    try:
        table = parquet.ParquetFile(path).read()
    except (ValueError, OSError) as error:
        raise ValueError(f"features={path} is no parquet file: {error}") from error
    at, chosen = _choose(path, table.column_names)
    cells: dict[str, list[Any]] = {}
    for name, number in at.items():
        column = table.column(number)
        if pa.types.is_duration(column.type):  # as pandas writes a Timedelta
            seconds = column.cast(pa.duration("ns")).cast(pa.int64()).to_pylist()
            cells[name] = [None if it is None else it / 1e9 for it in seconds]
        else:
            cells[name] = column.to_pylist()
    keys = []
    for row in range(table.num_rows):
        known = {name: cells[name][row] for name in cells}
        known = {k: "" if it in (None, *EMPTY) else str(it) for k, it in known.items()}
        keys.append(_key(known, f"{path.name} row {row}"))
    columns = [table.column(number) for number in chosen]
    for number, column in zip(chosen, columns, strict=True):
        if not (pa.types.is_floating(column.type) or pa.types.is_integer(column.type)):
            raise ValueError(
                f"features={path}: column {table.column_names[number]!r} is of "
                f"{column.type}; expected numbers beside {','.join(_KEYS)}."
            )
    is_half = all(pa.types.is_float16(column.type) for column in columns)
    values = np.empty((len(keys), len(columns)), np.float16 if is_half else np.float32)
    for place, column in enumerate(columns):
        values[:, place] = column.to_numpy()
    return keys, values


def _choose(path: Path, columns: Sequence[str]) -> tuple[dict[str, int], list[int]]:
    """Places of file, start and end, and of the features."""
    names = [name.strip().lower() for name in columns]
    at = {name: names.index(name) for name in _KEYS if name in names}
    if "file" not in at:
        raise ValueError(
            f"features={path}: no column file; expected {','.join(_KEYS)} and a column "
            f"per feature, and its head is {','.join(columns)[:200]!r}."
        )
    taken = {*at.values()}
    chosen = [n for n, it in enumerate(names) if n not in taken and it not in _UNNAMED]
    return at, chosen


def _key(cells: dict[str, str], where: str) -> _Key:
    """A row's recording and times; raises ValueError with the row's place."""
    try:
        if not cells["file"]:
            raise ValueError("its cell of file is empty")
        times = read_times({k: it for k, it in cells.items() if k != "file"})
        if times is None:
            raise ValueError(f"{cells}; expected seconds, 0 <= start < end")
    except ValueError as error:
        raise ValueError(f"{where}: {error}.") from error
    return cells["file"], *times


def _shown(file: str, start_s: float, end_s: float | None) -> str:
    end = "" if end_s is None else f"{end_s:g}"
    return f"{file},{start_s:g},{end}" if start_s or end else file


def _frame_shift(entries: Sequence[Entry]) -> float | None:
    """Milliseconds between frames, where all recordings have the same; else None."""
    shifts = [
        round(1000 * (b.start_s - a.start_s), 3)
        for a, b in itertools.pairwise(entries)
        if a.name == b.name
    ]
    return shifts[0] if shifts and min(shifts) == max(shifts) > 0 else None
