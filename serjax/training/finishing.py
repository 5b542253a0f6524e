"""A stage after training: a map of the embedding, and the emotion head fitted anew.

It reads training rows alone. What it gives is kept in the run's `finished.npz`
(`serjax/training/finished.py`).
"""

import numpy as np
from threadpoolctl import threadpool_limits

from serjax.methods import Frozen
from serjax.training import loop
from serjax.training.state import Params


def finish(job: loop.Job, params: Params) -> Params:
    """Let each chosen method that has a stage after training do it, one by one.

    Args:
      job: its methods, and its training rows.
      params: the classifier's; they stay as they are.

    Returns:
      The parameters with `map`, and the last stage's emotion head; as they were without
      a stage.
    """
    rows = job.dataset.rows("train")
    for method in job.network.methods:
        chosen = [
            name
            for name, role in job.config.training.roles_by_attribute.items()
            if role.role == method.name
        ]
        if not method.finish or not chosen:
            continue
        head = {name: np.asarray(it) for name, it in params["heads"]["emotion"].items()}
        frozen = Frozen(
            embeddings=loop.predict_rows(job, params, rows).embeddings,
            emotions=job.dataset.labels[rows],
            attributes={n: job.dataset.attributes[n].labels[rows] for n in chosen},
            **head,
        )
        with threadpool_limits(1, "blas"):  # the same bits in a worker of a study
            done = method.finish(frozen)
        matrix, offset, kernel, bias = (np.asarray(it, np.float32) for it in done)
        if "map" in params:
            offset = np.asarray(params["map"]["offset"]) @ matrix + offset
            matrix = np.asarray(params["map"]["matrix"]) @ matrix
        params = {
            **params,
            "heads": {**params["heads"], "emotion": {"kernel": kernel, "bias": bias}},
            "map": {"matrix": matrix, "offset": offset},
        }
    return params
