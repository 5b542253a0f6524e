import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen as nn

from serjax.models import LSTM
from serjax.models.recurrence import lstm as lstm_by_hand

FRAMES, BATCH, INPUTS, HIDDEN = 7, 3, 5, 4


def _plain_scan(x, kernel, recurrent, bias, valid):
    """The same LSTM by the textbook, left to autodiff."""

    def step(carry, frame):
        c, h = carry
        x_t, valid_t = frame
        gates = jnp.einsum("dbc,dcg->dbg", x_t, kernel) + bias[:, None]
        gates = gates + jnp.einsum("dbh,dhg->dbg", h, recurrent)
        i, f, g, o = jnp.split(gates, 4, axis=-1)
        c_new = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        h_new = jax.nn.sigmoid(o) * jnp.tanh(c_new)
        keep = valid_t[..., None]
        c, h = jnp.where(keep, c_new, c), jnp.where(keep, h_new, h)
        return (c, h), h

    zero = jnp.zeros((len(x), x.shape[2], recurrent.shape[1]))
    frames = (jnp.swapaxes(x, 0, 1), jnp.swapaxes(valid, 0, 1))
    return jnp.swapaxes(jax.lax.scan(step, (zero, zero), frames)[1], 0, 1)


def _inputs(directions):
    rng = np.random.default_rng(0)
    weights = [
        rng.standard_normal((directions, FRAMES, BATCH, INPUTS)),
        rng.standard_normal((directions, INPUTS, 4 * HIDDEN)),
        rng.standard_normal((directions, HIDDEN, 4 * HIDDEN)),
        rng.standard_normal((directions, 4 * HIDDEN)),
    ]
    lengths = np.array([FRAMES, 4, 0])
    valid = np.arange(FRAMES)[:, None] < lengths[None, :]
    # The second direction meets its padding first.
    valid = np.stack([valid, valid[::-1]][:directions])
    x, kernel, recurrent, bias = map(jnp.float32, weights)
    return x, kernel, recurrent, bias, jnp.asarray(valid)


@pytest.mark.parametrize("directions", [1, 2])
def test_values_equal_a_plain_scan(directions):
    inputs = _inputs(directions)
    actual = jax.jit(lstm_by_hand)(*inputs)
    expected = _plain_scan(*inputs)
    np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("directions", [1, 2])
def test_gradients_equal_a_plain_scan_under_autodiff(directions):
    *inputs, valid = _inputs(directions)
    shape = (directions, FRAMES, BATCH, HIDDEN)
    cotangent = jnp.float32(np.random.default_rng(1).standard_normal(shape))

    def gradients(scan):
        run = lambda x, k, r, b: scan(x, k, r, b, valid)  # noqa: E731
        _, vjp = jax.vjp(run, *inputs)
        return vjp(cotangent)

    actual, expected = gradients(lstm_by_hand), gradients(_plain_scan)
    for a, e in zip(actual, expected, strict=True):
        np.testing.assert_allclose(a, e, rtol=1e-4, atol=1e-5)
        assert np.abs(e).max() > 0.1
    np.testing.assert_array_equal(np.asarray(actual[0])[~np.asarray(valid)], 0)


def test_over_padding_the_state_is_held():
    h = np.asarray(lstm_by_hand(*_inputs(2)))
    np.testing.assert_array_equal(h[0, 4:, 1], np.broadcast_to(h[0, 3, 1], (3, HIDDEN)))
    np.testing.assert_array_equal(h[1, :3, 1], 0)
    np.testing.assert_array_equal(h[:, :, 2], 0)


@pytest.fixture(scope="module")
def lstm():
    """A bidirectional LSTM, random parameters (the biases too), and an input."""
    module = LSTM(HIDDEN)
    rng = np.random.default_rng(2)
    x = jnp.float32(rng.standard_normal((BATCH, FRAMES, INPUTS)))
    shapes = jax.eval_shape(module.init, jax.random.key(0), x, jnp.full(BATCH, FRAMES))
    draw = lambda leaf: jnp.float32(rng.standard_normal(leaf.shape))  # noqa: E731
    return module, jax.tree.map(draw, shapes["params"]), x


def test_each_direction_equals_linens_cell(lstm):
    module, params, x = lstm
    lengths = jnp.array([FRAMES, 4, 1])
    outputs, last = module.apply({"params": params}, x, lengths)
    cell = jax.jit(nn.OptimizedLSTMCell(HIDDEN).apply)
    for direction in range(2):
        mapped = {}
        for at, gate in enumerate("ifgo"):
            columns = slice(at * HIDDEN, (at + 1) * HIDDEN)
            mapped["i" + gate] = {"kernel": params["kernel"][:, direction, columns]}
            mapped["h" + gate] = {
                "kernel": params["recurrent"][direction, :, columns],
                "bias": params["bias"][direction, columns],
            }
        for row, length in enumerate(lengths.tolist()):
            frames = range(length) if direction == 0 else reversed(range(length))
            carry = (jnp.zeros(HIDDEN), jnp.zeros(HIDDEN))
            at = slice(direction * HIDDEN, (direction + 1) * HIDDEN)
            for frame in frames:
                carry, h = cell({"params": mapped}, carry, x[row, frame])
                np.testing.assert_allclose(
                    outputs[frame, row, at], h, rtol=1e-5, atol=1e-6
                )
            np.testing.assert_allclose(last[row, at], carry[1], rtol=1e-5, atol=1e-6)


def test_the_first_weights_are_orthogonal_and_remember(lstm):
    module, _, x = lstm
    init = jax.jit(module.init)
    params = init(jax.random.key(0), x, jnp.full(BATCH, FRAMES))["params"]
    for direction in range(2):
        for gate in range(4):
            columns = slice(gate * HIDDEN, (gate + 1) * HIDDEN)
            block = params["recurrent"][direction, :, columns]
            np.testing.assert_allclose(block @ block.T, np.eye(HIDDEN), atol=1e-5)
        bias = params["bias"][direction].reshape(4, HIDDEN)
        assert bias[:, 0].tolist() == [0, 1, 0, 0]
