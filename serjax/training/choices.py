"""Which attributes, by which method, how strongly: the operands of a training step."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import jax
import numpy as np
from flax import struct

from serjax.methods import SCHEDULES, Method

if TYPE_CHECKING:
    from serjax.config import Config


class Choices(struct.PyTreeNode):
    """Which attributes, by which method, how strongly.

    Arrays and not shapes or strings, so that every choice is the same compiled program.

    Attributes:
      chosen: float32[methods, attributes], 1 where the attribute has the method.
      strengths: float32[methods, attributes], A / N times the strength of each of the
        N chosen of A attributes: a mean over all A is then one over the chosen.
      scales: float32[attributes], the reversal's: above 0 reversed, -1 passed on.
      class_weights: as from `make_class_weights`; None leaves them out of the program.
    """

    chosen: np.ndarray | jax.Array
    strengths: np.ndarray | jax.Array
    scales: np.ndarray | jax.Array
    class_weights: np.ndarray | jax.Array | None = None


def make_choices(
    config: "Config", methods: Sequence[Method], attributes: Sequence[str], epoch: int
) -> Choices:
    """Write the roles of an epoch as arrays over methods and attributes.

    Args:
      config: with roles and strengths.
      methods: of the program, in the order of the arrays.
      attributes: every attribute that has a head, in the order of the arrays.
      epoch: counted from 0; strengths may grow with it.
    """
    strengths = strengths_at(config, methods, epoch)
    shape = len(methods), len(attributes)
    chosen, weights = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    scales = np.full(len(attributes), -1.0, np.float32)
    places = {method.name: place for place, method in enumerate(methods)}
    for name, role in config.training.roles_by_attribute.items():
        row, column = places[role.role], attributes.index(name)
        method, strength = methods[row], strengths[name]
        weight = 1.0 if method.scales_reversal else strength
        chosen[row, column] = 1.0
        weights[row, column] = len(attributes) * (weight / len(strengths))
        if method.reverses:
            scales[column] = strength if method.scales_reversal else 1.0
    return Choices(chosen=chosen, strengths=weights, scales=scales)


def strengths_at(
    config: "Config", methods: Sequence[Method], epoch: int
) -> dict[str, float]:
    """Strength of each chosen attribute's method in an epoch, counted from 0 (Sec. 4).

    A schedule spans the nominal epochs after the warm-up: 0 in the first of them, 1 in
    the last. In the warm-up all strengths are 0.
    """
    by_name = {method.name: method for method in methods}
    epochs, warmup = config.training.epochs, config.training.warmup_epochs
    share = min((epoch - warmup) / max(epochs - 1 - warmup, 1), 1.0)
    strengths = {}
    for name, role in config.training.roles_by_attribute.items():
        method = by_name[role.role]
        full = config.methods.of(method) if role.strength is None else role.strength
        schedule = SCHEDULES.get(config.training.schedule, method.schedule)
        strengths[name] = full * schedule(share) if epoch >= warmup else 0.0
    return strengths


def mean_strength(config: "Config", methods: Sequence[Method], epoch: int) -> float:
    """Mean over the chosen attributes: the paper's alpha, or lambda; 0 for none."""
    strengths = strengths_at(config, methods, epoch).values()
    return sum(strengths) / max(len(strengths), 1)
