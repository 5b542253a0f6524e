"""Whether memory grows with the epochs: the resident size after each of fifty.

The figure is the median slope from the tenth epoch on (until then allocators and caches
fill), times the epochs; one size taken while a checkpoint was under way does not move
it. The bar is what an allocator's whims come to, 1 % of the resident size.
"""

import mmap
from pathlib import Path

import numpy as np
from scipy.stats import theilslopes

from experiments.benchmarks.bench import Bench, thin
from experiments.benchmarks.own_process import own_process
from experiments.benchmarks.record import Row
from serjax.config import Config
from serjax.data import load_dataset
from serjax.training import train

FIRST_EPOCH = 10


def measure(bench: Bench) -> list[Row]:
    """Train on few rows for many epochs, without and with a checkpoint after each."""
    # The model as it is: of a copy of its weights that is kept, much is to be seen.
    epochs = 4 if bench.quick else 50
    config = bench.config.replace(
        epochs=FIRST_EPOCH + epochs, patience=0, batch_size=8, num_buckets=1
    )
    # The second run loads what the first one compiled.
    environment = {"JAX_COMPILATION_CACHE_DIR": str(bench.scratch / "memory-compiled")}
    rows = []
    for how, every_s in (("", 1e9), (", saving each", 0.0)):
        what = f"resident size, growth over {epochs} epochs{how}"
        bench.progress(what)
        workdir = str(bench.scratch / f"memory-{every_s:g}")
        run = config.replace(checkpoint_every_s=every_s, workdir=workdir)
        with own_process(environment) as call:
            sizes = call(f"{__name__}:resident_mb", run, 32)
        slope = np.asarray(theilslopes(sizes[FIRST_EPOCH - 1 :]))[0]
        bar, details = 0.01 * sizes[FIRST_EPOCH - 1], {"resident_mb": sizes}
        rows.append(Row(what, float(slope * epochs), "MB", bar=bar, details=details))
    return rows


def resident_mb(config: Config, num_rows: int) -> list[float]:
    """Train on some rows; give the resident size after each epoch, on Linux alone."""
    statm, sizes = Path("/proc/self/statm"), []

    def note(_: object) -> None:
        sizes.append(int(statm.read_text().split()[1]) * mmap.PAGESIZE / 1e6)

    dataset = thin(load_dataset(config, progress=False), num_rows)
    train(config, dataset, None, on_epoch=note)
    return sizes
