"""Rows of a user's table -> utterances: the one place that checks them.

A table of any format is a list of rows in the vocabulary of a CSV manifest; '' is an
unknown cell.
"""

import dataclasses
import math
import posixpath
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from serjax.corpora.labels import DROP, LabelTable
from serjax.corpora.reader import Reading
from serjax.corpora.utterance import Skip, Utterance

COLUMNS = (
    *("file", "start", "end", "corpus", "label", "emotion", "speaker", "gender"),
    *("language", "duration_s", "split"),
)
"""The columns that serjax knows, in the order in which they are written."""

# What a run's tables and logs, and `--attribute_sets=all`, call other things.
_RESERVED = ("part", "predicted", "all", "train")
_ATTRIBUTE = re.compile(r"(?!p_)\w[\w.-]*")
_GENDERS = {
    **dict.fromkeys(("female", "f", "woman"), "female"),
    **dict.fromkeys(("male", "m", "man"), "male"),
    **dict.fromkeys(("", "unknown", "other", "child", "nan"), None),
}
_PARTS = {
    "": None,
    "train": "train",
    **dict.fromkeys(("valid", "val", "dev", "devel", "validation"), "valid"),
    **dict.fromkeys(("test", "eval", "evaluation"), "test"),
}


@dataclasses.dataclass(frozen=True)
class Row:
    """A row of a table.

    Attributes:
      where: the table and the line, for errors: `my.csv line 7`.
      cells: column -> text; any column beyond `COLUMNS` is a further attribute.
    """

    where: str
    cells: Mapping[str, str]


def check_columns(columns: Sequence[str], where: str) -> None:
    """Refuse columns that cannot be read, or whose names could not be asked for.

    Raises:
      ValueError: naming the column.
    """
    for number, name in enumerate(columns, 1):
        if not name:
            raise ValueError(
                f"{where}: column {number} has no name. Name it or remove it (pandas "
                "writes its index so, but for to_csv(..., index=False))."
            )
        if columns.index(name) != number - 1:
            raise ValueError(f"{where}: two columns are named {name!r}; rename one.")
        further = name not in COLUMNS
        if further and (name in _RESERVED or not _ATTRIBUTE.fullmatch(name)):
            raise ValueError(
                f"{where}: column {name!r} cannot be an attribute's name: that is "
                "letters, digits, '_', '-' and '.', begins with no p_, and is none of "
                f"{', '.join(_RESERVED)}. Rename the column, or remove it."
            )
    missing = [name for name in ("file", "speaker") if name not in columns]
    if not {"label", "emotion"} & set(columns):
        missing.append("label")
    if missing:
        raise ValueError(
            f"{where}: no column {', '.join(missing)}; it has {', '.join(columns)}. "
            "Expected file,label,speaker (a cell of speaker may be empty), with "
            "emotion beside or instead of label where the classes are known."
        )


def read_rows(rows: Iterable[Row], corpus: str, labels: LabelTable) -> Reading:
    """Check rows and make them utterances.

    Args:
      rows: the rows, each with a cell for `file`.
      corpus: name of the corpus of rows that do not say.
      labels: maps the raw labels.

    Raises:
      ValueError: a cell that cannot be right, naming row and value; a stretch of a
        file that is listed twice.
    """
    reading = Reading()
    first: dict[tuple[str, float, float | None], str] = {}
    for row in rows:
        utterance = _read_row(row, corpus, labels)
        if isinstance(utterance, Skip):
            reading.skipped.append(utterance)
            continue
        stretch = (utterance.file, utterance.start_s, utterance.end_s)
        twin = first.setdefault(stretch, row.where)
        if twin != row.where:
            raise ValueError(
                f"{row.where}: {utterance.file} is listed twice, first in {twin}, with "
                "the same start and end. Remove one of the two rows."
            )
        reading.utterances.append(utterance)
    return reading


