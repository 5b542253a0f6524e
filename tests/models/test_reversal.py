import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads

from serjax.models import reverse_gradient

SCALES = (0.0, 0.1, 0.5, 1.0, -1.0, 3.7)
DTYPES = (jnp.float32, jnp.bfloat16)


def _draw(dtype, shape=(5, 7), seed=0):
    return jax.random.normal(jax.random.key(seed), shape).astype(dtype)


def _expected(scale, cotangent):
    """-scale * cotangent in float32, rounded once to the cotangent's dtype."""
    wide = -np.asarray(scale, np.float32) * np.asarray(cotangent).astype(np.float32)
    return wide.astype(cotangent.dtype)


def _pull_back(x, scale, cotangent):
    _, vjp = jax.vjp(lambda x: reverse_gradient(x, scale), x)
    return vjp(cotangent)[0]


def _assert_same_bits(actual, expected):
    assert actual.dtype == expected.dtype
    assert actual.shape == expected.shape
    assert np.asarray(actual).tobytes() == np.asarray(expected).tobytes()


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_forward_value_is_untouched(dtype):
    x = _draw(dtype).at[0, 0].set(jnp.nan).at[0, 1].set(-0.0)
    _assert_same_bits(reverse_gradient(x, 0.3), x)
    _assert_same_bits(jax.jit(reverse_gradient)(x, 0.3), x)
    _assert_same_bits(jax.vmap(reverse_gradient)(x, jnp.arange(5.0)), x)


@pytest.mark.parametrize("transform", [lambda f: f, jax.jit])
@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_the_cotangent_is_exactly_minus_scale_times(dtype, scale, transform):
    x, cotangent = _draw(dtype), _draw(dtype, seed=1)
    actual = transform(_pull_back)(x, scale, cotangent)
    _assert_same_bits(actual, _expected(scale, cotangent))


@pytest.mark.parametrize("dtype", DTYPES)
def test_under_vmap_each_row_has_its_own_scale(dtype):
    x, cotangent = _draw(dtype), _draw(dtype, seed=1)
    scales = jnp.array([0.0, 0.1, 1.0, -1.0, 2.5])
    expected = _expected(scales[:, None], cotangent)
    _assert_same_bits(jax.vmap(_pull_back)(x, scales, cotangent), expected)
    _assert_same_bits(jax.jit(jax.vmap(_pull_back))(x, scales, cotangent), expected)


def test_a_scale_may_broadcast():
    x, cotangent = _draw(jnp.float32), _draw(jnp.float32, seed=1)
    scales = jnp.linspace(-1, 1, 5)[:, None]
    _assert_same_bits(_pull_back(x, scales, cotangent), _expected(scales, cotangent))


def test_half_precision_rounds_once_and_not_the_scale():
    # 0.7 in bfloat16 is 0.69922; times 9 it is 6.28125 rounded, while 6.3 is 6.3125.
    cotangent = jnp.array([9.0], jnp.bfloat16)
    actual = _pull_back(cotangent, 0.7, cotangent)
    _assert_same_bits(actual, jnp.array([-6.3], jnp.bfloat16))


def test_an_integer_scale_is_a_scale():
    gradient = jax.grad(lambda x: reverse_gradient(x, 1) ** 2)(3.0)
    assert gradient == -6.0


def test_the_scale_gets_no_gradient():
    gradient = jax.grad(lambda s: jnp.sum(reverse_gradient(jnp.ones(3), s)))(0.5)
    assert gradient == 0.0


def test_many_scales_are_one_trace():
    traces = 0

    @jax.jit
    def gradient(x, scale):
        nonlocal traces
        traces += 1
        return jax.grad(lambda x: jnp.sum(jnp.sin(reverse_gradient(x, scale))))(x)

    x = _draw(jnp.float32)
    for scale in SCALES:
        np.testing.assert_allclose(gradient(x, scale), -scale * np.cos(x), rtol=1e-6)
    assert traces == 1


def test_at_minus_one_it_has_the_numerical_gradient_of_the_identity():
    def function(x):
        return jnp.sum(jnp.sin(reverse_gradient(x, -1.0)) ** 2)

    check_grads(function, (_draw(jnp.float32, (4,)),), order=1, modes=["rev"])


def test_two_reversals_cancel():
    gradient = jax.grad(lambda x: reverse_gradient(reverse_gradient(x, 0.5), 0.5))(1.0)
    assert gradient == 0.25
