"""The feature store: features on disk, computed once, shared by all runs.

On disk there is a file per utterance, not normalised, keyed by what its numbers depend
on: the recording's content, the segment, the channel and the front end. Moving or
renaming a corpus computes nothing anew. For a run all rows are normalised and laid end
to end, in memory or, past a budget, in one more file.
"""

import contextlib
import dataclasses
import hashlib
import json
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from serjax.ahead import compute_ahead
from serjax.config import DataSettings, FeatureSettings
from serjax.corpora.utterance import Skip, Utterance
from serjax.data.extraction import Row, Task, get_rows, num_workers, with_bar
from serjax.data.front_end import make_front_end
from serjax.data.joined import FeatureStore
from serjax.data.normalisation import normalise
from serjax.data.recording import Recording
from serjax.data.row_file import read_frames


@dataclasses.dataclass(frozen=True, eq=False)
class StoredUtterances:
    """What became of a list of utterances: features, or a reason why not.

    `utterances`, `recordings`, `digests` and the rows of `store` belong together, in
    the order given. `described` is how the features were computed, for JSON.
    """

    utterances: tuple[Utterance, ...]
    recordings: tuple[Recording, ...]
    digests: tuple[str, ...]
    store: FeatureStore
    skipped: tuple[Skip, ...]
    described: dict[str, Any]


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
    files = sorted(by_file)
    front_end = make_front_end(settings, data)
    described = front_end.describe()
    if settings.front_end != "logmel":  # Older runs know their data without its name.
        described = {"front_end": settings.front_end, "described": described}
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
        dims, normalisation = front_end.dims, settings.normalisation
        store = _join([*rows.values()], dims, normalisation, cache, memory_budget_bytes)
    return StoredUtterances(
        utterances=tuple(utterances[row] for row in rows),
        recordings=tuple(it.recording for it in rows.values()),
        digests=tuple(it.digest for it in rows.values()),
        store=store,
        skipped=tuple(it for it in found.values() if isinstance(it, Skip)),
        described=described,
    )


def _join(
    rows: Sequence[Row], dims: int, normalisation: str, cache: Path, budget_bytes: float
) -> FeatureStore:
    """Lay the rows end to end, normalised, in memory or in a file of their own."""
    lengths = [row.num_frames for row in rows]

    # Statistics over several rows would be taken in a pass before this one.
    def prepare(row: Row) -> np.ndarray:
        frames = read_frames(row.path, dims)
        if frames is None:
            row.path.unlink(missing_ok=True)
            raise ValueError(
                f"{row.path} is damaged, or went while it was read. Start again: what "
                "is missing is computed anew."
            )
        return normalise(frames, normalisation)

    prepared = compute_ahead(prepare, rows, num_threads=num_workers())
    with contextlib.closing(prepared) as frames:
        if sum(lengths) * dims * 4 <= budget_bytes:
            return FeatureStore.in_memory(frames, lengths, dims)
        names = [normalisation, *(str(row.path.relative_to(cache)) for row in rows)]
        key = hashlib.sha256("".join(names).encode()).hexdigest()[:40]
        path = cache / "joined" / f"{key}.npy"
        return FeatureStore.in_memory_map(path, frames, lengths, dims)
