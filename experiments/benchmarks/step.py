"""The training step, on padded batches of one length."""

import time
from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from experiments.benchmarks.bench import Bench
from experiments.benchmarks.flop import training_flop
from experiments.benchmarks.jobs import make_job, noise, open_twin
from experiments.benchmarks.peak import matrix_rates
from experiments.benchmarks.row import Row
from serjax.data import Batch
from serjax.training.loop import Job, choices_of
from serjax.training.programs import train_program
from serjax.training.state import init_state
from serjax.training.totals import init_totals

NUM_FRAMES = 400

BLOCK = 5
"""Steps that one side takes before it is the other's turn."""

ROUNDS = 10


def measure(bench: Bench) -> list[Row]:
    """Time steps at batches of 32, which have the bar, and of 8."""
    return [_measure(bench, batch_size) for batch_size in (32, 8)]


def _measure(bench: Bench, batch_size: int) -> Row:
    num_frames = 40 if bench.quick else NUM_FRAMES
    shape = f"{batch_size} x {num_frames}"
    bench.progress(f"step: {shape} frames")
    dataset = noise(bench, BLOCK * batch_size, num_frames)
    batches = np.split(np.arange(BLOCK * batch_size, dtype=np.int32), BLOCK)
    steps = _Steps(make_job(bench.config, dataset, batch_size, epochs=1))
    each, together, twins = [], [], []
    choice = None
    with open_twin(bench, dataset) as twin:
        steps.time_each(batches)  # not counted
        if twin:
            choice = twin.call("choose_training", batches)
        for _ in range(2 if bench.quick else ROUNDS):
            each += steps.time_each(batches)
            if twin:
                twins += twin.call("time_steps", batches)
            together.append(steps.time_together(batches))
    num_outputs = len(dataset.classes) + sum(
        len(attribute.values) for attribute in dataset.attributes.values()
    )
    gflop = (
        1e-9
        * batch_size
        * training_flop(bench.config.model, dataset.store.dims, num_outputs, num_frames)
    )
    rate, peak = gflop / min(each), max(matrix_rates(bench.quick).values())
    on_cpu = jax.default_backend() == "cpu"
    return Row(
        section="step",
        what=f"training step, {shape} frames",
        value=1e3 * min(each),
        unit="ms",
        twin=1e3 * min(twins) if twins else None,
        bar=None if batch_size != 32 else 1.0 if on_cpu else 1.2,
        aim=None if batch_size != 32 else 1.3 if on_cpu else 2.0,
        judged="speedup",
        details={
            "figure": "the least of all steps, each waited for; turns of "
            f"{BLOCK} steps alternate with the twin's. serjax's step also gathers its "
            "batch, the twin's finds it padded.",
            "ms": _spread(each),
            "ms_back_to_back": _spread(together),
            "twin_ms": _spread(twins),
            "speedup_of_medians": _ratio(twins, each),
            "twin_choice": choice,
            "gflop": gflop,
            "gflop_per_s": rate,
            "share_of_matrix_rate": rate / peak,
        },
    )


class _Steps:
    """Steps of one run, outside of its loop."""

    def __init__(self, job: Job) -> None:
        network = job.network
        self._state = init_state(network, job.config.training.seed)
        self._totals = init_totals(len(network.attributes))
        self._choices = choices_of(job, 0)
        batch = Batch(np.arange(job.batch_size, dtype=np.int32), job.buckets[0])
        (self._source,) = job.store.feed([batch])
        self._program = train_program(
            network,
            self._state,
            self._totals,
            job.store.example(job.batch_size, job.buckets[0]),
            self._choices,
            batch_size=job.batch_size,
            num_frames=job.buckets[0],
        )

    def time_each(self, batches: Sequence[np.ndarray]) -> list[float]:
        """Take a step on each batch, and wait for it: seconds."""
        return [self._time([rows]) for rows in batches]

    def time_together(self, batches: Sequence[np.ndarray]) -> float:
        """Take all steps, and wait for the last: seconds per step."""
        return self._time(batches) / len(batches)

    def _time(self, batches: Sequence[np.ndarray]) -> float:
        began = time.perf_counter()
        for rows in batches:
            self._state, self._totals = self._program(
                self._state, self._totals, self._source, rows, self._choices
            )
        jax.block_until_ready((self._state, self._totals))
        return time.perf_counter() - began


def _spread(seconds: Sequence[float]) -> dict[str, Any] | None:
    if not seconds:
        return None
    low, median, high = 1e3 * np.percentile(seconds, (0, 50, 100))
    return {"min": low, "median": median, "max": high, "count": len(seconds)}


def _ratio(twins: Sequence[float], each: Sequence[float]) -> float | None:
    return float(np.median(twins) / np.median(each)) if twins else None