def read_text(path: Path) -> str:
    """Read a file of a manifest, with or without a byte order mark.

    Raises:
      ValueError: it cannot be read, or is not UTF-8.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ValueError(
            f"{path} line {line} is not UTF-8. Save it as UTF-8."
        ) from error
    return text


def normalised(file: str) -> str:
    """A path as utterances hold it: `/` between its parts, no `.`, no `a/..`."""
    return posixpath.normpath(file.replace("\\", "/"))


def _read_row(row: Row, corpus: str, labels: LabelTable) -> Utterance | Skip:
    for column, text in row.cells.items():
        _check_text(text, column, row.where)
    # A name may begin or end with a space; elsewhere one is a slip of typing.
    cells = {column: text.strip() for column, text in row.cells.items()}
    if not cells["file"]:
        raise ValueError(f"{row.where}: the cell of file is empty; name a recording.")
    file = normalised(row.cells["file"])
    corpus = cells.get("corpus") or corpus
    if re.search(r"[,:/\\\n]", corpus):
        raise ValueError(
            f"{row.where}: corpus {corpus!r}; expected a name without , : / and line "
            "breaks, so that --ood can name it. Give a column corpus, or rename the "
            "manifest."
        )
    label = cells.get("label", "")
    emotion = _emotion(row.where, corpus, label, cells.get("emotion", ""), labels)
    speaker = cells.get("speaker", "")
    if speaker and not speaker.startswith(f"{corpus}/"):
        speaker = f"{corpus}/{speaker}"
    gender, part = _choice(row, "gender", _GENDERS), _choice(row, "split", _PARTS)
    if emotion is None:
        return Skip(file, "it has no label", corpus)
    if emotion == DROP:
        shown = label or cells["emotion"]
        reason = f"label {shown!r} of {corpus} is dropped by the mapping"
        return Skip(file, reason, corpus)
    times = _times(cells.get("start", ""), cells.get("end", ""))
    if times is None:
        reason = (
            f"{row.where}: start={cells.get('start', '')} and "
            f"end={cells.get('end', '')}; expected seconds, 0 <= start < end"
        )
        return Skip(file, reason, corpus)
    further = [name for name in cells if name not in COLUMNS]
    return Utterance(
        file=file,
        corpus=corpus,
        label=label or emotion,
        emotion=emotion,
        speaker=speaker or None,
        gender=gender,
        language=cells.get("language", "").lower() or None,
        start_s=times[0],
        end_s=times[1],
        part=part,
        extra=tuple((name, cells[name] or None) for name in further),
    )


def _check_text(text: str, column: str, where: str) -> None:
    """Refuse what no file can be named and no table can hold."""
    try:
        text.encode()
        readable = "\0" not in text
    except UnicodeEncodeError:
        readable = False
    if not readable:
        raise ValueError(f"{where}: {column} {text!r} is no text; write it anew.")


def _emotion(
    where: str, corpus: str, label: str, emotion: str, labels: LabelTable
) -> str | None:
    """The class, which a cell of emotion names and a label is mapped to."""
    if not emotion:
        return labels.emotion(corpus, label, where) if label else None
    if emotion not in (*labels.classes, DROP):
        raise ValueError(
            f"{where}: emotion {emotion!r}; expected one of "
            f"{', '.join((*labels.classes, DROP))}. The column emotion holds classes; "
            "rename it to label to have raw labels mapped, or drop it where a column "
            "label is there."
        )
    return emotion


def _choice(row: Row, column: str, choices: Mapping[str, str | None]) -> str | None:
    text = row.cells.get(column, "").strip()
    if text.lower() not in choices:
        expected = ", ".join(filter(None, choices))
        raise ValueError(
            f"{row.where}: {column} {text!r}; expected one of {expected}, or an empty "
            "cell."
        )
    return choices[text.lower()]


def _times(start: str, end: str) -> tuple[float, float | None] | None:
    """Start and end in seconds; None if they are no stretch of a recording."""
    try:
        start_s = float(start or 0)
        end_s = float(end) if end else math.inf
    except ValueError:
        return None
    if not 0 <= start_s < end_s or (end and math.isinf(end_s)):
        return None
    return start_s, end_s if end else None
