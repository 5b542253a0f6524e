"""A folder of .npy files, named as the recordings are, or by their stems."""

import math
import os
import re
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from serjax.corpora.utterance import Utterance
from serjax.data.audio import UnusableAudio
from serjax.data.given.entry import Entry, Source
from serjax.files import check_own_fault, replacing

_SEGMENT = re.compile(r"(?P<name>.+)_(?P<start>\d+\.\d{3})_(?P<end>\d+\.\d{3})")
_HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


class NpyFolder(Source):
    """Files `<name>.npy`, and `<name>_<start>_<end>.npy` of stretches; see `Source`."""

    kind = "npy"

    def __init__(self, folder: Path) -> None:
        self.entries = entries = list[Entry]()
        visited: set[str] = set()
        for top, subfolders, names in os.walk(folder, followlinks=True):
            real = os.path.realpath(top)
            if real in visited:  # a link to where we have been
                subfolders.clear()
                continue
            visited.add(real)
            for name in names:
                if name.endswith(".npy") and name[0] != ".":
                    entries += _entries_of(folder, os.path.join(top, name))
        entries.sort(key=lambda it: (it.key, it.name))
        if not entries:
            raise ValueError(f"features={folder} holds no .npy anywhere below it.")

    def read(self, entries: Sequence[Entry]) -> np.ndarray:
        """See `Source.read`."""
        (entry,) = entries
        return read_npy(entry.at)


def _entries_of(folder: Path, path: str) -> Iterator[Entry]:
    """A file as a recording's, and as a stretch's if it may be one."""
    key = os.path.relpath(path, folder).replace(os.sep, "/")
    name = key.removesuffix(".npy")
    yield Entry(key, name, at=path)
    if match := _SEGMENT.fullmatch(name):
        times = float(match["start"]), float(match["end"])
        yield Entry(key, match["name"], *times, at=path)


def feature_name(utterance: Utterance, length_s: float) -> str:
    """Name of an utterance's file in such a folder: `wav/a.npy`, `a_0.500_1.250.npy`.

    Args:
      length_s: of the utterance, in seconds; for a stretch to its file's end.
    """
    name = os.path.splitext(utterance.file)[0].lstrip("/")
    if utterance.is_segment:
        start_s, end_s = utterance.start_s, utterance.end_s
        end_s = start_s + length_s if end_s is None else end_s
        name = f"{name}_{start_s:.3f}_{end_s:.3f}"
    return f"{name}.npy"


def write_features(
    folder: Path, names: Sequence[str], features: Iterable[np.ndarray]
) -> None:
    """Write arrays to a folder of their own, whole or not at all.

    Raises:
      ValueError: the folder holds something, a name leads out of it, or two are one.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ValueError(f"{folder} holds something. Choose another, or remove it.")
    for name, count in Counter(names).items():
        if ".." in name.split("/") or count > 1:
            raise ValueError(
                f"{name!r} cannot be a file of features: it leads out of the folder, "
                "or two utterances have that name. Rename the recording."
            )
    with replacing(folder) as temporary:
        try:
            for name, array in zip(names, features, strict=True):
                path = temporary / name
                path.parent.mkdir(parents=True, exist_ok=True)
                np.save(path, array, allow_pickle=False)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise


def read_npy(path: str | Path) -> np.ndarray:
    """Read one array; what a pickle would say is never asked.

    Raises:
      UnusableAudio: it holds objects, ends early, or is no .npy.
    """
    try:
        with open(path, "rb") as file:
            version = np.lib.format.read_magic(file)
            if version not in _HEADERS:
                raise ValueError(f"a .npy of version {version}")
            shape, is_transposed, dtype = _HEADERS[version](file)
            if dtype.hasobject:
                raise UnusableAudio("an array of objects, which is never unpickled")
            told = math.prod(shape) * dtype.itemsize
            there = os.fstat(file.fileno()).st_size - file.tell()
            if there < told:
                raise UnusableAudio(
                    f"it ends early: {there} of the {told} bytes that its head tells"
                )
            array = np.frombuffer(file.read(told), dtype)
    except OSError as error:
        check_own_fault(path, error)
        raise UnusableAudio(f"cannot be read: {error.strerror}") from error
    except UnusableAudio:
        raise
    except (ValueError, EOFError) as error:
        raise UnusableAudio(f"no .npy of numbers: {error}") from error
    return array.reshape(shape[::-1]).T if is_transposed else array.reshape(shape)
