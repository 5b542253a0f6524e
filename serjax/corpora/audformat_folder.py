"""A database in audformat (audeering.github.io/audformat): `db.yaml` and its tables.

Which rows: those of the tables that have a column `emotion`, joined; if the names of
some begin with `emotion` as audEERING's do, those alone (Emo-DB also has tables of
laryngograms). Tables that disagree on a label are refused; then one table is given as
the manifest, by its file: `db.emotion.csv`. Speakers come from any table's column
`speaker`, their gender, language and further facts from that column's scheme, and the
part from the split of a table that lists the row.
"""

import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from serjax.corpora.columns import check_columns
from serjax.corpora.labels import LabelTable
from serjax.corpora.rows import Listing, read_rows
from serjax.corpora.texts import Row, read_text, shown_manifest

_ENDINGS = (".csv", ".parquet")
_Stretch = tuple[str, str, str]
"""File, start and end, as a row's cells."""


def is_audformat(path: Path) -> bool:
    """Whether this is an audformat folder, or a table in one."""
    if path.suffix.lower() in _ENDINGS and path.name.startswith("db."):
        path = path.parent
    return (path / "db.yaml").is_file()


def read_audformat(path: Path, labels: LabelTable) -> Listing:
    """Read an audformat folder, or one table's file `db.<table>.csv` or `.parquet`."""
    db = _load(path if path.is_dir() else path.parent)
    names = _emotion_tables(db) if path.is_dir() else [path.stem.removeprefix("db.")]
    rows = _rows(path, db, _labels(db, names))
    for row in rows:
        check_columns(tuple(row.cells), row.where)
    if not rows:
        raise ValueError(f"{path} lists nothing in {', '.join(names)}.")
    return read_rows(rows, str(db.name), labels)


def list_audformat(path: Path) -> list[Row]:
    """List what the tables of an audformat folder list, or one table's file."""
    db = _load(path if path.is_dir() else path.parent)
    name = path.stem.removeprefix("db.")
    tables = db.tables.values() if path.is_dir() else [db.tables[name]]
    return _rows(path, db, {it: "" for table in tables for it, _ in _items(table)})


def _rows(path: Path, db: Any, label_of: Mapping[_Stretch, str]) -> list[Row]:
    """Rows of stretches with their labels, and what else the database knows of them."""
    facts = _facts(db)
    language = str(db.languages[0]) if len(db.languages) == 1 else ""
    rows = []
    for number, (stretch, label) in enumerate(label_of.items(), 1):
        file, start, end = stretch
        cells = {"label": label, "speaker": ""}
        for kind, known in facts.items():
            # A table by file holds for each stretch of the file.
            cells[kind] = known.get(stretch) or known.get((file, "", "")) or ""
        cells |= {"file": file, "start": start, "end": end}
        cells["language"] = cells.get("language") or language
        rows.append(Row(f"{shown_manifest(path)} row {number}", cells))
    return rows


def _load(folder: Path) -> Any:
    """Load the database.

    From links to the header and to plain tables alone: audformat prefers pickled ones,
    and a pickle, as a YAML tag, can run code.
    """
    try:
        import audformat
        import yaml
    except ImportError as error:
        raise ValueError(
            f"{folder} is an audformat database, and the package that reads it is not "
            "installed: pip install 'serjax[audformat]'."
        ) from error
    scratch = ""
    try:
        yaml.safe_load(read_text(folder / "db.yaml"))
        with tempfile.TemporaryDirectory() as scratch:
            for name in os.listdir(folder):
                if name == "db.yaml" or (name[:3] == "db." and name.endswith(_ENDINGS)):
                    os.symlink((folder / name).absolute(), os.path.join(scratch, name))
            return audformat.Database.load(scratch, load_data=True)
    except (yaml.YAMLError, RuntimeError, AssertionError, *_MALFORMED) as error:
        reason = str(error).replace(scratch or str(folder), str(folder))
        raise ValueError(
            f"{folder} cannot be read as an audformat database: "
            f"{' '.join(reason.split())} (Tables are read as csv or parquet; "
            "db.save(folder) writes them.)"
        ) from error


