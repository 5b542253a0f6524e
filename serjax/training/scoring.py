"""The end of a run: its two models on every part but training."""

import dataclasses
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from serjax.config import ATTRIBUTES, Config
from serjax.data import Dataset, stretch_columns
from serjax.evaluation import score
from serjax.evaluation.measures import class_shares, measure_rows
from serjax.evaluation.prediction import Predictions
from serjax.methods import Method
from serjax.records.predictions import Embeddings, Rows
from serjax.records.result import Result
from serjax.training.choices import mean_strength, strengths_at
from serjax.training.job import count_training


@dataclasses.dataclass(frozen=True, eq=False)
class Ended:
    """What a run has come to, before it is scored.

    Attributes:
      best: predictions of every row but training's, by the best epoch's model.
      last: the same by the last epoch's.
      epochs_run: 0 of what has no epochs.
      best_epoch: counted from 0; None of what has no epochs.
      methods: of the chosen attributes.
    """

    best: Predictions
    last: Predictions
    epochs_run: int = 0
    best_epoch: int | None = None
    methods: Sequence[Method] = ()


def evaluate(
    config: Config, dataset: Dataset, ended: Ended, began: float
) -> tuple[Rows, Embeddings, Result]:
    """Score the best and the last epoch's model on every part but training.

    Args:
      config: of the run.
      dataset: its data.
      ended: its predictions.
      began: when the run did, by `time.perf_counter`.

    Returns:
      The best epoch's predictions, both epochs' embeddings, and the result.
    """
    training, best, last = config.training, ended.best, ended.last
    names = list(dataset.classes)
    parts = dataset.evaluation_parts()

    def scores(of: Predictions):
        return {
            part: score(dataset.labels[its], of.take(its).predicted, len(names))
            for part, its in parts.items()
        }

    # Of what has no epochs there are no strengths either.
    best_epoch, last_epoch = ended.best_epoch or 0, max(ended.epochs_run - 1, 0)
    of = config, ended.methods
    at_best, at_last = scores(best), scores(last)
    told = _predicted_rows(dataset, best)
    prior = class_shares(count_training(dataset), names)
    measures: dict[str, Any] = measure_rows(told, parts, prior)
    measured_last = measure_rows(_predicted_rows(dataset, last), parts, prior)
    del measured_last["nll_prior"]  # it is no model's
    measures |= {f"{name}_last": it for name, it in measured_last.items()}
    result = Result(
        approach=training.approach,
        roles={n: r.role for n, r in training.roles_by_attribute.items()},
        attributes=list(training.attributes),
        classes=names,
        seed=training.seed,
        split_seed=config.data.split_seed,
        epochs_run=ended.epochs_run,
        best_epoch=ended.best_epoch,
        alpha_at_best=mean_strength(*of, best_epoch),
        alpha_last=mean_strength(*of, last_epoch),
        strengths_at_best=strengths_at(*of, best_epoch),
        strengths_last=strengths_at(*of, last_epoch),
        ua={part: it.ua for part, it in at_best.items()},
        wa={part: it.wa for part, it in at_best.items()},
        recall={p: dict(zip(names, s.recall, strict=True)) for p, s in at_best.items()},
        confusion={part: it.confusion.tolist() for part, it in at_best.items()},
        collapsed={part: it.collapsed for part, it in at_best.items()},
        ua_last={part: it.ua for part, it in at_last.items()},
        collapsed_last={part: it.collapsed for part, it in at_last.items()},
        num_speakers={
            part: len({dataset.utterances[row].speaker for row in part_rows} - {None})
            for part, part_rows in parts.items()
        },
        dataset=dataset.identity,
        **measures,
        config_hash=config.hash(),
        wall_s=time.perf_counter() - began,
    )
    embeddings = Embeddings(best.embeddings, last.embeddings)
    return told, embeddings, result


def _predicted_rows(dataset: Dataset, best: Predictions) -> Rows:
    """Predictions beside what is known of the utterances."""
    utterances = [dataset.utterances[row] for row in best.rows]
    # A further attribute may be one corpus's alone.
    extra = sorted({n for it in dataset.utterances for n, _ in it.extra})
    known = {n: [it.attribute(n) for it in utterances] for n in ATTRIBUTES.values()}
    known |= {n: [dict(it.extra).get(n) for it in utterances] for n in extra}
    header, cells = stretch_columns(dataset.utterances)
    return Rows(
        files=np.array([it.file for it in utterances]),
        parts=np.array(dataset.parts)[best.rows],
        attributes={n: np.array([it or "" for it in v]) for n, v in known.items()},
        labels=dataset.labels[best.rows],
        predicted=best.predicted,
        probabilities=best.probabilities,
        classes=dataset.classes,
        stretches={n: [cells[r][i] for r in best.rows] for i, n in enumerate(header)},
    )
