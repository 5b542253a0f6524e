"""The convolutions of the paper's encoder alone."""

import jax
import jax.numpy as jnp
from flax import linen as nn

from serjax.config import ModelSettings
from serjax.models import masking
from serjax.models.layers import convolutions, zero_padding


class ConvolutionEncoder(nn.Module):
    """Map frames to one embedding: convolutions, then a mean over time.

    One of the families that Parry et al. (2019) compare across corpora.

    Attributes:
      settings: `conv_*` and `pool_*` are used; the embedding has the last layer's
        channels.
    """

    settings: ModelSettings = ModelSettings()

    @nn.compact
    def __call__(self, features: jax.Array, lengths: jax.Array) -> jax.Array:
        """Embed a batch, as `cnn_lstm.Encoder` does."""
        x = zero_padding(features, lengths)
        x, lengths = convolutions(self.settings, x, lengths)
        return masking.masked_mean(jnp.swapaxes(x, 0, 1), lengths)
