"""The output layers: emotion, and one head per attribute behind the reversal."""

from collections.abc import Mapping

import jax
from flax import linen as nn

from serjax.models.reversal import reverse_gradient


class Heads(nn.Module):
    """One linear layer for emotion and one per attribute, on a shared dropout mask.

    Every attribute has its head in every run, chosen or not, so that all choices are
    one program and a head's first weights depend on the seed and its name alone.

    Attributes:
      num_emotions: emotion classes.
      attributes: pairs (name, number of training values).
      dropout: rate on the embedding, before all heads (Sec. 4).
    """

    num_emotions: int
    attributes: tuple[tuple[str, int], ...] = ()
    dropout: float = 0.5

    @nn.compact
    def __call__(
        self,
        embedding: jax.Array,
        scales: Mapping[str, jax.Array | float] | None = None,
        *,
        train: bool,
    ) -> tuple[jax.Array, dict[str, jax.Array]]:
        """Score emotion and attributes.

        Args:
          embedding: float[batch, embedding].
          scales: per attribute the reversal's scale: 1 reverses the gradient that the
            embedding gets from this head, -1 lets it pass. Default: pass.
          train: draw a dropout mask from the rng `dropout`.

        Returns:
          Emotion logits float[batch, emotions], and per attribute its logits
          float[batch, values].
        """
        scales = scales or {}
        x = nn.Dropout(self.dropout, deterministic=not train, name="dropout")(embedding)
        emotion = nn.Dense(self.num_emotions, name="emotion")(x)
        logits = {}
        for name, num_values in self.attributes:
            head = nn.Dense(num_values, name=f"attribute_{name}")
            logits[name] = head(reverse_gradient(x, scales.get(name, -1.0)))
        return emotion, logits
