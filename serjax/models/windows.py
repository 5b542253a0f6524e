"""Windows along time and their adjoint: what convolution and max-pool are made of.

Window i covers frames [i * stride, i * stride + width). Both functions are plain slices
and sums, which a compiler turns into contiguous, vectorised loops.
"""

from collections.abc import Sequence

import jax
import jax.numpy as jnp


def windows(x: jax.Array, width: int, stride: int, count: int) -> list[jax.Array]:
    """Cut out the frames of all windows, one array per place in a window.

    Args:
      x: float[batch, frames, channels], at least (count - 1) * stride + width frames.
      width: frames of a window.
      stride: frames between windows.
      count: windows.

    Returns:
      `width` arrays float[batch, count, channels]; entry p has frames i * stride + p.
    """
    batch, _, channels = x.shape
    last = (count - 1) * stride + 1
    return [
        jax.lax.slice(x, (0, p, 0), (batch, p + last, channels), (1, stride, 1))
        for p in range(width)
    ]


def overlap_add(parts: Sequence[jax.Array], stride: int) -> jax.Array:
    """Add every window's frames at their places: the adjoint of `windows`.

    Args:
      parts: `width` arrays float[batch, count, channels], as from `windows`.
      stride: frames between windows.

    Returns:
      float[batch, (count + ceil(width / stride) - 1) * stride, channels].
    """
    batch, count, channels = parts[0].shape
    spanned = -(-len(parts) // stride)
    places = []
    for place in range(stride):
        # Frame `place` of stride i is in window i, and further on in the ones before.
        shifted = [
            jnp.pad(part, ((0, 0), (later, spanned - 1 - later), (0, 0)))
            for later, part in enumerate(parts[place::stride])
        ]
        zero = jnp.zeros((batch, count + spanned - 1, channels), parts[0].dtype)
        places.append(sum(shifted[1:], shifted[0]) if shifted else zero)
    return jnp.stack(places, axis=2).reshape(batch, -1, channels)
