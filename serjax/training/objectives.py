"""Eq. 1, 2 and 3 of Parry et al. (2022), and the one formula behind them.

With N chosen attributes, each with a role and a strength alpha_i,

    L = (1 - sum_i alpha_i / N) L_emo + sum_i (alpha_i / N) T_i,

where T_i is the head's loss (multitask), the head's loss behind `reverse_gradient`
(reversal) or minus the discriminator's loss (adversarial). One role for all gives
exactly the paper's equations; a mixture is the same code.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import struct

from serjax.config import TrainingSettings


class AdversarialLosses(NamedTuple):
    """What the classifier and what the discriminators minimise."""

    classifier: jax.Array
    discriminator: jax.Array


def weighted_loss(
    emotion_loss: jax.Array, terms: jax.Array, weights: jax.Array
) -> jax.Array:
    """Join emotion and attributes: `(1 - sum_i w_i) L_emo + sum_i w_i T_i`.

    Args:
      emotion_loss: scalar, L_emo.
      terms: float32[attributes], T_i.
      weights: float32[attributes], alpha_i / N; 0 for an attribute that is off.

    Returns:
      float32 scalar.
    """
    return (1.0 - jnp.sum(weights)) * emotion_loss + jnp.sum(weights * terms)


def multitask_loss(
    emotion_loss: jax.Array,
    attribute_losses: Sequence[jax.Array] | jax.Array,
    alpha: jax.Array | float,
) -> jax.Array:
    """Learn emotion and attributes together (Eq. 1).

    `L_MTL = (1 - alpha) L_emo + alpha (1/N sum_i L_a_i)`

    Args:
      emotion_loss: scalar.
      attribute_losses: the N heads' scalar losses, N >= 1.
      alpha: 0 to 1, one for all or float[N]; the paper's is 0.1.

    Returns:
      float32 scalar.

    Example:
      >>> multitask_loss(jnp.float32(1.0), [jnp.float32(2.0), jnp.float32(4.0)], 0.1)
      Array(1.2, dtype=float32)
    """
    terms = _stack(attribute_losses)
    weights = jnp.broadcast_to(jnp.asarray(alpha), terms.shape) / terms.size
    return weighted_loss(emotion_loss, terms, weights)


def reversal_loss(
    emotion_loss: jax.Array,
    attribute_losses: Sequence[jax.Array] | jax.Array,
    alpha: jax.Array | float,
) -> jax.Array:
    """Learn emotion, and heads whose gradient the shared layers get reversed (Eq. 2).

    `L_GR = (1 - alpha) L_emo + alpha R(1/N sum_i L_a_i)`. The value is Eq. 1's. R
    stands between the shared layers and the heads (Sec. 3.3): each head must have seen
    `reverse_gradient(embedding, 1.0)`, so that it learns while the layers below
    unlearn.

    Args:
      emotion_loss: scalar.
      attribute_losses: the N reversed heads' scalar losses, N >= 1.
      alpha: 0 to 1, one for all or float[N]; the paper's rises from 0 to 0.5.

    Returns:
      float32 scalar.
    """
    return multitask_loss(emotion_loss, attribute_losses, alpha)


def adversarial_losses(
    emotion_loss: jax.Array,
    discriminator_losses: Sequence[jax.Array] | jax.Array,
    alpha: jax.Array | float,
) -> AdversarialLosses:
    """Learn emotion against the discriminators, and the discriminators (Eq. 3).

    `L_AD = (1 - alpha) L_emo - alpha (1/N sum_i L_d_i)` for the classifier; each
    discriminator minimises its own L_d_i, so their sum. The first must be
    differentiated by the classifier's parameters alone, the second by the
    discriminators' alone. No projection term, as in the paper.

    Args:
      emotion_loss: scalar.
      discriminator_losses: the N discriminators' scalar losses, N >= 1.
      alpha: 0 to 1, one for all or float[N]; the paper's is 0.5.

    Returns:
      Both losses, float32 scalars.
    """
    losses = _stack(discriminator_losses)
    return AdversarialLosses(
        classifier=multitask_loss(emotion_loss, -losses, alpha),
        discriminator=jnp.sum(losses),
    )


class Choices(struct.PyTreeNode):
    """Which attributes, in which role, how strongly: operands of a training step.

    Arrays and not shapes or strings, so that every choice is the same compiled program.

    Attributes:
      weights: float32[attributes], alpha_i / N; 0 for an attribute that is off.
      scales: float32[attributes], the reversal's: 1 reversal, -1 otherwise.
      adversarial: float32[attributes], 1 where a discriminator is trained.
    """

    weights: np.ndarray | jax.Array
    scales: np.ndarray | jax.Array
    adversarial: np.ndarray | jax.Array


def make_choices(
    training: TrainingSettings, attributes: Sequence[str], epoch: int
) -> Choices:
    """Write the roles of an epoch as arrays over the data set's attributes.

    Args:
      training: settings with roles and alphas.
      attributes: every attribute that has a head, in the order of the arrays.
      epoch: counted from 0; reversal's alpha depends on it.
    """
    roles = training.roles_by_attribute
    weights = np.zeros(len(attributes), np.float32)
    scales = np.full(len(attributes), -1.0, np.float32)
    adversarial = np.zeros(len(attributes), np.float32)
    for index, name in enumerate(attributes):
        if name in roles:
            weights[index] = training.alpha(roles[name], epoch) / len(roles)
            scales[index] = 1.0 if roles[name].role == "reversal" else -1.0
            adversarial[index] = float(roles[name].role == "adversarial")
    return Choices(weights=weights, scales=scales, adversarial=adversarial)


def total_alpha(training: TrainingSettings, epoch: int) -> float:
    """The weight taken from emotion, `sum_i alpha_i / N`: the paper's alpha."""
    roles = training.roles_by_attribute.values()
    return sum(training.alpha(role, epoch) for role in roles) / max(len(roles), 1)


def by_name(values: jax.Array, names: Sequence[str]) -> Mapping[str, jax.Array]:
    """Name the entries of an array over attributes."""
    return {name: values[index] for index, name in enumerate(names)}


def _stack(losses: Sequence[jax.Array] | jax.Array) -> jax.Array:
    stacked = jnp.stack([jnp.asarray(loss, jnp.float32) for loss in losses])
    if stacked.ndim != 1:
        raise ValueError(
            f"attribute losses have shape {stacked.shape}; expected one scalar per "
            "attribute. Reduce each with labelled_mean first."
        )
    return stacked
