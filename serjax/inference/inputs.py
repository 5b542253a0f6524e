"""What a user wants judged: files, folders, lists and manifests -> inputs."""

import dataclasses
import math
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from serjax.corpora import Skip, find_files
from serjax.corpora.audformat_folder import is_audformat
from serjax.corpora.disk_names import DiskNames, as_on_disk
from serjax.corpora.kaldi import is_kaldi
from serjax.corpora.locating import find_file
from serjax.corpora.manifest import read_stretches
from serjax.corpora.rows import clean_cells
from serjax.corpora.sources import Folder, manifest_folders, recorded_folders
from serjax.corpora.texts import Row, read_lines, shown_manifest
from serjax.corpora.times import read_times
from serjax.data import UnusableAudio
from serjax.data.audio import read_duration_s
from serjax.data.extraction import skip_of
from serjax.errors import readable_errors
from serjax.inference.stream import Input
from serjax.paths import expand

_TABLES = frozenset(".csv .tsv .jsonl .json .parquet .scp .yaml".split())
_TIMES_DIGITS = 6


@dataclasses.dataclass(frozen=True)
class Listed:
    """Everything that is to be judged, in the order given.

    Attributes:
      inputs: the stretches; and what cannot be judged, with reasons.
      num_twice: stretches that were given a second time, and are judged once.
    """

    inputs: tuple[Input | Skip, ...]
    num_twice: int = 0


@readable_errors()
def list_inputs(
    given: Sequence[str], speakers: str = "", stdin: str | None = None
) -> Listed:
    """List what is to be judged. No audio is opened.

    Args:
      given: each an audio file; a folder, for all audio below it; `@` and a file that
        lists a path on each line; or a manifest, of which labels are not needed: a
        table with the column `file`, a .jsonl, a Kaldi folder or its wav.scp, an
        audformat folder.
      speakers: whom recordings are normalised with: 'one', 'folder' for the folder that
        each lies in, or a column of the manifests; '' for nobody.
      stdin: the file that the input `-` stands for.

    Raises:
      ValueError: one of `given` is not there or lists nothing; a manifest cannot be
        read, or lacks the column; one name is of two files.
    """
    inputs: list[Input | Skip] = []
    found: dict[tuple, str] = {}
    num_twice = 0
    for text in given:
        if text == "-" and stdin:
            inputs.append(_input(stdin, speakers, file=text))
            continue
        for it in _list(text, speakers):
            if isinstance(it, Input):
                its = it.utterance
                key = its.file, its.start_s, its.end_s
                path = found.setdefault(key, it.path)
                if path is not it.path and not os.path.samefile(path, it.path):
                    raise ValueError(
                        f"{its.file} names two recordings, {path} and {it.path}. "
                        "Rename one, or predict them apart."
                    )
                if path is not it.path:
                    num_twice += 1
                    continue
            inputs.append(it)
    return Listed(tuple(inputs), num_twice)


def windows(
    inputs: Iterable[Input | Skip], window_s: float, hop_s: float
) -> Iterator[Input | Skip]:
    """Cut each input into windows of `window_s` seconds, `hop_s` apart.

    The last one ends where the stretch ends; one that is shorter than a window is one.
    Recordings are opened, for their lengths, as they come.
    """
    for it in inputs:
        if isinstance(it, Skip):
            yield it
            continue
        try:
            end_s = it.utterance.end_s or read_duration_s(it.path)
        except UnusableAudio as error:
            yield skip_of(it.utterance, error)
            continue
        first_s = it.utterance.start_s
        # A last window that is new by a millionth of a second is none.
        number = max(math.ceil((end_s - first_s - window_s) / hop_s - 1e-6), 0) + 1
        for start_s in (first_s + hop_s * index for index in range(number)):
            start_s = max(min(start_s, end_s - window_s), first_s)
            last_s = min(start_s + window_s, end_s)
            times = {"start_s": start_s, "end_s": last_s}
            times = {name: round(s, _TIMES_DIGITS) for name, s in times.items()}
            yield Input(dataclasses.replace(it.utterance, **times), it.path)


