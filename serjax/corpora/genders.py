"""Genders of speakers, as users write them down."""

from collections.abc import Mapping
from pathlib import Path

from serjax.corpora.texts import read_table
from serjax.corpora.unknown import is_unknown

GENDERS: Mapping[str, str | None] = {
    **dict.fromkeys(("female", "f", "woman"), "female"),
    **dict.fromkeys(("male", "m", "man"), "male"),
    **dict.fromkeys(("other", "child"), None),
}
"""What is written, in lower case -> gender; None for one that models cannot learn."""


def read_genders(path: Path) -> dict[str, str]:
    """Read a CSV file, speaker -> `female` or `male`, of those whose gender is known.

    Raises:
      ValueError: it is no such table, or names a speaker twice or another gender.
    """
    table = read_table(path)
    if not {"speaker", "gender"} <= {*table.columns}:
        raise ValueError(
            f"{path} has the columns {', '.join(table.columns)}; expected speaker and "
            "gender."
        )
    genders: dict[str, str | None] = {}
    for where, cells in table.rows:
        name, value = (cells[it].strip().lower() for it in ("speaker", "gender"))
        if name in genders:
            raise ValueError(f"{where} names the speaker {name!r} twice.")
        if value not in GENDERS and not is_unknown(value):
            raise ValueError(
                f"{where}: gender of {name!r} is {value!r}; expected female or male, "
                "or nothing where it is unknown."
            )
        genders[name] = GENDERS.get(value)
    return {name: value for name, value in genders.items() if value}
