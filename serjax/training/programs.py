"""Compiled programs, kept for every run of a process.

A study's runs share network and batch shapes, so they share programs: each is traced
and compiled once, before any epoch is timed.
"""

import collections
import dataclasses
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from serjax.methods import METHODS
from serjax.training.choices import Choices
from serjax.training.compilation import compile_step
from serjax.training.state import Network, Params, State
from serjax.training.steps import predict_step, train_step
from serjax.training.store import Source
from serjax.training.totals import Totals

Rows = jax.Array | np.ndarray
"""int32[batch], -1 for padding rows."""

TRACES: collections.Counter[tuple[str, int, int]] = collections.Counter()
"""How often each program was traced: (name, batch size, padded frames) -> count.

One that was read from disk (`serjax/training/compilation.py`) was not.
"""

_COMPILED: dict[Any, Callable] = {}
_OWN: dict[Any, Callable] = {}
"""The programs of the run with a user's own code that was last begun."""


def train_program(
    network: Network,
    state: State,
    totals: Totals,
    store: Source,
    choices: Choices,
    *,
    batch_size: int,
    num_frames: int,
) -> Callable[[State, Totals, Source, Rows, Choices], tuple[State, Totals]]:
    """Compile a training step for one batch shape; it takes state and totals over.

    Args:
      network: modules, methods and optimiser.
      state: an example; only shapes matter, here and below.
      totals: an example.
      store: an example, from its `example`.
      choices: an example.
      batch_size: rows per batch.
      num_frames: padded length.
    """
    always = [it.name for it in METHODS.values() if it.is_operand]
    more = [it.name for it in network.methods if it.name not in always]
    name = "+".join(more) or "train"
    rows = jax.ShapeDtypeStruct((batch_size,), jnp.int32)
    operands = (state, totals, store, rows, choices)
    returns = (state, totals)  # taken over, both
    return _compile(name, network, operands, (batch_size, num_frames), returns, 2)


def predict_program(
    network: Network,
    params: Params,
    store: Source,
    *,
    batch_size: int,
    num_frames: int,
) -> Callable[[Params, Source, Rows], tuple[jax.Array, jax.Array]]:
    """Compile prediction for one batch shape; methods have no part in it."""
    network = dataclasses.replace(
        network,
        discriminators=(),
        discriminators_read=(),
        discriminator_steps=1,
        methods=(),
        own_run=network.encoder_run,
    )
    rows = jax.ShapeDtypeStruct((batch_size,), jnp.int32)
    operands = (params, store, rows)
    returns = ("logits", "embeddings")
    return _compile("predict", network, operands, (batch_size, num_frames), returns)


def _compile(
    name: str,
    network: Network,
    operands: tuple,
    shape: tuple[int, int],
    returns: tuple,
    num_donated: int = 0,
) -> Callable:
    leaves, structure = jax.tree.flatten(operands)
    key = (name, network, shape, structure, *((x.shape, x.dtype) for x in leaves))
    kept = _COMPILED
    if network.own_run:
        kept = _OWN
        for other in [it for it in kept if it[1].own_run != network.own_run]:
            del kept[other]
    if key not in kept:
        step = predict_step if name == "predict" else train_step

        def counted(*args):
            TRACES[name, *shape] += 1
            return step(network, *args, num_frames=shape[1])

        identity, is_ours = f"{name} {network} {shape}", not network.own_run
        kept[key] = compile_step(
            counted, operands, returns, num_donated, identity, is_ours
        )
    return kept[key]
