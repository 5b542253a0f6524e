"""Where recordings come from: the folders of `--data`, and users' manifests."""

import dataclasses
import json
import os
import re
from collections.abc import Sequence
from pathlib import Path

from serjax.config import DataSettings

_PAIR = re.compile(r"(?P<corpus>[\w-]+)=(?P<folder>.+)", re.DOTALL)


@dataclasses.dataclass(frozen=True)
class Folder:
    """A folder that corpora lie below.

    Attributes:
      path: the folder.
      corpus: the one corpus that is read from it, None for any; then the names of its
        files begin with the corpus's.
    """

    path: Path
    corpus: str | None = None

    def name(self, file: str) -> str:
        """Name of a file of this folder, given relative to it."""
        return file if self.corpus is None else f"{self.corpus}/{file}"

    def locate(self, name: str) -> str | None:
        """Path of the file that `name` gives that name; None if it is of another's."""
        if self.corpus is None:
            return os.path.join(self.path, name)
        head, _, file = name.partition("/")
        return os.path.join(self.path, file) if head == self.corpus else None


def parse_data(text: str) -> tuple[Folder, ...]:
    """Read `--data`: one folder, or pairs `corpus=folder`, comma separated.

    Raises:
      ValueError: a folder does not exist, or a corpus is named twice.
    """
    if not text:
        return ()
    whole = Path(text).expanduser()
    pairs = [_PAIR.fullmatch(part.strip()) for part in re.split(r",(?=[\w-]+=)", text)]
    if whole.is_dir() or None in pairs:
        folders = [Folder(whole)]
    else:
        folders = [
            Folder(Path(pair["folder"]).expanduser(), pair["corpus"].lower())
            for pair in pairs
            if pair
        ]
    names = [folder.corpus for folder in folders]
    if len(set(names)) < len(names):
        raise ValueError(f"data={text!r}: a corpus is named twice.")
    for folder in folders:
        if not folder.path.is_dir():
            raise ValueError(
                f"No such folder: {folder.path}. Give --data a folder with corpora "
                "anywhere below it, or pairs such as ravdess=DIR,emodb=DIR, or "
                "'synthetic'."
            )
    return tuple(folders)


def manifest_folder(manifest: Path) -> Path:
    """The folder that a manifest's paths are relative to: its own, or itself."""
    return manifest if manifest.is_dir() else manifest.parent


def manifest_name(manifest: Path) -> str:
    """Name of a manifest's corpus, where its rows do not say: the file's stem."""
    return manifest.resolve().name if manifest.is_dir() else manifest.stem


def recorded_folders(manifest: Path) -> tuple[Folder, ...]:
    """Folders that the files of a prepared manifest lie in.

    `experiments.prepare` writes names relative to the data folder, and beside them a
    config.json that says which folder that was.
    """
    try:
        text = (manifest_folder(manifest) / "config.json").read_text("utf-8")
        settings = json.loads(text)["settings"]
        data = DataSettings(data=settings["data"], manifest=tuple(settings["manifest"]))
        folders = [*parse_data("" if data.is_synthetic else data.data)]
    except (OSError, ValueError, KeyError, TypeError):
        return ()  # None of ours, or what it names has gone.
    names = manifest_names(data.manifest)
    for path, name in zip(data.manifest, names, strict=True):
        folder = manifest_folder(Path(path).expanduser())
        folders += [Folder(folder), Folder(folder, name)]
    return tuple(folders)


def manifest_names(manifests: Sequence[str]) -> list[str]:
    """A name for each manifest, its stem, made unique by a number."""
    names: list[str] = []
    for path in manifests:
        stem = manifest_name(Path(path).expanduser())
        count = sum(name == stem or name.startswith(f"{stem}-") for name in names)
        names.append(stem if stem not in names else f"{stem}-{count + 1}")
    return names
