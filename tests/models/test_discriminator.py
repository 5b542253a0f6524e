import jax
import jax.numpy as jnp
import numpy as np
import pytest

from serjax.models import Discriminator


def _shapes(num_values, **settings):
    module = Discriminator(num_values, **settings)
    probabilities = jnp.zeros((4, 3))
    variables = jax.eval_shape(module.init, jax.random.key(0), probabilities)
    logits = jax.eval_shape(module.apply, variables, probabilities)
    return sum(leaf.size for leaf in jax.tree.leaves(variables)), logits.shape


@pytest.mark.parametrize(
    # 3 * 1000 + 1000, 1000 * 1000 + 1000, N * 1001.
    ("num_values", "expected"),
    [(2, 1_007_002), (61, 1_066_061)],
)
def test_a_discriminator_has_the_size_of_the_papers(num_values, expected):
    assert _shapes(num_values) == (expected, (4, num_values))


def test_every_discriminator_has_about_a_million_parameters():
    for num_values in (2, 7, 30, 61):
        assert 1_000_000 <= _shapes(num_values)[0] <= 1_070_000


def test_hidden_sizes_are_settings():
    assert _shapes(2, features=(5,)) == (4 * 5 + 6 * 2, (4, 2))


def test_it_is_two_relu_layers_and_an_output():
    module, rng = Discriminator(4, (6, 5)), np.random.default_rng(0)
    x = rng.dirichlet(np.ones(3), 2).astype(np.float32)
    params = {
        name: {
            "kernel": rng.standard_normal(shape, np.float32),
            "bias": rng.standard_normal(shape[1], np.float32),
        }
        for name, shape in (
            ("hidden0", (3, 6)),
            ("hidden1", (6, 5)),
            ("output", (5, 4)),
        )
    }
    expected = x
    for name in ("hidden0", "hidden1", "output"):
        layer = params[name]
        expected = expected @ layer["kernel"] + layer["bias"]
        expected = expected if name == "output" else np.maximum(expected, 0)
    actual = module.apply({"params": params}, jnp.asarray(x))
    np.testing.assert_allclose(np.asarray(actual), expected, rtol=1e-5, atol=1e-6)
