"""The training step, on padded batches of one length.

The figure is the least of all steps, each waited for. serjax's step also gathers its
batch, the twin's finds it padded.
"""

import numpy as np

from experiments.benchmarks.bench import Bench, cut_alike, time_steps
from experiments.benchmarks.record import Row
from serjax.data import Batch
from serjax.training.state import init_state

BLOCK = 5  # steps that one side takes before it is the other's turn


def measure(bench: Bench) -> list[Row]:
    """Time steps at batches of 32, which have the bar, and of 8."""
    return [measure_size(bench, batch_size) for batch_size in (32, 8)]


def measure_size(bench: Bench, batch_size: int) -> Row:
    """Time steps at one size of batch, by turns with the twin's."""
    num_frames, rounds = (40, 2) if bench.quick else (400, 10)
    what = f"training step, {batch_size} x {num_frames} frames"
    bench.progress(what)
    dataset = cut_alike(bench.dataset, BLOCK * batch_size, num_frames)
    blocks = np.split(np.arange(BLOCK * batch_size, dtype=np.int32), BLOCK)
    job = bench.make_job(dataset, batch_size)
    state = init_state(job.network, job.config.training.seed)
    ours, twins = [], []
    with bench.open_twin(dataset) as twin:
        choice = twin("choose", [batch_size], "time_steps", blocks)
        for turn in range(1 + rounds):
            for rows in blocks:
                seconds, state = time_steps(job, state, [Batch(rows, job.buckets[0])])
                ours += [seconds] if turn else []  # the first turn is not counted
            twins += twin("time_steps", blocks) if turn else []
    goals = (1.0, 1.3) if bench.is_on_cpu else (1.2, 2.0)
    bar, aim = goals if batch_size == 32 else (None, None)
    figures = 1e3 * min(ours), "ms", 1e3 * min(twins) if twins else None
    details = {"s": ours, "twin_s": twins, "twin_choice": choice}
    return Row(what, *figures, bar, aim, is_speedup=True, details=details)
