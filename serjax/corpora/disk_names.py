"""Files under names that are written otherwise than on the disk.

`é` is one character or two (NFC, NFD): Macs and many archives take it apart.
"""

import contextlib
import functools
import os
import unicodedata
from collections.abc import Callable
from pathlib import Path, PurePath


def composed(name: str) -> str:
    """A name in the Unicode form NFC."""
    return unicodedata.normalize("NFC", name)


def caseless(name: str) -> str:
    """A name in NFC, without upper case."""
    return composed(composed(name).casefold())


class DiskNames:
    """Finds files by names in another Unicode form; lists a folder at most once."""

    def __init__(self) -> None:
        self._listed = functools.cache(_list)

    def find(
        self,
        path: str,
        root: str = "",
        is_wanted: Callable[[str], bool] = os.path.isfile,
    ) -> str | None:
        """Find a path as the disk has it; None if there is none that `is_wanted`.

        The beginning `root` is right as it is written. Of every other part, the name as
        it is written comes first.
        """
        inside = path.removeprefix(root)
        if is_wanted(path):
            return path
        if inside.isascii():
            return None
        found = [root if path.startswith(root) else ""]
        for part in PurePath(inside).parts:
            alike = [
                os.path.join(folder, name)
                for folder in found
                for name in (part, *self._listed(folder).get(composed(part), ()))
            ]
            found = list(filter(os.path.lexists, dict.fromkeys(alike)))
        return next(filter(is_wanted, found), None)


def as_on_disk(path: Path) -> Path:
    """A path that a user gave, as the disk has it; as it is if there is none."""
    return Path(DiskNames().find(str(path), is_wanted=os.path.exists) or path)


def _list(folder: str) -> dict[str, list[str]]:
    """Names in a folder, by their NFC."""
    names: dict[str, list[str]] = {}
    with contextlib.suppress(OSError):
        for name in sorted(os.listdir(folder or ".")):
            names.setdefault(composed(name), []).append(name)
    return names
