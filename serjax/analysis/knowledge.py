"""What the embedding knows: fresh probes of every attribute, and silhouettes by corpus.

Two pools of rows answer two questions. `seen`: valid and test, the corpora that
training saw, spoken by others: what was to be learnt or unlearned. `all`: with the
unseen corpora, so that corpus tells seen from unseen as well. Where none is unseen the
two are the same, and there is `seen` alone.

The numbers of a run are kept in `RUN/probes.json`, with a digest of what they are of.
"""

import contextlib
import dataclasses
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import loky
import numpy as np
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from serjax.ahead import compute_in_processes
from serjax.analysis.silhouette import silhouette
from serjax.evaluation import Probe, count_units, linear_probe
from serjax.files import write_json
from serjax.json_files import check_json, read_json
from serjax.records.folder import Run, StudyFiles

POOLS = ("seen", "all")
MOMENTS = ("best", "last")
EMOTION = "emotion"
"""Probed as well, as a reference: what the embedding is for."""

MAX_ROWS = 2000
"""Of a pool; of a larger one so many are drawn, the same in every run of a study."""

_VERSION = 2  # of what is computed and how it is kept
_MAX_FOLDS = 3
_MAX_NAMED = 5
# Processes take two seconds to start: not for a handful of runs.
_RUNS_PER_PROCESS = 4


@dataclasses.dataclass(frozen=True)
class Knowledge:
    """What one embedding (of a run, at best or last, on a pool) knows.

    Attributes:
      num_rows: rows probed on.
      num_rows_in_pool: rows that there are; more than `num_rows` where some were drawn.
      probes: attribute -> its probe. Where a value is unknown, its rows are left out.
      left_out: attribute -> the values that could not be probed, and why: `male has 1
        speaker`. With fewer than two left there is no probe.
      silhouette: by corpus, -1 to 1; above 0 where rows lie nearer to their own
        corpus than to the next. None for one corpus alone.
    """

    num_rows: int
    num_rows_in_pool: int
    probes: Mapping[str, Probe]
    left_out: Mapping[str, str]
    silhouette: float | None


RunKnowledge = Mapping[tuple[str, str], Knowledge]
"""(pool, moment) -> what is known."""


def know_study(study: StudyFiles) -> dict[str, RunKnowledge]:
    """Probe a study's finished runs, by name; what is kept already is only read."""
    found = {run.name: read_knowledge(run) for run in study.finished}
    missing = [run for run in study.finished if found[run.name] is None]
    num_workers = min(loky.cpu_count(), len(missing) // _RUNS_PER_PROCESS)
    if num_workers > 1:
        computed = compute_in_processes(know_run, missing, num_workers, batch_size=1)
    else:
        computed = map(know_run, missing)
    # disable=None: only where stderr is a terminal.
    bar = tqdm(computed, "probes", len(missing), unit="run", disable=None, leave=False)
    for run, knowledge in zip(missing, bar, strict=True):
        found[run.name] = knowledge
    return {name: knowledge for name, knowledge in found.items() if knowledge}


def know_run(run: Run) -> RunKnowledge:
    """Probe a finished run, and keep the numbers beside it."""
    rows = run.rows
    columns = {**rows.attributes, EMOTION: np.array(rows.classes)[rows.labels]}
    is_unseen = rows.parts == "ood"
    pools = {"seen": np.flatnonzero(~is_unseen)}
    if is_unseen.any():  # else the two would be the same
        pools["all"] = np.arange(len(is_unseen))
    found = {}
    for pool, in_pool in pools.items():
        if not len(in_pool):
            continue
        chosen = _draw(in_pool)
        values = {name: column[chosen] for name, column in columns.items()}
        for moment in MOMENTS:
            embeddings = getattr(run.embeddings, moment)[chosen]
            found[pool, moment] = probe_all(embeddings, values, len(in_pool))
    kept: dict[str, Any] = {pool: {} for pool, _ in found}
    for (pool, moment), knowledge in found.items():
        kept[pool][moment] = dataclasses.asdict(knowledge)
    # A study may lie where nothing can be written: then it is computed each time.
    with contextlib.suppress(OSError):
        record = {"version": _VERSION, "of": _digest(run.folder), "pools": kept}
        write_json(run.folder / "probes.json", record)
    return found


def probe_all(
    embeddings: np.ndarray, values: Mapping[str, np.ndarray], num_rows_in_pool: int
) -> Knowledge:
    """Probe an embedding for every attribute that has two known values or more.

    It is float[rows, embedding]; the values are attribute -> str[rows], `""` where
    unknown, `speaker` and `corpus` among them.
    """
    probes, left_out = {}, {}
    # Several threads for matrices this small wait for each other.
    with threadpool_limits(1):
        for name, column in values.items():
            if len(set(column) - {""}) < 2:
                continue
            probe, words = _probe(name, embeddings, column, values["speaker"])
            if probe:
                probes[name] = probe
            if words:
                left_out[name] = words
    return Knowledge(
        num_rows=len(embeddings),
        num_rows_in_pool=num_rows_in_pool,
        probes=probes,
        left_out=left_out,
        silhouette=silhouette(embeddings, values["corpus"]),
    )


def read_knowledge(run: Run) -> RunKnowledge | None:
    """Read what was kept; None if nothing is, or if it is of other predictions."""
    try:
        kept = read_json(run.folder / "probes.json", dict[str, Any])
        if (kept["version"], kept["of"]) != (_VERSION, _digest(run.folder)):
            return None
        pools = check_json(kept["pools"], dict[str, dict[str, Knowledge]], "pools")
    except (OSError, ValueError, KeyError):
        return None  # not there, or not as this version writes it: computed again
    return {(pool, it): pools[pool][it] for pool in pools for it in pools[pool]}


def _digest(folder: Path) -> str:
    names = ("embeddings.npz", "predictions.csv")
    content = b"".join((folder / name).read_bytes() for name in names)
    return hashlib.sha256(content).hexdigest()


def _draw(rows: np.ndarray) -> np.ndarray:
    if len(rows) <= MAX_ROWS:
        return rows
    return np.sort(np.random.default_rng(0).choice(rows, MAX_ROWS, replace=False))


def _probe(
    name: str, embeddings: np.ndarray, column: np.ndarray, speakers: np.ndarray
) -> tuple[Probe | None, str]:
    """Probe with as many folds as the rarest value allows, at most three.

    There is no probe where fewer than two values are left; the text says what lacks.
    """
    is_speaker = name == "speaker"
    known = (column != "") & (speakers != "")
    counts = count_units(column[known], None if is_speaker else speakers[known])
    alone = [value for value, count in counts.items() if count == 1]
    left_out = ""
    if alone:
        names = ", ".join(alone[:_MAX_NAMED])
        if len(alone) > _MAX_NAMED:
            names += f" and {len(alone) - _MAX_NAMED} more"
        unit = "utterance" if is_speaker else "speaker"
        each = f"has 1 {unit}" if len(alone) == 1 else f"have 1 {unit} each"
        left_out = f"{names} {each}"
    enough = [count for count in counts.values() if count > 1]
    if len(enough) < 2:
        return None, left_out or "fewer than two values have known speakers"
    kept = known & ~np.isin(column, alone)
    rows = embeddings[kept], column[kept], None if is_speaker else speakers[kept]
    why = ""
    for num_folds in range(min(_MAX_FOLDS, *enough), 1, -1):
        try:
            return linear_probe(*rows, num_folds), left_out
        except ValueError as error:  # a fold may lack a value: try fewer
            why = str(error)
    return None, why
