"""How long a run takes here, by a few of its steps."""

import contextlib
import dataclasses
import itertools
import statistics
import time
from collections.abc import Sequence

import jax
import numpy as np
from flax import linen as nn
from tqdm import tqdm

from serjax.config import Config
from serjax.data import Batch, Dataset
from serjax.methods import Method
from serjax.training import loop
from serjax.training.devices import select_platform
from serjax.training.job import choose_batch_size, make_job, take_attributes
from serjax.training.state import Params, init_state
from serjax.training.totals import init_totals

STEPS = 3  # that are timed at each padded length, after one that is not
SHORT_EPOCH_S = 3.0  # below this an epoch is timed whole
EPOCHS_S = 1.0  # how long epochs are then timed for, after one that is not


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


def measure(
    config: Config,
    dataset: Dataset,
    methods: Sequence[Method],
    encoder: nn.Module | None = None,
) -> RunTime:
    """Compile a run's programs and take some steps of them.

    An epoch's steps are extrapolated from `STEPS` of each padded length; validation is
    timed whole, and the evaluation at the end extrapolated from it by frames. Where
    that makes a short epoch, whole epochs are timed: what surrounds the steps counts.
    """
    device = select_platform(config.run.platform)
    dataset = take_attributes(config, dataset)
    batch_size = choose_batch_size(config, dataset)
    chosen = config.find_methods(methods)
    job = make_job(config, dataset, batch_size, device, chosen, encoder)
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
    if epoch_s < SHORT_EPOCH_S:
        epoch_s = _time_epochs(job)
    return RunTime(epoch_s, float(2 * valid_s * share), compile_s)


def _time_epochs(job: loop.Job) -> float:
    """Seconds per epoch, of a few after the first."""
    config = job.config.replace(epochs=10**6, patience=0)
    job = dataclasses.replace(job, config=config)
    epochs = loop.epochs(job, loop.start(job), lambda: None, tqdm(disable=True))
    next(epochs)
    began = time.perf_counter()
    number = 0
    while time.perf_counter() - began < EPOCHS_S:
        next(epochs)
        number += 1
    return (time.perf_counter() - began) / number


def _time_steps(
    job: loop.Job, batches: Sequence[Batch]
) -> tuple[Params, dict[int, float], float]:
    """Take a few steps at each padded length, and wait for each.

    Give the parameters after them, the median step of each length, and all of them
    together, in seconds.
    """
    state = init_state(job.network, job.config.training.seed)
    totals = init_totals(len(job.network.attributes))
    choices = loop.choices_of(job, 0)
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
