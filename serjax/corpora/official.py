"""How many recordings a corpus has as published."""

import functools
import importlib.resources
import tomllib
from typing import Any


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