def _list(text: str, speakers: str) -> Iterator[Input | Skip]:
    if text.startswith("@"):
        yield from _of_list(as_on_disk(Path(expand(text[1:], "list"))), speakers)
        return
    path = as_on_disk(Path(expand(text, "input")))
    if not path.exists():
        raise ValueError(
            f"No such file or folder: {path}. Expected an audio file, a folder, a "
            "manifest, or @ and a file that lists paths."
        )
    if path.is_dir() and not (is_kaldi(path) or is_audformat(path)):
        tree = find_files(path)
        for file in tree.audio:
            yield _input(os.path.join(path, file), speakers)
        for skip in tree.unreadable:
            yield Skip(os.path.join(path, skip.file), skip.reason)
    elif path.is_dir() or path.suffix.lower() in _TABLES:
        yield from _of_manifest(path, speakers)
    else:
        yield _input(str(path), speakers)


def _of_list(path: Path, speakers: str) -> Iterator[Input | Skip]:
    """Of a list, whose paths are relative to the working directory, or to itself."""
    lines = [line.rstrip("\r") for _, line in read_lines(path)]
    if not lines:
        raise ValueError(f"{path} lists nothing; expected a path on each line.")
    places, disk = (Folder(Path()), Folder(path.parent)), DiskNames()
    for line in lines:
        found = find_file(line, places, disk)
        if found is None:
            yield Skip(line, f"no such file, though {shown_manifest(path)} lists it")
        else:
            yield _input(found[0], speakers, file=line)


def _of_manifest(path: Path, speakers: str) -> Iterator[Input | Skip]:
    rows = read_stretches(path)
    if not rows:
        raise ValueError(f"{path} lists nothing.")
    path = path.parent if path.name in ("wav.scp", "db.yaml") else path
    places = (*manifest_folders(path), Folder(Path()), *recorded_folders(path))
    disk = DiskNames()
    for row in rows:
        yield _of_row(row, path, places, disk, speakers)


def _of_row(
    row: Row, manifest: Path, places: Sequence[Folder], disk: DiskNames, speakers: str
) -> Input | Skip:
    by_column = speakers not in ("", "one", "folder")
    if by_column and speakers not in row.cells:
        raise ValueError(
            f"--speakers={speakers}: {row.where} has no such column; it has "
            f"{', '.join(row.cells)}. Expected one of them, folder or one."
        )
    try:
        cells = clean_cells(row.cells)
        times = read_times(cells)
    except ValueError as error:
        raise ValueError(f"{row.where}: {error}") from error
    file = row.cells["file"]
    if times is None:
        return Skip(file, f"{row.where}: expected times in seconds, 0 <= start < end")
    found = find_file(file, places, disk)
    if found is None:
        return Skip(file, f"no such file, though {shown_manifest(manifest)} lists it")
    corpus, column = cells.get("corpus", ""), cells.get(speakers) or None
    return _input(found[0], speakers, file, times, corpus, column)


def _input(
    path: str,
    speakers: str,
    file: str = "",
    times: tuple[float, float | None] = (0.0, None),
    corpus: str = "",
    column: str | None = None,
) -> Input | Skip:
    speaker = column
    if speakers == "one":
        speaker = "one"
    elif speakers == "folder":
        speaker = os.path.dirname(os.path.realpath(path))
    elif speakers and column is None and not file:
        raise ValueError(
            f"--speakers={speakers}: {path} comes without a table that could have such "
            "a column. Give a manifest, or --speakers=folder or one."
        )
    try:
        (file or path).encode()
    except UnicodeEncodeError:
        shown = os.fsencode(file or path).decode("utf-8", "backslashreplace")
        return Skip(shown, "its name is not UTF-8; rename it")
    return Input.of(file or path, path, *times, speaker, corpus)
