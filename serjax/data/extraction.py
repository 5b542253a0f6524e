"""Rows of the feature store: found in it, or computed and written to it.

A file at a time, in threads, or in processes where much is to be computed, to the same
bits. A row is written as soon as it is computed, whole or not at all.
"""

import collections
import contextlib
import dataclasses
import hashlib
import itertools
import sys
import zlib
from collections.abc import Generator, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import loky
import numpy as np
import tqdm

from serjax.ahead import compute_ahead, compute_in_processes
from serjax.config import DataSettings
from serjax.corpora.utterance import Skip, Utterance
from serjax.data.audio import UnusableAudio, opened, too_long
from serjax.data.front_end import FrontEnd
from serjax.data.recording import Recording
from serjax.data.row_file import read_frames, read_head, row_path, write_row

MANY_FILES = 500
"""Files from which processes pay: they take a second to start, and then are faster."""

# The last files that threads have looked up or computed, by which it is decided how.
_RECENT = 32


def compute_features(
    path: str | Path, utterance: Utterance, front_end: FrontEnd
) -> tuple[Recording, np.ndarray]:
    """Compute one utterance's features, float32[frames, dims], and their checksum.

    Raises:
      UnusableAudio: with the reason.
      TypeError: the front end gave something else.
    """
    recording, frames = front_end.compute(path, utterance)
    frames = np.ascontiguousarray(frames, np.float32)
    if frames.shape[1:] != (front_end.dims,) or not frames.size:
        raise TypeError(
            f"{path}: {type(front_end).__name__} gave an array of {frames.shape}; "
            f"expected one frame or more, each of {front_end.dims} features."
        )
    if not np.isfinite(frames).all():
        raise UnusableAudio("not finite: its features are NaN or infinite")
    return dataclasses.replace(recording, checksum=zlib.crc32(frames.data)), frames


@dataclasses.dataclass(frozen=True)
class Task:
    """A file, its utterances, and all that their features depend on."""

    source: str
    utterances: Sequence[Utterance]
    front_end: FrontEnd
    described: str
    data: DataSettings
    cache: Path


@dataclasses.dataclass(frozen=True)
class Row:
    """What is known of a row in the store without holding its frames."""

    path: Path
    digest: str
    recording: Recording
    num_frames: int
    is_new: bool

    @property
    def name(self) -> str:
        """Its name in the store, which only the same numbers have in common."""
        return "/".join(self.path.parts[-2:])

    @property
    def origin(self) -> str:
        """What rows of one file, and of its copies, have in common."""
        return self.digest

    @property
    def fingerprint(self) -> str:
        """What only the same samples have in common, in whatever file they are."""
        return self.recording.fingerprint

    def read(self, dims: int) -> np.ndarray:
        """Read float32[frames, dims].

        Raises:
          ValueError: it is damaged; start again.
        """
        frames = read_frames(self.path, dims)
        if frames is None:
            self.path.unlink(missing_ok=True)
            raise ValueError(
                f"{self.path} is damaged, or went while it was read. Start again: what "
                "is missing is computed anew."
            )
        return frames


def _get(task: Task) -> list[Row | Skip]:
    """Find a file's rows in the store, or compute them and write them to it."""
    try:
        with opened(task.source) as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except UnusableAudio as error:
        return [skip_of(utterance, error) for utterance in task.utterances]
    return [_get_row(task, utterance, digest) for utterance in task.utterances]


def _get_row(task: Task, utterance: Utterance, digest: str) -> Row | Skip:
    channel = task.data.channel_of(utterance.corpus)
    path = row_path(task.cache, utterance, digest, channel, task.described)
    head = read_head(path, task.front_end.dims)
    try:
        if head is None:
            recording, frames = compute_features(task.source, utterance, task.front_end)
            write_row(path, recording, frames)
            return Row(path, digest, recording, len(frames), is_new=True)
        # Not part of the name: the numbers do not depend on it.
        if head[0].duration_s > task.data.max_duration_s + 1e-3:
            raise too_long(head[0].duration_s, task.data.max_duration_s)
        return Row(path, digest, *head, is_new=False)
    except UnusableAudio as error:
        return skip_of(utterance, error)


def skip_of(utterance: Utterance, reason: UnusableAudio) -> Skip:
    """Make a listed skip of an utterance that no features can be taken from."""
    where = f"{utterance.stretch}: " if utterance.is_segment else ""
    return Skip(utterance.file, f"{where}{reason}", utterance.corpus)


def get_rows(tasks: Sequence[Task]) -> Generator[list[Row | Skip], None, None]:
    """Get the rows of all files, in order; in threads or processes, to the same bits.

    Processes pay where much is to be computed. Whether the store has a file is known
    when its content has been read, so the files before tell of those that follow: when
    most of some were new, processes take all that are left.
    """
    recent: collections.deque[bool] = collections.deque(maxlen=_RECENT)
    in_threads = compute_ahead(_get, tasks, num_threads=num_workers())
    with contextlib.closing(in_threads) as results:
        for num_done, rows in enumerate(results, 1):
            yield rows
            recent.append(any(isinstance(it, Row) and it.is_new for it in rows))
            many = sum(recent) > _RECENT // 2 and len(tasks) - num_done >= MANY_FILES
            if many and num_workers() > 1:
                break
        else:
            return
    # They find what threads have computed ahead.
    yield from compute_in_processes(_get, tasks[num_done:], num_workers())


def with_bar(results: Iterable[list[Any]], num_files: int) -> Iterator[list[Any]]:
    """Show a bar from the first new row on: what is stored takes no time."""
    results = iter(results)
    for number, rows in enumerate(results):
        if any(not isinstance(it, Skip) and it.is_new for it in rows):
            yield from tqdm.tqdm(
                itertools.chain([rows], results),
                "features",
                total=num_files,
                unit="file",
                initial=number,
                leave=False,
                # In seconds; a log wants few lines.
                mininterval=0.1 if sys.stderr.isatty() else 10,
            )
            return
        yield rows


def num_workers() -> int:
    """Threads or processes that compute: what this process may use, at most 16."""
    return min(loky.cpu_count(), 16)
