"""Compilation: how many programs a study has, and what a start of it costs.

A start is the wall time of a study in a fresh process, an epoch a run, less that of the
same study again in that process. The first start finds no program on disk, the second
all: what was traced in the first is every program.
"""

from collections import Counter

from experiments.benchmarks.bench import Bench
from experiments.benchmarks.own_process import own_process
from experiments.benchmarks.record import Row
from experiments.benchmarks.workers import TIME_STUDIES


def measure(bench: Bench) -> list[Row]:
    """Start a study of the paper's approaches, without and with what one has kept."""
    environment = {
        "JAX_COMPILATION_CACHE_DIR": str(bench.scratch / "compiled"),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    }
    config = bench.config.replace(epochs=1, patience=0)
    num_rows, sets = 150 if bench.quick else 500, [tuple(bench.dataset.attributes)[:1]]
    starts, traces = [], []
    for start in ("first", "second"):
        bench.progress(f"programs: {start} start of a study")
        workdirs = [bench.scratch / f"{start}-{it}" for it in ("cold", "warm")]
        grid = {"attribute_sets": sets, "workers": 1}
        with own_process(environment) as call:
            found = call(TIME_STUDIES, config, workdirs, grid, num_rows)
        starts.append(found[0])
        traces.append(found[1])
    programs = Counter()
    for (name, *shape), number in traces[0].items():
        programs[str(shape)] += number if name != "predict" else 0
    costs = [cold - warm for cold, warm in starts]
    details = {"study_s, again_s": starts, "programs": dict(programs)}
    most = max(programs.values())
    return [
        Row("training programs per batch shape", most, "programs", bar=2, aim=2),
        Row("first start of a study", costs[0], "s", details=details),
        Row("second start of a study", costs[1], "s", bar=8, aim=3),
    ]
