"""What terms and losses of methods are made of.

jax is loaded where it is used, so that settings and reports can read the records of
methods without it.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from jax import Array
else:
    Array = Any

Losses: TypeAlias = Sequence[Array] | Array
"""The scalar losses of N attributes, or float[N]."""

Strength: TypeAlias = Array | float
"""One for all attributes, or float[N]."""


def taken_loss(emotion_loss: Array, terms: Array, alphas: Array) -> Array:
    """`(1 - mean_i alpha_i) L_emo + mean_i alpha_i T_i`: float32 scalar."""
    return (1.0 - alphas.mean()) * emotion_loss + (alphas * terms).mean()


def added_loss(emotion_loss: Array, terms: Array, lambdas: Array) -> Array:
    """`L_emo + mean_j lambda_j T_j`: float32 scalar."""
    return emotion_loss + (lambdas * terms).mean()


def per_attribute(losses: Losses, strength: Strength) -> tuple[Array, Array]:
    """Bring losses and strengths of N attributes to float32[N] each.

    Args:
      losses: N scalars, or float[N].
      strength: one for all, or float[N].

    Raises:
      ValueError: the losses are not one scalar per attribute.
    """
    import jax.numpy as jnp

    stacked = jnp.stack([jnp.asarray(loss, jnp.float32) for loss in losses])
    if stacked.ndim != 1:
        raise ValueError(
            f"attribute losses have shape {stacked.shape}; expected one scalar per "
            "attribute. Reduce each with labelled_mean first."
        )
    return stacked, jnp.broadcast_to(jnp.asarray(strength, jnp.float32), stacked.shape)


def labelled_mean(losses: Array, labels: Array) -> Array:
    """Mean over labelled utterances; zero, never 0/0, where there are none.

    Args:
      losses: float32[batch].
      labels: int[batch], -1 where unknown.

    Returns:
      float32 scalar.
    """
    import jax.numpy as jnp

    known = labels >= 0
    total = jnp.sum(jnp.where(known, losses, 0.0))
    return total / jnp.maximum(jnp.sum(known), 1)


def membership(labels: Array, num_values: int) -> Array:
    """Which value each utterance has: float32[batch, num_values], 0 and 1.

    Args:
      labels: int[batch], the value of each; -1 where unknown, a row of zeros.
      num_values: values that there are.
    """
    import jax

    return jax.nn.one_hot(labels, num_values)


def mean_by_value(losses: Array, labels: Array, num_values: int) -> tuple[Array, Array]:
    """Mean over the utterances of each value of an attribute.

    Args:
      losses: float32[batch].
      labels: int[batch], the value of each; -1 where unknown, which counts nowhere.
      num_values: values that there are.

    Returns:
      float32[num_values], 0 for a value that the batch lacks, and bool[num_values],
      whether the batch has it.

    Example:
      >>> mean_by_value(jnp.array([1.0, 3.0, 5.0]), jnp.array([0, 0, -1]), 2)
      (Array([2., 0.], dtype=float32), Array([ True, False], dtype=bool))
    """
    import jax.numpy as jnp

    member = (labels[:, None] == jnp.arange(num_values)[None, :]).astype(losses.dtype)
    counts = member.sum(0)
    return (losses @ member) / jnp.maximum(counts, 1), counts > 0


def mean_over_pairs(kernel: Array, weights: Array, present: Array) -> Array:
    """Mean over pairs of values of the squared distance that a kernel gives them.

    `|v - w|^2 = K_vv + K_ww - 2 K_vw`, where `K_vw = sum_ij a_vi k(x_i, x_j) a_wj`: the
    distance between sums of what the kernel makes of rows.

    Args:
      kernel: float32[batch, batch], k of each pair of rows.
      weights: float32[values, batch], a: of each row in a value's sum.
      present: bool[values], those to pair.

    Returns:
      float32 scalar; 0 where there is no pair.
    """
    import jax.numpy as jnp

    sums = jnp.matmul(weights, kernel, precision="highest")
    products = jnp.matmul(sums, weights.T, precision="highest")
    squares = jnp.diag(products)
    distances = squares[:, None] + squares[None] - 2 * products
    pairs = jnp.triu(present[:, None] & present[None], 1)
    return jnp.sum(jnp.where(pairs, distances, 0.0)) / jnp.maximum(jnp.sum(pairs), 1)
