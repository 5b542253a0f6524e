"""Gradient reversal: the identity forward, minus `scale` times it backward."""

import jax
import jax.numpy as jnp


@jax.custom_vjp
def reverse_gradient(x: jax.Array, scale: jax.Array | float) -> jax.Array:
    """Return `x`; in the backward pass turn its cotangent `g` into `-scale * g`.

    The paper's layer R(x) = x, dR/dx = -I (Sec. 3.2.1), with a strength. `scale` is a
    traced operand, so one compiled program serves every value: 1 reverses, -1 lets the
    gradient pass, 0 cuts it. It gets no gradient of its own. The paper's alpha stands
    in the loss (Eq. 2); it must not be in the scale as well.

    Args:
      x: array of any shape and floating dtype.
      scale: scalar, or an array that broadcasts to `x`'s shape.

    Returns:
      `x`, untouched.

    Example:
      >>> jax.grad(lambda x: reverse_gradient(x, 0.5) ** 2)(3.0)
      Array(-3., dtype=float32, weak_type=True)

    References:
      Ganin et al., "Domain-Adversarial Training of Neural Networks", JMLR 2016, Eq. 17.
    """
    del scale
    return x


def _forward(x, scale):
    return x, scale


def _backward(scale, cotangent):
    # At least in float32, then rounded once to the cotangent's dtype.
    wide = jnp.promote_types(cotangent.dtype, jnp.float32)
    reversed_cotangent = -jnp.asarray(scale, wide) * cotangent.astype(wide)
    return reversed_cotangent.astype(cotangent.dtype), jnp.zeros_like(scale)


reverse_gradient.defvjp(_forward, _backward)
