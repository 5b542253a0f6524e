"""How long a study will take, before it is begun.

An epoch's time is that of the study's finished runs, if there are any on this device;
else some steps of each program are taken on the study's own data. There are two
programs: with discriminators and without. Every attribute has a head in every run, so a
run's attributes change no time.
"""

import contextlib
import dataclasses
import itertools
import math
import statistics
import time
from collections.abc import Sequence
from datetime import timedelta

import jax
import numpy as np
from tqdm import tqdm

from serjax.analysis.runs import read_study
from serjax.config import Config
from serjax.data import Batch, Dataset
from serjax.study.plan import Plan
from serjax.training import loop
from serjax.training.devices import describe_device, select_platform
from serjax.training.objectives import make_choices
from serjax.training.run import choose_batch_size, make_job, take_attributes
from serjax.training.state import Params, init_state
from serjax.training.steps import init_totals

STEPS = 3
"""Steps that are timed at each padded length, after one that is not."""

SHORT_EPOCH_S = 3.0
"""Below this an epoch is timed whole."""

EPOCHS = 3
"""Epochs that are timed then, after one that is not."""


@dataclasses.dataclass(frozen=True)
class RunTime:
    """What a run of one program takes, in seconds.

    Attributes:
      epoch_s: an epoch with its validation.
      evaluation_s: scoring the finished run, twice: best and last epoch.
      compile_s: compiling, once in a study.
    """

    epoch_s: float
    evaluation_s: float = 0.0
    compile_s: float = 0.0


@dataclasses.dataclass(frozen=True)
class Estimate:
    """How long the runs that are left take together.

    Attributes:
      train_s: all nominal epochs and the evaluations, in seconds.
      compile_s: compiling before them, in seconds; 0 where no step was taken.
      sources: what was timed for it, in words.
    """

    train_s: float
    compile_s: float
    sources: tuple[str, ...]


def estimate(plan: Plan, dataset: Dataset) -> Estimate:
    """Estimate the time of the runs that are left; nothing is written.

    It is an upper bound in one way: every run is taken to train all nominal epochs. It
    leaves out what each run writes: checkpoints, predictions.
    """
    left = [run for run in plan.runs if run.status != "finished"]
    times: dict[bool, RunTime] = {}
    sources: dict[str, None] = {}
    for run in left:
        adversarial = _is_adversarial(run.config.training.approach)
        if adversarial in times:
            continue
        if epochs_s := _finished_epochs_s(plan, dataset, adversarial):
            times[adversarial] = RunTime(statistics.median_low(epochs_s))
            sources["the study's finished runs"] = None
        else:
            times[adversarial] = measure(run.config, dataset)
            sources["a measurement on these data"] = None
    seconds = 0.0
    for run in left:
        it = times[_is_adversarial(run.config.training.approach)]
        seconds += it.epoch_s * run.epochs_left + it.evaluation_s
    compile_s = sum(it.compile_s for it in times.values())
    return Estimate(seconds, compile_s, tuple(sources))


def describe_estimate(it: Estimate, patience: int) -> str:
    """Say how long, and what that is worth."""
    if not it.sources:
        return "Time: none, all runs are finished"
    lines = [f"Time: {_clock(it.train_s)}, by {' and '.join(it.sources)}"]
    if it.compile_s:
        lines.append(
            f"Compiling, once: {_clock(it.compile_s)}; it is kept in the cache"
        )
    if patience:
        lines.append(
            "Every run is counted with all its epochs; early stopping (patience "
            f"{patience}) makes it less."
        )
    return "\n".join(lines)


