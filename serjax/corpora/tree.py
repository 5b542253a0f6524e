"""From folders and manifests to utterances: find audio, ask the readers, join."""

import dataclasses
import os
from collections.abc import Mapping, Sequence

from serjax.config import DataSettings
from serjax.corpora import sources
from serjax.corpora.copies import drop_copies, refuse_clashes
from serjax.corpora.crema_d import CremaD
from serjax.corpora.emodb import EmoDb
from serjax.corpora.emovo import Emovo
from serjax.corpora.epst import Epst
from serjax.corpora.files import Tree, find_files
from serjax.corpora.iemocap import Iemocap
from serjax.corpora.joining import Found, add_manifest, even_out
from serjax.corpora.labels import LabelTable, read_labels
from serjax.corpora.manifest import read_manifest
from serjax.corpora.names import check_names, find_corpora
from serjax.corpora.ravdess import Ravdess
from serjax.corpora.reader import Reader, Reading
from serjax.corpora.savee import Savee
from serjax.corpora.speakers import settle_speakers
from serjax.corpora.tess import Tess
from serjax.corpora.utterance import NothingUsable, Skip, Utterance
from serjax.errors import readable_errors


@dataclasses.dataclass(frozen=True)
class Corpora:
    """Everything that was found in the folders and manifests given.

    Attributes:
      utterances: sorted by file and start.
      skipped: files left out, and why, sorted by file.
      paths: where each `file` lies, of utterances and of copies.
      copies: second copies of a recording -> the one that is kept. They have one name
        and one size; `serjax.data` compares their bytes.
      listed: files that a manifest lists.
      classes: the emotion classes, in the order of every array over classes.
      notes: cells of the user's label map that matched no recording; what of manifests
        was not taken as it is written, and what may be a slip; in words.
    """

    utterances: tuple[Utterance, ...]
    skipped: tuple[Skip, ...]
    paths: Mapping[str, str]
    copies: Mapping[str, str]
    listed: frozenset[str]
    classes: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def corpora(self) -> tuple[str, ...]:
        """Names of the corpora present, sorted."""
        return tuple(sorted({utterance.corpus for utterance in self.utterances}))

    def only(self, names: Sequence[str]) -> "Corpora":
        """Keep the corpora that are named, in any case, and what is skipped of none.

        Raises:
          ValueError: one is not present.
        """
        names = find_corpora("corpora", names, self.corpora)
        rows = tuple(row for row in self.utterances if row.corpus in names)
        skipped = tuple(it for it in self.skipped if it.corpus in (None, *names))
        return dataclasses.replace(self, utterances=rows, skipped=skipped)


def make_readers(data: DataSettings) -> tuple[Reader, ...]:
    """The readers that are asked, one per corpus: another corpus is a line here."""
    return (
        CremaD(),
        EmoDb(),
        Emovo(),
        Epst(data.epst_speakers),
        Iemocap(),
        Ravdess(song=data.ravdess_song),
        Savee(),
        Tess(),
    )


@readable_errors()
def read_corpora(
    data: DataSettings, cache_dir: str = "", readers: Sequence[Reader] | None = None
) -> Corpora:
    """Read every corpus of the folders and manifests given, or the synthetic ones.

    A recording that a manifest lists is read by the manifest alone, also where it lies
    in the data folder. No audio is opened.

    Args:
      cache_dir: where synthetic speech is written, as `RunSettings.cache_dir`.
      readers: which readers to ask; None for those of `make_readers`.

    Raises:
      ValueError: no such folder; no audio in it, or none that a reader knows; a label
        that no mapping knows; a file that two readers claim; two different recordings
        under one name; a manifest that cannot be read; no corpus of a name given.

    Example:
      >>> read_corpora(DataSettings(data="emodb=corpora/emodb")).corpora
      ('emodb',)
    """
    labels = read_labels(data.label_map)
    folders = sources.data_folders(data, cache_dir)
    readers = make_readers(data) if readers is None else readers
    found = Found()
    for folder in folders:
        _add_folder(found, folder, readers, labels, alone=not data.manifest)
    _add_manifests(found, data, folders, labels, cache_dir)
    skipped = tuple(sorted(found.skipped, key=lambda skip: (skip.file, skip.reason)))
    if not found.utterances:
        first = skipped[0] if skipped else Skip("", "nothing is listed")
        given = " and ".join(filter(None, (data.data, *data.manifest)))
        raise NothingUsable(
            f"Nothing to use in {given}: all {len(skipped)} audio files are left out, "
            f"the first, {first.file}, because: {first.reason}.",
            skipped,
        )
    check_names({row.corpus for row in found.utterances})
    rows, notes = settle_speakers(found.utterances, found.read, found.written)
    notes += [f"{text} ({number:,} rows)" for text, number in found.notes.items()]
    if data.split == "ignore":
        given = sorted({row.corpus for row in rows if row.part is not None})
        rows = [dataclasses.replace(row, part=None) for row in rows]
        notes += [f"{it}: its given split is left out (--split)" for it in given]
    corpora = Corpora(
        even_out(rows),
        skipped,
        found.paths,
        found.copies,
        frozenset(found.listed),
        labels.classes,
        (*notes, *labels.unused(row.corpus for row in found.utterances)),
    )
    return corpora.only(data.corpora) if data.corpora else corpora


