"""SpecAugment on the device: one time mask and one frequency mask per utterance."""

import jax
import jax.numpy as jnp


def spec_augment(
    key: jax.Array,
    features: jax.Array,
    lengths: jax.Array,
    *,
    time_mask_frames: int = 30,
    frequency_mask_bins: int = 3,
) -> jax.Array:
    """Zero a random stretch of frames and a random band of coefficients.

    Widths are uniform from 0 to the given width, both included; a time mask is inside
    the real frames and covers at most half of them (the paper gives the widths alone).
    Zero is the mean of normalised features.

    Args:
      key: a random key.
      features: float[batch, frames, dims].
      lengths: int32[batch].
      time_mask_frames: widest time mask; 0 for none.
      frequency_mask_bins: widest frequency mask, in features of a frame; 0 for none.

    Returns:
      Masked features, of the same shape.

    References:
      Park et al., "SpecAugment", Interspeech 2019.
    """
    batch, num_frames, dims = features.shape
    time_key, frequency_key = jax.random.split(key)
    widest = jnp.minimum(time_mask_frames, lengths // 2)
    in_time = _stretch(time_key, widest, lengths, num_frames)
    widest = jnp.full(batch, min(frequency_mask_bins, dims))
    in_frequency = _stretch(frequency_key, widest, jnp.full(batch, dims), dims)
    masked = in_time[:, :, None] | in_frequency[:, None, :]
    return jnp.where(masked, 0, features)


def _stretch(key, widest, extents, size: int) -> jax.Array:
    """bool[batch, size]: a stretch of up to `widest`, placed within `extents`."""
    width_key, start_key = jax.random.split(key)
    shape = widest.shape
    width = jax.random.randint(width_key, shape, 0, widest + 1)
    start = jax.random.randint(start_key, shape, 0, extents - width + 1)
    at = jnp.arange(size)[None, :]
    return (at >= start[:, None]) & (at < (start + width)[:, None])
