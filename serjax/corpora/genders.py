"""Genders of speakers, as corpora and users write them down: columns of a CSV file."""

import csv
from importlib.resources.abc import Traversable
from pathlib import Path

GENDERS = {"female": "female", "f": "female", "male": "male", "m": "male"}


def read_genders(
    path: Path | Traversable, speaker: str = "speaker", gender: str = "gender"
) -> dict[str, str]:
    """Read speaker -> `female` or `male`; an empty cell is an unknown gender.

    Args:
      path: a CSV file; lines that start with # are comments.
      speaker: name of the column of speakers, which are returned in lower case.
      gender: name of the column of genders: female, male, f or m.

    Raises:
      ValueError: the file cannot be read, lacks a column, names a speaker twice or has
        another gender.
    """
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8 text: {error}. Save it so.") from error
    rows = csv.DictReader(line for line in lines if line[:1] != "#")
    try:
        columns = rows.fieldnames or ()
        if speaker not in columns or gender not in columns:
            raise ValueError(
                f"{path} has the columns {', '.join(columns) or 'none'}; expected "
                f"{speaker} and {gender}, comma separated."
            )
        genders: dict[str, str] = {}
        for row in rows:
            name = (row[speaker] or "").strip().lower()
            value = (row[gender] or "").strip().lower()
            if name in genders:
                raise ValueError(f"{path} names the speaker {name!r} twice.")
            if value and value not in GENDERS:
                raise ValueError(
                    f"{path}: {gender} of {name!r} is {value!r}; expected female or "
                    "male, or nothing where it is unknown."
                )
            if value:
                genders[name] = GENDERS[value]
    except csv.Error as error:
        raise ValueError(f"{path} is not CSV: {error}.") from error
    return genders
