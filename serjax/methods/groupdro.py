"""Group DRO: the values with the greatest emotion loss weigh most."""

from serjax.methods.method import Method, Seen
from serjax.methods.terms import Array, mean_by_value

ETA = 0.01
"""Step size of the weights, the authors' and DomainBed's default."""


def first_weights(num_values: int) -> Array:
    """Logarithms of equal weights: float32[num_values]."""
    import jax.numpy as jnp

    return -jnp.log(jnp.full(num_values, num_values, jnp.float32))


def groupdro_term(seen: Seen, state: Array, eta: float = ETA) -> tuple[Array, Array]:
    """Emotion loss of the values, each by its weight.

    `T = sum_v q_v L_v` over the values that the batch holds, where L_v is the mean
    emotion loss of a value's rows and q was first multiplied by `exp(eta L_v)`. The
    weights of the values that are there are scaled to a sum of 1; those of the others
    wait. They are kept as logarithms, which a long training does not bring to 0.

    Args:
      seen: its emotion losses and labels are read; unlabelled rows have no part.
      state: float32[num_values], log q of all values.
      eta: with 0, T is the mean of the values' mean losses.

    Returns:
      T, float32 scalar, 0 without a labelled row; and the new state.

    References:
      Sagawa et al., "Distributionally Robust Neural Networks for Group Shifts", ICLR
      2020, Algorithm 1.
    """
    import jax
    import jax.numpy as jnp

    losses, present = mean_by_value(seen.emotion_losses, seen.labels, seen.num_values)
    state = jax.nn.log_softmax(state + eta * jax.lax.stop_gradient(losses))
    held = jax.nn.softmax(jnp.where(present, state, jnp.finfo(state.dtype).min))
    return jnp.sum(jnp.where(present, held, 0) * losses), state


GROUPDRO = Method(
    name="groupdro",
    does="serve the value best whose emotions it gets most wrong",
    equation="L = (1 - alpha) L_emo + alpha/N sum_i sum_v q_iv L_emo(v)",
    reference="Sagawa et al., ICLR 2020, Algorithm 1",
    is_taken=True,
    term=groupdro_term,
    init_state=first_weights,
    rows_per_value=8,
)
