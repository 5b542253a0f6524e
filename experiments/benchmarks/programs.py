"""Compilation: programs of the whole grid, and what a second start still costs."""

import collections
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from experiments.benchmarks.bench import Bench
from experiments.benchmarks.fresh import run_fresh
from experiments.benchmarks.noting import noting_compilation
from experiments.benchmarks.resize import thin
from experiments.benchmarks.row import Row
from serjax.config import Config
from serjax.data import default_batch_size, load_dataset
from serjax.study.grid import ALL_ATTRIBUTE_SETS

_SMALL = {
    "conv_features": (8, 8),
    "lstm_features": 8,
    "discriminator_features": (8,),
    "batch_size": 8,
    "epochs": 1,
    "patience": 0,
}


def measure(bench: Bench) -> list[Row]:
    """Count the grid's programs; start a study twice with one compilation cache."""
    return [_count(bench), _start_twice(bench)]


def _count(bench: Bench) -> Row:
    sets = ALL_ATTRIBUTE_SETS[:2] if bench.quick else ALL_ATTRIBUTE_SETS
    bench.progress("programs: a small model through the grid")
    config = bench.config.replace(**_SMALL)
    workdir = bench.scratch / "programs-grid"
    num_rows = 60 if bench.quick else 150
    # Nothing is to be taken from disk: what is not traced is not counted.
    environment = {"JAX_ENABLE_COMPILATION_CACHE": "false"}
    found = run_fresh(
        trace_grid, config, num_rows, sets, workdir, environment=environment
    )
    by_shape = programs_by_shape(found["traces"])
    return Row(
        section="programs",
        what="training programs per batch shape, whole grid",
        value=max(counts["training"] for counts in by_shape.values()),
        unit="programs",
        bar=2,
        aim=2,
        details={
            "models": found["models"],
            "evaluation": max(counts["evaluation"] for counts in by_shape.values()),
            "batch_shapes": {str(shape): dict(n) for shape, n in by_shape.items()},
        },
    )


def _start_twice(bench: Bench) -> Row:
    config = bench.config
    num_train = len(bench.dataset.rows("train"))
    config = config.replace(
        batch_size=config.training.batch_size or default_batch_size(num_train),
        epochs=1,
        patience=0,
    )
    names = tuple(bench.dataset.attributes)[:1]
    num_rows = 150 if bench.quick else 2000
    environment = {
        "JAX_COMPILATION_CACHE_DIR": str(bench.scratch / "programs-compiled"),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    }
    starts = []
    for name in ("first", "second"):
        bench.progress(f"programs: {name} start of a study")
        workdir = bench.scratch / f"programs-{name}"
        starts.append(
            run_fresh(
                start_study, config, num_rows, names, workdir, environment=environment
            )
        )
    first, second = starts
    return Row(
        section="programs",
        what="second start: tracing, lowering, loading",
        value=second["seconds"],
        unit="s",
        bar=8,
        aim=3,
        details={
            "figure": "wall time that any of them was under way, over one epoch and "
            "evaluation of the baseline and of an adversarial model",
            "batch_size": config.training.batch_size,
            "first_start": first,
            "second_start": second,
        },
    )


def trace_grid(
    config: Config,
    num_rows: int,
    attribute_sets: Sequence[Sequence[str]],
    workdir: Path,
) -> dict[str, Any]:
    """Train the grid on few rows; return its `models` and the `traces` that it took."""
    from serjax.study.loop import run_study
    from serjax.training.programs import TRACES

    dataset = thin(load_dataset(config, progress=False), num_rows)
    record = run_study(
        config,
        attribute_sets=attribute_sets,
        workdir=workdir,
        dataset=dataset,
        report=None,
        workers=1,
    )
    return {
        "models": len(record.results) + len(record.failed),
        "traces": dict(TRACES),
    }


def programs_by_shape(
    traces: Mapping[tuple[Any, ...], int],
) -> dict[tuple[int, ...], collections.Counter[str]]:
    """Count training and evaluation programs per batch shape.

    Args:
      traces: (name, batch size, padded frames) -> how often it was traced, as
        `serjax.training.programs.TRACES` has it.
    """
    counts: dict[tuple[int, ...], collections.Counter[str]] = {}
    for (name, *shape), number in sorted(traces.items()):
        kind = "evaluation" if name == "predict" else "training"
        counts.setdefault(tuple(shape), collections.Counter())[kind] += number
    return counts


def start_study(
    config: Config, num_rows: int, attributes: Sequence[str], workdir: Path
) -> dict[str, Any]:
    """Train one epoch of both networks through `study`, noting what jax reports.

    Returns:
      `seconds` in which anything was traced, lowered, compiled or loaded, the same
      `by_kind`, how many `programs` were loaded and compiled, and the whole `study_s`.
    """
    from serjax.study.loop import run_study

    dataset = thin(load_dataset(config, progress=False), num_rows)
    approaches = ("baseline", "adversarial") if attributes else ("baseline",)
    sets = [tuple(attributes)] if attributes else "all"
    began = time.perf_counter()
    with noting_compilation() as notes:
        run_study(
            config,
            approaches,
            sets,
            workdir=workdir,
            dataset=dataset,
            report=None,
            workers=1,
        )
    return {
        "seconds": notes.seconds,
        "by_kind": notes.seconds_by_kind,
        "programs": dict(notes.programs),
        "study_s": time.perf_counter() - began,
    }
