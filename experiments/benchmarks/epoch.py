"""Epochs over the data set's training rows, of whatever lengths they are.

An epoch has everything in it: drawing the batches, gathering, SpecAugment, steps,
metrics, validation. A replay has the same compiled steps, on batches made ready before,
and validation. The first epoch is not counted, and the others alternate with replays
and with the twin's epochs.
"""

import time

import numpy as np
from tqdm import tqdm

from experiments.benchmarks.bench import Bench, time_steps
from experiments.benchmarks.record import Row
from serjax.training import loop
from serjax.training.state import init_state

CHOICE_BATCHES = 6  # on which the twin chooses how to treat padding


def measure(bench: Bench) -> list[Row]:
    """Time whole epochs, and what of them is neither padding nor a compiled step."""
    return [row for size in (32, 8) for row in measure_size(bench, size)]


def measure_size(bench: Bench, batch_size: int) -> list[Row]:
    """Time epochs at one size of batch."""
    repeats = 1 if bench.quick else 3
    dataset, lengths = bench.dataset, np.asarray(bench.dataset.store.lengths)
    rows, valid_rows = dataset.rows("train"), dataset.rows("valid")
    job = bench.make_job(dataset, batch_size, epochs=1 + repeats)
    epochs = loop.epochs(job, loop.start(job), lambda: None, tqdm(disable=True))
    walls, replays, twins, computed = [], [], [], []
    with bench.open_twin(dataset) as twin:
        # Batches of like lengths, from the shortest to the longest.
        ordered = rows[np.argsort(lengths[rows], kind="stable")]
        starts = np.linspace(0, len(rows) - batch_size, CHOICE_BATCHES).astype(int)
        sample = [ordered[start : start + batch_size] for start in starts]
        choice = twin("choose", [batch_size], "time_steps", sample)
        for epoch in range(1 + repeats):
            bench.progress(f"epoch {epoch} of {repeats}, batches of {batch_size}")
            began = time.perf_counter()
            next(epochs)
            walls.append(time.perf_counter() - began)
            batches = loop.training_batches(job, epoch)
            computed.append(sum(len(it.rows) * it.num_frames for it in batches))
            state = init_state(job.network, job.config.training.seed)
            replayed, state = time_steps(job, state, batches, epoch)
            began = time.perf_counter()
            loop.predict_rows(job, state.params, valid_rows)
            replays.append(replayed + time.perf_counter() - began)
            twins += twin("time", "train", rows, valid_rows)
    del walls[0], replays[0], twins[:1]
    of_size, wall = f"batches of {batch_size}", float(np.mean(walls))
    padding = float(np.mean(computed) / lengths[rows].sum())
    above = 100 * (min(walls) / min(replays) - 1)
    details = {"s": walls, "replayed_s": replays, "padded_lengths": job.buckets}
    details |= {"twin_s": twins, "twin_choice": choice}
    mean = float(np.mean(twins)) if twins else None
    return [
        Row(f"epoch, {of_size}", wall, "s", mean, 1.5, 2.0, True, details),
        Row(f"computed frames, {of_size}", padding, "of valid", bar=1.10, aim=1.05),
        Row(f"epoch over its replay, less 1, {of_size}", above, "%", bar=5, aim=2),
    ]
