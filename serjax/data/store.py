"""The feature store: features on disk, computed once, shared by all runs.

On disk there is a file per utterance, not normalised, keyed by what its numbers depend
on: the recording's content, the segment, the channel, the front end and what is done
to the signal before it. Moving or renaming a corpus computes nothing anew. For a run
all rows are normalised and laid end to end, in memory or, past a budget, in one more
file.
"""

import contextlib
import dataclasses
import hashlib
import json
import math
from collections import defaultdict
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from serjax.ahead import compute_ahead
from serjax.config import DataSettings, FeatureSettings
from serjax.corpora.utterance import Skip, Utterance
from serjax.data.extraction import Row, Task, get_rows, num_workers, with_bar
from serjax.data.front_end import make_front_end
from serjax.data.function import Function, FunctionFrontEnd
from serjax.data.given.row import GivenRow
from serjax.data.groups import Groups
from serjax.data.joined import FeatureStore
from serjax.data.normalisation import Moments, normalise
from serjax.data.recording import Recording
from serjax.data.signal import describe_signal

StoredRow = Row | GivenRow
"""Where an utterance's features lie: in the cache, or where they were given."""


@dataclasses.dataclass(frozen=True, eq=False)
class StoredUtterances:
    """What became of a list of utterances: features, or a reason why not.

    `utterances`, `rows` and what is made of these belong together, in the order given.

    Attributes:
      rows: where their features lie.
      described: how the features were computed, for JSON.
      dims: features of a frame.
      cache: folder of the store.
      budget_bytes: features that take more are not held in memory.
      dtype: of the features: float32, or float16 where they are given so.
      facts: of features that are given, or a function's, for config.json: source,
        dims, dtype, frame_shift_ms, digest; else None.
    """

    utterances: tuple[Utterance, ...]
    rows: tuple[StoredRow, ...]
    skipped: tuple[Skip, ...]
    described: dict[str, Any]
    dims: int
    normalisation: str
    cache: Path
    budget_bytes: float
    dtype: str = "float32"
    facts: Mapping[str, Any] | None = None

    @property
    def recordings(self) -> tuple[Recording, ...]:
        """What was measured of each utterance."""
        return tuple(it.recording for it in self.rows)

    @property
    def digests(self) -> tuple[str, ...]:
        """A digest of the content of each utterance's file, or of its features."""
        return tuple(it.digest for it in self.rows)

    @property
    def origins(self) -> tuple[str, ...]:
        """What utterances of one recording, or of its copies, have in common."""
        return tuple(it.origin for it in self.rows)

    @property
    def fingerprints(self) -> tuple[str, ...]:
        """What only utterances of the same samples have in common."""
        return tuple(it.fingerprint for it in self.rows)

    def measure(self, groups: Groups) -> dict[int, Moments]:
        """Measure the frames of each group's rows that give its statistics."""
        numbered = zip(self.rows, groups.numbers, groups.gives, strict=False)
        return self._measure(
            [(row, number) for row, number, gives in numbered if gives]
        )

    def join(
        self,
        groups: Groups | None = None,
        shares: int = 1,
        copies: Sequence[tuple[Row, int]] = (),
        moments: Moments | None = None,
    ) -> FeatureStore:
        """Lay the features end to end, normalised, in memory or in a file of their own.

        Args:
          groups: whose statistics each row is normalised by; None for its own.
          shares: how many such stores share the memory.
          copies: further rows, laid after all others, and which of these each is of.
          moments: that all rows are normalised by, in place of any group's.

        Raises:
          ValueError: a row is damaged; start again.
        """
        rows = *self.rows, *(row for row, _ in copies)
        if groups:
            groups = groups.extended([number for _, number in copies])
        lengths = [row.num_frames for row in rows]
        laid = lengths, self.dims, self.dtype
        num_bytes = sum(lengths) * self.dims * np.dtype(self.dtype).itemsize
        with contextlib.closing(self._normalised(rows, groups, moments)) as frames:
            if num_bytes <= self.budget_bytes / shares:
                return FeatureStore.in_memory(frames, *laid)
            names = [self.normalisation, *(row.name for row in rows)]
            names += [repr(groups)] if groups else []
            names += [moments.digest] if moments else []
            key = hashlib.sha256("".join(names).encode()).hexdigest()[:40]
            path = self.cache / "joined" / f"{key}.npy"
            return FeatureStore.in_memory_map(path, frames, *laid)

    def _normalised(
        self,
        rows: Sequence[StoredRow],
        groups: Groups | None,
        of_all: Moments | None,
    ) -> Generator[np.ndarray, None, None]:
        """Give each row normalised; none is read before the first is asked for."""
        groups = groups or Groups.alone(len(rows))
        numbered = [*zip(rows, groups.numbers, groups.gives, strict=True)]
        giving = [(row, number) for row, number, gives in numbered if gives]
        moments = {} if of_all else self._measure(giving)

        def prepare(row: StoredRow, number: int, _: bool) -> np.ndarray:
            its = of_all or moments.get(number)
            frames = normalise(row.read(self.dims), self.normalisation, its)
            return _as(frames, self.dtype)

        with contextlib.closing(_ahead(prepare, numbered)) as frames:
            yield from frames

    def _measure(self, giving: Sequence[tuple[StoredRow, int]]) -> dict[int, Moments]:
        """Moments of each group, from the rows that give them."""
        parts: dict[int, list[Moments]] = defaultdict(list)
        measured = _ahead(lambda row, _: Moments.of(row.read(self.dims)), giving)
        with contextlib.closing(measured) as results:
            for (_, number), its in zip(giving, results, strict=True):
                parts[number].append(its)
        return {number: Moments.join(its) for number, its in parts.items()}


