"""Padding: which frames are real, after each layer. The one place that knows.

Utterances of a batch are padded to one length. Frames from an utterance's length on are
padding and must change nothing: they are zero before a convolution, minus infinity in a
max-pool, skipped by the LSTM and left out of a mean.
"""

import functools

import jax
import jax.numpy as jnp

from serjax.models.windows import overlap_add, windows


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

    The gradient goes to the first of equally great frames. It is written out: the
    forward pass keeps the place of each maximum, a byte, and the backward pass reads
    no frame again.

    Args:
      x: float[batch, frames, channels].
      lengths: int32[batch].
      width: frames in a window, at least `stride`.
      stride: frames between windows.

    Returns:
      float[batch, ceil(frames / stride), channels]; minus infinity in windows without
      a real frame, which a ReLU turns into the zeros that the next layer needs.
    """
    return _max_pool(x, lengths, width, stride, x.shape[1])


@functools.partial(jax.custom_vjp, nondiff_argnums=(2, 3, 4))
def _max_pool(x, lengths, width, stride, num_frames):
    return _max_pool_forward(x, lengths, width, stride, num_frames)[0]


def _max_pool_forward(x, lengths, width, stride, num_frames):
    count = -(-num_frames // stride)
    missing = max((count - 1) * stride + width - num_frames, 0)
    padded = jnp.pad(x, ((0, 0), (0, missing), (0, 0)))
    starts = stride * jnp.arange(count)[None, :, None]
    candidates = [
        jnp.where(starts + place < lengths[:, None, None], frames, -jnp.inf)
        for place, frames in enumerate(windows(padded, width, stride, count))
    ]
    pooled = functools.reduce(jnp.maximum, candidates)
    chosen = jnp.full(pooled.shape, width, jnp.int8)  # width: none
    for place in reversed(range(width)):
        chosen = jnp.where(candidates[place] == pooled, jnp.int8(place), chosen)
    return pooled, jnp.where(pooled == -jnp.inf, jnp.int8(width), chosen)


def _max_pool_backward(width, stride, num_frames, chosen, pooled_bar):
    parts = [jnp.where(chosen == place, pooled_bar, 0) for place in range(width)]
    return overlap_add(parts, stride)[:, :num_frames], None


_max_pool.defvjp(_max_pool_forward, _max_pool_backward)


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
