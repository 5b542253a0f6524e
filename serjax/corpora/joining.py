"""Joining a manifest's rows to what the readers found."""

import dataclasses
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from serjax.corpora.audformat_folder import is_audformat
from serjax.corpora.locating import locate_files
from serjax.corpora.reader import Reading
from serjax.corpora.rows import Listing
from serjax.corpora.sources import Folder
from serjax.corpora.speakers import speaker_key
from serjax.corpora.texts import shown_manifest
from serjax.corpora.utterance import Skip, Utterance


@dataclasses.dataclass
class Found(Reading):
    """What has been found so far, each file by its name in the data.

    Attributes:
      twins: as of a reading, and second copies too.
      paths: name -> where the file lies.
      listed: names that a manifest lists -> that manifest, the first.
      default_corpora: corpora that rows are of which do not say -> their manifest.
      read: names -> what readers made of them.
      written: speakers -> how many rows of manifests write them so.
    """

    paths: dict[str, str] = dataclasses.field(default_factory=dict)
    listed: dict[str, Path] = dataclasses.field(default_factory=dict)
    default_corpora: dict[str, Path] = dataclasses.field(default_factory=dict)
    read: dict[str, list[Utterance]] = dataclasses.field(default_factory=dict)
    written: Counter[str] = dataclasses.field(default_factory=Counter)


def add_manifest(
    found: Found,
    manifest: Path,
    listing: Listing,
    places: Sequence[Folder],
    prefix: str,
    allow_outside: bool = False,
    needs_files: bool = True,
) -> None:
    """Join a manifest's rows; they replace what readers made of the same recordings.

    If corpus and speaker are the reader's too, the speaker has the reader's spelling,
    and what a row leaves open of gender, language and further attributes (IEMOCAP's
    sessions) is the reader's; so is a speaker that it leaves open. What two manifests
    say alike is taken once.

    Args:
      places: folders that its files may lie in; the first that has one wins.
      prefix: of the names of its files, but for those that have a name already.
      allow_outside: whether its files may lie outside these folders.
      needs_files: whether a file that is nowhere is a skip.

    Raises:
      ValueError: none of its files is there, one lies outside the folders, two
        recordings get one name, or another manifest gives its corpus or says otherwise
        of the same stretch.
    """
    _check_default_corpus(found, manifest, listing)
    names, nowhere = locate_files(
        found.paths, manifest, listing, places, prefix, allow_outside, needs_files
    )
    there = {names[file] for file in names if file not in nowhere}
    _replace(found, there - found.listed.keys(), manifest)
    found.notes += listing.notes
    twins = {(row.file, row.start_s, row.end_s): row for row in found.utterances}
    own: set[tuple[str, float, float | None]] = set()
    for row in listing.utterances:
        name = names[row.file]
        if row.file in nowhere:
            reason = f"no such file, though {shown_manifest(manifest)} lists it"
            found.skipped.append(Skip(name, reason + nowhere[row.file], row.corpus))
            continue
        known = _known(found, name, row)
        found.written[row.speaker or ""] += 1
        row = dataclasses.replace(row, file=name)
        if known:
            told = {it: value for it, value in row.extra if value is not None}
            row = dataclasses.replace(
                row,
                speaker=known.speaker,
                gender=row.gender or known.gender,
                language=row.language or known.language,
                extra=tuple((dict(row.extra) | dict(known.extra) | told).items()),
            )
        stretch = (name, row.start_s, row.end_s)
        twin = row if stretch in own else twins.get(stretch)
        if twin is not None:
            _check_twins(found, manifest, name, twin, row)
            continue
        own.add(stretch)
        found.utterances.append(row)
    found.skipped += [
        dataclasses.replace(skip, file=names[skip.file]) for skip in listing.skipped
    ]


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


def _known(found: Found, name: str, row: Utterance) -> Utterance | None:
    """What a reader made of a row's recording, if both are of one speaker's."""
    its = [it for it in found.read.get(name, ()) if it.corpus == row.corpus]
    if row.speaker is None:
        return its[0] if len({it.speaker for it in its}) == 1 else None
    key = speaker_key(row.speaker)
    return next((it for it in its if speaker_key(it.speaker) == key), None)


def _replace(found: Found, fresh: set[str], manifest: Path) -> None:
    """Take out what readers made of recordings that a manifest lists.

    Where it lists a second copy of one, the kept one becomes a skip.
    """
    found.listed |= dict.fromkeys(fresh, manifest)
    twin_of = {found.twins[it]: it for it in sorted(fresh) if it in found.twins}
    for name in fresh:
        found.read.setdefault(name, found.read.get(found.twins.get(name, name), []))
    remaining: list[Utterance] = []
    left_out: dict[str, Skip] = {}
    for row in found.utterances:
        if row.file in twin_of and row.file not in found.listed:
            by = f"{twin_of[row.file]}, which {shown_manifest(manifest)} lists"
            reason = f"same recording as {by}"
            left_out[row.file] = Skip(row.file, reason, row.corpus)
        elif row.file not in fresh:
            remaining.append(row)
    found.utterances = remaining
    found.skipped = [skip for skip in found.skipped if skip.file not in fresh]
    found.skipped += left_out.values()
    for name in fresh:
        kept = found.copies.pop(name, "")
        if kept in left_out and twin_of[kept] == name:
            found.copies[kept] = name


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
        form = speaker_key if column == "speaker" else str
        if form(one) != form(other):
            raise ValueError(
                f"{by} ({column} {one or 'unknown'!r}) and by {manifest} ({column} "
                f"{other or 'unknown'!r}). Remove one of the two rows."
            )
