import jax
import jax.numpy as jnp
import numpy as np
import pytest

from serjax.config import ModelSettings
from serjax.models import Encoder


def _first_weights(initialisation):
    sizes = {"conv_features": (64, 64), "lstm_features": 16}
    encoder = Encoder(ModelSettings(initialisation=initialisation, **sizes))
    features, lengths = jnp.ones((1, 16, 40)), jnp.array([16])
    variables = jax.jit(encoder.init)(jax.random.key(0), features, lengths)
    return jax.tree.map(np.asarray, variables["params"])


# Kernel of the second convolution: 5 frames of 64 channels come in.
@pytest.mark.parametrize(
    ("initialisation", "variance"), [("he", 2 / 320), ("pytorch", 1 / (3 * 320))]
)
def test_kernels_have_the_variance_that_their_fan_in_asks_for(initialisation, variance):
    kernel = _first_weights(initialisation)["conv1"]["kernel"]
    np.testing.assert_allclose(np.var(kernel), variance, rtol=0.05)


def test_pytorchs_are_uniform_within_its_bounds():
    params = _first_weights("pytorch")
    bound = 320**-0.5
    for name in ("kernel", "bias"):
        assert 0.9 * bound < np.abs(params["conv1"][name]).max() <= bound
    for name in ("kernel", "recurrent", "bias"):  # 1 / sqrt(16)
        assert 0.22 < np.abs(params["lstm"][name]).max() <= 0.25
