"""One training run, from settings to a finished run directory."""

import functools
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from flax import linen as nn
from tqdm import tqdm

from serjax.config import Config
from serjax.data import Dataset, load_dataset, write_skipped, write_splits
from serjax.errors import NonFinite, Stopped
from serjax.lock import holding
from serjax.methods import SVM, Method
from serjax.records.failure import Failure, describe_failure
from serjax.records.metrics import append_metrics
from serjax.records.moments import write_moments
from serjax.records.predictions import write_embeddings, write_rows
from serjax.records.result import find_result
from serjax.records.run_config import RunConfig, holds_run, open_run
from serjax.training import checkpoints, loop
from serjax.training.board import open_board, require_tensorboardx
from serjax.training.checkpoints import Progress
from serjax.training.devices import describe_device, select_platform
from serjax.training.finished import write_finished
from serjax.training.finishing import finish
from serjax.training.jax_settings import changed_settings, usual_settings
from serjax.training.job import (
    check_encoder,
    choose_batch_size,
    count_training,
    describe_dataset,
    make_job,
    note_few_rows,
    take_attributes,
)
from serjax.training.own_code import digest_own_code, is_own
from serjax.training.scoring import Ended, evaluate
from serjax.training.signals import noting_stop_signals
from serjax.training.svm import train_svm
from serjax.training.threads import use_threads
from serjax.versions import OF_A_RESULT, library_versions

RunResult = dict[str, Any]
"""What result.json holds; docs/run_folder.md lists its keys."""


@usual_settings()
def train(
    config: Config,
    dataset: Dataset | None = None,
    report: Callable[[str], None] | None = print,
    on_epoch: Callable[[dict[str, Any]], None] | None = None,
    *,
    methods: Sequence[Method] = (),
    encoder: nn.Module | None = None,
) -> RunResult:
    """Train one model, evaluate it, and write its run directory.

    Approach `svm` has no epochs and no checkpoints; see `serjax.training.svm`. A
    finished run of the same settings is not trained again: its result is returned. An
    unfinished one is resumed from its last checkpoint, to the same bits.

    Args:
      config: the settings; `run.workdir` is the directory, by default
        `runs/<name>` under the current one.
      dataset: from `load_dataset`, to share it among runs; loaded if not given.
      report: called with a line per epoch, counted from 1, beside a progress bar on
        stderr; None for neither.
      on_epoch: called with an epoch's line of metrics.jsonl once it is written.
      methods: of your own, which the settings' approach or roles may name; see
        docs/methods.md.
      encoder: your own in place of the settings': any Linen module from features
        float32[batch, frames, dims] and lengths int32[batch] to float[batch,
        embedding], blind to padding.

    Returns:
      The content of result.json.

    Raises:
      ValueError: bad data or settings, a directory with another run in it, or
        `run.tensorboard` without tensorboardX.
      NonFinite: training diverged; the checkpoint of the epoch before stands, and
        failure.json says so until the next start.
      Stopped: SIGTERM or SIGINT came; the checkpoint stands and the same call resumes.
      serjax.errors.InUse: another process trains there, and `run.wait` is not set.
      OSError: something could not be written; what was written before stands.
    """
    began = time.perf_counter()
    chosen = config.find_methods(methods)
    if config.run.tensorboard:
        require_tensorboardx()
    device = select_platform(config.run.platform, config.run.threads)
    dataset = load_dataset(config) if dataset is None else dataset
    dataset = take_attributes(config, dataset)
    workdir = Path(config.run.workdir or Path("runs") / config.training.name)
    batch_size = choose_batch_size(config, dataset)
    own, dims = [it for it in chosen.values() if is_own(it)], dataset.store.dims
    is_svm = config.training.approach == SVM
    encoder = None if is_svm else encoder  # of a study, for its other runs
    if not is_svm:
        check_encoder(config, dataset, encoder)
    record = RunConfig(
        settings=config.to_flat(),
        config_hash=config.hash(),
        batch_size=batch_size,
        classes=list(dataset.classes),
        dataset=describe_dataset(dataset),
        training_classes=count_training(dataset),
        own_code=digest_own_code(encoder, own, dims, len(dataset.classes)),
        methods=[method.describe() for method in own],
        backend=device.platform,
        threads=use_threads() if device.platform == "cpu" else None,
        device=describe_device(device),
        jax=changed_settings(),
        versions=library_versions(OF_A_RESULT),
    )
    refuse = functools.partial(holds_run, settings=record.settings, record=record)
    # A finished run is only read: it may lie where nothing can be written.
    if refuse(workdir) and (result := find_result(workdir)):
        return result.to_dict()
    with holding(workdir, config.run.wait, report) as check_place:
        check_place()  # before each file: writing makes the folder if need be
        if refuse(workdir) and (result := find_result(workdir)):
            return result.to_dict()  # of the process that was waited for
        open_run(workdir, record, checkpoints.count_epochs(workdir))
        (workdir / Failure.FILE).unlink(missing_ok=True)
        check_place()
        write_splits(workdir / "splits.csv", dataset)
        check_place()
        write_skipped(workdir / "skipped.csv", dataset.skipped)
        if dataset.moments:
            write_moments(workdir, dataset.moments)
        if is_svm:
            predicted = train_svm(config, dataset, workdir, report, check_place)
            ended = Ended(predicted, predicted)
        else:
            job = make_job(config, dataset, batch_size, device, chosen, encoder)
            asked = report, on_epoch, refuse, check_place
            ended = _train_network(job, workdir, *asked)
        rows, embeddings, result = evaluate(config, dataset, ended, began)
        check_place()
        write_rows(workdir, rows)
        write_embeddings(workdir, rows, embeddings)
        check_place()
        # Before the result: a run that has one is left as it is.
        checkpoints.remove_old(workdir, num_kept=1)
        result.write(workdir)
        return result.to_dict()


