"""Joining a manifest's rows to what the readers found."""

import dataclasses
from collections.abc import Collection, Sequence
from pathlib import Path

from serjax.corpora.audformat_folder import is_audformat
from serjax.corpora.locating import locate_files, prefixed
from serjax.corpora.reader import Reading
from serjax.corpora.rows import Listing
from serjax.corpora.sources import Folder, shown_manifest
from serjax.corpora.utterance import Skip, Utterance


@dataclasses.dataclass
class Found(Reading):
    """What has been found so far, each file by its name in the data.

    Attributes:
      paths: name -> where the file lies.
      twins: second copy of a recording, or another encoding -> the one that is kept.
      listed: names that a manifest lists -> that manifest, the first.
      default_corpora: corpora that rows are of which do not say -> their manifest.
    """

    paths: dict[str, str] = dataclasses.field(default_factory=dict)
    twins: dict[str, str] = dataclasses.field(default_factory=dict)
    listed: dict[str, Path] = dataclasses.field(default_factory=dict)
    default_corpora: dict[str, Path] = dataclasses.field(default_factory=dict)


def add_manifest(
    found: Found,
    manifest: Path,
    listing: Listing,
    places: Sequence[Folder],
    prefix: str,
    allow_outside: bool = False,
) -> None:
    """Join a manifest's rows; they replace what readers made of the same recordings.

    Gender and language that a row leaves open are then the reader's, if corpus and
    speaker are too. What two manifests say alike is taken once.

    Args:
      found: joined to, in place.
      listing: its rows, each `file` as the manifest writes it.
      places: folders that its files may lie in; the first that has one wins.
      prefix: of the names of its files, but for those that have a name already.
      allow_outside: whether its files may lie outside these folders.

    Raises:
      ValueError: none of its files is there, one lies outside the folders, two
        recordings get one name, or another manifest gives its corpus or says otherwise
        of the same stretch.
    """
    _check_default_corpus(found, manifest, listing)
    names, advice = locate_files(
        found.paths, manifest, listing, places, prefix, allow_outside
    )
    found.notes += listing.notes
    fresh = {name for name in names.values() if name and name not in found.listed}
    known_of = _replace(found, fresh, manifest)
    twins = {(row.file, row.start_s, row.end_s): row for row in found.utterances}
    own: set[tuple[str, float, float | None]] = set()
    for row in listing.utterances:
        name = names[row.file]
        if name is None:
            reason = f"no such file, though {shown_manifest(manifest)} lists it"
            reason += advice.get(row.file, "")
            found.skipped.append(Skip(prefixed(prefix, row.file), reason, row.corpus))
            continue
        stretch = (name, row.start_s, row.end_s)
        twin = row if stretch in own else twins.get(stretch)
        if twin is not None:
            _check_twins(found, manifest, name, twin, row)
            continue
        own.add(stretch)
        known = known_of.get((name, row.corpus, row.speaker))
        found.utterances.append(
            dataclasses.replace(
                row,
                file=name,
                gender=row.gender or (known and known.gender),
                language=row.language or (known and known.language),
            )
        )
    for skip in listing.skipped:
        name = names[skip.file] or prefixed(prefix, skip.file)
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


def _check_default_corpus(found: Found, manifest: Path, listing: Listing) -> None:
    """Refuse a second manifest whose rows would join a corpus by its name alone."""
    if listing.default_corpus is None:
        return
    # Tables of one database are one corpus.
    is_table = is_audformat(manifest) and not manifest.is_dir()
    source = manifest.parent if is_table else manifest
    first = found.default_corpora.setdefault(listing.default_corpus, source)
    if first.resolve() != source.resolve():
        raise ValueError(
            f"{first} and {manifest}: both would be the corpus "
            f"{listing.default_corpus!r}; rename one, or give a column corpus."
        )


def _replace(
    found: Found, fresh: Collection[str], manifest: Path
) -> dict[tuple[str, str, str | None], Utterance]:
    """Take out what readers made of recordings that a manifest lists.

    Where it lists a second copy of one, the kept one becomes a skip.

    Returns:
      Listed name, corpus and speaker -> the reader's row.
    """
    listed_twin = {
        kept: name
        for name in fresh
        if (kept := found.twins.get(name)) is not None
        and kept not in found.listed
        and kept not in fresh
    }
    replaced: dict[tuple[str, str, str | None], Utterance] = {}
    remaining: list[Utterance] = []
    left_out: dict[str, Skip] = {}
    for row in found.utterances:
        name = listed_twin.get(row.file, row.file)
        if name not in fresh:
            remaining.append(row)
            continue
        replaced[name, row.corpus, row.speaker] = row
        if name != row.file:
            by = shown_manifest(manifest)
            reason = f"same recording as {name}, which {by} lists"
            left_out[row.file] = Skip(row.file, reason, row.corpus)
    found.utterances = remaining
    found.skipped = [skip for skip in found.skipped if skip.file not in fresh]
    found.skipped += left_out.values()
    for name in sorted(fresh):
        kept = found.copies.pop(name, None)
        if kept is not None and listed_twin.get(kept) == name:
            found.copies[kept] = name
        found.listed[name] = manifest
    return replaced


def _check_twins(
    found: Found, manifest: Path, name: str, first: Utterance, second: Utterance
) -> None:
    """Refuse rows of two manifests that differ, and two rows of one."""
    before = found.listed[name]
    by = f"{name} is listed twice with the same start and end, by {before}"
    if first is second or before == manifest:
        raise ValueError(f"{by} and by {manifest}. Remove one of the two rows.")
    for column in ("corpus", "label", "emotion", "speaker"):
        one, other = getattr(first, column), getattr(second, column)
        if one != other:
            raise ValueError(
                f"{by} ({column} {one or 'unknown'!r}) and by {manifest} ({column} "
                f"{other or 'unknown'!r}). Remove one of the two rows."
            )
