"""What every section is handed, and what several need."""

import contextlib
import dataclasses
import math
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import jax
import numpy as np

from experiments.benchmarks.own_process import own_process
from serjax.config import Config
from serjax.data import Batch, Dataset, FeatureStore
from serjax.training import loop
from serjax.training.devices import select_platform
from serjax.training.job import make_job
from serjax.training.state import State
from serjax.training.totals import init_totals

_TRAINER = "experiments.benchmarks.trainer"


@dataclasses.dataclass(frozen=True, eq=False)
class Bench:
    """Settings and data of one benchmark, and how far to go.

    Attributes:
      config: the settings, multitask of all attributes: serjax computes every head in
        any case, so both sides do the same work. A section chooses the rest.
      dataset: the data, loaded once.
      twin: measure the PyTorch twin too.
      quick: few repeats and small sizes, for tests and for a look.
      scratch: an empty folder to write in, removed at the end.
      progress: prints a line on stderr.
    """

    config: Config
    dataset: Dataset
    twin: bool
    quick: bool
    scratch: Path
    progress: Callable[[str], None]

    @property
    def is_on_cpu(self) -> bool:
        """Whether the settings' device is the CPU."""
        return select_platform(self.config.run.platform).platform == "cpu"

    def make_job(self, dataset: Dataset, batch_size: int, epochs: int = 1) -> loop.Job:
        """Make a run ready, without early stopping."""
        config = self.config.replace(batch_size=batch_size, epochs=epochs, patience=0)
        device = select_platform(config.run.platform)
        return make_job(config, dataset, batch_size, device)

    @contextlib.contextmanager
    def open_twin(self, dataset: Dataset) -> Iterator[Callable[..., Any]]:
        """Give what calls a `Trainer` in its own process; [] for all if not wanted."""
        if not self.twin:
            yield lambda *_: []
            return
        with own_process() as call:
            device = "cpu" if self.is_on_cpu else "cuda"
            call(f"{_TRAINER}:start", self.config, dataset, device)
            yield lambda method, *its: call(f"{_TRAINER}:started.{method}", *its)


def time_steps(
    job: loop.Job, state: State, batches: Sequence[Batch], epoch: int = 0
) -> tuple[float, State]:
    """Run an epoch's compiled steps, with all made ready before, and nothing else.

    Returns:
      Seconds until the last is done, and the state then; the one given is taken over.
    """
    totals = init_totals(len(job.network.attributes))
    choices = loop.choices_of(job, epoch)
    programs = loop.train_programs(job, state, totals, choices, batches)
    sources = [*job.store.feed(batches)]
    jax.block_until_ready((state, totals))
    began = time.perf_counter()
    for batch, source in zip(batches, sources, strict=True):
        program = programs[batch.num_frames]
        state, totals = program(state, totals, source, batch.rows, choices)
    jax.block_until_ready((state, totals))
    return time.perf_counter() - began, state


def cut_alike(dataset: Dataset, num_rows: int, num_frames: int) -> Dataset:
    """Cut the data's frames into training rows of one length, with labels of theirs."""
    frames = dataset.store.frames[: num_rows * num_frames]
    rows = np.resize(frames, (num_rows, num_frames, dataset.store.dims))
    return dataclasses.replace(
        dataset,
        utterances=dataset.utterances[:1] * num_rows,
        parts=("train",) * num_rows,
        store=FeatureStore.join([*rows], dataset.store.dims),
        labels=np.resize(dataset.labels, num_rows),
        attributes={
            name: dataclasses.replace(it, labels=np.resize(it.labels, num_rows))
            for name, it in dataset.attributes.items()
        },
        copy_of=dataset.copy_of[:0],
        identity=f"{dataset.identity}-{num_rows}-{num_frames}",
    )


def thin(dataset: Dataset, num_rows: int) -> Dataset:
    """Keep about `num_rows` rows in their parts, evenly over corpora and lengths."""

    def place(row: int) -> tuple[str, str, int]:
        corpus = dataset.utterances[row].corpus
        return dataset.parts[row], corpus, int(dataset.store.lengths[row])

    num_all = len(dataset.labels)
    kept = {*sorted(range(num_all), key=place)[:: math.ceil(num_all / num_rows)]}
    parts = tuple(it if row in kept else "" for row, it in enumerate(dataset.parts))
    identity = f"{dataset.identity}-{num_rows}"
    return dataclasses.replace(dataset, parts=parts, identity=identity)
