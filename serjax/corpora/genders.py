"""Genders of speakers, as corpora and users write them down: columns of a CSV file."""

import csv
from collections.abc import Mapping
from importlib.resources.abc import Traversable
from pathlib import Path

from serjax.corpora.unknown import is_unknown
from serjax.files import cell_text, check_own_fault

GENDERS: Mapping[str, str | None] = {
    **dict.fromkeys(("female", "f", "woman"), "female"),
    **dict.fromkeys(("male", "m", "man"), "male"),
    **dict.fromkeys(("other", "child"), None),
}
"""What is written, in lower case -> gender; None for one that models cannot learn."""


class NoGenders(ValueError):
    """A file that is no table of genders."""


def read_genders(
    path: Path | Traversable, speaker: str = "speaker", gender: str = "gender"
) -> dict[str, str]:
    """Read speaker -> `female` or `male`; speakers of unknown gender are left out.

    Args:
      path: a CSV file, its cells parted by commas, semicolons or tabs; lines that start
        with # are comments.
      speaker: name of the column of speakers, which are returned in lower case.
      gender: name of the column of genders.

    Raises:
      NoGenders: the file cannot be read, or lacks a column.
      ValueError: it names a speaker twice or has another gender.
    """
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except OSError as error:
        if not isinstance(error, FileNotFoundError):
            check_own_fault(str(path), error)
        raise NoGenders(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise NoGenders(f"{path} is not UTF-8 text: {error}. Save it so.") from error
    lines = [line for line in lines if line.strip() and line[0] != "#"]
    delimiter = max(",;\t", key="".join(lines[:1]).count)
    try:
        head, *rows = csv.reader(lines, delimiter=delimiter) if lines else [[]]
    except csv.Error as error:
        raise NoGenders(f"{path} is not CSV: {error}.") from error
    columns = [name.strip().lower() for name in head]
    if speaker.lower() not in columns or gender.lower() not in columns:
        raise NoGenders(
            f"{path} has the columns {', '.join(head) or 'none'}; expected "
            f"{speaker} and {gender}, comma separated."
        )
    genders: dict[str, str | None] = {}
    for cells in rows:
        row = dict(zip(columns, map(cell_text, cells), strict=False))
        name = row.get(speaker.lower(), "").strip().lower()
        value = row.get(gender.lower(), "").strip().lower()
        if name in genders:
            raise ValueError(f"{path} names the speaker {name!r} twice.")
        if value not in GENDERS and not is_unknown(value):
            raise ValueError(
                f"{path}: {gender} of {name!r} is {value!r}; expected female or "
                "male, or nothing where it is unknown."
            )
        genders[name] = GENDERS.get(value)
    return {name: value for name, value in genders.items() if value}
