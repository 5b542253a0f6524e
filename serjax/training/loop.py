"""The loop: epochs, validation, early stopping, checkpoints. It knows no gradients."""

import contextlib
import dataclasses
import functools
import time
from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
import numpy as np
from scipy.stats import entropy
from tqdm import tqdm

from serjax.config import Config
from serjax.data import Batch, Dataset, bucket_lengths, epoch_batches
from serjax.data import evaluation_batches as make_evaluation_batches
from serjax.errors import Stopped
from serjax.evaluation import score
from serjax.evaluation.prediction import Predictions
from serjax.training.checkpoints import Progress
from serjax.training.choices import Choices, make_choices, mean_strength, strengths_at
from serjax.training.class_weights import make_class_weights
from serjax.training.finite import check_finite, model_finite, totals_finite
from serjax.training.placement import Store
from serjax.training.predicting import predict_batches
from serjax.training.programs import train_program
from serjax.training.state import Network, Params, State, init_state
from serjax.training.totals import Totals, init_totals

# Within a long epoch, how often losses and gradients are looked at: a look waits for
# the steps that are under way.
_CHECK_EVERY_S = 10.0


@dataclasses.dataclass(frozen=True, eq=False)
class Job:
    """What stays the same during a run.

    Attributes:
      config: the settings.
      batch_size: utterances per step, settled.
      network: modules and optimiser.
      dataset: the data, on the host.
      store: the data, where the steps get them from.
      buckets: padded lengths, chosen by the training rows alone; a last one holds
        longer rows of the other parts.
    """

    config: Config
    batch_size: int
    network: Network
    dataset: Dataset
    store: Store
    buckets: tuple[int, ...]


def choose_buckets(
    dataset: Dataset, num_buckets: int, batch_size: int
) -> tuple[int, ...]:
    """Padded lengths for a data set, blind to all but training in what it trains on."""
    lengths = np.asarray(dataset.store.lengths)
    buckets = bucket_lengths(lengths[dataset.rows("train")], num_buckets, batch_size)
    longest = bucket_lengths(lengths, 1)[-1]
    return buckets if longest <= buckets[-1] else (*buckets, longest)


def start(job: Job) -> Progress:
    """State before the first epoch."""
    state = init_state(job.network, job.config.training.seed)
    return Progress(0, state, -1, -np.inf, _copy(state.params))


def epochs(
    job: Job,
    progress: Progress,
    stop_signal: Callable[[], int | None],
    bar: tqdm,
):
    """Train epoch by epoch, from `progress` to the last epoch or early stopping.

    Args:
      job: what to train.
      progress: where to go on.
      stop_signal: asked between steps; a number ends training.
      bar: advanced by a step's utterances.

    Yields:
      The progress after each epoch, and its line of metrics.

    Raises:
      NonFinite: a loss or gradient of an epoch, or the model after it, is not finite.
      Stopped: `stop_signal` gave a number; the last progress yielded is to be kept.
    """
    training = job.config.training
    names = training.attributes, job.network.attributes
    valid_rows = job.dataset.rows("valid")
    state = _copy(progress.state)
    while not is_over(job, progress):
        epoch = progress.epochs_run
        batches = training_batches(job, epoch)
        choices = choices_of(job, epoch)
        alpha = mean_strength(job.config, job.network.methods, epoch)
        check = functools.partial(check_finite, training, epoch, alpha)
        totals = init_totals(len(job.network.attributes))
        programs = train_programs(job, state, totals, choices, batches)
        began, checked_at = time.perf_counter(), time.monotonic()
        with contextlib.closing(job.store.feed(batches)) as sources:
            for batch, source in zip(batches, sources, strict=True):
                if (number := stop_signal()) is not None:
                    raise Stopped(number, progress.epochs_run, training.name)
                program = programs[batch.num_frames]
                state, totals = program(state, totals, source, batch.rows, choices)
                bar.update(int(np.sum(batch.rows >= 0)))
                if time.monotonic() - checked_at > _CHECK_EVERY_S:
                    check(totals_finite(*names, jax.device_get(totals)))
                    checked_at = time.monotonic()
        totals = jax.device_get(totals)
        seconds = time.perf_counter() - began
        check(totals_finite(*names, totals))
        predictions = predict_rows(job, state.params, valid_rows)
        # What the epoch's last step did shows in none of its losses and gradients.
        check(model_finite(state, predictions))
        labels = job.dataset.labels[valid_rows]
        ua = score(labels, predictions.predicted, len(job.dataset.classes)).ua
        better = ua > progress.best_ua
        progress = Progress(
            epochs_run=epoch + 1,
            state=_copy(state),  # the next step takes `state`'s buffers over
            best_epoch=epoch if better else progress.best_epoch,
            best_ua=ua if better else progress.best_ua,
            best_params=_copy(state.params) if better else progress.best_params,
        )
        yield progress, _metrics(job, epoch, alpha, totals, ua, seconds)