def measure(config: Config, dataset: Dataset) -> RunTime:
    """Compile a run's programs and take some steps of them.

    An epoch's steps are extrapolated from `STEPS` of each padded length; validation is
    timed whole, and the evaluation at the end extrapolated from it by frames. Where that
    makes a short epoch, whole epochs are timed: what surrounds the steps counts there.
    """
    device = select_platform(config.run.platform)
    dataset = take_attributes(config, dataset)
    job = make_job(config, dataset, choose_batch_size(config, dataset), device)
    batches = loop.training_batches(job, 0)
    began = time.perf_counter()
    params, step_s, steps_taken_s = _time_steps(job, batches)
    valid_rows = dataset.rows("valid")
    loop.predict_rows(job, params, valid_rows)  # Compiles.
    compile_s = time.perf_counter() - began - steps_taken_s
    began = time.perf_counter()
    loop.predict_rows(job, params, valid_rows)
    valid_s = time.perf_counter() - began
    lengths = np.asarray(dataset.store.lengths)
    scored = np.concatenate(list(dataset.evaluation_parts().values()))
    share = lengths[scored].sum() / lengths[valid_rows].sum()
    epoch_s = sum(step_s[batch.num_frames] for batch in batches) + valid_s
    return RunTime(
        epoch_s=_time_epochs(job) if epoch_s < SHORT_EPOCH_S else epoch_s,
        evaluation_s=float(2 * valid_s * share),
        compile_s=compile_s,
    )


def _time_epochs(job: loop.Job) -> float:
    """Seconds per epoch, of a few after the first."""
    config = job.config.replace(epochs=1 + EPOCHS, patience=0)
    job = dataclasses.replace(job, config=config)
    epochs = loop.epochs(job, loop.start(job), lambda: None, tqdm(disable=True))
    next(epochs)
    began = time.perf_counter()
    for _ in epochs:
        pass
    return (time.perf_counter() - began) / EPOCHS


def _time_steps(
    job: loop.Job, batches: Sequence[Batch]
) -> tuple[Params, dict[int, float], float]:
    """Take a few steps at each padded length, and wait for each.

    Returns:
      The parameters after them, the median step of each length, and all of them
      together, in seconds.
    """
    state = init_state(job.network, job.config.training.seed)
    totals = init_totals(len(job.network.attributes))
    choices = make_choices(job.config.training, job.network.attributes, 0)
    programs = loop.train_programs(job, state, totals, choices, batches)
    step_s, together_s = {}, 0.0
    for num_frames, program in programs.items():
        alike = itertools.cycle(it for it in batches if it.num_frames == num_frames)
        taken = list(itertools.islice(alike, 1 + STEPS))
        seconds = []
        with contextlib.closing(job.store.feed(taken)) as sources:
            for batch in taken:
                began = time.perf_counter()
                source = next(sources)
                state, totals = program(state, totals, source, batch.rows, choices)
                jax.block_until_ready((state, totals))
                seconds.append(time.perf_counter() - began)
        step_s[num_frames] = statistics.median(seconds[1:])
        together_s += sum(seconds)
    return state.params, step_s, together_s


def _finished_epochs_s(plan: Plan, dataset: Dataset, adversarial: bool) -> list[float]:
    """Seconds per epoch, with all that surrounds it, of finished runs of a program.

    They are runs of these settings, on these data and this device, that were trained in
    one go: of a resumed run the time before is not known. The first one of a process
    has compiled, too.
    """
    if not (plan.workdir / "runs").is_dir():
        return []
    config = plan.config
    device = describe_device(select_platform(config.run.platform))
    return [
        run.result["wall_s"] / run.result["epochs_run"]
        for run in read_study(plan.workdir).finished
        if _is_adversarial(run.approach) == adversarial
        and _shared_hash(Config.from_flat(run.config["settings"]))
        == _shared_hash(config)
        and run.config["dataset"]["identity"] == dataset.identity
        and run.config["device"] == device
        and run.result["wall_s"] >= sum(line["train_s"] for line in run.metrics)
    ]


def _shared_hash(config: Config) -> str:
    """Digest of what the runs of a study share."""
    return config.replace(approach="baseline", seed=0).hash()


def _is_adversarial(approach: str) -> bool:
    """Whether an approach trains discriminators: its program is another."""
    return approach == "adversarial"


def _clock(seconds: float) -> str:
    """`3:20:00`; `1 day, 2:00:00`."""
    return str(timedelta(seconds=math.ceil(seconds)))
