"""The LSTM recurrence: the one seam behind which a faster kernel may stand.

The input's projection is one matrix product over all frames and stays outside. Inside
are the recurrent products, frame by frame. The backward pass is written out, so that
the recurrent weights' gradient is one matrix product after the reverse scan instead of
a sum that every reverse step adds to: a quarter of a training step on a CPU at small
batches (BUILD_NOTES). A test holds both passes to a plain scan under autodiff.
"""

import jax
import jax.numpy as jnp


@jax.custom_vjp
def lstm_scan(gates: jax.Array, recurrent: jax.Array, valid: jax.Array) -> jax.Array:
    """Run an LSTM from zero states, holding the state over frames that are not valid.

    Gates i, f, g, o: `c = sigmoid(f) c + sigmoid(i) tanh(g)`, `h = sigmoid(o) tanh(c)`.

    Args:
      gates: float[frames, directions, batch, 4 * hidden], the projected input with
        bias, each direction in its own order of time.
      recurrent: float[directions, hidden, 4 * hidden].
      valid: bool[frames, directions, batch].

    Returns:
      float[frames, directions, batch, hidden], the state h after each frame.

    References:
      Hochreiter and Schmidhuber, "Long Short-Term Memory", Neural Computation 1997.
    """
    return _forward(gates, recurrent, valid)[0]


def _products(h: jax.Array, weights: jax.Array) -> jax.Array:
    # One product per direction: a batched one runs slower on a CPU.
    return jnp.stack([h[d] @ weights[d] for d in range(weights.shape[0])])


def _activate(gates: jax.Array) -> tuple[jax.Array, ...]:
    i, f, g, o = jnp.split(gates, 4, axis=-1)
    return jax.nn.sigmoid(i), jax.nn.sigmoid(f), jnp.tanh(g), jax.nn.sigmoid(o)


def _forward(gates, recurrent, valid):
    hidden = recurrent.shape[1]

    def step(carry, frame):
        c, h = carry
        gates_t, valid_t = frame
        total = gates_t + _products(h, recurrent)
        i, f, g, o = _activate(total)
        c_new = f * c + i * g
        keep = valid_t[:, :, None]
        c_new, h_new = (
            jnp.where(keep, c_new, c),
            jnp.where(keep, o * jnp.tanh(c_new), h),
        )
        return (c_new, h_new), (h_new, c_new, total)

    zero = jnp.zeros((*gates.shape[1:3], hidden), gates.dtype)
    _, (h, c, total) = jax.lax.scan(step, (zero, zero), (gates, valid))
    return h, (h, c, total, recurrent, valid)


def _backward(saved, h_bar):
    h, c, total, recurrent, valid = saved
    h_before = jnp.concatenate([jnp.zeros_like(h[:1]), h[:-1]])
    c_before = jnp.concatenate([jnp.zeros_like(c[:1]), c[:-1]])
    transposed = jnp.swapaxes(recurrent, 1, 2)

    def step(carry, frame):
        c_bar, h_bar = carry
        total_t, c_t, c_before_t, h_bar_t, valid_t = frame
        keep = valid_t[:, :, None]
        i, f, g, o = _activate(total_t)
        tanh_c = jnp.tanh(c_t)
        h_bar = h_bar + h_bar_t
        c_all = c_bar + h_bar * o * (1 - tanh_c * tanh_c)
        parts = (
            c_all * g * i * (1 - i),
            c_all * c_before_t * f * (1 - f),
            c_all * i * (1 - g * g),
            h_bar * tanh_c * o * (1 - o),
        )
        gates_bar = jnp.where(keep, jnp.concatenate(parts, axis=-1), 0)
        c_bar = jnp.where(keep, c_all * f, c_bar)
        h_bar = jnp.where(keep, _products(gates_bar, transposed), h_bar)
        return (c_bar, h_bar), gates_bar

    zero = jnp.zeros_like(h[0])
    frames = (total, c, c_before, h_bar, valid)
    _, gates_bar = jax.lax.scan(step, (zero, zero), frames, reverse=True)
    recurrent_bar = jnp.stack(
        [
            jnp.einsum("tbh,tbg->hg", h_before[:, d], gates_bar[:, d])
            for d in range(recurrent.shape[0])
        ]
    )
    return gates_bar, recurrent_bar, None


lstm_scan.defvjp(_forward, _backward)
