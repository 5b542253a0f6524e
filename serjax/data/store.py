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
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
import tqdm
from threadpoolctl import threadpool_limits

from serjax.ahead import compute_ahead, compute_in_processes
from serjax.config import DataSettings, FeatureSettings
from serjax.corpora.utterance import Skip, Utterance
from serjax.data.audio import UnusableAudio, read_audio
from serjax.data.features import log_mel, normalise
from serjax.data.joined import FeatureStore
from serjax.data.recording import Recording
from serjax.data.row_file import read_frames, read_head, row_path, write_row

Item = TypeVar("Item")
Result = TypeVar("Result")

MANY_ROWS = 500
"""Rows from which processes pay: they take a second to start, and then are faster."""


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
    # The workers here share the cores by file; BLAS's threads would get in their way.
    with threadpool_limits(1, "blas"):
        files = sorted({utterance.file for utterance in utterances})
        digest_of = dict(
            zip(files, _in_threads(lambda f: _digest(paths[f]), files), strict=True)
        )
        tasks = [
            _Task(
                str(paths[it.file]), it, str(digest_of[it.file]), settings, data, cache
            )
            for it in utterances
        ]
        found: list[_Row | UnusableAudio | None] = []
        for task, head in zip(tasks, _in_threads(_look_up, tasks), strict=True):
            digest = digest_of[task.utterance.file]
            found.append(digest if isinstance(digest, UnusableAudio) else head)
        missing = [row for row, it in enumerate(found) if it is None]
        computed = _compute_all([tasks[row] for row in missing], progress)
        for row, result in zip(missing, computed, strict=True):
            found[row] = result
        kept = [row for row, it in enumerate(found) if isinstance(it, _Row)]
        rows = [it for it in found if isinstance(it, _Row)]
        store = _join([tasks[row] for row in kept], rows, cache, memory_budget_bytes)
    return StoredUtterances(
        utterances=tuple(utterances[row] for row in kept),
        recordings=tuple(row.recording for row in rows),
        digests=tuple(tasks[row].digest for row in kept),
        store=store,
        skipped=tuple(
            Skip(utterance.file, str(it), utterance.corpus)
            for utterance, it in zip(utterances, found, strict=True)
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
    return audio.recording, frames


@dataclasses.dataclass(frozen=True)
class _Task:
    """All that a row's features depend on, and where they go; crosses to processes."""

    source: str
    utterance: Utterance
    digest: str
    settings: FeatureSettings
    data: DataSettings
    cache: Path

    @property
    def path(self) -> Path:
        return row_path(
            self.cache, self.utterance, self.digest, self.settings, self.data
        )


@dataclasses.dataclass(frozen=True)
class _Row:
    """What is known of a row in the store without holding its frames."""

    recording: Recording
    num_frames: int


def _look_up(task: _Task) -> _Row | None:
    head = read_head(task.path, task.settings.num_mels)
    return None if head is None else _Row(*head)


def _compute(task: _Task) -> _Row | UnusableAudio:
    """Compute a row and write it to the store."""
    try:
        recording, frames = compute_features(
            task.source, task.utterance, task.settings, task.data
        )
    except UnusableAudio as error:
        return error
    write_row(task.path, recording, frames)
    return _Row(recording, len(frames))


def _compute_all(
    tasks: Sequence[_Task], progress: bool
) -> Iterator[_Row | UnusableAudio]:
    """Compute rows in order: few in threads, many in processes, to the same bits."""
    if len(tasks) < MANY_ROWS or _num_workers() == 1:
        results = _in_threads(_compute, tasks)
    else:
        results = compute_in_processes(_compute, tasks, _num_workers())
    with contextlib.closing(results):
        yield from tqdm.tqdm(
            results,
            total=len(tasks),
            desc="features",
            unit="file",
            leave=False,
            disable=not (progress and tasks),
            # In seconds; a log wants few lines.
            mininterval=0.1 if sys.stderr.isatty() else 10,
        )


def _join(
    tasks: Sequence[_Task],
    rows: Sequence[_Row],
    cache: Path,
    memory_budget_bytes: float,
) -> FeatureStore:
    """Lay the rows' spectrograms end to end, in memory or in a file of their own."""
    lengths = [row.num_frames for row in rows]
    num_mels = tasks[0].settings.num_mels if tasks else 0

    def read(task: _Task) -> np.ndarray:
        frames = read_frames(task.path, num_mels)
        if frames is None:  # damaged, or gone since it was looked up
            _compute(task)
            frames = read_frames(task.path, num_mels)
        if frames is None:
            raise ValueError(
                f"{task.path} cannot be read, though it was just written. Check the "
                "disk, or give another --cache_dir."
            )
        return frames

    with contextlib.closing(_in_threads(read, tasks)) as frames:
        if sum(lengths) * num_mels * 4 <= memory_budget_bytes:
            return FeatureStore.in_memory(frames, lengths, num_mels)
        names = "".join(str(task.path.relative_to(cache)) for task in tasks)
        key = hashlib.sha256(names.encode()).hexdigest()[:40]
        path = cache / "joined" / f"{key}.npy"
        return FeatureStore.in_memory_map(path, frames, lengths, num_mels)


def _num_workers() -> int:
    return min(os.cpu_count() or 1, 16)


def _in_threads(
    function: Callable[[Item], Result], items: Iterable[Item]
) -> Generator[Result, None, None]:
    return compute_ahead(function, items, num_threads=_num_workers(), num_ahead=64)


def _digest(path: str | Path) -> str | UnusableAudio:
    """Digest of a file's content, or why it cannot be read."""
    try:
        # A pipe or a device would never end.
        if not stat.S_ISREG(os.stat(path).st_mode):
            return UnusableAudio("not a plain file")
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        return UnusableAudio(f"cannot be read: {error.strerror or error}")
