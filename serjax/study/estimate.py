"""How long a study will take, before it is begun: epochs of each program are timed.

Methods that only use what every run has share a program, and each other has one. Every
attribute has a head in every run, so a run's attributes change no time.
"""

import dataclasses
import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from contextlib import nullcontext
from datetime import timedelta

import numpy as np
from tqdm import tqdm

from serjax.config import Config
from serjax.methods import BASELINE, METHODS, SVM
from serjax.study.execution import Work, given_work, make_pool
from serjax.study.plan import Plan, PlannedRun
from serjax.study.pool import Seat
from serjax.training import loop
from serjax.training.devices import select_platform
from serjax.training.jax_settings import usual_settings
from serjax.training.job import choose_batch_size, make_job, take_attributes
from serjax.training.svm import fit_svm

ENOUGH_S = 1.0  # of epochs after the first: a short one varies


@dataclasses.dataclass(frozen=True, order=True)
class RunTime:
    """What a run of one program takes, in seconds.

    Attributes:
      epoch_s: an epoch with its validation.
      evaluation_s: scoring the finished run, twice: best and last epoch; of an svm all
        that it takes.
      compile_s: compiling, once in a study.
    """

    epoch_s: float
    evaluation_s: float = 0.0
    compile_s: float = 0.0


@dataclasses.dataclass(frozen=True)
class Estimate:
    """How long the runs that are left take together, in seconds.

    Attributes:
      train_s: all nominal epochs and the evaluations; 0 where no run is left.
      compile_s: compiling before them.
    """

    train_s: float
    compile_s: float


def estimate(
    plan: Plan,
    work: Work,
    seats: Sequence[Seat] = (),
    *,
    say: Callable[[str], None] = lambda line: None,
) -> Estimate:
    """Estimate the time of the runs that are left; nothing is written.

    `say` is called before each measurement, which may take a minute. With seats, as
    many workers measure at once, for they share the memory. The estimate is an upper
    bound in one way: every run is taken to train all nominal epochs. It leaves out what
    each run writes: checkpoints, predictions.
    """
    left = [run for run in plan.all_runs if run.status != "finished"]
    seats = seats[: len(left)]
    with make_pool(seats, work, plan.config) if seats else nullcontext() as pool:
        return _estimate(left, work, pool, max(1, len(seats)), say)


def _estimate(
    runs: Sequence[PlannedRun],
    work: Work,
    pool: Executor | None,
    num_at_once: int,
    say: Callable[[str], None],
) -> Estimate:
    shared = {name for name, it in METHODS.items() if it.is_operand}
    times: dict[str, RunTime] = {}
    train_s = 0.0
    for run in runs:
        roles = run.config.training.roles_by_attribute.values()
        program = "+".join(sorted({role.role for role in roles} - shared))
        is_svm = run.config.training.approach == SVM
        program = SVM if is_svm else program
        program = f"{BASELINE} on {run.bound} alone" if run.bound else program
        if program not in times:
            what = "it is fitted" if is_svm else "some epochs are timed"
            say(f"Measuring {program or BASELINE}: {what} ...")
            asked = run.config, run.data
            if pool:
                found = [pool.submit(measure_given, *asked) for _ in range(num_at_once)]
                times[program] = max(it.result() for it in found)
            else:
                times[program] = measure(work, *asked)
        it = times[program]
        train_s += it.epoch_s * run.epochs_left + it.evaluation_s
    return Estimate(train_s / num_at_once, sum(it.compile_s for it in times.values()))


def measure_given(config: Config, data: str) -> RunTime:
    """In a worker: measure a run of the work that it was given."""
    return measure(given_work(), config, data)


@usual_settings()
def measure(work: Work, config: Config, data: str = "") -> RunTime:
    """Train two epochs, of which the first compiles; more where they are short.

    Each padded length is a program, and compiling takes nearly all of the time that is
    spent here. So there are two lengths at most, with some more padding than in a run.
    An svm, which has no epochs, is fitted.
    """
    if config.training.approach == SVM:
        began = time.perf_counter()
        fit_svm(config, work.datasets[data])
        return RunTime(0.0, time.perf_counter() - began)
    num_buckets = config.training.num_buckets
    config = config.replace(num_buckets=min(2, num_buckets), epochs=10**6, patience=0)
    device = select_platform(config.run.platform, config.run.threads)
    dataset = take_attributes(config, work.datasets[data])
    batch_size = choose_batch_size(config, dataset)
    chosen = config.find_methods(work.methods)
    job = make_job(config, dataset, batch_size, device, chosen, work.encoder)
    scored = dataset.evaluation_rows()
    epochs = loop.epochs(job, loop.start(job), lambda: None, tqdm(disable=True))
    times = []
    while len(times) < 2 or np.sum(times[1:]) < ENOUGH_S:
        began = time.perf_counter()
        progress, _ = next(epochs)
        trained = time.perf_counter()
        loop.predict_rows(job, progress.best_params, scored)
        times.append((trained - began, time.perf_counter() - trained))
    epoch_s, predict_s = np.median(times[1:], axis=0).tolist()
    compile_s = max(0.0, sum(times[0]) - epoch_s - predict_s)
    lengths = loop.choose_buckets(dataset, num_buckets, batch_size)
    compile_s *= len(lengths) / len(job.buckets)
    return RunTime(epoch_s, 2 * predict_s, compile_s)


def describe_estimate(it: Estimate, patience: int) -> str:
    """Say how long, and what that is worth."""
    if not it.train_s:
        return "Time: none, all runs are finished"
    lines = [f"Time: {_clock(it.train_s)}, by a measurement on these data"]
    if it.compile_s:
        compiling = _clock(it.compile_s)
        lines.append(f"Compiling, once: {compiling}; it is kept in the cache")
    if patience:
        lines.append(
            "Every run is counted with all its epochs; early stopping (patience "
            f"{patience}) makes it less."
        )
    return "\n".join(lines)


def _clock(seconds: float) -> str:
    """`3:20:00`; `1 day, 2:00:00`."""
    return str(timedelta(seconds=math.ceil(seconds)))
