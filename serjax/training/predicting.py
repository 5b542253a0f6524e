"""Prediction of many batches: what the loop, `embed` and `serjax.inference` share."""

import contextlib
from collections.abc import Sequence

import jax

from serjax.data import Batch
from serjax.evaluation.prediction import Predictions, predict
from serjax.training.placement import Store
from serjax.training.programs import predict_program
from serjax.training.state import Network, Params


def predict_batches(
    network: Network, params: Params, store: Store, batches: Sequence[Batch]
) -> Predictions:
    """Predict the rows of some batches of a store, in the order of rows."""

    def predict_batch(batch: Batch) -> tuple[jax.Array, jax.Array]:
        source = next(sources)  # asked for in the order of batches
        program = predict_program(
            network,
            params,
            source,
            batch_size=len(batch.rows),
            num_frames=batch.num_frames,
        )
        return program(params, source, batch.rows)

    with contextlib.closing(store.feed(batches)) as sources:
        return predict(predict_batch, batches)
