"""From a corpus's own emotion labels to the three classes: one TOML table."""

import dataclasses
import importlib.resources
import tomllib
from collections.abc import Mapping
from pathlib import Path

from serjax.config import CLASSES

DROP = "drop"
"""Stands in the table for a label whose recordings are left out."""


@dataclasses.dataclass(frozen=True)
class LabelTable:
    """Raw label -> class (or `DROP`), per corpus.

    Attributes:
      cells: corpus -> raw label -> class.
      classes: the classes, in the order of every array over classes.
    """

    cells: Mapping[str, Mapping[str, str]]
    classes: tuple[str, ...] = CLASSES

    def emotion(self, corpus: str, label: str, file: str) -> str:
        """Class of a raw label, or `DROP`.

        Args:
          corpus: name of the corpus.
          label: the raw label.
          file: where the label was met, for the error.

        Raises:
          ValueError: the table does not know the label.
        """
        known = self.cells.get(corpus, {})
        if label not in known:
            raise ValueError(
                f"No class for label {label!r} of corpus {corpus!r}, met in {file}; "
                f"known are {', '.join(sorted(known)) or 'none'}. Map it in a TOML "
                f'file, [{corpus}] with the line "{label}" = "neutral" (or another '
                f'class, or "{DROP}"), and give that file as --label_map; or rename '
                "the recording."
            )
        return known[label]


def read_labels(label_map: str = "three-class") -> LabelTable:
    """Read the built-in table, with a user's laid over it cell by cell.

    Args:
      label_map: path of a TOML table of the form of `labels.toml`; '' for none.

    Raises:
      ValueError: the user's table is missing or malformed, or names no class.
    """
    package = importlib.resources.files("serjax.corpora")
    built_in = tomllib.loads(package.joinpath("labels.toml").read_text("utf-8"))
    table: dict[str, dict[str, str]] = {**built_in}
    for corpus, cells in _read_user_table(label_map).items():
        table[corpus] = {**table.get(corpus, {}), **cells}
    return LabelTable(table)


def _read_user_table(label_map: str) -> dict[str, dict[str, str]]:
    if label_map == "three-class":
        return {}
    try:
        table = tomllib.loads(Path(label_map).expanduser().read_text("utf-8"))
    except OSError as error:
        raise ValueError(
            f"label_map={label_map!r}: cannot be read ({error.strerror}). Give a TOML "
            "file, or leave label_map empty for the built-in table."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"label_map={label_map!r} is not TOML: {error}.") from error
    for corpus, cells in table.items():
        if not isinstance(cells, dict):
            raise ValueError(
                f"label_map={label_map!r}: {corpus!r} stands outside of a corpus. "
                "Write a [corpus] line above its labels, as in [ravdess]."
            )
        for label, emotion in cells.items():
            if emotion not in (*CLASSES, DROP):
                raise ValueError(
                    f"label_map={label_map!r}: label {label!r} of {corpus!r} maps to "
                    f"{emotion!r}; expected one of {', '.join((*CLASSES, DROP))}."
                )
    return table
