"""Multi-task learning: the shared layers learn to predict the attribute (Eq. 1)."""

from serjax.methods.method import Method
from serjax.methods.terms import Array, Losses, Strength, per_attribute


def multitask_loss(
    emotion_loss: Array, attribute_losses: Losses, alpha: Strength
) -> Array:
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
    losses, alphas = per_attribute(attribute_losses, alpha)
    return (1.0 - alphas.mean()) * emotion_loss + (alphas * losses).mean()


MULTITASK = Method(
    name="multitask",
    symbol="MTL",
    does="learn to predict it",
    equation="L_MTL = (1 - alpha) L_emo + alpha (1/N sum_i L_a_i)",
    reference="Parry et al., Interspeech 2022, Eq. 1",
    strength=0.1,
    is_taken=True,
    reads="embedding",
    loss=multitask_loss,
)
