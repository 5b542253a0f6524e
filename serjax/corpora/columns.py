"""The columns of a user's table."""

import re
from collections.abc import Sequence

from serjax.corpora.times import time_columns

COLUMNS = (
    *("file", "start", "end", "corpus", "label", "emotion", "speaker", "gender"),
    *("language", "duration_s", "split"),
)
"""The columns that serjax knows, in the order in which they are written."""

# What a run's tables and logs, and `--attribute_sets=all`, call other things.
_RESERVED = ("part", "predicted", "all", "train", "encoder")
_ATTRIBUTE = re.compile(r"(?!p_)\w[\w.-]*")


def check_columns(columns: Sequence[str], where: str) -> None:
    """Refuse columns that cannot be read, or whose names could not be asked for."""
    try:
        times = time_columns(tuple(columns)).values()
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from error
    for number, name in enumerate(columns, 1):
        if not name:
            raise ValueError(
                f"{where}: column {number} has no name. Name it or remove it (pandas "
                "writes its index so, but for to_csv(..., index=False))."
            )
        if columns.index(name) != number - 1:
            raise ValueError(f"{where}: two columns are named {name!r}; rename one.")
        further = name not in (*COLUMNS, *times)
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
