"""A study of 13 runs: in workers, against this process alone, warm."""

import time
from pathlib import Path

from experiments.benchmarks.bench import Bench
from experiments.benchmarks.fresh import run_fresh
from experiments.benchmarks.row import Row
from serjax.cache import cache_root
from serjax.config import Config
from serjax.data import load_dataset
from serjax.study.grid import ALL_ATTRIBUTE_SETS

# Of the paper's model a few epochs are as telling as all.
_EPOCHS = {"demo": 40}
_BARS = {"demo": 1.5}


def measure(bench: Bench) -> list[Row]:
    """Time studies in turn, each in a fresh process; the first of each compiles."""
    preset = bench.config.run.preset
    config = bench.config.replace(epochs=_EPOCHS.get(preset, 2), patience=0)
    sets = ALL_ATTRIBUTE_SETS[: 1 if bench.quick else 4]
    seconds: dict[int, list[float]] = {1: [], 0: []}
    repeats = 1 if bench.quick else 3
    for repeat in range(repeats + 1):
        for workers, found in seconds.items():
            bench.progress(f"workers: {workers or 'best'}, study {repeat}")
            workdir = bench.scratch / f"workers-{workers}-{repeat}"
            found.append(run_fresh(time_study, config, sets, workdir, workers))
    one, several = (sorted(it[1:])[repeats // 2] for it in seconds.values())
    runs = 1 + 3 * len(sets)
    return [
        Row(
            section="workers",
            what=f"study of {runs} runs in workers; twin: in one process",
            value=several,
            unit="s",
            twin=one,
            bar=_BARS.get(preset, 1.25),
            judged="speedup",
            details={"figure": "median", "one_s": seconds[1], "workers_s": seconds[0]},
        )
    ]


def time_study(
    config: Config, sets: tuple[tuple[str, ...], ...], workdir: Path, workers: int
) -> float:
    """Seconds of a study, with the workers' start and without the data's loading."""
    from serjax.study.loop import run_study
    from serjax.training.compilation import use_compilation_cache

    use_compilation_cache(cache_root(config.run.cache_dir))
    dataset = load_dataset(config, progress=False)
    began = time.perf_counter()
    run_study(
        config,
        attribute_sets=sets,
        workdir=workdir,
        dataset=dataset,
        report=None,
        workers=workers,
    )
    return time.perf_counter() - began
