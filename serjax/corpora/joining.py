"""Joining a manifest's rows to what the readers found."""

import dataclasses
import os
from collections.abc import Sequence
from pathlib import Path

from serjax.corpora.reader import Reading
from serjax.corpora.sources import Folder
from serjax.corpora.utterance import Skip, Utterance


@dataclasses.dataclass
class Found:
    """What has been found so far.

    Attributes:
      utterances: the rows.
      skipped: files left out.
      paths: name -> where the file lies.
      copies: second copy of a recording -> the one that is kept.
      listed: names that a manifest lists -> that manifest, the first.
    """

    utterances: list[Utterance] = dataclasses.field(default_factory=list)
    skipped: list[Skip] = dataclasses.field(default_factory=list)
    paths: dict[str, str] = dataclasses.field(default_factory=dict)
    copies: dict[str, str] = dataclasses.field(default_factory=dict)
    listed: dict[str, Path] = dataclasses.field(default_factory=dict)


def add_manifest(
    found: Found,
    manifest: Path,
    reading: Reading,
    places: Sequence[Folder],
    prefix: str,
) -> None:
    """Join a manifest's rows; they replace what readers made of the same files.

    Args:
      found: joined to, in place.
      manifest: the manifest.
      reading: its rows, each `file` as the manifest writes it.
      places: folders that its files may lie in; the first that has one wins.
      prefix: of the names of its files, but for those that have a name already.

    Raises:
      ValueError: none of its files is there, two recordings get one name, or another
        manifest lists the same stretch of one.
    """
    names = _locate(found, manifest, reading, places, prefix)
    fresh = {name for name in names.values() if name and name not in found.listed}
    found.utterances = [row for row in found.utterances if row.file not in fresh]
    found.skipped = [skip for skip in found.skipped if skip.file not in fresh]
    for name in fresh:
        found.copies.pop(name, None)
        found.listed[name] = manifest
    known = {(row.file, row.start_s, row.end_s) for row in found.utterances}
    for row in reading.utterances:
        name = names[row.file]
        if name is None:
            reason = f"no such file, though {manifest.name} lists it"
            found.skipped.append(Skip(prefix + row.file, reason, row.corpus))
        elif (stretch := (name, row.start_s, row.end_s)) in known:
            raise ValueError(
                f"{name} is listed twice with the same start and end, by "
                f"{found.listed[name]} and by {manifest}. Remove one of the two rows."
            )
        else:
            known.add(stretch)
            found.utterances.append(dataclasses.replace(row, file=name))
    for skip in reading.skipped:
        name = names[skip.file] or prefix + skip.file
        found.skipped.append(dataclasses.replace(skip, file=name))


def even_out(utterances: Sequence[Utterance]) -> tuple[Utterance, ...]:
    """Sort rows, and give each every further attribute that one of them has.

    So that rows are the same wherever they come from: a table has all its columns in
    every row.
    """
    further = sorted({name for row in utterances for name, _ in row.extra})
    rows = sorted(utterances, key=lambda row: (row.file, row.start_s))
    if not further:
        return tuple(rows)
    return tuple(
        dataclasses.replace(
            row, extra=tuple((name, dict(row.extra).get(name)) for name in further)
        )
        for row in rows
    )


def _locate(
    found: Found,
    manifest: Path,
    reading: Reading,
    places: Sequence[Folder],
    prefix: str,
) -> dict[str, str | None]:
    """File as the manifest writes it -> its name in the data; None if it is nowhere."""
    name_of = {os.path.abspath(path): name for name, path in found.paths.items()}
    names: dict[str, str | None] = {}
    for file in {row.file: row for row in (*reading.utterances, *reading.skipped)}:
        paths = [path for place in places if (path := place.locate(file)) is not None]
        path = next(filter(os.path.isfile, paths), None)
        if path is None:
            names[file] = None
            continue
        unnamed = file if os.path.isabs(file) else prefix + file
        name = name_of.setdefault(os.path.abspath(path), unnamed)
        known = found.paths.setdefault(name, path)
        if os.path.abspath(known) != os.path.abspath(path):
            raise ValueError(
                f"{manifest}: {name} names two recordings, {known} and {path}. Rename "
                "one of them."
            )
        names[file] = name
    wanted = [row.file for row in reading.utterances]
    if wanted and not any(names[file] for file in wanted):
        raise ValueError(
            f"{manifest}: none of its {len(wanted)} recordings is there; the first is "
            f"{wanted[0]}, looked for in "
            f"{', '.join(dict.fromkeys(str(place.path) for place in places))}. Paths "
            "are relative to the manifest's folder; or give the folder that they are "
            "relative to as --data."
        )
    return names
