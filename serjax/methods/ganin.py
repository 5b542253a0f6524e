"""Domain-adversarial training as published: the head learns at full strength."""

from serjax.methods import schedules
from serjax.methods.method import Method
from serjax.methods.terms import Array, Losses, Strength, per_attribute


def ganin_loss(
    emotion_loss: Array, attribute_losses: Losses, weight: Strength = 1.0
) -> Array:
    """Learn emotion and heads at full strength, with lambda in the reversal.

    `L = L_emo + 1/N sum_i L_a_i`, where each head has seen
    `reverse_gradient(embedding, lambda)`: it learns whatever lambda is, and the shared
    layers get minus lambda times its gradient. Eq. 2 of Parry et al. weighs both by
    alpha, so that a head is outrun while alpha is small.

    Args:
      emotion_loss: scalar.
      attribute_losses: the N reversed heads' scalar losses, N >= 1.
      weight: of a head's loss, one for all or float[N].

    Returns:
      float32 scalar.

    References:
      Ganin et al., "Domain-Adversarial Training of Neural Networks", JMLR 2016, Eq. 17.
    """
    losses, weights = per_attribute(attribute_losses, weight)
    return emotion_loss + (weights * losses).mean()


GANIN = Method(
    name="ganin",
    does="learn to hide it from a head that learns at full strength",
    equation="L = L_emo + 1/N sum_i R_lambda(L_a_i)",
    reference="Ganin et al., JMLR 2016, Eq. 17",
    schedule=schedules.ganin,
    reads="embedding",
    reverses=True,
    scales_reversal=True,
    loss=ganin_loss,
)
