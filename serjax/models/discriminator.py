"""Fully connected layers to an attribute: discriminators, and heads that have some."""

import jax
from flax import linen as nn

# For ReLU layers, as in the encoder; the softmax's few inputs make it matter more.
_init = nn.initializers.he_normal()


class Discriminator(nn.Module):
    """Guess an attribute, as a rule from the emotion classifier's output (Sec. 3.2.2).

    Fully connected layers with ReLU, 3-1000-1000-N: 1.00 to 1.07 million parameters for
    2 to 61 values ("each discriminator model totals about 1 million parameters").

    Attributes:
      num_values: values of the attribute.
      features: hidden units per layer.
    """

    num_values: int
    features: tuple[int, ...] = (1000, 1000)

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        """Score the attribute's values.

        Args:
          x: float[batch, inputs]; the paper's discriminators see the softmax over
            emotions (footnote 1), not logits.

        Returns:
          Logits float[batch, num_values].
        """
        for layer, size in enumerate(self.features):
            x = nn.relu(nn.Dense(size, kernel_init=_init, name=f"hidden{layer}")(x))
        return nn.Dense(self.num_values, name="output")(x)
