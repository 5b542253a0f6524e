"""Layers that encoders are made of; padding is invisible to all of them."""

import jax
import jax.numpy as jnp
from flax import linen as nn

from serjax.config import ModelSettings
from serjax.models import masking
from serjax.models.convolution import convolve
from serjax.models.initialisation import INITIALISATIONS
from serjax.models.recurrence import lstm


class LSTM(nn.Module):
    """An LSTM in one or both directions over padded utterances, one bias per gate.

    Attributes:
      features: hidden units per direction.
      bidirectional: also run backward in time.
      initialisation: 'he' or 'pytorch'.
    """

    features: int
    bidirectional: bool = True
    initialisation: str = "he"

    @nn.compact
    def __call__(self, x: jax.Array, lengths: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Run over the real frames.

        Args:
          x: float[batch, frames, channels].
          lengths: int32[batch].

        Returns:
          Outputs float[frames, batch, directions * features], in the order of time,
          and the last states float[batch, directions * features] (backward: the one at
          the first frame).
        """
        directions = 2 if self.bidirectional else 1
        hidden = self.features
        init = INITIALISATIONS[self.initialisation]
        kernel = self.param(
            "kernel", init.lstm_kernel, (x.shape[-1], directions, 4 * hidden)
        )
        recurrent = self.param(
            "recurrent", init.lstm_recurrent, (directions, hidden, 4 * hidden)
        )
        bias = self.param("bias", init.lstm_bias, (directions, 4 * hidden))
        mask = masking.frame_mask(lengths, x.shape[1]).T  # [frames, batch]
        x = jnp.swapaxes(x, 0, 1)  # [frames, batch, channels]
        # Each direction in its own order of time: backward sees the padding first and
        # holds its zero state over it.
        h = lstm(
            _each_direction(jnp.stack([x] * directions)),
            jnp.swapaxes(kernel, 0, 1),
            recurrent,
            bias,
            _each_direction(jnp.stack([mask] * directions)),
        )
        last = jnp.concatenate(list(h[:, -1]), axis=-1)
        return jnp.concatenate(list(_each_direction(h)), axis=-1), last


class Convolution(nn.Module):
    """Convolution over time, max-pool, bias and ReLU, over padded utterances.

    The bias and the ReLU after the pool equal the usual order, conv + bias, pool, ReLU,
    at half the work.

    Attributes:
      features: channels out.
      width: frames that the kernel spans.
      pool_width: frames that the max-pool spans.
      pool_stride: frames between two max-pools.
      initialisation: 'he' or 'pytorch'.
    """

    features: int
    width: int
    pool_width: int
    pool_stride: int
    initialisation: str = "he"

    @nn.compact
    def __call__(self, x: jax.Array, lengths: jax.Array) -> jax.Array:
        """Map float[batch, frames, channels] to float[batch, pooled frames, features].

        Frames from `lengths`, int32[batch], on must be zero, and are zero again in the
        result.
        """
        init = INITIALISATIONS[self.initialisation]
        shape = (self.width, x.shape[-1], self.features)
        kernel = self.param("kernel", init.conv_kernel, shape)
        bias_init = init.conv_bias(self.width * x.shape[-1])
        bias = self.param("bias", bias_init, (self.features,))
        x = convolve(x, kernel)
        x = masking.max_pool(x, lengths, self.pool_width, self.pool_stride)
        return nn.relu(x + bias[None, None, :])  # padded frames, at -inf, become 0


def convolutions(sizes: ModelSettings, x: jax.Array, lengths: jax.Array):
    """Apply [conv -> max-pool -> ReLU] for each of `conv_features`, `conv0`, `conv1`...

    Called in a module's compact method, whose layers they become.

    Args:
      sizes: the settings.
      x: float[batch, frames, channels], zero from `lengths` on.
      lengths: int32[batch].

    Returns:
      float[batch, pooled frames, channels], zero past the lengths, and these.
    """
    for layer, num_channels in enumerate(sizes.conv_features):
        x = Convolution(
            num_channels,
            sizes.conv_width,
            sizes.pool_width,
            sizes.pool_stride,
            sizes.initialisation,
            name=f"conv{layer}",
        )(x, lengths)
        lengths = masking.pooled_lengths(lengths, sizes.pool_stride)
    return x, lengths


def recurrent_summary(
    sizes: ModelSettings, x: jax.Array, lengths: jax.Array
) -> jax.Array:
    """Run the LSTM `lstm`, and sum its outputs up: masked mean, or last state.

    Called in a module's compact method. Args as `convolutions`.

    Returns:
      float[batch, directions * features].
    """
    outputs, last = LSTM(
        sizes.lstm_features,
        sizes.lstm_bidirectional,
        sizes.initialisation,
        name="lstm",
    )(x, lengths)
    return last if sizes.summary == "last" else masking.masked_mean(outputs, lengths)


def zero_padding(features: jax.Array, lengths: jax.Array) -> jax.Array:
    """Zero float[batch, frames, dims] from the frames `lengths`, int32[batch], on."""
    mask = masking.frame_mask(lengths, features.shape[1])
    return jnp.where(mask[:, :, None], features, 0)


def _each_direction(x: jax.Array) -> jax.Array:
    """Turn the second direction's time, if there is one: [directions, frames, ...]."""
    return x if len(x) == 1 else jnp.stack([x[0], x[1, ::-1]])
