"""The feature store: log-mel spectrograms on disk, computed once, shared by all runs.

On disk there is a file per utterance, keyed by what its numbers depend on: the
recording's content, the segment, the channel and the feature settings. Moving or
renaming a corpus computes nothing anew. For a run all rows are laid end to end, in
memory or, past a budget, in one more file.
"""

import contextlib
import dataclasses
import hashlib
import math
import os
import stat
import sys
import zlib
from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import loky
import numpy as np
import tqdm
from threadpoolctl import threadpool_limits

from serjax.ahead import compute_ahead, compute_in_processes
from serjax.config import DataSettings, FeatureSettings
from serjax.corpora.utterance import Skip, Utterance
from serjax.data.audio import UnusableAudio, read_audio, too_long
from serjax.data.features import log_mel, normalise
from serjax.data.joined import FeatureStore
from serjax.data.recording import Recording
from serjax.data.row_file import read_frames, read_head, row_path, write_row

Item = TypeVar("Item")
Result = TypeVar("Result")

MANY_FILES = 500
"""Files from which processes pay: they take a second to start, and then are faster."""

# Files that are looked up or computed before it is decided again how.
_CHUNK = 32
_LARGE_CHUNK = 4096


@dataclasses.dataclass(frozen=True, eq=False)
class StoredUtterances:
    """What became of a list of utterances: features, or a reason why not.

    `utterances`, `recordings`, `digests` and the rows of `store` belong together, in
    the order given.
    """

    utterances: tuple[Utterance, ...]
    recordings: tuple[Recording, ...]
    digests: tuple[str, ...]
    store: FeatureStore
    skipped: tuple[Skip, ...]


def store_features(
    paths: Mapping[str, str | Path],
    utterances: Sequence[Utterance],
    settings: FeatureSettings,
    cache: Path,
    data: DataSettings = DataSettings(),  # noqa: B008
    progress: bool = True,
    memory_budget_bytes: float = math.inf,
) -> StoredUtterances:
    """Get features from the store on disk, computing those that are not there yet.

    A row is written as soon as it is computed, whole or not at all: what was
    interrupted goes on where it was, and processes may share `cache`.

    Args:
      paths: where each utterance's `file` lies.
      utterances: what to load.
      settings: how to compute a spectrogram.
      cache: folder of the store; made when missing.
      data: which channel to keep, and how long an utterance may be.
      progress: show a bar on stderr while there is something to compute.
      memory_budget_bytes: features that take more than this are not held in memory but
        laid in a file in `cache`, once for all runs on them, and mapped.

    Returns:
      The usable utterances with their features, and the others with their reasons.
    """
    by_file: dict[str, list[int]] = defaultdict(list)
    for row, utterance in enumerate(utterances):
        by_file[utterance.file].append(row)
    tasks = [
        _Task(
            str(paths[file]), [utterances[row] for row in rows], settings, data, cache
        )
        for file, rows in sorted(by_file.items())
    ]
    found: dict[int, _Row | UnusableAudio] = {}
    # The workers here share the cores by file; BLAS's threads would get in their way.
    with (
        threadpool_limits(1, "blas"),
        contextlib.closing(_get_all(tasks)) as results,
    ):
        shown = _with_bar(results, len(tasks)) if progress else results
        for task, its in zip(tasks, shown, strict=True):
            found |= zip(by_file[task.utterances[0].file], its, strict=True)
        rows = {row: it for row, it in sorted(found.items()) if isinstance(it, _Row)}
        store = _join(
            list(rows.values()), settings.num_mels, cache, memory_budget_bytes
        )
    return StoredUtterances(
        utterances=tuple(utterances[row] for row in rows),
        recordings=tuple(it.recording for it in rows.values()),
        digests=tuple(it.digest for it in rows.values()),
        store=store,
        skipped=tuple(
            _skip(utterances[row], it)
            for row, it in sorted(found.items())
            if isinstance(it, UnusableAudio)
        ),
    )


def compute_features(
    path: str | Path,
    utterance: Utterance,
    settings: FeatureSettings,
    data: DataSettings = DataSettings(),  # noqa: B008
) -> tuple[Recording, np.ndarray]:
    """Compute one utterance's normalised log-mel spectrogram, float32[frames, mels].

    Raises:
      UnusableAudio: with the reason.
    """
    audio = read_audio(
        path,
        utterance.start_s,
        utterance.end_s,
        data.channel_of(utterance.corpus),
        settings.sample_rate_hz,
        data.max_duration_s,
    )
    frames = normalise(log_mel(audio.signal, settings), settings.normalisation)
    checksum = zlib.crc32(frames)
    return dataclasses.replace(audio.recording, checksum=checksum), frames


@dataclasses.dataclass(frozen=True)
class _Task:
    """A file, its utterances, and all that their features depend on."""

    source: str
    utterances: Sequence[Utterance]
    settings: FeatureSettings
    data: DataSettings
    cache: Path


