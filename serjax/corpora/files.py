"""What lies below a folder: audio, and the files that may describe it."""

import dataclasses
import os
from pathlib import Path

from serjax.corpora.utterance import Skip

AUDIO_ENDINGS = frozenset(
    ".wav .wave .flac .ogg .oga .opus .mp3 .aif .aiff .aifc .au .snd .sph .nist .w64 "
    ".rf64 .caf .voc .sd2 .svx .avr .pvf .htk .paf .ircam .sf .wve".split()
)
"""Endings of audio files that libsndfile reads, in lower case."""


@dataclasses.dataclass(frozen=True)
class Tree:
    """The files below a folder, each relative to it, `/` between parts, sorted.

    Hidden files and folders are left out: `._name.wav` is macOS's, and no audio.

    Attributes:
      root: the folder.
      audio: files with an ending of audio.
      others: the other files; a reader may find labels or speakers in them.
      unnameable: audio whose name is no text, with the reason.
    """

    root: Path
    audio: tuple[str, ...]
    others: tuple[str, ...] = ()
    unnameable: tuple[Skip, ...] = ()


def find_files(root: Path) -> Tree:
    """Find the files below a folder; links are followed, loops end.

    Raises:
      ValueError: the folder does not exist, holds no audio, or one in it cannot be
        listed.
    """
    if not root.is_dir():
        raise ValueError(
            f"No such folder: {root}. Give --data a folder with corpora anywhere below "
            "it, or 'synthetic'."
        )
    audio: list[str] = []
    others: list[str] = []
    unnameable: list[Skip] = []
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
        for name in names:
            if name[0] == ".":
                continue
            file = inside + name
            is_audio = os.path.splitext(name)[1].lower() in AUDIO_ENDINGS
            if file.isprintable() or _is_text(file):
                (audio if is_audio else others).append(file)
            elif is_audio:
                shown = os.fsencode(file).decode("utf-8", "backslashreplace")
                unnameable.append(Skip(shown, "its name is not UTF-8; rename it"))
    if not audio and not unnameable:
        raise ValueError(
            f"No audio in {root}: no file with an ending such as .wav or .flac "
            "anywhere below it. Give --data the folder that holds the corpora."
        )
    return Tree(root, tuple(sorted(audio)), tuple(sorted(others)), tuple(unnameable))


def _refuse(error: OSError) -> None:
    """Folders that cannot be listed are never passed over."""
    raise ValueError(
        f"{error.filename} cannot be listed: {error.strerror}. Make it readable, or "
        "move it out of the data folder."
    ) from error


def _is_text(file: str) -> bool:
    try:
        file.encode()
    except UnicodeEncodeError:
        return False
    return True
