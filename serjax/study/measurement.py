"""How long a run takes here, by a few of its steps at two of its padded lengths."""

import contextlib
import dataclasses
import itertools
import statistics
import time
from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from tqdm import tqdm

from serjax.config import Config
from serjax.data import Batch, Dataset, evaluation_batches
from serjax.methods import Method
from serjax.training import loop
from serjax.training.devices import select_platform
from serjax.training.jax_settings import usual_settings
from serjax.training.job import choose_batch_size, make_job, take_attributes
from serjax.training.state import init_state
from serjax.training.totals import init_totals

STEPS = 3  # that are timed at a padded length, after one that compiles
SHORT_EPOCH_S = 1.0  # below this an epoch is timed whole
EPOCHS_S = 0.5  # how long epochs are then timed for, after one that is not


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


@usual_settings()
def measure(
    config: Config,
    dataset: Dataset,
    methods: Sequence[Method],
    encoder: nn.Module | None = None,
) -> RunTime:
    """Compile some of a run's programs and take some steps of them.

    Each padded length is a program, and compiling takes nearly all of the time that is
    spent here. So the shortest and the longest are timed, and what the others take lies
    between, by their frames. Where that makes a short epoch, whole epochs are timed:
    what surrounds the steps counts.
    """
    device = select_platform(config.run.platform)
    dataset = take_attributes(config, dataset)
    batch_size = choose_batch_size(config, dataset)
    chosen = config.find_methods(methods)
    job = make_job(config, dataset, batch_size, device, chosen, encoder)
    lengths = np.asarray(dataset.store.lengths)

    def batches_of(rows: np.ndarray) -> list[Batch]:
        return evaluation_batches(rows, lengths, job.buckets, batch_size)

    state = init_state(job.network, config.training.seed)
    totals = init_totals(len(job.network.attributes))
    choices = loop.choices_of(job, 0)
    params = jax.tree.map(jnp.copy, state.params)  # the first step takes these over
    programs: dict[int, Callable] = {}

    def train_batch(batch: Batch) -> None:
        nonlocal state, totals
        if batch.num_frames not in programs:
            programs.update(loop.train_programs(job, state, totals, choices, [batch]))
        program = programs[batch.num_frames]
        with contextlib.closing(job.store.feed([batch])) as sources:
            source = next(sources)
            state, totals = program(state, totals, source, batch.rows, choices)
        jax.block_until_ready((state, totals))

    def predict_batch(batch: Batch) -> None:
        loop.predict_batches(job.network, params, job.store, [batch])

    training = loop.training_batches(job, 0)
    parts = dataset.evaluation_parts()
    scored = batches_of(np.concatenate(list(parts.values())))
    step_s, compile_s = _time(train_batch, training)
    predict_s, also_s = _time(predict_batch, scored)
    epoch_s = step_s(training) + predict_s(batches_of(dataset.rows("valid")))
    if epoch_s < SHORT_EPOCH_S:
        epoch_s = _time_epochs(job)
    return RunTime(epoch_s, 2 * predict_s(scored), compile_s + also_s)


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


def _time(
    step: Callable[[Batch], None], batches: Sequence[Batch]
) -> tuple[Callable[[Sequence[Batch]], float], float]:
    """Time a step at the shortest and at the longest of the batches' lengths.

    Returns:
      A function that gives the seconds of any batches, and the seconds that compiling
      takes for all lengths.
    """
    lengths = sorted({batch.num_frames for batch in batches})
    timed = sorted({lengths[0], lengths[-1]})
    medians, compile_s = [], 0.0
    for num_frames in timed:
        alike = itertools.cycle(it for it in batches if it.num_frames == num_frames)
        seconds = []
        for batch in itertools.islice(alike, 1 + STEPS):
            began = time.perf_counter()
            step(batch)
            seconds.append(time.perf_counter() - began)
        medians.append(statistics.median(seconds[1:]))
        compile_s += max(0.0, seconds[0] - medians[-1])

    def seconds_of(others: Sequence[Batch]) -> float:
        frames = [batch.num_frames for batch in others]
        return float(np.interp(frames, timed, medians).sum())

    return seconds_of, compile_s * len(lengths) / len(timed)
