"""A study of 13 runs: in workers, against this process alone, warm."""

import statistics
import time
from collections import Counter
from collections.abc import Sequence
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

TIME_STUDIES = f"{__name__}:time_studies"


def measure(bench: Bench) -> list[Row]:
    """Time studies in turn, each in a fresh process; the first of each compiles."""
    # Of the paper's model a few epochs are as telling as all.
    epochs, bar = (40, 1.5) if bench.config.run.preset == "demo" else (2, 1.25)
    config = bench.config.replace(epochs=epochs, patience=0)
    sets = ALL_ATTRIBUTE_SETS[: 1 if bench.quick else 4]
    seconds: dict[int, list[float]] = {1: [], 0: []}
    for repeat in range(2 if bench.quick else 4):
        for workers, found in seconds.items():
            bench.progress(f"workers: {workers or 'best'}, study {repeat}")
            workdirs = [bench.scratch / f"workers-{workers}-{repeat}"]
            grid = {"attribute_sets": sets, "workers": workers}
            with own_process() as call:
                found += call(TIME_STUDIES, config, workdirs, grid)[0]
    one, several = (statistics.median(it[1:]) for it in seconds.values())
    what = f"study of {1 + 3 * len(sets)} runs in workers; twin: in one process"
    details = {"one_s": seconds[1], "workers_s": seconds[0]}
    return [Row(what, several, "s", one, bar, is_speedup=True, details=details)]


def time_studies(
    config: Config, workdirs: Sequence[Path], grid: dict[str, Any], num_rows: int = 0
) -> tuple[list[float], Counter[tuple[str, int, int]]]:
    """Run one study into each of some folders, of so many rows of the data alone.

    Returns:
      Seconds of each, with the workers' start and without the data's loading; and how
      often this process traced each program.
    """
    use_compilation_cache(cache_root(config.run.cache_dir))
    dataset = load_dataset(config, progress=False)
    dataset = thin(dataset, num_rows) if num_rows else dataset
    seconds = []
    for workdir in workdirs:
        began = time.perf_counter()
        run_study(config, workdir=workdir, dataset=dataset, report=None, **grid)
        seconds.append(time.perf_counter() - began)
    return seconds, TRACES
