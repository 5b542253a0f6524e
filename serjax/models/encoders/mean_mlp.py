"""Mean and deviation over frames, then an MLP: for features that are embeddings."""

import jax
import jax.numpy as jnp
from flax import linen as nn

from serjax.config import ModelSettings
from serjax.models import masking
from serjax.models.layers import zero_padding

EPSILON = 1e-5
"""Under the root of the variance: a single frame would make its gradient infinite."""


class MeanEncoder(nn.Module):
    """Map frames, or a single one, to one embedding: mean, deviation, ReLU layers.

    Attributes:
      settings: `mlp_features` are used.
    """

    settings: ModelSettings = ModelSettings()

    @nn.compact
    def __call__(self, features: jax.Array, lengths: jax.Array) -> jax.Array:
        """Embed a batch, as `cnn_lstm.Encoder` does."""
        x = zero_padding(features, lengths)
        mean = masking.masked_mean(jnp.swapaxes(x, 0, 1), lengths)
        centred = zero_padding(features - mean[:, None, :], lengths)
        variance = masking.masked_mean(jnp.swapaxes(centred**2, 0, 1), lengths)
        x = jnp.concatenate([mean, jnp.sqrt(variance + EPSILON)], axis=-1)
        for layer, size in enumerate(self.settings.mlp_features):
            dense = nn.Dense(
                size, kernel_init=nn.initializers.he_normal(), name=f"hidden{layer}"
            )
            x = nn.relu(dense(x))
        return x