def _train_network(
    job: loop.Job,
    workdir: Path,
    report: Callable[[str], None] | None,
    on_epoch: Callable[[dict[str, Any]], None] | None,
    refuse: Callable[[Path], object],
    check_place: Callable[[], None],
) -> Ended:
    """Run the epochs that are left, and any stage after them; predict; see `fit`."""
    for note in note_few_rows(job):
        warnings.warn(note, stacklevel=3)
    try:
        progress = fit(job, workdir, report, on_epoch, refuse, check_place)
    except NonFinite as error:
        describe_failure(job.config, error).write(workdir)
        raise
    best = finish(job, progress.best_params)
    last = finish(job, progress.state.params)
    check_place()
    write_finished(workdir, best, last)
    rows = job.dataset.evaluation_rows()
    return Ended(
        best=loop.predict_rows(job, best, rows),
        last=loop.predict_rows(job, last, rows),
        epochs_run=progress.epochs_run,
        best_epoch=progress.best_epoch,
        methods=job.network.methods,
    )


def fit(
    job: loop.Job,
    workdir: Path,
    report: Callable[[str], None] | None = None,
    on_epoch: Callable[[dict[str, Any]], None] | None = None,
    refuse: Callable[[Path], object] | None = None,
    check_place: Callable[[], None] = lambda: None,
) -> Progress:
    """Run the epochs that are left, keeping checkpoints and metrics.

    Args:
      job: what to train.
      workdir: the run's folder, with its config.json.
      report: see `train`.
      on_epoch: see `train`.
      refuse: see `read_checkpoint`.
      check_place: called before anything is written; raises OSError if `workdir` is
        not the folder any more that it was.
    """
    training = job.config.training
    progress = loop.start(job)
    progress = checkpoints.read_checkpoint(workdir, progress.state, refuse) or progress
    if report and progress.epochs_run:
        report(f"Resuming after epoch {progress.epochs_run} of {training.epochs}.")
    written_at = time.monotonic()
    drawn = loop.training_batches(job, 0)
    num_train = sum(int(np.sum(batch.rows >= 0)) for batch in drawn)
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
                check_place()
                append_metrics(workdir, line)
                add_to_board(line)
                if on_epoch:
                    on_epoch(line)
                if report:
                    bar.clear()
                    report(describe_epoch(line, progress, training.epochs))
                waited = time.monotonic() - written_at
                if waited >= job.config.run.checkpoint_every_s:
                    checkpoints.write_checkpoint(workdir, progress)
                    written_at = time.monotonic()
        except (Stopped, NonFinite):
            check_place()
            if progress.epochs_run:
                checkpoints.write_checkpoint(workdir, progress)
            raise
        checkpoints.write_checkpoint(workdir, progress)
    return progress


def describe_epoch(line: dict[str, Any], progress: Progress, num_epochs: int) -> str:
    """One epoch in one line."""
    mark = " *" if progress.best_epoch == line["epoch"] else ""
    strengths = {key: it for key, it in line.items() if key.endswith("_strength")}
    alpha = f"{line['alpha']:.3f}"
    if len({*strengths.values()}) > 1:  # of a mixed run
        found = (f"{k.removesuffix('_strength')} {s:.3f}" for k, s in strengths.items())
        alpha = ", ".join(found)
    names = [key.removesuffix("_accuracy") for key in line if key.endswith("_accuracy")]
    attributes = "".join(
        f"  {name} {line[f'{name}_accuracy']:.1f} ({line[f'{name}_chance']:.1f})"
        for name in names
    )
    return (
        f"epoch {line['epoch'] + 1:3d}/{num_epochs}  alpha {alpha}  "
        f"loss {line['train_loss']:.4f}  emotion {line['emotion_loss']:.4f}  "
        f"valid UA {line['valid_ua']:.2f}{mark}  {line['train_s']:.1f} s{attributes}"
    )
