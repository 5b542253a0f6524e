"""Evaluation of 10,000 utterances: what a model costs once it is trained."""

import time

import numpy as np

from experiments.benchmarks.bench import Bench
from experiments.benchmarks.jobs import make_job, open_twin
from experiments.benchmarks.row import Row
from serjax.training import loop
from serjax.training.state import init_state

BATCH_SIZE = 32
"""The rule's, for data of the paper's size."""

TWIN_BATCH_SIZES = (32, 128)
SAMPLE = 256
NUM_UTTERANCES = 10_000
REPEATS = 3


def measure(bench: Bench) -> list[Row]:
    """Predict the data set's rows, over and over until there are enough of them."""
    num_utterances = 50 if bench.quick else NUM_UTTERANCES
    repeats = 1 if bench.quick else REPEATS
    lengths = np.asarray(bench.dataset.store.lengths)
    rows = np.resize(np.arange(len(lengths)), num_utterances)
    job = make_job(bench.config, bench.dataset, BATCH_SIZE, epochs=1)
    params = init_state(job.network, job.config.training.seed).params
    bench.progress(f"evaluation: {num_utterances} utterances")
    seconds, twins = [], []
    choice = None
    with open_twin(bench, bench.dataset) as twin:
        loop.predict_rows(job, params, rows[: len(lengths)])  # not counted
        if twin:
            sample = rows[:: max(1, num_utterances // SAMPLE)]
            choice = twin.call("choose_evaluation", sample, TWIN_BATCH_SIZES)
        for repeat in range(repeats):
            bench.progress(f"evaluation: {repeat + 1} of {repeats}")
            began = time.perf_counter()
            loop.predict_rows(job, params, rows)
            seconds.append(time.perf_counter() - began)
            if twin and choice:
                size = choice["batch_size"]
                twins.append(twin.call("time_evaluation", rows, size))
    hours = lengths[rows].sum() * bench.config.features.hop_ms / 3_600_000
    return [
        Row(
            section="evaluation",
            what=f"evaluation of {num_utterances} utterances",
            value=min(seconds),
            unit="s",
            twin=min(twins) if twins else None,
            bar=1.2,
            aim=2.0,
            judged="speedup",
            details={
                "figure": "the least of several by turns with the twin's; batches, "
                "gathering, the model, probabilities and embeddings on the host in "
                "the order of rows",
                "s": seconds,
                "twin_s": twins,
                "twin_choice": choice,
                "batch_size": BATCH_SIZE,
                "hours_of_speech": hours,
                "utterances_per_s": num_utterances / min(seconds),
                "hours_of_speech_per_s": hours / min(seconds),
            },
        )
    ]