@dataclasses.dataclass(frozen=True)
class _Row:
    """What is known of a row in the store without holding its frames."""

    path: Path
    digest: str
    recording: Recording
    num_frames: int
    is_new: bool


def _get(task: _Task) -> list[_Row | UnusableAudio]:
    """Find a file's rows in the store, or compute them and write them to it."""
    try:
        digest = _digest(task.source)
    except UnusableAudio as error:
        return [error] * len(task.utterances)
    return [_get_row(task, utterance, digest) for utterance in task.utterances]


def _get_row(task: _Task, utterance: Utterance, digest: str) -> _Row | UnusableAudio:
    path = row_path(task.cache, utterance, digest, task.settings, task.data)
    head = read_head(path, task.settings.num_mels)
    if head is not None:
        # Not part of the name: the numbers do not depend on it.
        if head[0].duration_s > task.data.max_duration_s + 1e-3:
            return too_long(head[0].duration_s, task.data.max_duration_s)
        return _Row(path, digest, *head, is_new=False)
    try:
        recording, frames = compute_features(
            task.source, utterance, task.settings, task.data
        )
    except UnusableAudio as error:
        return error
    write_row(path, recording, frames)
    return _Row(path, digest, recording, len(frames), is_new=True)


def _get_all(
    tasks: Sequence[_Task],
) -> Generator[list[_Row | UnusableAudio], None, None]:
    """Get the rows of all files, in order; in threads or processes, to the same bits.

    Processes pay where much is to be computed. Whether the store has a file is known
    when its content has been read, so the files before tell of those that follow.
    """
    start, in_processes = 0, False
    while start < len(tasks):
        chunk = tasks[start : start + (_LARGE_CHUNK if in_processes else _CHUNK)]
        if in_processes:
            results = compute_in_processes(_get, chunk, num_workers())
        else:
            results = _in_threads(_get, chunk)
        num_new = 0
        with contextlib.closing(results):
            for rows in results:
                num_new += any(isinstance(it, _Row) and it.is_new for it in rows)
                yield rows
        start += len(chunk)
        many = len(tasks) - start >= MANY_FILES and num_workers() > 1
        in_processes = many and num_new > len(chunk) // 2


def _with_bar(
    results: Iterable[list[_Row | UnusableAudio]], num_files: int
) -> Iterator[list[_Row | UnusableAudio]]:
    """Show a bar from the first new row on: what is stored takes no time."""
    # In seconds; a log wants few lines.
    every_s = 0.1 if sys.stderr.isatty() else 10
    bar = None
    for number, rows in enumerate(results):
        if bar is None and any(isinstance(it, _Row) and it.is_new for it in rows):
            bar = tqdm.tqdm(
                desc="features",
                unit="file",
                total=num_files,
                initial=number,
                leave=False,
                mininterval=every_s,
            )
        if bar is not None:
            bar.update()
        yield rows
    if bar is not None:
        bar.close()


def _join(
    rows: Sequence[_Row], num_mels: int, cache: Path, memory_budget_bytes: float
) -> FeatureStore:
    """Lay the rows' spectrograms end to end, in memory or in a file of their own."""
    lengths = [row.num_frames for row in rows]

    def read(row: _Row) -> np.ndarray:
        frames = read_frames(row.path, num_mels)
        if frames is None:
            row.path.unlink(missing_ok=True)
            raise ValueError(
                f"{row.path} is damaged, or went while it was read. Start again: what "
                "is missing is computed anew."
            )
        return frames

    with contextlib.closing(_in_threads(read, rows)) as frames:
        if sum(lengths) * num_mels * 4 <= memory_budget_bytes:
            return FeatureStore.in_memory(frames, lengths, num_mels)
        names = "".join(str(row.path.relative_to(cache)) for row in rows)
        key = hashlib.sha256(names.encode()).hexdigest()[:40]
        path = cache / "joined" / f"{key}.npy"
        return FeatureStore.in_memory_map(path, frames, lengths, num_mels)


def _skip(utterance: Utterance, reason: UnusableAudio) -> Skip:
    where = ""
    if utterance.is_segment:
        end = "the end" if utterance.end_s is None else f"{utterance.end_s:g} s"
        where = f"from {utterance.start_s:g} s to {end}: "
    return Skip(utterance.file, f"{where}{reason}", utterance.corpus)


def num_workers() -> int:
    """Threads or processes that compute: what this process may use, at most 16."""
    return min(loky.cpu_count(), 16)


def _in_threads(
    function: Callable[[Item], Result], items: Iterable[Item]
) -> Generator[Result, None, None]:
    return compute_ahead(function, items, num_threads=num_workers(), num_ahead=64)


def _digest(path: str) -> str:
    """Digest of a file's content.

    Raises:
      UnusableAudio: it cannot be read.
    """
    try:
        # A pipe or a device would never end.
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise UnusableAudio("not a plain file")
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UnusableAudio(f"cannot be read: {error.strerror or error}") from error