def is_over(job: Job, progress: Progress) -> bool:
    """Whether the nominal epochs are done, or patience is at its end."""
    training = job.config.training
    if progress.epochs_run >= training.epochs:
        return True
    waited = progress.epochs_run - 1 - progress.best_epoch
    return 0 < training.patience <= waited and progress.epochs_run > 0


def predict_rows(job: Job, params: Params, rows: np.ndarray) -> Predictions:
    """Predict some rows of the job's data set, in the order of rows."""
    lengths = np.asarray(job.dataset.store.lengths)
    batches = make_evaluation_batches(rows, lengths, job.buckets, job.batch_size)
    return predict_batches(job.network, params, job.store, batches)


def attribute_priors(dataset: Dataset) -> dict[str, np.ndarray]:
    """Per attribute, the shares of its values among labelled training rows."""
    rows = dataset.rows("train")
    priors = {}
    for attribute in dataset.attributes.values():
        labels = attribute.labels[rows]
        counts = np.bincount(labels[labels >= 0])
        priors[attribute.name] = counts / counts.sum()
    return priors


def training_batches(job: Job, epoch: int) -> list[Batch]:
    """Draw the batches of an epoch, counted from 0, in training order."""
    seed = job.config.training.seed
    return epoch_batches(
        job.dataset.draw_training_rows(seed, epoch),
        np.asarray(job.dataset.store.lengths),
        job.buckets,
        job.batch_size,
        seed,
        epoch,
        corpora_to_share(job),
    )


def corpora_to_share(job: Job) -> np.ndarray | None:
    """Corpora of the training rows, where batches have equal shares of them."""
    if job.config.training.batches != "even":
        return None
    utterances = job.dataset.utterances
    return np.array([utterances[row].corpus for row in job.dataset.rows("train")])


def choices_of(job: Job, epoch: int) -> Choices:
    """The operands of an epoch's steps, counted from 0."""
    network = job.network
    choices = make_choices(job.config, network.methods, network.attributes, epoch)
    return choices.replace(class_weights=make_class_weights(job.config, job.dataset))


def train_programs(
    job: Job, state: State, totals: Totals, choices: Choices, batches: Sequence[Batch]
) -> dict[int, Callable]:
    """Compile what the batches need, by padded length; the operands are examples."""
    return {
        num_frames: train_program(
            job.network,
            state,
            totals,
            job.store.example(job.batch_size, num_frames),
            choices,
            batch_size=job.batch_size,
            num_frames=num_frames,
        )
        for num_frames in sorted({batch.num_frames for batch in batches})
    }


def _metrics(
    job: Job, epoch: int, alpha: float, totals: Totals, ua: float, seconds: float
) -> dict:
    """One line of metrics.jsonl."""
    utterances = float(totals.utterances)
    line = {
        "epoch": epoch,
        "alpha": alpha,
        "train_loss": float(totals.loss) / utterances,
        "emotion_loss": float(totals.emotion_loss) / utterances,
        "valid_ua": ua,
        "train_s": seconds,
        "utterances_per_s": utterances / seconds,
        "encoder_grad_norm": float(totals.encoder_grad_norm / totals.steps),
    }
    priors = attribute_priors(job.dataset)
    methods = {method.name: method for method in job.network.methods}
    strengths = strengths_at(job.config, job.network.methods, epoch)
    for name, role in job.config.training.roles_by_attribute.items():
        index = job.network.attributes.index(name)
        labelled = float(totals.labelled[index])
        method = methods[role.role]
        line[f"{name}_strength"] = strengths[name]
        if method.term or not method.module:
            line[f"{name}_term"] = float(totals.term[index] / totals.steps)
        if not method.module:
            continue
        line[f"{name}_loss"] = float(totals.attribute_loss[index]) / labelled
        line[f"{name}_accuracy"] = 100 * float(totals.correct[index]) / labelled
        line[f"{name}_chance"] = float(100 * priors[name].max())
        line[f"{name}_prior_entropy"] = float(entropy(priors[name]))
        line[f"{name}_grad_norm"] = float(totals.grad_norm[index] / totals.steps)
    return line


def _copy(tree: Params | State):
    return jax.tree.map(jnp.copy, tree)
