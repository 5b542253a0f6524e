"""Where the files of a manifest lie, and what their names in the data are."""

import functools
import itertools
import os
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from serjax.corpora.disk_names import DiskNames, caseless
from serjax.corpora.reader import Reading
from serjax.corpora.rows import normalised
from serjax.corpora.sources import Folder, recorded_settings

# A manifest may lie in the folder of all that somebody has.
_MAX_FOLDERS = 10_000


def locate_files(
    known: dict[str, str],
    manifest: Path,
    reading: Reading,
    places: Sequence[Folder],
    prefix: str,
    allow_outside: bool = False,
    needs_files: bool = True,
) -> tuple[dict[str, str], dict[str, str]]:
    """Find the files of a manifest, and name them, for `joining.add_manifest`.

    With `allow_outside` a file may lie outside `places`: an absolute path, or one with
    `..`. A link inside them may lead anywhere: it is the folder's owner's.

    Args:
      known: name -> where the file lies; the names that are new are added.
      needs_files: False where features stand for them: one that is nowhere is named as
        if it were in the first of `places`.

    Returns:
      File as the manifest writes it -> its name in the data; and such files that are
      nowhere -> which one may be meant, in words, or ''.
    """
    real = functools.cache(os.path.realpath)  # Files have few folders.

    def identity(path: str) -> tuple[str, str]:
        """What tells files apart, whichever links lead to their folders."""
        folder, name = os.path.split(path)
        return real(folder), name

    name_of = {identity(path): name for name, path in known.items()}
    names: dict[str, str] = {}
    nowhere: set[str] = set()
    is_inside = _make_is_inside(places)
    outside: list[str] = []
    disk = DiskNames()
    for file in {row.file: row for row in (*reading.utterances, *reading.skipped)}:
        found = find_file(file, places, disk)
        if found is None:
            names[file] = _prefixed(prefix, file)
            if needs_files:
                nowhere.add(file)
            else:
                known.setdefault(names[file], os.path.join(places[0].path, file))
            continue
        path, unnamed = found
        if not allow_outside and not is_inside(path):
            outside.append(file)
            continue
        name = name_of.setdefault(identity(path), _prefixed(prefix, unnamed))
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
    missing = [file for file in wanted if file in nowhere]
    advice: dict[str, str] = dict.fromkeys(nowhere, "")
    if missing:
        others = _files_below(places[0]) | known
        free = {identity(path): name for name, path in others.items()}
        for file in names.keys() - nowhere:
            free.pop(identity(known[names[file]]), None)
        advice |= _advise(missing, free.values())
    if wanted and len(missing) == len(wanted):
        raise ValueError(
            f"{manifest}: none of its {len(wanted)} recordings is there; the first is "
            f"{wanted[0]}, looked for in {_shown(places)}"
            f"{advice[wanted[0]] or '.'} {_where_from(manifest)}"
        )
    return names, advice


def _prefixed(prefix: str, file: str) -> str:
    """The name of a manifest's file; an absolute path is a name of its own."""
    return file if os.path.isabs(file) else prefix + file


def find_file(
    file: str, places: Sequence[Folder], disk: DiskNames
) -> tuple[str, str] | None:
    """Where a file that a manifest names is, and its name there; None if nowhere.

    It is tried as it is written, then without spaces around it, then with `/` for
    backslashes and the reverse; then all of these in another Unicode form.
    """
    literal = file, file.strip()
    texts = [*literal, *(text.replace("\\", "/") for text in literal)]
    texts += [text.replace("/", "\\") for text in literal]
    wanted = [
        (path, place)
        for text in dict.fromkeys(map(normalised, texts))
        for place in places
        if (path := place.locate(text)) is not None
    ]
    as_written = next((it for it in wanted if os.path.isfile(it[0])), None)
    for path, place in [as_written] if as_written else wanted:
        root = os.path.join(place.path, "")
        if found := disk.find(path, root):
            is_below = found.startswith(root)
            return found, place.name(found[len(root) :]) if is_below else found
    return None


def _files_below(place: Folder) -> dict[str, str]:
    """Name -> path of the files below a folder, as far as they can be listed."""
    root = os.path.join(place.path, "")
    folders = itertools.islice(os.walk(root), _MAX_FOLDERS)
    paths = [os.path.join(top, name) for top, _, names in folders for name in names]
    return {path.removeprefix(root): path for path in sorted(paths)}


def _advise(missing: Collection[str], free: Collection[str]) -> dict[str, str]:
    """Say which files differ by case, or by their folders, alone from those missing."""
    meant: dict[str, str] = {}
    for file in free:
        path = caseless("/" + file.replace("\\", "/"))
        for key in (path, os.path.basename(path)):
            meant[key] = "" if key in meant else file  # Nobody can tell of several.
    advice: dict[str, str] = {}
    for file in missing:
        path = caseless("/" + file.replace("\\", "/"))
        if it := meant.get(path) or meant.get(os.path.basename(path)):
            advice[file] = f"; did you mean {it}?"
    return advice


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


def _where_from(manifest: Path) -> str:
    """How to have the files of a manifest found."""
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