# What audformat, pandas and pyarrow raise on a header or a table that is none.
_MALFORMED = (ValueError, LookupError, TypeError, AttributeError, OSError)


def _emotion_tables(db: Any) -> list[str]:
    names = [name for name in db.tables if "emotion" in db.tables[name].columns]
    if not names:
        raise ValueError(
            f"Database {db.name} has no table with a column emotion; its tables are "
            f"{', '.join(db.tables) or 'none'}."
        )
    return [name for name in names if name.startswith("emotion")] or names


def _labels(db: Any, names: list[str]) -> dict[_Stretch, str]:
    """Stretches in order, each with its label."""
    found: dict[_Stretch, tuple[str, str]] = {}
    for name in names:
        if name not in db.tables or "emotion" not in db.tables[name].columns:
            raise ValueError(f"Table {name} of {db.name} has no column emotion.")
        for stretch, label in _items(db.tables[name], "emotion"):
            first, known = found.setdefault(stretch, (name, label))
            if known != label:
                raise ValueError(
                    f"Tables {first} and {name} of {db.name} disagree on {stretch[0]}: "
                    f"{known or 'no label'!r} and {label or 'no label'!r}. Give one "
                    f"table as the manifest: db.{first}.csv."
                )
    return {stretch: label for stretch, (_, label) in found.items()}


def _facts(db: Any) -> dict[str, dict[_Stretch, str]]:
    """What is known of stretches beside their label: column -> stretch -> text."""
    facts: dict[str, dict[_Stretch, str]] = {}
    for table in db.tables.values():
        for column in ("speaker", "gender", "sex", "language"):
            if column not in table.columns:
                continue
            for field in (None, *_fields(db, table.columns[column].scheme_id)):
                known = facts.setdefault(_kind(column if field is None else field), {})
                known |= {it: text for it, text in _items(table, column, field) if text}
        split = db.splits[table.split_id].type if table.split_id else "other"
        if split != "other":
            parts = facts.setdefault("split", {})
            for stretch, _ in _items(table):
                if parts.setdefault(stretch, split) != split:
                    raise ValueError(
                        f"{stretch[0]} is in {parts[stretch]} and in {split} of "
                        f"{db.name}; expected one of them."
                    )
    return facts


def _kind(column: str) -> str:
    return "gender" if column == "sex" else re.sub(r"[^\w.-]+", "_", column).lower()


def _fields(db: Any, scheme: str | None) -> list[str]:
    """What a scheme tells of each of its labels: gender, age ..."""
    labels = db.schemes[scheme].labels if scheme else None
    if isinstance(labels, str):
        return list(db.misc_tables[labels].columns)
    if not isinstance(labels, dict):
        return []
    about = [facts for facts in labels.values() if isinstance(facts, dict)]
    return list(dict.fromkeys(field for facts in about for field in facts))


def _items(
    table: Any, column: str | None = None, field: str | None = None
) -> Iterator[tuple[_Stretch, str]]:
    """Rows of a table: the stretch, and the column's text, '' where there is none."""
    values: Any = [None] * len(table.index)
    if column:
        values = table.columns[column].get(**({"map": field} if field else {}))
    for where, value in zip(table.index, values, strict=True):
        file, *times = where if isinstance(where, tuple) else (where,)
        seconds = [_text(time) and str(time.total_seconds()) for time in times]
        start, end = ("", "") if seconds in ([], ["0.0", ""]) else seconds
        yield (_text(file), start, end), _text(value)


def _text(value: Any) -> str:
    """Text of a cell; '' for pandas's missing values, which equal nothing."""
    return "" if value is None or str(value) in ("nan", "NaT", "<NA>") else str(value)
