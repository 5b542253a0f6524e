"""What lies below a folder: audio, and the files that may describe it."""

import dataclasses
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from serjax.corpora.utterance import Skip
from serjax.files import check_own_fault

AUDIO_ENDINGS = frozenset(
    ".wav .wave .flac .ogg .oga .opus .mp3 .aif .aiff .aifc .au .snd .sph .nist .w64 "
    ".rf64 .caf .voc .sd2 .svx .avr .pvf .htk .paf .ircam .sf .wve".split()
)
"""Endings of audio files that libsndfile reads, in lower case."""

_UNDECODABLE = frozenset(".m4a .m4b .aac .ac3 .mka .wma .amr .ape .wv".split())
_VIDEO = ".mp4 .m4v .mov .avi .mkv .flv .webm .3gp .wmv .mpg .mpeg .mts .ogv".split()
_ARCHIVE = ".zip .tar .tgz .gz .tbz2 .bz2 .txz .xz .zst .7z .rar".split()
# Counted by folder, because corpora hold thousands.
_COUNTED = {
    **dict.fromkeys(_VIDEO, ("video", "serjax reads audio alone")),
    **dict.fromkeys(_ARCHIVE, ("archive", "unpack it if it holds recordings")),
}
# What stands in a name for bytes that are not UTF-8.
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclasses.dataclass(frozen=True)
class Tree:
    """The files below a folder, each relative to it, `/` between parts, sorted.

    Hidden files and folders are left out: `._name.wav` is macOS's, and no audio.

    Attributes:
      root: the folder.
      audio: files with an ending of audio.
      others: the other files; a reader may find labels or speakers in them.
      unreadable: audio that cannot be named or decoded, and folders of videos or
        archives, with reasons.
      prefix: what the files' names begin with in the data, as `epst/`.
    """

    root: Path
    audio: tuple[str, ...]
    others: tuple[str, ...] = ()
    unreadable: tuple[Skip, ...] = ()
    prefix: str = ""

    def name(self, file: str) -> str:
        """Name of a file in the data, for reasons."""
        return self.prefix + file


def find_files(root: str | Path) -> Tree:
    """Find the files below a folder; links are followed, loops end.

    Raises:
      ValueError: the folder holds no audio, or one in it cannot be listed.
      OSError: the folder does not exist.
    """
    root = Path(root)
    audio: list[str] = []
    others: list[str] = []
    unreadable: list[Skip] = []
    visited: set[str] = set()
    top = os.path.join(root, "")
    for folder, subfolders, names in os.walk(root, True, _refuse, followlinks=True):
        real = os.path.realpath(folder)
        if real in visited:  # A link to where we have been, perhaps a loop.
            subfolders.clear()
            continue
        visited.add(real)
        subfolders[:] = sorted(name for name in subfolders if name[0] != ".")
        inside = os.path.join(folder, "").removeprefix(top).replace(os.sep, "/")
        names = [name for name in names if name[0] != "."]
        unreadable += _count(inside, names)
        for name in names:
            file = inside + name
            ending = os.path.splitext(name)[1].lower()
            if _SURROGATE.search(file):
                if ending in AUDIO_ENDINGS | _UNDECODABLE:
                    reason = "its name is not UTF-8; rename it"
                    unreadable.append(Skip(_shown(file), reason))
            elif ending in _UNDECODABLE:
                reason = f"libsndfile cannot decode {ending}; convert it to WAV or FLAC"
                unreadable.append(Skip(file, reason))
            elif ending in AUDIO_ENDINGS:
                audio.append(file)  # What is no plain file is a skip when it is read.
            else:
                path = os.path.join(folder, name)
                # A reader would wait for a pipe or a device without end.
                if os.path.isfile(path) or not os.path.exists(path):
                    others.append(file)
    if not audio and not unreadable:
        raise ValueError(
            f"No audio in {root}: no file with an ending such as .wav or .flac "
            "anywhere below it. Give the folder that holds the recordings."
        )
    return Tree(root, tuple(sorted(audio)), tuple(sorted(others)), tuple(unreadable))


def is_lfs_pointer(path: Path) -> bool:
    """Whether a file is what Git leaves where LFS has not fetched the content."""
    if path.stat().st_size >= 200:
        return False
    with path.open("rb") as file:
        return file.read(23) == b"version https://git-lfs"


def _count(inside: str, names: Iterable[str]) -> Iterator[Skip]:
    """One skip for all videos of a folder, and one for all archives."""
    counted: dict[tuple[str, str], list[str]] = {}
    for name in names:
        if kind := _COUNTED.get(os.path.splitext(name)[1].lower()):
            counted.setdefault(kind, []).append(name)
    for (kind, advice), its in counted.items():
        more = "s, as this one" if len(its) > 1 else ""
        reason = f"{len(its)} {kind}{more}; {advice}"
        yield Skip(_shown(inside + min(its)), reason)


def _refuse(error: OSError) -> None:
    """Folders that cannot be listed are never passed over."""
    check_own_fault(error.filename, error)
    raise ValueError(
        f"{error.filename} cannot be listed: {error.strerror}. Make it readable, or "
        "move it out of the data folder."
    ) from error


def _shown(file: str) -> str:
    return os.fsencode(file).decode("utf-8", "backslashreplace")