def store_features(
    paths: Mapping[str, str | Path],
    utterances: Sequence[Utterance],
    settings: FeatureSettings,
    cache: Path,
    data: DataSettings = DataSettings(),  # noqa: B008
    progress: bool = True,
    memory_budget_bytes: float = math.inf,
    function: Function | None = None,
) -> StoredUtterances:
    """Get features from the store on disk, computing those that are not there yet.

    A row is written as soon as it is computed, whole or not at all: what was
    interrupted goes on where it was, and processes may share `cache`.

    Args:
      paths: where each utterance's `file` lies.
      cache: folder of the store; made when missing.
      data: which channel to keep, and how long an utterance may be.
      progress: show a bar on stderr while there is something to compute.
      memory_budget_bytes: features that take more than this are not held in memory but
        laid in a file in `cache`, once for all runs on them, and mapped.
      function: a front end of the user's own, in place of the settings'.

    Returns:
      The usable utterances with their features, and the others with their reasons.
    """
    by_file: dict[str, list[int]] = defaultdict(list)
    for row, utterance in enumerate(utterances):
        by_file[utterance.file].append(row)
    files = sorted(by_file)
    own = FunctionFrontEnd(function, settings, data) if function else None
    front_end = own or make_front_end(settings, data)
    described = front_end.describe()
    # Older runs know their data without the name of the paper's.
    if own or settings.front_end != "logmel":
        name = "function" if own else settings.front_end
        described = {"front_end": name, "described": described}
    described = {**described, **describe_signal(settings)}
    shared = front_end, json.dumps(described, sort_keys=True), data, cache
    tasks = [
        Task(str(paths[file]), [utterances[row] for row in by_file[file]], *shared)
        for file in files
    ]
    found: dict[int, Row | Skip] = {}
    # The workers here share the cores by file; BLAS's threads would get in their way.
    with threadpool_limits(1, "blas"), contextlib.closing(get_rows(tasks)) as results:
        shown = with_bar(results, len(tasks)) if progress else results
        for file, its in zip(files, shown, strict=True):
            found |= zip(by_file[file], its, strict=True)
        found = dict(sorted(found.items()))
    rows = {row: it for row, it in found.items() if isinstance(it, Row)}
    return StoredUtterances(
        utterances=tuple(utterances[row] for row in rows),
        rows=tuple(rows.values()),
        skipped=tuple(it for it in found.values() if isinstance(it, Skip)),
        described=described,
        dims=front_end.dims,
        normalisation=settings.normalisation,
        cache=cache,
        budget_bytes=memory_budget_bytes,
        facts=own.facts() if own else None,
    )


def _as(frames: np.ndarray, dtype: str) -> np.ndarray:
    """Frames as the store holds them; what float16 cannot hold is its greatest."""
    if dtype == "float16" and frames.dtype != np.float16:
        most = np.finfo(np.float16).max
        frames = np.clip(frames, -most, most)
    return frames.astype(dtype, copy=False)


def _ahead(
    function: Callable[..., Any], items: Sequence[tuple]
) -> Generator[Any, None, None]:
    """Give `function(*item)` for each item, in order, from threads."""
    return compute_ahead(lambda item: function(*item), items, num_threads=num_workers())
