"""What the sections on speed train: all attributes at once, as the twin does too."""

import contextlib
import dataclasses

import numpy as np

from experiments.benchmarks.bench import Bench
from experiments.benchmarks.speech import speech_of
from experiments.benchmarks.worker import Worker
from serjax.config import Config
from serjax.data import Dataset, FeatureStore
from serjax.training.devices import select_platform
from serjax.training.job import make_job as make_training_job
from serjax.training.loop import Job


def multitask(config: Config, dataset: Dataset) -> Config:
    """Give every attribute of the data the role multitask.

    serjax computes every head in any case; so both sides do the same work.
    """
    names = tuple(dataset.attributes)
    return config.replace(approach="multitask", attributes=names) if names else config


def make_job(config: Config, dataset: Dataset, batch_size: int, epochs: int) -> Job:
    """Make a run over `epochs` epochs ready, without early stopping."""
    config = multitask(config, dataset).replace(
        batch_size=batch_size, epochs=epochs, patience=0
    )
    device = select_platform(config.run.platform)
    return make_training_job(config, dataset, batch_size, device)


def open_twin(
    bench: Bench, dataset: Dataset
) -> contextlib.AbstractContextManager[Worker | None]:
    """Start the twin in a process of its own, with the data; None if not wanted."""
    if not bench.twin:
        return contextlib.nullcontext()
    platform = select_platform(bench.config.run.platform).platform
    return Worker(
        "experiments.benchmarks.twin_server",
        "TwinServer",
        multitask(bench.config, dataset),
        speech_of(dataset),
        "cpu" if platform == "cpu" else "cuda",
    )


def noise(bench: Bench, num_rows: int, num_frames: int) -> Dataset:
    """Make training rows of one length, of noise with random labels.

    The attributes are those of the benchmark's data set; the utterances are its first
    one, over and over.
    """
    rng = np.random.default_rng(0)
    dims = bench.dataset.store.dims
    frames = rng.standard_normal((num_rows, num_frames, dims), np.float32)
    return dataclasses.replace(
        bench.dataset,
        utterances=bench.dataset.utterances[:1] * num_rows,
        parts=("train",) * num_rows,
        store=FeatureStore.join(list(frames), dims),
        labels=rng.integers(0, len(bench.dataset.classes), num_rows, np.int32),
        attributes={
            name: dataclasses.replace(
                attribute,
                labels=rng.integers(0, len(attribute.values), num_rows, np.int32),
            )
            for name, attribute in bench.dataset.attributes.items()
        },
        identity=f"noise-{num_rows}-{num_frames}",
    )
