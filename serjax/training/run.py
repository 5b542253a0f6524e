"""One training run, from settings to a finished run directory."""

import dataclasses
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from serjax.config import ATTRIBUTES, Config
from serjax.data import (
    Dataset,
    default_batch_size,
    load_dataset,
    write_skipped,
    write_splits,
)
from serjax.evaluation import score
from serjax.evaluation.prediction import Predictions
from serjax.files import write_json
from serjax.training import journal, loop
from serjax.training.board import open_board, require_tensorboardx
from serjax.training.checkpoints import Progress, read_checkpoint, write_checkpoint
from serjax.training.devices import Device, describe_device, select_platform
from serjax.training.errors import NonFiniteLoss, Stopped
from serjax.training.objectives import total_alpha
from serjax.training.placement import place
from serjax.training.signals import noting_stop_signals
from serjax.training.state import make_network

RunResult = dict[str, Any]
"""What result.json holds; the README lists its keys."""


def train(
    config: Config,
    dataset: Dataset | None = None,
    report: Callable[[str], None] | None = print,
    on_epoch: Callable[[dict[str, Any]], None] | None = None,
) -> RunResult:
    """Train one model, evaluate it, and write its run directory.

    A finished run of the same settings is not trained again: its result is returned. An
    unfinished one is resumed from its last checkpoint, to the same bits.

    Args:
      config: the settings; `run.workdir` is the directory, by default
        `runs/<name>` under the current one.
      dataset: from `load_dataset`, to share it among runs; loaded if not given.
      report: called with a line per epoch, beside a progress bar on stderr; None for
        neither.
      on_epoch: called with an epoch's line of metrics.jsonl once it is written.

    Returns:
      The content of result.json.

    Raises:
      ValueError: bad data or settings, a directory with another run in it, or
        `run.tensorboard` without tensorboardX.
      NonFiniteLoss: training diverged; failure.json says so until the next start.
      Stopped: SIGTERM or SIGINT came; the checkpoint stands and the same call resumes.
    """
    began = time.perf_counter()
    if config.run.tensorboard:
        require_tensorboardx()
    device = select_platform(config.run.platform)
    dataset = load_dataset(config) if dataset is None else dataset
    check_attributes(config, dataset)
    dataset = take_attributes(config, dataset)
    workdir = Path(config.run.workdir or Path("runs") / config.training.name)
    batch_size = choose_batch_size(config, dataset)
    facts = {
        "batch_size": batch_size,
        "classes": list(dataset.classes),
        "dataset": describe_dataset(dataset),
        "backend": device.platform,
        "device": describe_device(device),
    }
    journal.open_run(workdir, config, facts)
    if (result := journal.read_result(workdir)) is not None:
        return result
    (workdir / "failure.json").unlink(missing_ok=True)
    write_splits(workdir / "splits.csv", dataset)
    write_skipped(workdir / "skipped.csv", dataset.skipped)
    job = make_job(config, dataset, batch_size, device)
    try:
        progress = fit(job, workdir, report, on_epoch)
    except NonFiniteLoss as error:
        failure = journal.describe_failure(config, error)
        write_json(workdir / "failure.json", failure)
        raise
    best, last, result = evaluate(job, progress)
    journal.write_predictions(workdir, dataset, best, last)
    result["dataset"] = dataset.identity
    result["config_hash"] = config.hash()
    result["wall_s"] = time.perf_counter() - began
    write_json(workdir / "result.json", result)
    return result


def choose_batch_size(config: Config, dataset: Dataset) -> int:
    """Utterances per step: the setting, or by the rule."""
    num_train = len(dataset.rows("train"))
    return config.training.batch_size or default_batch_size(num_train)


def make_job(
    config: Config, dataset: Dataset, batch_size: int, device: Device
) -> loop.Job:
    """Make ready what stays the same during a run: network, data on the device."""
    return loop.Job(
        config=config,
        batch_size=batch_size,
        network=make_network(config, dataset),
        dataset=dataset,
        store=place(dataset, device, config.run.memory_budget_gb),
        buckets=loop.choose_buckets(dataset, config.training.num_buckets, batch_size),
    )


