"""Runs on disk whose curves are drawn by hand."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from serjax.config import Config
from serjax.errors import NonFinite
from serjax.records.failure import describe_failure
from serjax.records.folder import Run, read_run
from serjax.records.metrics import append_metrics
from serjax.records.predictions import Embeddings, Rows, write_embeddings, write_rows
from serjax.records.run_config import open_run
from tests.made_records import CLASSES, make_result_record, make_run_config

LN2 = float(np.log(2))


def write_curves(
    study: Path,
    losses: Mapping[str, ArrayLike],
    *,
    accuracy: ArrayLike = (),
    valid_ua: ArrayLike = (),
    old: bool = False,
    result: Mapping | None = None,
    failure: str = "",
    num_epochs: int = 0,
    **settings,
) -> Run:
    """Write a run's config.json, metrics.jsonl and result.json, and read them back.

    Args:
      study: the study's folder.
      losses: cross-entropies by attribute, one per epoch; the prior's entropy is ln 2.
      accuracy: percent per epoch, of every attribute; 50 if not given.
      valid_ua: percent per epoch; rising from 40 if not given.
      old: without the keys that older runs lack.
      result: more keys of result.json; None for a run that is not finished.
      failure: the error of a failed run.
      num_epochs: of a baseline, which has no losses.
      settings: of the run; the approach is reversal, or baseline without losses.
    """
    approach = "reversal" if losses else "baseline"
    given = {"approach": approach, "attributes": tuple(losses), **settings}
    if "roles" in given:
        del given["approach"], given["attributes"]
    config = Config().replace(**given)
    folder = study / "runs" / config.training.name
    folder.mkdir(parents=True)
    open_run(folder, make_run_config(config))
    curves = {name: np.asarray(values, float) for name, values in losses.items()}
    num_epochs = max([num_epochs, *map(len, curves.values())])
    uas = np.asarray(valid_ua, float) if np.size(valid_ua) else 40.0 + np.arange(999)
    rights = np.asarray(accuracy, float) if np.size(accuracy) else np.full(999, 50.0)
    (folder / "metrics.jsonl").touch()
    for epoch in range(num_epochs):
        line = {"epoch": epoch, "alpha": 0.5 if losses else 0.0, "train_loss": 1.0}
        line |= {"emotion_loss": 1 / (1 + epoch), "valid_ua": uas[epoch]}
        if not old:
            line["encoder_grad_norm"] = 2.0
        for name, values in curves.items():
            line |= {f"{name}_loss": values[epoch], f"{name}_accuracy": rights[epoch]}
            line[f"{name}_chance"] = 50.0
            if not old:
                line |= {f"{name}_prior_entropy": LN2, f"{name}_grad_norm": 0.1 * epoch}
        append_metrics(folder, line)
    if result is not None:
        make_result_record(**result).write(folder)
        # Without these a finished run is a broken one.
        file, part, zero = np.array(["x.wav"]), np.array(["valid"]), np.zeros(1, int)
        rows = Rows(file, part, {}, zero, zero, np.eye(1, 3), CLASSES)
        write_rows(folder, rows)
        one = np.zeros((1, 2))
        write_embeddings(folder, rows, Embeddings(one, one))
    if failure:
        describe_failure(config, NonFinite(failure)).write(folder)
    return read_run(folder)
