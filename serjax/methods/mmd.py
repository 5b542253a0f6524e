"""Maximum mean discrepancy: one distribution of the embedding for all values."""

from serjax.methods.method import Method, Seen
from serjax.methods.terms import Array, mean_over_pairs, membership

GAMMAS = (0.001, 0.01, 0.1, 1.0, 10.0, 100.0, 1000.0)
"""Of the Gaussian kernels, as in DomainBed."""


def mmd_term(seen: Seen) -> Array:
    """Squared distance of the values' distributions under a sum of Gaussian kernels.

    `MMD = mean_{v < w} (K_vv + K_ww - 2 K_vw)` over the pairs of values that the batch
    holds, K_vw the mean of `sum_gamma exp(-gamma |x - y|^2)` over the rows x of v and
    y of w, equal ones included: the biased estimate, as in DomainBed.

    Args:
      seen: its embedding and labels are read; unlabelled rows have no part.

    Returns:
      float32 scalar; 0 without a pair.

    References:
      Li et al., "Domain Generalization with Adversarial Feature Learning", CVPR 2018.
      Gulrajani and Lopez-Paz, "In Search of Lost Domain Generalization", ICLR 2021.
    """
    import jax.numpy as jnp

    x, member = seen.embedding, membership(seen.labels, seen.num_values)
    # Not by products of rows: 1000 times their rounding would be seen.
    distances = jnp.sum((x[:, None] - x[None]) ** 2, -1)
    kernel = jnp.stack([jnp.exp(-gamma * distances) for gamma in GAMMAS]).sum(0)
    counts = member.sum(0)[:, None]
    shares = member.T / jnp.maximum(counts, 1)
    return mean_over_pairs(kernel, shares, counts[:, 0] > 0)


MMD = Method(
    name="mmd",
    does="be distributed alike for all of its values",
    equation="L = L_emo + lambda/N sum_i MMD_i",
    reference="Li et al., CVPR 2018, as in DomainBed",
    term=mmd_term,
    rows_per_value=8,
)
