"""Cross-entropy per utterance, of those that have a label."""

import jax
import jax.numpy as jnp
import optax


def cross_entropy(logits: jax.Array, labels: jax.Array) -> jax.Array:
    """Cross-entropy of each utterance; zero, with zero gradient, without a label.

    Args:
      logits: float[batch, values], unnormalised.
      labels: int[batch], -1 where the label is unknown or was never a training value.

    Returns:
      float32[batch], nats, unreduced.

    Example:
      >>> cross_entropy(jnp.zeros((2, 4)), jnp.array([1, -1])).round(4)
      Array([1.3863, 0.    ], dtype=float32)
    """
    known = labels >= 0
    losses = optax.softmax_cross_entropy_with_integer_labels(
        logits.astype(jnp.float32), jnp.where(known, labels, 0)
    )
    return jnp.where(known, losses, 0.0)
