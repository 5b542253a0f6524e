"""Epochs over the data set's training rows, of whatever lengths they are."""

import time
from collections.abc import Sequence

import jax
import numpy as np
from tqdm import tqdm

from experiments.benchmarks.bench import Bench
from experiments.benchmarks.jobs import make_job, open_twin
from experiments.benchmarks.row import Row
from serjax.data import Batch, evaluation_batches
from serjax.training import loop
from serjax.training.programs import predict_program, train_program
from serjax.training.state import init_state
from serjax.training.totals import init_totals

BATCH_SIZES = (32, 8)
REPEATS = 3
CHOICE_BATCHES = 6
"""Batches on which the twin chooses how to treat padding."""


def measure(bench: Bench) -> list[Row]:
    """Time whole epochs, and what of them is neither padding nor a compiled step."""
    return [row for batch_size in BATCH_SIZES for row in _measure(bench, batch_size)]


def _measure(bench: Bench, batch_size: int) -> list[Row]:
    repeats = 1 if bench.quick else REPEATS
    dataset = bench.dataset
    rows, valid_rows = dataset.rows("train"), dataset.rows("valid")
    job = make_job(bench.config, dataset, batch_size, epochs=1 + repeats)
    epochs = loop.epochs(job, loop.start(job), lambda: None, tqdm(disable=True))
    walls, replays, steps_alone, twins = [], [], [], []
    choice = None
    with open_twin(bench, dataset) as twin:
        bench.progress(f"epoch: the first, batches of {batch_size}, is not counted")
        next(epochs)
        _replay(job, 0)
        if twin:
            sample = _sample(rows, np.asarray(dataset.store.lengths), batch_size)
            choice = twin.call("choose_training", sample)
            twin.call("time_epoch", rows, valid_rows, batch_size)
        for epoch in range(1, 1 + repeats):
            bench.progress(f"epoch: {epoch} of {repeats}, batches of {batch_size}")
            began = time.perf_counter()
            next(epochs)
            walls.append(time.perf_counter() - began)
            both, training = _replay(job, epoch)
            replays.append(both)
            steps_alone.append(training)
            if twin:
                twins.append(twin.call("time_epoch", rows, valid_rows, batch_size))
    valid_frames = int(np.asarray(dataset.store.lengths)[rows].sum())
    hours = valid_frames * bench.config.features.hop_ms / 3_600_000
    wall = float(np.mean(walls))
    computed = [
        _frames_computed(loop.training_batches(job, epoch))
        for epoch in range(1 + repeats)
    ]
    return [
        Row(
            section="epoch",
            what=f"epoch, batches of {batch_size}",
            value=wall,
            unit="s",
            twin=float(np.mean(twins)) if twins else None,
            bar=1.5,
            aim=2.0,
            judged="speedup",
            details={
                "figure": "the mean of the epochs after the first, everything in "
                "them: drawing the batches, gathering, SpecAugment, steps, metrics, "
                "validation; epochs alternate with the twin's",
                "s": walls,
                "twin_s": twins,
                "speedup_of_least": min(twins) / min(walls) if twins else None,
                "twin_choice": choice,
                "utterances": len(rows),
                "validated": len(valid_rows),
                "hours_of_speech": hours,
                "utterances_per_s": len(rows) / wall,
                "hours_of_speech_per_s": hours / wall,
                "padded_lengths": job.buckets,
            },
        ),
        Row(
            section="epoch",
            what=f"frames computed / valid, batches of {batch_size}",
            value=float(np.mean(computed)) / valid_frames,
            unit="frames / frame",
            bar=1.10,
            aim=1.05,
            details={"figure": "training rows, mean of the same epochs"},
        ),
        Row(
            section="epoch",
            what=f"epoch over its steps replayed, less 1, batches of {batch_size}",
            value=100 * (min(walls) / min(replays) - 1),
            unit="%",
            bar=5,
            aim=2,
            details={
                "figure": "the least of both, over the same epochs, by turns; the same "
                "compiled steps, of training and of validation, on the same batches",
                "s": walls,
                "replayed_s": replays,
                "replayed_training_s": steps_alone,
            },
        ),
    ]


def _replay(job: loop.Job, epoch: int) -> tuple[float, float]:
    """Run an epoch's compiled steps and nothing else.

    Returns:
      Seconds with validation's steps, and of the training steps alone.
    """
    network = job.network
    state = init_state(network, job.config.training.seed)
    totals = init_totals(len(network.attributes))
    choices = loop.choices_of(job, epoch)
    batches = loop.training_batches(job, epoch)
    lengths = np.asarray(job.dataset.store.lengths)
    valid_rows = job.dataset.rows("valid")
    validation = evaluation_batches(valid_rows, lengths, job.buckets, job.batch_size)

    def shape(batch: Batch) -> dict[str, int]:
        return {"batch_size": job.batch_size, "num_frames": batch.num_frames}

    def example(batch: Batch):
        return job.store.example(**shape(batch))

    training_steps = [
        (
            train_program(
                network, state, totals, example(batch), choices, **shape(batch)
            ),
            source,
            batch.rows,
        )
        for batch, source in zip(batches, job.store.feed(batches), strict=True)
    ]
    validation_steps = [
        (
            predict_program(network, state.params, example(batch), **shape(batch)),
            source,
            batch.rows,
        )
        for batch, source in zip(validation, job.store.feed(validation), strict=True)
    ]
    jax.block_until_ready((state, totals))
    began = time.perf_counter()
    for program, source, rows in training_steps:
        state, totals = program(state, totals, source, rows, choices)
    jax.block_until_ready((state, totals))
    trained = time.perf_counter()
    answers = [
        program(state.params, source, rows)
        for program, source, rows in validation_steps
    ]
    jax.block_until_ready(answers)
    return time.perf_counter() - began, trained - began


def _frames_computed(batches: Sequence[Batch]) -> int:
    return sum(len(batch.rows) * batch.num_frames for batch in batches)


def _sample(rows: np.ndarray, lengths: np.ndarray, batch_size: int) -> list[np.ndarray]:
    """Some batches of rows of like length, from the shortest to the longest."""
    ordered = rows[np.argsort(lengths[rows], kind="stable")]
    places = np.linspace(0, len(rows) - 1, CHOICE_BATCHES * batch_size)
    return np.split(ordered[places.round().astype(int)], CHOICE_BATCHES)
