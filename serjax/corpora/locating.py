"""Where the files of a manifest lie, and what their names in the data are."""

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
) -> dict[str, str | None]:
    """Find the files of a manifest, and name them.

    Args:
      known: name -> where the file lies; the names that are new are added.
      manifest: the manifest.
      reading: its rows, each `file` as the manifest writes it.
      places: folders that its files may lie in; the first that has one wins.
      prefix: of the names of its files, but for those that have a name already.

    Returns:
      File as the manifest writes it -> its name in the data; None if it is nowhere.

    Raises:
      ValueError: none of the files is there, or two recordings get one name.
    """
    identity = _make_identity()
    name_of = {identity(path): name for name, path in known.items()}
    names: dict[str, str | None] = {}
    for file in {row.file: row for row in (*reading.utterances, *reading.skipped)}:
        found = next(_paths(file, places), None)
        if found is None:
            names[file] = None
            continue
        path, unnamed = found
        name = name_of.setdefault(identity(path), prefixed(prefix, unnamed))
        if identity(known.setdefault(name, path)) != identity(path):
            raise ValueError(
                f"{manifest}: {name} names two recordings, {known[name]} and {path}. "
                "Rename one of them."
            )
        names[file] = name
    wanted = [row.file for row in reading.utterances]
    if wanted and not any(names[file] for file in wanted):
        raise ValueError(
            f"{manifest}: none of its {len(wanted)} recordings is there; the first is "
            f"{wanted[0]}, looked for in "
            f"{', '.join(dict.fromkeys(str(place.path) for place in places))}. "
            f"{_advice(manifest)}"
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


def _make_identity() -> Callable[[str], tuple[str, str]]:
    """What tells files apart, whichever links lead to their folders.

    Folders are looked up once each: there are many fewer of them.
    """
    real: dict[str, str] = {}

    def identity(path: str) -> tuple[str, str]:
        folder, name = os.path.split(path)
        if folder not in real:
            real[folder] = os.path.realpath(folder)
        return real[folder], name

    return identity


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
