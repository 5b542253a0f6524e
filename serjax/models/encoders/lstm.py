"""The LSTM of the paper's encoder alone."""

import jax
from flax import linen as nn

from serjax.config import ModelSettings
from serjax.models.layers import recurrent_summary, zero_padding


class RecurrentEncoder(nn.Module):
    """Map frames to one embedding: an LSTM on all frames, then a summary over time.

    One of the families that Parry et al. (2019) compare across corpora. Nothing
    shortens the time: of 400 frames each is a step.

    Attributes:
      settings: `lstm_*` and `summary` are used.
    """

    settings: ModelSettings = ModelSettings()

    @nn.compact
    def __call__(self, features: jax.Array, lengths: jax.Array) -> jax.Array:
        """Embed a batch, as `cnn_lstm.Encoder` does."""
        return recurrent_summary(
            self.settings, zero_padding(features, lengths), lengths
        )