def _add_folder(
    found: Found,
    folder: sources.Folder,
    readers: Sequence[Reader],
    labels: LabelTable,
    alone: bool,
) -> None:
    """Read the corpora of a folder; `alone` if no manifest may know its files."""
    if folder.corpus is not None:
        known = ", ".join(sorted(reader.corpus for reader in readers))
        readers = [reader for reader in readers if reader.corpus == folder.corpus]
        if not readers:
            raise ValueError(
                f"data={folder.corpus}={folder.path}: no reader of that name; expected "
                f"one of {known}. A corpus of your own comes with --manifest."
            )
    tree = dataclasses.replace(find_files(folder.path), prefix=folder.name(""))
    claimed, skipped = _claim(tree, readers, alone)
    skipped += tree.unreadable
    for reader in readers:
        others = Reading()
        files = drop_copies(tree, reader, claimed[reader.corpus], others)
        read = reader.read(tree, files, labels)
        for reading in (others, read):
            refuse_clashes(tree, reader, reading)
            skipped += reading.skipped
            for one, kept in (reading.twins | reading.copies).items():
                found.twins[tree.name(one)] = tree.name(kept)
            for one, kept in reading.copies.items():
                found.copies[tree.name(one)] = tree.name(kept)
        for row in read.utterances:
            row = dataclasses.replace(row, file=tree.name(row.file))
            found.utterances.append(row)
            found.read.setdefault(row.file, []).append(row)
    found.paths |= {tree.name(it): os.path.join(tree.root, it) for it in tree.audio}
    found.skipped += [
        dataclasses.replace(skip, file=tree.name(skip.file)) for skip in skipped
    ]


def _add_manifests(
    found: Found,
    data: DataSettings,
    folders: Sequence[sources.Folder],
    labels: LabelTable,
    cache_dir: str,
) -> None:
    """Join the manifests' rows to what was found in the folders."""
    num_sources = len(folders) + len(data.manifest)
    manifests = sources.named_manifests(data.manifest)
    for name, manifest in manifests.items():
        places = (
            *sources.manifest_folders(manifest),
            *folders,
            *sources.recorded_folders(manifest, cache_dir, folders, manifests.values()),
        )
        prefix = f"{name}/" if num_sources > 1 else ""
        listing = read_manifest(manifest, labels)
        asked = data.allow_outside_data, not data.features
        add_manifest(found, manifest, listing, places, prefix, *asked)


def _claim(
    tree: Tree, readers: Sequence[Reader], alone: bool
) -> tuple[dict[str, list[str]], list[Skip]]:
    """Give each file to the reader that knows its name: by corpus, and the rest."""
    claimed: dict[str, list[str]] = {reader.corpus: [] for reader in readers}
    names = ", ".join(sorted(claimed))
    skipped: list[Skip] = []
    for file in tree.audio:
        owners = [reader.corpus for reader in readers if reader.claims(file)]
        if len(owners) > 1:
            raise ValueError(
                f"{file} in {tree.root} is claimed by {' and by '.join(owners)}; a "
                "recording belongs to one corpus. Rename it, or move it out of the "
                "folder."
            )
        if owners:
            claimed[owners[0]].append(file)
        else:
            skipped.append(Skip(file, f"its name is none of {names}"))
    if tree.audio and not any(claimed.values()) and alone:
        advice = (
            "Keep the corpora's official file names, or list the files of your own "
            "with --manifest."
        )
        root = tree.root.resolve()
        for reader in readers:
            # SAVEE's speakers are folders.
            if any(reader.claims(f"{root.name}/{file}") for file in tree.audio):
                advice = (
                    f"Give the folder above, {root.parent}: names of {reader.corpus} "
                    "begin with the folder that the files lie in."
                )
                break
        raise ValueError(
            f"None of the {len(tree.audio)} audio files in {tree.root} has a name of a "
            f"known corpus ({names}); the first is {tree.audio[0]}. {advice}"
        )
    return claimed, skipped
