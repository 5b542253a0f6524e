"""The LSTM over time: the one seam behind which a faster kernel may stand.

The input's projection is one matrix product over all frames; inside the loop are the
recurrent products, frame by frame, both directions in one. The backward pass is written
out, so that every weight's gradient is one matrix product after the reverse loop
instead of a sum that every reverse step adds to (docs/measurements.md has
the times). A test holds both passes to a plain scan under autodiff.
"""

import jax
import jax.numpy as jnp


@jax.custom_vjp
def lstm(
    x: jax.Array,
    kernel: jax.Array,
    recurrent: jax.Array,
    bias: jax.Array,
    valid: jax.Array,
) -> jax.Array:
    """Run an LSTM from zero states, holding the state over frames that are not valid.

    Gates i, f, g, o: `c = sigmoid(f) c + sigmoid(i) tanh(g)`, `h = sigmoid(o) tanh(c)`.

    Args:
      x: float[directions, frames, batch, inputs], each direction in its own order of
        time.
      kernel: float[directions, inputs, 4 * hidden].
      recurrent: float[directions, hidden, 4 * hidden].
      bias: float[directions, 4 * hidden].
      valid: bool[directions, frames, batch].

    Returns:
      float[directions, frames, batch, hidden], the state h after each frame.

    References:
      Hochreiter and Schmidhuber, "Long Short-Term Memory", Neural Computation 1997.
    """
    return _forward(x, kernel, recurrent, bias, valid)[0]


def _at(x: jax.Array, frame: jax.Array) -> jax.Array:
    return jax.lax.dynamic_index_in_dim(x, frame, axis=1, keepdims=False)


def _put(x: jax.Array, value: jax.Array, frame: jax.Array) -> jax.Array:
    return jax.lax.dynamic_update_index_in_dim(x, value, frame, axis=1)


def _activate(total: jax.Array) -> jax.Array:
    """Sigmoid of i, f and o and tanh of g, as one tanh: s(x) = tanh(x / 2) / 2 + 1 / 2.

    One loop over contiguous memory, where four functions of four slices are eight.
    """
    hidden = total.shape[-1] // 4
    is_g = (jnp.arange(4 * hidden) // hidden == 2)[None, None, :]
    scale = jnp.where(is_g, 1.0, 0.5).astype(total.dtype)
    shift = jnp.where(is_g, 0.0, 0.5).astype(total.dtype)
    return jnp.tanh(total * scale) * scale + shift


def _forward(x, kernel, recurrent, bias, valid):
    directions, frames, batch, inputs = x.shape
    hidden = recurrent.shape[1]
    flat = x.reshape(directions, frames * batch, inputs)
    projected = jnp.einsum("dnc,dcg->dng", flat, kernel)
    projected = projected.reshape(directions, frames, batch, 4 * hidden)

    def step(frame, carry):
        c, h, all_c, all_h, gates = carry
        product = jnp.einsum("dbh,dhg->dbg", h, recurrent)
        gates_t = _activate(_at(projected, frame) + product + bias[:, None])
        i, f, g, o = jnp.split(gates_t, 4, axis=-1)
        keep = _at(valid, frame)[:, :, None]
        c = jnp.where(keep, f * c + i * g, c)
        h = jnp.where(keep, o * jnp.tanh(c), h)
        return (
            c,
            h,
            _put(all_c, c, frame),
            _put(all_h, h, frame),
            _put(gates, gates_t, frame),
        )

    zero = jnp.zeros((directions, batch, hidden), x.dtype)
    zeros = jnp.zeros((directions, frames, batch, hidden), x.dtype)
    carry = (zero, zero, zeros, zeros, jnp.zeros_like(projected))
    _, _, all_c, all_h, gates = jax.lax.fori_loop(0, frames, step, carry)
    return all_h, (flat, kernel, recurrent, all_c, all_h, gates, valid)


def _backward(saved, h_bar):
    flat, kernel, recurrent, all_c, all_h, gates, valid = saved
    directions, frames, batch, hidden = all_h.shape
    transposed = jnp.swapaxes(recurrent, 1, 2)
    c_before, h_before = _delayed(all_c), _delayed(all_h)

    def step(steps_done, carry):
        frame = frames - 1 - steps_done
        c_bar_t, h_bar_t, gates_bar = carry
        i, f, g, o = jnp.split(_at(gates, frame), 4, axis=-1)
        keep = _at(valid, frame)[:, :, None]
        tanh_c = jnp.tanh(_at(all_c, frame))
        h_bar_t = h_bar_t + _at(h_bar, frame)
        c_all = c_bar_t + h_bar_t * o * (1 - tanh_c * tanh_c)
        parts = (
            c_all * g * i * (1 - i),
            c_all * _at(c_before, frame) * f * (1 - f),
            c_all * i * (1 - g * g),
            h_bar_t * tanh_c * o * (1 - o),
        )
        gates_bar_t = jnp.where(keep, jnp.concatenate(parts, axis=-1), 0)
        product = jnp.einsum("dbg,dgh->dbh", gates_bar_t, transposed)
        return (
            jnp.where(keep, c_all * f, c_bar_t),
            jnp.where(keep, product, h_bar_t),
            _put(gates_bar, gates_bar_t, frame),
        )

    zero = jnp.zeros_like(all_h[:, 0])
    carry = (zero, zero, jnp.zeros_like(gates))
    _, _, gates_bar = jax.lax.fori_loop(0, frames, step, carry)
    gates_bar = gates_bar.reshape(directions, frames * batch, 4 * hidden)
    h_before = h_before.reshape(directions, frames * batch, hidden)
    x_bar = jnp.einsum("dng,dcg->dnc", gates_bar, kernel)
    return (
        x_bar.reshape(directions, frames, batch, -1),
        jnp.einsum("dnc,dng->dcg", flat, gates_bar),
        jnp.einsum("dnh,dng->dhg", h_before, gates_bar),
        gates_bar.sum(1),
        None,
    )


def _delayed(x: jax.Array) -> jax.Array:
    """Each frame's state before it: zero, then all but the last."""
    return jnp.concatenate([jnp.zeros_like(x[:, :1]), x[:, :-1]], axis=1)


lstm.defvjp(_forward, _backward)
