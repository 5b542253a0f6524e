"""The paper's shared layers: convolutions with max-pooling, then an LSTM.

The paper's Fig. 1 could not be had; the layout is a reconstruction that fits every
stated fact ("approximately 1.8 million parameters", BUILD_NOTES "Where we differ").
"""

import jax
from flax import linen as nn

from serjax.config import ModelSettings
from serjax.models.layers import convolutions, recurrent_summary, zero_padding


class Encoder(nn.Module):
    """Map frames to one embedding per utterance (the paper's shared layers).

    [conv -> max-pool -> ReLU] for each of `conv_features`, LSTM, summary over time.
    Defaults have 1,757,952 parameters. Padding is invisible: neither value nor gradient
    depends on it.

    Attributes:
      settings: sizes, see `serjax.config.ModelSettings`.

    Example:
      >>> encoder = Encoder()
      >>> features, lengths = jnp.ones((2, 300, 40)), jnp.array([300, 200])
      >>> variables = encoder.init(jax.random.key(0), features, lengths)
      >>> encoder.apply(variables, features, lengths).shape
      (2, 512)
    """

    settings: ModelSettings = ModelSettings()

    @nn.compact
    def __call__(self, features: jax.Array, lengths: jax.Array) -> jax.Array:
        """Embed a batch.

        Args:
          features: float[batch, frames, dims], padded at the end with anything.
          lengths: int32[batch], real frames of each utterance.

        Returns:
          float[batch, embedding].
        """
        x = zero_padding(features, lengths)
        x, lengths = convolutions(self.settings, x, lengths)
        return recurrent_summary(self.settings, x, lengths)
