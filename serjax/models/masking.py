"""Padding: which frames are real, after each layer. The one place that knows.

Utterances of a batch are padded to one length. Frames from an utterance's length on are
padding and must change nothing: they are zero before a convolution, minus infinity in a
max-pool, skipped by the LSTM and left out of a mean.
"""

import jax
import jax.numpy as jnp


def frame_mask(lengths: jax.Array, num_frames: int) -> jax.Array:
    """Mark the real frames.

    Args:
      lengths: int32[batch], frames of each utterance.
      num_frames: padded length.

    Returns:
      bool[batch, num_frames].
    """
    return jnp.arange(num_frames)[None, :] < lengths[:, None]


def pooled_lengths(lengths: jax.Array, stride: int) -> jax.Array:
    """Lengths after a max-pool: a last, partial window counts, so ceil(L / stride)."""
    return -(-lengths // stride)


def max_pool(x: jax.Array, lengths: jax.Array, width: int, stride: int) -> jax.Array:
    """Take the maximum over the real frames in [i * stride, i * stride + width).

    Written as a maximum of strided slices, whose gradient is far cheaper on a CPU than
    that of a windowed reduction.

    Args:
      x: float[batch, frames, channels].
      lengths: int32[batch].
      width: frames in a window, at least `stride`.
      stride: frames between windows.

    Returns:
      float[batch, ceil(frames / stride), channels]; minus infinity in windows without
      a real frame, which a ReLU turns into the zeros that the next layer needs.
    """
    num_frames = x.shape[1]
    num_windows = -(-num_frames // stride)
    x = jnp.where(frame_mask(lengths, num_frames)[:, :, None], x, -jnp.inf)
    missing = max((num_windows - 1) * stride + width - num_frames, 0)
    x = jnp.pad(x, ((0, 0), (0, missing), (0, 0)), constant_values=-jnp.inf)
    pooled = x[:, 0 : (num_windows - 1) * stride + 1 : stride]
    for start in range(1, width):
        stop = start + (num_windows - 1) * stride + 1
        pooled = jnp.maximum(pooled, x[:, start:stop:stride])
    return pooled


def masked_mean(x: jax.Array, lengths: jax.Array) -> jax.Array:
    """Average over the real frames; zero where an utterance has none.

    Args:
      x: float[frames, batch, channels], time first as the LSTM leaves it.
      lengths: int32[batch].

    Returns:
      float[batch, channels].
    """
    mask = frame_mask(lengths, x.shape[0]).T[:, :, None]
    total = jnp.sum(jnp.where(mask, x, 0), axis=0)
    return total / jnp.maximum(lengths, 1).astype(x.dtype)[:, None]
