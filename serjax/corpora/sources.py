"""Where recordings come from: the folders of `--data`, and users' manifests."""

import contextlib
import dataclasses
import os
import re
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from serjax.cache import cache_root
from serjax.config import DataSettings
from serjax.corpora.disk_names import as_on_disk
from serjax.json_files import check_json, read_json
from serjax.paths import expand

_PAIR = re.compile(r"([\w-]+)=(.+)", re.DOTALL)


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


def parse_data(text: str, base: Path = Path()) -> tuple[Folder, ...]:
    """Read `--data`: one folder, or pairs `corpus=folder`, relative to `base`.

    Raises:
      ValueError: a folder does not exist, or a corpus is named twice.
    """
    if not text:
        return ()
    folders = [Folder(_given(text, "data", base))]
    if not os.path.isdir(folders[0].path) and (pairs := _pairs(text)):
        folders = [Folder(_given(path, "data", base), name) for name, path in pairs]
    names = [folder.corpus for folder in folders]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ValueError(
            f"data={text!r}: {twice} is named twice. Give the folder above its folders."
        )
    for folder in folders:
        if not os.path.isdir(folder.path):
            is_file = os.path.isfile(folder.path)
            unpack = " It is a file; unpack it if it is an archive." if is_file else ""
            raise ValueError(
                f"No such folder: {folder.path}.{unpack} Give --data a folder with "
                "corpora anywhere below it, or pairs such as ravdess=DIR,emodb=DIR, or "
                "'synthetic'."
            )
    return tuple(folders)


def data_folders(
    data: DataSettings, cache_dir: str = "", base: Path = Path()
) -> tuple[Folder, ...]:
    """Folders that `--data` names, or the synthetic one, written if need be."""
    if not data.is_synthetic:
        return parse_data(data.data, base)
    # Imported here: real speech needs no synthesiser, nor its scipy.
    from serjax.corpora.synthetic import synthetic_root

    return (Folder(synthetic_root(cache_root(cache_dir))),)


def _pairs(text: str) -> list[tuple[str, str]]:
    """Read pairs `corpus=folder`; none if the text is anything else."""
    parts = re.split(r",\s*(?=[\w-]+=)", text)
    pairs = [_PAIR.fullmatch(part.strip()) for part in parts]
    return [(it[1].lower(), it[2]) for it in pairs if it] if all(pairs) else []


def _given(text: str | Path, name: str, base: Path = Path()) -> Path:
    """The path that a user means by a setting."""
    return as_on_disk(base / expand(text, name))


def manifest_path(text: str | Path) -> Path:
    """The manifest that a path names: the folder of a `db.yaml` or `wav.scp`."""
    path = _given(text, "manifest")
    return path.parent if path.name in ("db.yaml", "wav.scp") else path


def manifest_folders(manifest: Path) -> tuple[Folder, ...]:
    """Folders that a manifest's paths may be relative to: the first is its own.

    EmoBox's and Kaldi's paths are relative to the folder that their tools run in, which
    is up to three above.
    """
    own = manifest if os.path.isdir(manifest) else manifest.parent
    above = manifest.suffix.lower() == ".jsonl" or os.path.isfile(manifest / "wav.scp")
    parents = own.absolute().parents[:3] if above else ()
    return tuple(Folder(path) for path in (own, *parents))


def manifest_name(manifest: Path) -> str:
    """Name of a manifest's corpus, where its rows do not say: the file's stem."""
    return manifest.resolve().name if os.path.isdir(manifest) else manifest.stem


def named_manifests(manifests: Sequence[str]) -> dict[str, Path]:
    """Manifests by their names: the stems, made unique by a number."""
    named: dict[str, Path] = {}
    for path in map(manifest_path, manifests):
        name = stem = manifest_name(path)
        number = 1
        while name in named:
            number += 1
            name = f"{stem}-{number}"
        named[name] = path
    return named


def recorded_settings(manifest: Path) -> DataSettings | None:
    """The data that a prepared manifest was made from; None if it is another's.

    `experiments.prepare` writes them to the config.json beside it.
    """
    config = manifest.absolute().with_name("config.json")
    if not config.is_file():  # A pipe would never end.
        return None
    try:
        settings = read_json(config, dict[str, Any])["settings"]
        paths = {name: settings[name] for name in ("data", "manifest")}
        return check_json(paths, DataSettings, config)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def recorded_folders(
    manifest: Path,
    cache_dir: str = "",
    folders: Sequence[Folder] = (),
    manifests: Collection[Path] = (),
    seen: Sequence[Path] = (),
) -> tuple[Folder, ...]:
    """Folders that the files of a prepared manifest lie in.

    Its names are relative to the data folder of then, which was given relative to the
    working directory: both that of now and the manifest's folder are tried, and what
    is given now. What was prepared may itself have been a prepared manifest.

    Args:
      folders: those of `--data`.
      manifests: those given beside it; one of a recorded one's name may be the same.
      seen: manifests that have been looked into.
    """
    settings = recorded_settings(manifest)
    if settings is None:
        return ()
    bases = (Path(), manifest.absolute().parent)
    places: list[Folder] = []
    for base in bases:
        # A folder that has gone is no error: its files become listed skips.
        with contextlib.suppress(ValueError):
            places += data_folders(settings, cache_dir, base)
    corpora = [name for name, _ in _pairs(settings.data)]
    places += [Folder(it.path, name) for it in folders for name in (None, *corpora)]
    for name, path in named_manifests(settings.manifest).items():
        given = [it for it in manifests if it.name == path.name and it != manifest]
        for candidate in (*(base / path for base in bases), *given):
            its = [*manifest_folders(candidate)]
            if candidate.absolute() not in seen:
                before = (*seen, manifest.absolute(), candidate.absolute())
                its += recorded_folders(candidate, cache_dir, seen=before)
            places += its
            places += [Folder(it.path, name) for it in its if it.corpus is None]
    return tuple(dict.fromkeys(places))
