"""The end of a run: its two models on every part but training."""

from typing import Any

import numpy as np

from serjax.evaluation import score
from serjax.evaluation.prediction import Predictions
from serjax.training import journal, loop
from serjax.training.checkpoints import Progress
from serjax.training.choices import mean_strength
from serjax.training.state import Params


def evaluate(
    job: loop.Job, progress: Progress, best_params: Params, last_params: Params
) -> tuple[Predictions, Predictions, dict[str, Any]]:
    """Score the best and the last epoch's model on every part but training.

    Args:
      job: what was trained.
      progress: its end.
      best_params: the classifier's of the best epoch, after any stage after training.
      last_params: the same of the last epoch.

    Returns:
      The predictions of both, and what result.json tells of them.
    """
    training = job.config.training
    parts = job.dataset.evaluation_parts()
    rows = np.sort(np.concatenate(list(parts.values())))
    best = loop.predict_rows(job, best_params, rows)
    last = loop.predict_rows(job, last_params, rows)

    def scores(predictions: Predictions):
        return {
            part: score(
                job.dataset.labels[part_rows],
                predictions.take(part_rows).predicted,
                len(job.dataset.classes),
            )
            for part, part_rows in parts.items()
        }

    def strength(epoch: int) -> float:
        return mean_strength(job.config, job.network.methods, epoch)

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
        "alpha_at_best": strength(progress.best_epoch),
        "alpha_last": strength(progress.epochs_run - 1),
        **by_part,
        "ua_last": last_by_part["ua"],
        "collapsed_last": last_by_part["collapsed"],
        "num_speakers": {
            part: len({job.dataset.utterances[row].speaker for row in part_rows})
            for part, part_rows in parts.items()
        },
    }
    return best, last, result
