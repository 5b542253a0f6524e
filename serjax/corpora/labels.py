"""From the corpora's own emotion labels to classes: a mapping is a TOML file."""

import dataclasses
import importlib.resources
import json
import re
import reprlib
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from serjax.corpora.names import official_files
from serjax.paths import expand

BUILT_IN = ("three-class", "four-class")
"""The mappings that come with serjax; the first is the paper's."""

DROP = "drop"
"""Stands in a mapping for a label whose recordings are left out."""

ANY = "any"
"""Table of common English names, for labels that a corpus's own table lacks."""


@dataclasses.dataclass(frozen=True)
class LabelTable:
    """Raw label -> class (or `DROP`), per corpus.

    Attributes:
      cells: corpus -> raw label -> class; below `ANY` labels are as `common_form` has
        them.
      classes: the classes, in the order of every array over classes.
      file: name of the user's file, '' for none.
      users: the cells that stand in that file.
      met: corpus -> the raw labels that were looked up.
    """

    cells: Mapping[str, Mapping[str, str]]
    classes: tuple[str, ...]
    file: str = ""
    users: Mapping[str, Mapping[str, str]] = dataclasses.field(default_factory=dict)
    met: dict[str, set[str]] = dataclasses.field(default_factory=dict, compare=False)

    def emotion(self, corpus: str, label: str, file: str, common: bool = True) -> str:
        """Class of a raw label, or `DROP`.

        Args:
          file: where the label was met, for the error.
          common: look it up among the common names too; without, only if serjax has no
            table of the corpus. For readers: a file that is no recording of the corpus
            may bear a name like one, as `OAF_back_bored.wav`.

        Raises:
          ValueError: neither the corpus's table nor that of common names has the label.
        """
        self.met.setdefault(corpus, set()).add(label)
        own, shared = self.cells.get(corpus, {}), self.cells.get(ANY, {})
        if label in own:
            return own[label]
        if not common and own and official_files(corpus):
            shared = {}
        if common_form(label) in shared:
            return shared[common_form(label)]
        known = [*sorted(own), *(["common English names"] if shared else [])]
        mend = "mend that row" if common else f"rename it if it is none of {corpus}'s"
        label = label if len(label) <= 80 else f"{label[:80]}..."
        raise ValueError(
            f"No class for label {label!r} of corpus {corpus!r}, met in {file}; "
            f"known are {', '.join(known) or 'none'}. Map it in a TOML "
            f"file, [{_toml_key(corpus)}] with the line {_toml_key(label)} = "
            f'"{self.classes[0]}" (or another class, or "{DROP}"), and give that file '
            f"as --label_map; or {mend}."
        )

    def spelling(self, corpus: str, label: str) -> str:
        """The corpus's own spelling of a label: spreadsheets make 1 of RAVDESS's 01."""
        own = self.cells.get(corpus, {})
        if label not in own and label.isdecimal():
            for known in own:
                if known.isdecimal() and known.lstrip("0") == label.lstrip("0"):
                    return known
        return label

    def unused(self, present: Iterable[str]) -> tuple[str, ...]:
        """Say which of the user's cells, but those of `ANY`, matched no recording."""
        present = {*present, *self.met}
        absent = sorted({*self.users} - {*present, ANY})
        texts = []
        if absent:
            tables = ", ".join(f"[{_toml_key(corpus)}]" for corpus in absent)
            here = ", ".join(sorted(present))
            texts.append(f"{self.file}: {tables}: no such corpus here; present: {here}")
        for corpus in sorted({*self.users} & present):
            met = self.met.get(corpus, set())
            unmet = ", ".join(sorted({*self.users[corpus]} - met))
            if unmet:
                there = ", ".join(sorted(met)) or "none"
                texts.append(
                    f"{self.file}: [{_toml_key(corpus)}] {unmet} matched no recording; "
                    f"labels met there are {there}"
                )
        return tuple(texts)


def common_form(label: str) -> str:
    """What `ANY` knows a label by: `Pleasant_Surprise` -> `pleasant surprise`.

    Case does not matter, and spaces, underscores and hyphens are the same.
    """
    return " ".join(re.split(r"[\s_-]+", label)).strip().casefold()


