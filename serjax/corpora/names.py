"""Corpora by their names: reserved ones, known ones, and how large these are."""

import functools
import importlib.resources
import re
import tomllib
from collections.abc import Iterable, Sequence
from typing import Any

from serjax.config import did_you_mean

RESERVED = ("train", "valid", "test", "ood", "any")
"""Names of parts, and of the table of labels for every corpus."""


@functools.cache
def known_name(name: str) -> str:
    """The name that a corpus has here; others' names are left as they are.

    Example:
      >>> known_name("EmoDB"), known_name("CREMA_D"), known_name("Mine")
      ('emodb', 'crema-d', 'Mine')
    """
    # Those of readers; the table also has parts of them.
    known = {folded(it): it for it in read_official() if official_files(it)}
    return known.get(folded(name), name)


def is_reserved(name: str) -> bool:
    """Whether a corpus of that name would take the place of a part in the results."""
    return name.casefold() in RESERVED


def check_names(names: Iterable[str]) -> None:
    """Refuse names of corpora that are reserved, or that differ only by case."""
    first: dict[str, str] = {}
    for name in sorted(names):
        if is_reserved(name):
            raise ValueError(
                f"A corpus is named {name!r}, which is reserved, as are "
                f"{', '.join(RESERVED)}. Name it otherwise."
            )
        twin = first.setdefault(name.casefold(), name)
        if twin != name:
            raise ValueError(
                f"Two corpora are named {twin!r} and {name!r}, which differ only by "
                "case. Write one name, or tell them apart."
            )


def find_corpora(
    setting: str, names: Sequence[str], present: Sequence[str]
) -> tuple[str, ...]:
    """Find corpora that a setting names, in any case; sorted.

    Raises:
      ValueError: one is not present; a corpus has the name of a part.
    """
    check_names(present)
    known = {folded(name): name for name in present}
    absent = sorted(name for name in names if folded(name) not in known)
    if absent:
        raise ValueError(
            f"{setting}={','.join(names)}: no corpus {', '.join(map(repr, absent))} in "
            f"the data; present are {', '.join(sorted(present))}."
            f"{did_you_mean(absent[0], present)}"
        )
    found = {name if name in present else known[folded(name)] for name in names}
    return tuple(sorted(found))


def folded(name: str) -> str:
    """A name without case and separators: `Emo-DB` -> `emodb`."""
    return re.sub(r"[-_\s]", "", name).casefold()


def official_files(corpus: str, ravdess_song: bool = False) -> int | None:
    """Number of recordings of a corpus as published; None if it is not known.

    Comparable to the recordings found: second copies not counted, dropped labels
    counted, and for EPST utterances rather than files.

    Example:
      >>> official_files("ravdess"), official_files("ravdess", ravdess_song=True)
      (1440, 2452)
    """
    table = read_official()
    if corpus not in table or corpus == "ravdess-song":
        return None
    song = corpus == "ravdess" and ravdess_song
    return table[corpus]["files"] + (table["ravdess-song"]["files"] if song else 0)


@functools.cache
def read_official() -> dict[str, dict[str, Any]]:
    """The table `official.toml`: corpus -> files, speakers and, where known, hours."""
    package = importlib.resources.files("serjax.corpora")
    return tomllib.loads(package.joinpath("official.toml").read_text("utf-8"))
