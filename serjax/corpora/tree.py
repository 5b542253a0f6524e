"""From a folder of recordings to utterances: find audio, ask the readers."""

import dataclasses
import filecmp
import os
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from serjax.cache import cache_root
from serjax.config import DataSettings
from serjax.corpora.emodb import EmoDb
from serjax.corpora.emovo import Emovo
from serjax.corpora.labels import read_labels
from serjax.corpora.ravdess import Ravdess
from serjax.corpora.reader import Reader
from serjax.corpora.tess import Tess
from serjax.corpora.utterance import Skip, Utterance

AUDIO_ENDINGS = frozenset(
    ".wav .wave .flac .ogg .oga .opus .mp3 .aif .aiff .aifc .au .snd .sph .nist .w64 "
    ".rf64 .caf .voc .sd2 .svx .avr .pvf .htk .paf .ircam .sf .wve".split()
)
"""Endings of audio files that libsndfile reads, in lower case."""


@dataclasses.dataclass(frozen=True)
class Corpora:
    """Everything that was found below one folder.

    Attributes:
      root: the folder; every `file` is relative to it.
      utterances: sorted by file and start.
      skipped: files left out, and why, sorted by file.
    """

    root: Path
    utterances: tuple[Utterance, ...]
    skipped: tuple[Skip, ...]

    @property
    def corpora(self) -> tuple[str, ...]:
        """Names of the corpora present, sorted."""
        return tuple(sorted({utterance.corpus for utterance in self.utterances}))


def make_readers(data: DataSettings) -> tuple[Reader, ...]:
    """The readers that are asked, one per corpus."""
    return (EmoDb(), Emovo(), Ravdess(song=data.ravdess_song), Tess())


def read_corpora(
    data: DataSettings, cache_dir: str = "", readers: Sequence[Reader] | None = None
) -> Corpora:
    """Read every corpus below the folder `data.data`, or the synthetic ones.

    Args:
      data: the settings; `data`, `label_map` and `ravdess_song` are used.
      cache_dir: where synthetic speech is written, as `RunSettings.cache_dir`.
      readers: which readers to ask; None for those of `make_readers`.

    Raises:
      ValueError: no such folder; no audio in it, or none that a reader knows; a label
        that no mapping knows; a file that two readers claim; two different recordings
        under one name.

    Example:
      >>> read_corpora(DataSettings(data="synthetic")).corpora
      ('emodb', 'emovo', 'ravdess', 'tess')
    """
    labels = read_labels(data.label_map)
    if data.data == "synthetic":
        # Imported here: real speech needs no synthesiser, nor its scipy.
        from serjax.corpora.synthetic import synthetic_root

        root = synthetic_root(cache_root(cache_dir))
    else:
        root = Path(data.data).expanduser()
    readers = make_readers(data) if readers is None else readers
    claimed, skipped = _claim(root, find_audio(root), readers)
    utterances: list[Utterance] = []
    for reader in readers:
        files, copies = _drop_copies(root, reader, claimed[reader.corpus])
        reading = reader.read(root, files, labels)
        utterances += reading.utterances
        skipped += [*reading.skipped, *copies]
    skipped.sort(key=lambda skip: skip.file)
    if not utterances:
        raise ValueError(
            f"Nothing to use in {root}: all {len(skipped)} audio files are left out, "
            f"the first, {skipped[0].file}, because: {skipped[0].reason}."
        )
    utterances.sort(key=lambda row: (row.file, row.start_s))
    return Corpora(root, tuple(utterances), tuple(skipped))


def find_audio(root: Path) -> list[str]:
    """All audio files below a folder, relative to it, with `/` between parts, sorted.

    Hidden files and folders are left out: `._name.wav` is macOS's, and no audio. Links
    are followed.

    Raises:
      ValueError: the folder does not exist, or holds no audio.
    """
    if not root.is_dir():
        raise ValueError(
            f"No such folder: {root}. Give --data a folder with corpora anywhere below "
            "it, or 'synthetic'."
        )
    found: list[str] = []
    visited: set[str] = set()
    for folder, subfolders, names in os.walk(root, followlinks=True):
        real = os.path.realpath(folder)
        if real in visited:  # A link to where we have been, perhaps a loop.
            subfolders.clear()
            continue
        visited.add(real)
        subfolders[:] = sorted(name for name in subfolders if name[0] != ".")
        for name in names:
            ending = os.path.splitext(name)[1].lower()
            if ending in AUDIO_ENDINGS and name[0] != ".":
                found.append((Path(folder) / name).relative_to(root).as_posix())
    if not found:
        raise ValueError(
            f"No audio in {root}: no file with an ending such as .wav or .flac "
            "anywhere below it. Give --data the folder that holds the corpora."
        )
    return sorted(found)


def _claim(
    root: Path, files: list[str], readers: Sequence[Reader]
) -> tuple[dict[str, list[str]], list[Skip]]:
    """Give each file to the reader that knows its name: by corpus, and the rest."""
    claimed: dict[str, list[str]] = {reader.corpus: [] for reader in readers}
    names = ", ".join(sorted(claimed))
    skipped: list[Skip] = []
    for file in files:
        owners = [reader.corpus for reader in readers if reader.claims(file)]
        if len(owners) > 1:
            raise ValueError(
                f"{file} in {root} is claimed by {' and by '.join(owners)}; a "
                "recording belongs to one corpus. Rename it, or move it out of the "
                "folder."
            )
        if owners:
            claimed[owners[0]].append(file)
        else:
            skipped.append(Skip(file, f"its name is none of {names}"))
    if len(skipped) == len(files):
        raise ValueError(
            f"None of the {len(files)} audio files in {root} has a name of a known "
            f"corpus ({names}); the first is {files[0]}. Keep the corpora's official "
            "file names."
        )
    return claimed, skipped


def _drop_copies(
    root: Path, reader: Reader, files: list[str]
) -> tuple[list[str], list[Skip]]:
    """Keep the first of the files that hold one recording: downloads repeat some."""
    first: dict[str, str] = {}
    skipped: list[Skip] = []
    for file in files:
        name = reader.official_name(file)
        if name not in first:
            first[name] = file
        elif filecmp.cmp(root / first[name], root / file, shallow=False):
            skipped.append(Skip(file, f"same recording as {first[name]}"))
        else:
            raise ValueError(
                f"Two different recordings in {root} bear the name "
                f"{PurePosixPath(file).stem} of {reader.corpus}: {first[name]} and "
                f"{file}. Keep the right one."
            )
    return list(first.values()), skipped