def read_labels(label_map: str = BUILT_IN[0]) -> LabelTable:
    """Read a mapping of serjax, or a user's own.

    A user's stands alone if it has `classes` and no `base`; otherwise it is laid, cell
    by cell, over the mapping that `base` names, by default over three-class.

    Args:
      label_map: 'three-class' (also ''), 'four-class', or the path of a TOML file of
        the form of `mappings/three-class.toml`.

    Raises:
      ValueError: the user's mapping is missing or malformed; its classes are fewer than
        two or have unfit names; a cell names none of them; there is no such base.
    """
    if not label_map or label_map in BUILT_IN:
        return _read_built_in(label_map or BUILT_IN[0])
    where = f"label_map={label_map!r}"
    table = _read_user_table(label_map)
    classes, base = table.pop("classes", None), table.pop("base", None)
    if base is None and classes is None:
        base = BUILT_IN[0]
    if base is not None and base not in BUILT_IN:
        raise ValueError(
            f"{where}: base is {_shown(base)}; expected one of {', '.join(BUILT_IN)}, "
            "or no base and all cells in the file."
        )
    below = LabelTable({}, ()) if base is None else _read_built_in(base)
    classes = below.classes if classes is None else _checked_classes(where, classes)
    own = _cells(where, table)
    names = dict.fromkeys((*below.cells, *own))
    cells = {it: {**below.cells.get(it, {}), **own.get(it, {})} for it in names}
    for corpus, label in ((it, label) for it in names for label in cells[it]):
        emotion = cells[corpus][label]
        if emotion not in (*classes, DROP):
            of_base = label not in own.get(corpus, {})
            raise ValueError(
                f"{where}: {f'base {base}: ' if of_base else ''}label {label!r} of "
                f"{corpus!r} maps to {_shown(emotion)}; expected one of "
                f"{', '.join((*classes, DROP))}. Map it anew; other classes come with "
                "base or classes at the top of the file."
            )
    return LabelTable(cells, classes, Path(label_map).name, own)


def describe_classes(classes: Sequence[str]) -> str:
    """Say which classes there are: "3-class" alone is ambiguous in this field.

    Example:
      >>> describe_classes(("negative", "neutral", "positive"))
      'Classes: 3 (negative, neutral, positive)'
    """
    return f"Classes: {len(classes)} ({', '.join(classes)})"


def _read_built_in(name: str) -> LabelTable:
    folder = importlib.resources.files("serjax.corpora").joinpath("mappings")
    table = tomllib.loads(folder.joinpath(f"{name}.toml").read_text("utf-8"))
    classes = tuple(table.pop("classes"))
    return LabelTable(_cells(name, table), classes)


def _read_user_table(label_map: str) -> dict[str, Any]:
    try:
        path = Path(expand(label_map, "label_map"))
        return tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise ValueError(
            f"label_map={label_map!r}: cannot be read ({error.strerror}). Give a TOML "
            f"file, or one of {', '.join(BUILT_IN)}."
        ) from error
    except (ValueError, RecursionError) as error:  # not all of it is TOMLDecodeError
        raise ValueError(f"label_map={label_map!r} is not TOML: {error}.") from error


def _checked_classes(where: str, classes: Any) -> tuple[str, ...]:
    """The list `classes` of a user's file; its names head columns and fill tables."""
    if not isinstance(classes, list) or len(classes) < 2:
        raise ValueError(
            f"{where}: classes is {_shown(classes)}; expected a list of two names or "
            'more, as in classes = ["negative", "neutral", "positive"].'
        )
    for name in classes:
        fit = isinstance(name, str) and re.fullmatch(r"\w([\w -]*\w)?", name)
        if not fit or name == DROP:
            raise ValueError(
                f"{where}: {_shown(name)} cannot name a class; expected letters, "
                "digits, and between them spaces, _ and -; and not "
                f'"{DROP}", which leaves recordings out.'
            )
        if classes.count(name) > 1:
            raise ValueError(f"{where}: class {name!r} is named twice.")
    return tuple(classes)


def _cells(where: str, table: dict[str, Any]) -> dict[str, dict[str, str]]:
    """The tables of one file, with the labels of `ANY` in their common form."""
    for corpus, labels in table.items():
        if not isinstance(labels, dict):
            raise ValueError(
                f"{where}: {corpus!r} stands outside of a corpus. Write a [corpus] "
                "line above its labels, as in [ravdess]."
            )
    common = {common_form(label): it for label, it in table.get(ANY, {}).items()}
    if len(common) < len(table.get(ANY, {})):
        raise ValueError(
            f"{where}: [{ANY}] has a label twice; there case does not matter, and a "
            "space, _ and - are the same."
        )
    return {**table, ANY: common} if common else table


def _toml_key(text: str) -> str:
    """A key as TOML writes it: bare where it can be."""
    bare = re.fullmatch(r"[A-Za-z0-9_-]+", text)
    return text if bare else json.dumps(text, ensure_ascii=False)


def _shown(value: object) -> str:
    """A TOML value for a message; any but a text may be nested without end."""
    try:
        return repr(value) if isinstance(value, str) else reprlib.repr(value)
    except ValueError:
        return "a number of thousands of digits"
