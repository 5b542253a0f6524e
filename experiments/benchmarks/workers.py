"""A study of 13 runs: in workers, against this process alone, warm."""

import statistics
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from experiments.benchmarks.bench import Bench, thin
from experiments.benchmarks.own_process import own_process
from experiments.benchmarks.record import Row
from serjax.cache import cache_root
from serjax.config import Config
from serjax.data import load_dataset
from serjax.study.grid import ALL_ATTRIBUTE_SETS
from serjax.study.loop import run_study
from serjax.training.compilation import use_compilation_cache
from serjax.training.programs import TRACES

# Of the paper's model a few epochs are as telling as all.
_EPOCHS = {"demo": 40}
_BARS = {"demo": 1.5}

Timed = tuple[list[float], Counter[tuple[str, int, int]]]


def measure(bench: Bench) -> list[Row]:
    """Time studies in turn, each in a fresh process; the first of each compiles."""
    preset = bench.config.run.preset
    config = bench.config.replace(epochs=_EPOCHS.get(preset, 2), patience=0)
    sets = ALL_ATTRIBUTE_SETS[: 1 if bench.quick else 4]
    seconds: dict[int, list[float]] = {1: [], 0: []}
    for repeat in range(2 if bench.quick else 4):
        for workers, found in seconds.items():
            bench.progress(f"workers: {workers or 'best'}, study {repeat}")
            workdirs = [bench.scratch / f"workers-{workers}-{repeat}"]
            grid = {"attribute_sets": sets, "workers": workers}
            found += time_studies(config, workdirs, **grid)[0]
    one, several = (statistics.median(it[1:]) for it in seconds.values())
    what = f"study of {1 + 3 * len(sets)} runs in workers; twin: in one process"
    details = {"one_s": seconds[1], "workers_s": seconds[0]}
    bar = _BARS.get(preset, 1.25)
    return [Row(what, several, "s", one, bar, is_speedup=True, details=details)]


def time_studies(
    config: Config,
    workdirs: Sequence[Path],
    environment: Mapping[str, str] | None = None,
    num_rows: int | None = None,
    **grid: Any,
) -> Timed:
    """Run one study again and again in a fresh process, each into a new folder.

    Args:
      config: of all runs.
      workdirs: a folder for each.
      environment: variables that the process has beside the present ones.
      num_rows: so many rows of the data alone.
      grid: as of `run_study`, with its workers.

    Returns:
      Seconds of each, workers' start included and not the data's loading; and how often
      the process traced each program.
    """
    with own_process(environment) as call:
        return call(f"{__name__}:_time_studies", config, workdirs, num_rows, grid)


def _time_studies(
    config: Config, workdirs: Sequence[Path], num_rows: int | None, grid: dict[str, Any]
) -> Timed:
    use_compilation_cache(cache_root(config.run.cache_dir))
    dataset = load_dataset(config, progress=False)
    dataset = thin(dataset, num_rows) if num_rows else dataset
    seconds = []
    for workdir in workdirs:
        began = time.perf_counter()
        run_study(config, workdir=workdir, dataset=dataset, report=None, **grid)
        seconds.append(time.perf_counter() - began)
    return seconds, TRACES
