"""Where the files of a manifest lie, and what their names in the data are."""

import functools
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from serjax.corpora.reader import Reading
from serjax.corpora.rows import normalised
from serjax.corpora.sources import Folder, recorded_settings


def locate_files(
    known: dict[str, str],
    manifest: Path,
    reading: Reading,
    places: Sequence[Folder],
    prefix: str,
    allow_outside: bool = False,
) -> dict[str, str | None]:
    """Find the files of a manifest, and name them, for `joining.add_manifest`.

    Args:
      known: name -> where the file lies; the names that are new are added.
      allow_outside: whether a file may lie outside `places`: an absolute path, or one
        with `..`. A link inside them may lead anywhere: it is the folder's owner's.

    Returns:
      File as the manifest writes it -> its name in the data; None if it is nowhere.

    Raises:
      ValueError: none of the files is there, one lies outside, or two recordings get
        one name.
    """
    real = functools.cache(os.path.realpath)  # Files have few folders.

    def identity(path: str) -> tuple[str, str]:
        """What tells files apart, whichever links lead to their folders."""
        folder, name = os.path.split(path)
        return real(folder), name

    name_of = {identity(path): name for name, path in known.items()}
    names: dict[str, str | None] = {}
    is_inside = _make_is_inside(places)
    outside: list[str] = []
    for file in {row.file: row for row in (*reading.utterances, *reading.skipped)}:
        found = next(_paths(file, places), None)
        if found is None:
            names[file] = None
            continue
        path, unnamed = found
        if not allow_outside and not is_inside(path):
            outside.append(file)
            continue
        name = name_of.setdefault(identity(path), prefixed(prefix, unnamed))
        if identity(known.setdefault(name, path)) != identity(path):
            raise ValueError(
                f"{manifest}: {name} names two recordings, {known[name]} and {path}. "
                "Rename one of them."
            )
        names[file] = name
    if outside:
        raise ValueError(
            f"{manifest}: {len(outside)} of its files lie outside of its data, "
            f"{_shown(places)}; the first is {outside[0]}. Give the folder that holds "
            "them as --data, or read them where they are with --allow_outside_data."
        )
    wanted = [row.file for row in reading.utterances]
    if wanted and not any(names[file] for file in wanted):
        raise ValueError(
            f"{manifest}: none of its {len(wanted)} recordings is there; the first is "
            f"{wanted[0]}, looked for in {_shown(places)}. {_advice(manifest)}"
        )
    return names


def prefixed(prefix: str, file: str) -> str:
    """The name of a manifest's file; an absolute path is a name of its own."""
    return file if os.path.isabs(file) else prefix + file


def _paths(file: str, places: Sequence[Folder]) -> Iterator[tuple[str, str]]:
    """Paths where the file is, and the file as it was found: perhaps without spaces."""
    for read in (str, str.strip):
        text = normalised(read(file))
        for place in places:
            path = place.locate(text)
            if path is not None and os.path.isfile(path):
                yield path, text


def _make_is_inside(places: Sequence[Folder]) -> Callable[[str], bool]:
    """Whether a path is below one of the folders, as written or with links followed."""
    roots = {os.path.abspath(place.path) for place in places}
    roots |= {os.path.realpath(place.path) for place in places}
    # A root's own separator, of `/`, must not be doubled.
    heads = tuple(root.rstrip(os.sep) + os.sep for root in roots)

    def is_inside(path: str) -> bool:
        # Where `..` follows a link, the text does not say where it leads.
        if ".." not in path.split(os.sep) and os.path.abspath(path).startswith(heads):
            return True
        return os.path.realpath(path).startswith(heads)

    return is_inside


def _shown(places: Sequence[Folder]) -> str:
    return ", ".join(dict.fromkeys(str(place.path) for place in places))


def _advice(manifest: Path) -> str:
    settings = recorded_settings(manifest)
    if settings is None:
        return (
            "Paths are relative to the manifest's folder; or give the folder that they "
            "are relative to as --data."
        )
    return (
        f"It was prepared with data={settings.data or 'none'}, "
        f"manifest={','.join(settings.manifest) or 'none'}, relative to the working "
        "directory of then; give that folder as --data."
    )
