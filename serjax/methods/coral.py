"""Correlation alignment: equal means and covariances of the embedding."""

from serjax.methods.method import Method, Seen
from serjax.methods.terms import Array, mean_over_pairs, membership


def coral_term(seen: Seen) -> Array:
    """Distance of the values' means and covariances.

    `CORAL = mean_{v < w} (|m_v - m_w|^2 / d + |C_v - C_w|_F^2 / d^2)` over the pairs of
    values that have two rows or more in the batch, d the embedding's size: DomainBed's
    form, which adds the means to Sun and Saenko's covariances. It is computed from
    products of rows, for no batch has as many rows as a covariance has entries.

    Args:
      seen: its embedding and labels are read; unlabelled rows have no part.

    Returns:
      float32 scalar; 0 without a pair.

    References:
      Sun and Saenko, "Deep CORAL", ECCV 2016 workshops, Eq. 1.
      Gulrajani and Lopez-Paz, "In Search of Lost Domain Generalization", ICLR 2021.
    """
    import jax.numpy as jnp

    x, member = seen.embedding, membership(seen.labels, seen.num_values)
    counts = member.sum(0)[:, None]
    shares = member.T / jnp.maximum(counts, 1)
    x = x - x.mean(0)[None]  # changes no distance, and rounds less
    of_means = jnp.matmul(x, x.T, precision="highest") / x.shape[1]
    centred = x - member @ jnp.matmul(shares, x, precision="highest")
    of_covariances = jnp.matmul(centred, centred.T, precision="highest") / x.shape[1]
    present = counts[:, 0] > 1
    weights = member.T / jnp.maximum(counts - 1, 1)
    return mean_over_pairs(of_means, shares, present) + mean_over_pairs(
        of_covariances**2, weights, present
    )


CORAL = Method(
    name="coral",
    does="have equal means and covariances for all of its values",
    equation="L = L_emo + lambda/N sum_i CORAL_i",
    reference="Sun and Saenko, ECCV 2016, as in DomainBed",
    term=coral_term,
    rows_per_value=8,
)
