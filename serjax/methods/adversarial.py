"""Adversarial discriminators: the classifier fools what sees its output (Eq. 3)."""

from typing import NamedTuple

from serjax.methods.method import Method
from serjax.methods.terms import Array, Losses, Strength, per_attribute


class AdversarialLosses(NamedTuple):
    """What the classifier and what the discriminators minimise."""

    classifier: Array
    discriminator: Array


def adversarial_losses(
    emotion_loss: Array, discriminator_losses: Losses, alpha: Strength
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
    losses, alphas = per_attribute(discriminator_losses, alpha)
    return AdversarialLosses(
        classifier=(1.0 - alphas.mean()) * emotion_loss - (alphas * losses).mean(),
        discriminator=losses.sum(),
    )


ADVERSARIAL = Method(
    name="adversarial",
    symbol="AD",
    does="fool a discriminator that predicts it from the emotion output",
    equation="L_AD = (1 - alpha) L_emo - alpha (1/N sum_i L_d_i)",
    reference="Parry et al., Interspeech 2022, Eq. 3",
    strength=0.5,
    is_taken=True,
    reads="emotion",
    has_optimiser=True,
    loss=adversarial_losses,
)
