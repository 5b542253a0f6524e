"""Evaluation of 10,000 utterances: what a model costs once it is trained.

Batches, gathering, the model, probabilities and embeddings on the host in the order of
rows. The figure is the least of several, by turns with the twin's.
"""

import time

import numpy as np

from experiments.benchmarks.bench import Bench
from experiments.benchmarks.record import Row
from serjax.training import loop
from serjax.training.state import init_state

BATCH_SIZE = 32  # the rule's, for data of the paper's size
TWIN_BATCH_SIZES = (32, 128)  # the twin takes the better one


def measure(bench: Bench) -> list[Row]:
    """Predict the data set's rows, over and over until there are enough of them."""
    num_utterances, repeats = (50, 1) if bench.quick else (10_000, 3)
    num_rows = len(bench.dataset.labels)
    rows = np.resize(np.arange(num_rows), num_utterances)
    job = bench.make_job(bench.dataset, BATCH_SIZE)
    params = init_state(job.network, job.config.training.seed).params
    ours, twins = [], []
    with bench.open_twin(bench.dataset) as twin:
        loop.predict_rows(job, params, rows[:num_rows])  # not counted
        sample = rows[:: max(1, num_utterances // 256)]
        choice = twin("choose", TWIN_BATCH_SIZES, "time", "predict", sample)
        for repeat in range(repeats):
            bench.progress(f"evaluation {repeat + 1} of {repeats}")
            began = time.perf_counter()
            loop.predict_rows(job, params, rows)
            ours.append(time.perf_counter() - began)
            twins += twin("time", "predict", rows)
    details = {"s": ours, "twin_s": twins, "twin_choice": choice}
    what, theirs = (
        f"evaluation of {num_utterances} utterances",
        min(twins, default=None),
    )
    return [Row(what, min(ours), "s", theirs, 1.2, 2.0, True, details)]
