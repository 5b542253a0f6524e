import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads

from serjax.models.convolution import (
    convolve,
    convolve_direct,
    convolve_minimal,
    minimal_filter,
)

WIDTHS = [2, 3, 4, 5]


def _draw(*shape, seed=0):
    values = np.random.default_rng(seed).standard_normal(shape)
    return jnp.asarray(values.astype(np.float32))


@pytest.mark.parametrize("width", WIDTHS)
def test_the_matrices_filter_as_the_definition_does(width):
    back, of_kernel, of_input = minimal_filter(width)
    rng = np.random.default_rng(0)
    kernel, signal = rng.standard_normal(width), rng.standard_normal(width + 3)
    expected = np.correlate(signal, kernel, "valid")
    actual = back @ ((of_kernel @ kernel) * (of_input @ signal))
    np.testing.assert_allclose(actual, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("frames", [1, 4, 7, 50])
def test_values_and_gradients_equal_the_direct_convolution(frames, width):
    x, kernel = _draw(3, frames, 40), _draw(width, 40, 24, seed=1)
    y_bar = _draw(3, frames, 24, seed=2)

    def both(function):
        y, pull_back = jax.vjp(function, x, kernel)
        return y, *pull_back(y_bar)

    for actual, expected in zip(
        jax.jit(both, static_argnums=0)(convolve_minimal),
        both(convolve_direct),
        strict=True,
    ):
        assert actual.shape == expected.shape
        error = np.abs(actual - expected).max() / np.abs(expected).max()
        assert error < 1e-5


def test_gradients_are_those_of_the_values():
    # Linear in x and in the kernel: a numerical gradient is exact but for rounding.
    x, kernel = _draw(2, 9, 3), _draw(5, 3, 2, seed=1)
    check_grads(convolve_minimal, (x, kernel), 1, modes=["rev"], eps=0.1, rtol=1e-3)


def test_rounding_stays_small_at_the_papers_size():
    x, kernel = _draw(2, 200, 256), _draw(5, 256, 256, seed=1)
    exact = convolve_direct(x.astype(jnp.float32), kernel)
    error = np.abs(jax.jit(convolve_minimal)(x, kernel) - exact).max()
    assert error < 1e-5 * np.abs(exact).max()


def test_frames_beyond_a_row_of_zeros_do_not_reach_it():
    # Each output sees its own frames alone, though windows are transformed together.
    x = jnp.zeros((1, 24, 4)).at[:, 12:].set(1e6)
    y = convolve(x, _draw(5, 4, 4))
    np.testing.assert_allclose(y[:, :10], 0, atol=1)
    assert np.abs(y[:, 12:]).max() > 1e6


@pytest.mark.parametrize("width", [1, 7])
def test_other_widths_are_convolved_directly(width):
    x, kernel = _draw(2, 20, 3), _draw(width, 3, 4, seed=1)
    np.testing.assert_array_equal(convolve(x, kernel), convolve_direct(x, kernel))