def fit(
    job: loop.Job,
    workdir: Path,
    report: Callable[[str], None] | None = None,
    on_epoch: Callable[[dict[str, Any]], None] | None = None,
) -> Progress:
    """Run the epochs that are left, keeping checkpoints and metrics."""
    training = job.config.training
    checkpoints = workdir / "checkpoints"
    progress = loop.start(job)
    progress = read_checkpoint(checkpoints, progress.state) or progress
    journal.cut_metrics(workdir, progress.epochs_run)
    if report and progress.epochs_run:
        report(f"Resuming after epoch {progress.epochs_run} of {training.epochs}.")
    written_at = time.monotonic()
    num_train = len(job.dataset.rows("train"))
    bar = tqdm(
        total=training.epochs * num_train,
        initial=progress.epochs_run * num_train,
        desc=training.name,
        unit="utt",
        disable=None if report else True,  # None: only where stderr is a terminal
        leave=False,
    )
    board = open_board(workdir, job.config.run.tensorboard)
    with noting_stop_signals() as stop_signal, bar, board as add_to_board:
        try:
            for latest, line in loop.epochs(job, progress, stop_signal, bar):
                progress = latest
                journal.append_metrics(workdir, line)
                add_to_board(line)
                if on_epoch:
                    on_epoch(line)
                if report:
                    bar.clear()
                    report(describe_epoch(line, progress, training.epochs))
                waited = time.monotonic() - written_at
                if waited >= job.config.run.checkpoint_every_s:
                    write_checkpoint(checkpoints, progress)
                    written_at = time.monotonic()
        except Stopped:
            if progress.epochs_run:
                write_checkpoint(checkpoints, progress)
            raise
        write_checkpoint(checkpoints, progress)
    return progress


def evaluate(
    job: loop.Job, progress: Progress
) -> tuple[Predictions, Predictions, RunResult]:
    """Score the best and the last epoch's model on every part but training."""
    training = job.config.training
    parts = job.dataset.evaluation_parts()
    rows = np.sort(np.concatenate(list(parts.values())))
    best = loop.predict_rows(job, progress.best_params, rows)
    last = loop.predict_rows(job, progress.state.params, rows)

    def scores(predictions: Predictions):
        return {
            part: score(
                job.dataset.labels[part_rows],
                predictions.take(part_rows).predicted,
                len(job.dataset.classes),
            )
            for part, part_rows in parts.items()
        }

    by_part = journal.scores_by_part(scores(best), job.dataset.classes)
    last_by_part = journal.scores_by_part(scores(last), job.dataset.classes)
    result = {
        "status": "finished",
        "approach": training.approach,
        "roles": {n: r.role for n, r in training.roles_by_attribute.items()},
        "attributes": list(training.attributes),
        "classes": list(job.dataset.classes),
        "seed": training.seed,
        "split_seed": job.config.data.split_seed,
        "epochs_run": progress.epochs_run,
        "best_epoch": progress.best_epoch,
        "alpha_at_best": total_alpha(training, progress.best_epoch),
        "alpha_last": total_alpha(training, progress.epochs_run - 1),
        **by_part,
        "ua_last": last_by_part["ua"],
        "collapsed_last": last_by_part["collapsed"],
        "num_speakers": {
            part: len({job.dataset.utterances[row].speaker for row in part_rows})
            for part, part_rows in parts.items()
        },
    }
    return best, last, result


def check_attributes(config: Config, dataset: Dataset) -> None:
    """Refuse an attribute that the data lack, or that training cannot use."""
    for name in config.training.attributes:
        if name in dataset.inapplicable:
            raise ValueError(
                f"Attribute {name!r} cannot be trained on: {dataset.inapplicable[name]}"
            )
        if name not in dataset.attributes:
            raise ValueError(
                f"The data have no attribute {name!r}; they have "
                f"{', '.join(dataset.attributes) or 'none with two values or more'}."
            )


def take_attributes(config: Config, dataset: Dataset) -> Dataset:
    """Keep the paper's attributes, and of the further ones those that the run names.

    The paper's all have a head in every run, so that the runs of the paper's grid are
    one program. A further column may have thousands of values that no run asks for.
    """
    kept = {*ATTRIBUTES.values(), *config.training.attributes}
    attributes = {name: it for name, it in dataset.attributes.items() if name in kept}
    return dataclasses.replace(dataset, attributes=attributes)


def describe_dataset(dataset: Dataset) -> dict[str, Any]:
    """Identity of the data, and how many rows each part has."""
    parts = {part: dataset.rows(part) for part in ("train", "valid", "test", "ood")}
    return {
        "identity": dataset.identity,
        "utterances": {part: len(rows) for part, rows in parts.items()},
        "ood": list(dataset.ood),
        "skipped": len(dataset.skipped),
    }


def describe_epoch(line: dict[str, Any], progress: Progress, num_epochs: int) -> str:
    """One epoch in one line."""
    mark = " *" if progress.best_epoch == line["epoch"] else ""
    attributes = "".join(
        f"  {name.removesuffix('_accuracy')} {value:.1f}"
        f" ({line[name.replace('_accuracy', '_chance')]:.1f})"
        for name, value in line.items()
        if name.endswith("_accuracy")
    )
    return (
        f"epoch {line['epoch'] + 1:3d}/{num_epochs}  alpha {line['alpha']:.3f}  "
        f"loss {line['train_loss']:.4f}  emotion {line['emotion_loss']:.4f}  "
        f"valid UA {line['valid_ua']:.2f}{mark}  {line['train_s']:.1f} s{attributes}"
    )
