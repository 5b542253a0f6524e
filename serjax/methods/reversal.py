"""Gradient reversal: the shared layers unlearn what an attribute's head learns (Eq. 2).

The reversal itself is `serjax.models.reversal`.
"""

from serjax.methods.method import Method
from serjax.methods.schedules import linear
from serjax.methods.terms import Array, Losses, Strength, per_attribute


def reversal_loss(
    emotion_loss: Array, attribute_losses: Losses, alpha: Strength
) -> Array:
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
    losses, alphas = per_attribute(attribute_losses, alpha)
    return (1.0 - alphas.mean()) * emotion_loss + (alphas * losses).mean()


REVERSAL = Method(
    name="reversal",
    symbol="GR",
    does="learn to hide it: the attribute head's gradient is reversed",
    equation="L_GR = (1 - alpha) L_emo + alpha R(1/N sum_i L_a_i)",
    reference="Parry et al., Interspeech 2022, Eq. 2",
    strength=0.5,
    is_taken=True,
    schedule=linear,
    reads="embedding",
    reverses=True,
    loss=reversal_loss,
)
