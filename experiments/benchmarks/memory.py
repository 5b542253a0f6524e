"""Whether memory grows with the epochs: the resident size after each of fifty."""

import resource
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from experiments.benchmarks.bench import Bench
from experiments.benchmarks.fresh import run_fresh
from experiments.benchmarks.resize import thin
from experiments.benchmarks.row import Row
from serjax.config import Config
from serjax.data import load_dataset

# Until then allocators and caches fill.
FIRST_EPOCH = 10

# Of the resident size, over fifty epochs: what an allocator's whims come to.
ALLOWED_SHARE = 0.01


def measure(bench: Bench) -> list[Row]:
    """Train on few rows for many epochs, without and with a checkpoint after each."""
    # The model as it is: of a copy of its weights that is kept, much is to be seen.
    config = bench.config.replace(
        epochs=FIRST_EPOCH + (4 if bench.quick else 50),
        patience=0,
        batch_size=8,
        num_buckets=1,
    )
    # The second run loads what the first one compiled.
    environment = {"JAX_COMPILATION_CACHE_DIR": str(bench.scratch / "memory-compiled")}
    rows = []
    for what, every_s in (("training", 1e9), ("training, saving each epoch", 0.0)):
        bench.progress(f"memory: {config.training.epochs} epochs, {what}")
        run = config.replace(
            checkpoint_every_s=every_s,
            workdir=str(bench.scratch / f"memory-{every_s:g}"),
        )
        resident = run_fresh(resident_after_epochs, run, 16, environment=environment)
        rows.append(_row(what, resident))
    return rows


def _row(what: str, resident: Sequence[float]) -> Row:
    slope = growth_per_epoch(resident[FIRST_EPOCH - 1 :])
    epochs = len(resident) - FIRST_EPOCH
    return Row(
        section="memory",
        what=f"resident size, growth over {epochs} epochs, {what}",
        value=slope * epochs,
        unit="MB",
        bar=ALLOWED_SHARE * resident[FIRST_EPOCH - 1],
        details={
            "figure": f"median slope from epoch {FIRST_EPOCH} on, times epochs",
            "bar": f"{ALLOWED_SHARE:.0%} of the resident size after epoch "
            f"{FIRST_EPOCH}",
            "mb_per_100_epochs": 100 * slope,
            "resident_mb": list(resident),
        },
    )


def resident_after_epochs(config: Config, num_rows: int) -> list[float]:
    """Train, and return the resident size in MB after each epoch."""
    from serjax.training import train

    dataset = thin(load_dataset(config, progress=False), num_rows)
    sizes = []

    def report(line: str) -> None:
        if line.startswith("epoch"):
            sizes.append(resident_mb())

    train(config, dataset, report)
    return sizes


def growth_per_epoch(sizes: Sequence[float]) -> float:
    """Median slope of the lines through any two of the sizes (Theil and Sen).

    One size taken while a checkpoint was under way does not move it.
    """
    values = np.asarray(sizes)
    first, second = np.triu_indices(len(values), 1)
    return float(np.median((values[second] - values[first]) / (second - first)))


def resident_mb() -> float:
    """Memory that this process has now, in MB."""
    return _status_mb("VmRSS")


def peak_mb() -> float:
    """Most memory that this process ever had, in MB."""
    # Not getrusage, where the kernel says otherwise: there a process starts with the
    # peak of the one that it was started from.
    return _status_mb("VmHWM")


def _status_mb(name: str) -> float:
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) * 1024 / 1e6
    except OSError:
        pass
    # Elsewhere the peak has to do for both: growth raises it too.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * (1 if sys.platform == "darwin" else 1024) / 1e6
