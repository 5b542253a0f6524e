"""Convolution over time: as fast as the machine allows, behind one function.

On a CPU it is Winograd's minimal filtering: four outputs of a kernel of width r need
r + 3 products instead of 4 r. Windows of r + 3 frames, four apart, are transformed, as
is the kernel; then there is one matrix product per transformed place, and a transform
back. For r = 5 that is 2.5 times fewer multiplications than the definition, and the
same factor in both gradients (docs/measurements.md has the times). Elsewhere it is
XLA's own. Both agree to about 3e-6 of the greatest value, gradients too; a test holds
them to it.
"""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np

from serjax.models.windows import overlap_add, windows

# Outputs per window. Larger ones save more and round worse: the points below 1 and
# above 2 in size are what float32 cannot afford.
TILE = 4
WIDEST = 5
_POINTS = (0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5)


def convolve(x: jax.Array, kernel: jax.Array) -> jax.Array:
    """Correlate over time with zero padding, at the same length.

    `y[t] = sum_j x[t + j - (r - 1) // 2] kernel[j]`

    Args:
      x: float[batch, frames, inputs].
      kernel: float[r, inputs, outputs].

    Returns:
      float[batch, frames, outputs].

    References:
      Winograd, "Arithmetic Complexity of Computations", SIAM 1980.
      Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR 2016.
    """
    if default_platform() == "cpu" and 1 < kernel.shape[0] <= WIDEST:
        return convolve_minimal(x, kernel)
    return convolve_direct(x, kernel)


def convolve_direct(x: jax.Array, kernel: jax.Array) -> jax.Array:
    """`convolve` by XLA's convolution."""
    return jax.lax.conv_general_dilated(
        x, kernel, (1,), "SAME", dimension_numbers=("NWC", "WIO", "NWC")
    )


@jax.custom_vjp
def convolve_minimal(x: jax.Array, kernel: jax.Array) -> jax.Array:
    """`convolve` by minimal filtering, for kernels of width 2 to 5."""
    return _forward(x, kernel)[0]


def minimal_filter(width: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Matrices of Winograd's F(4, r), by Cook and Toom: y = A^T [(G w) * (B^T x)].

    A and G evaluate polynomials at r + 2 points and at infinity; B^T is the transposed
    interpolation. B^T's rows are scaled to a greatest entry of 1.

    Args:
      width: r, frames of the kernel.

    Returns:
      A^T [4, r + 3], G [r + 3, r] and B^T [r + 3, r + 3], float64.
    """
    size = TILE + width - 1
    points = np.array(_POINTS[: size - 1])

    def evaluate(num_coefficients: int) -> np.ndarray:
        at_infinity = np.eye(num_coefficients)[-1:]
        powers = points[:, None] ** np.arange(num_coefficients)
        return np.concatenate([powers, at_infinity])

    transform = np.linalg.inv(evaluate(size)).T
    scale = np.abs(transform).max(1, keepdims=True)
    return evaluate(TILE).T, evaluate(width) * scale, transform / scale


def default_platform() -> str:
    """Name the platform that is traced for, the default device's: `cpu`, `gpu`..."""
    device = jax.config.jax_default_device  # pyright: ignore[reportAttributeAccessIssue]
    return getattr(device, "platform", device) or jax.default_backend()


def _combine(weights: np.ndarray, arrays: Sequence[jax.Array]) -> jax.Array:
    """Sum of arrays times constants, without the zeros."""
    terms = [
        array if weight == 1 else array * weight.astype(array.dtype)
        for weight, array in zip(weights, arrays, strict=True)
        if abs(weight) > 1e-12  # what is 0 in theory is not always in np.linalg.inv
    ]
    return sum(terms[1:], terms[0])


def _transform(matrix: np.ndarray, arrays: Sequence[jax.Array]) -> jax.Array:
    """[rows, *array] <- matrix [rows, columns] times `columns` arrays."""
    return jnp.stack([_combine(row, arrays) for row in matrix])


def _forward(x, kernel):
    back, of_kernel, of_input = minimal_filter(len(kernel))
    size = len(of_input)
    batch, frames, inputs = x.shape
    count = -(-frames // TILE)
    before = (len(kernel) - 1) // 2
    after = (count - 1) * TILE + size - before - frames
    padded = jnp.pad(x, ((0, 0), (before, after), (0, 0)))
    u = _transform(of_input, windows(padded, size, TILE, count))
    u = u.reshape(size, batch * count, inputs)
    v = _transform(of_kernel, list(kernel))
    products = jnp.einsum("kri,kio->kro", u, v)
    y = jnp.stack([_combine(row, list(products)) for row in back], axis=1)
    y = y.reshape(batch, count * TILE, -1)[:, :frames]
    return y, (u, v)


def _backward(saved, y_bar):
    u, v = saved
    size = len(v)
    width = size - TILE + 1
    back, of_kernel, of_input = minimal_filter(width)
    batch, frames, outputs = y_bar.shape
    count = u.shape[1] // batch
    y_bar = jnp.pad(y_bar, ((0, 0), (0, count * TILE - frames), (0, 0)))
    tiles = y_bar.reshape(batch * count, TILE, outputs)
    products_bar = _transform(back.T, [tiles[:, place] for place in range(TILE)])
    v_bar = jnp.einsum("kri,kro->kio", u, products_bar)
    u_bar = jnp.einsum("kro,kio->kri", products_bar, v)
    u_bar = u_bar.reshape(size, batch, count, -1)
    u_bar = list(u_bar)
    x_bar = overlap_add([_combine(row, u_bar) for row in of_input.T], TILE)
    before = (width - 1) // 2
    return x_bar[:, before : before + frames], _transform(of_kernel.T, list(v_bar))


convolve_minimal.defvjp(_forward, _backward)
