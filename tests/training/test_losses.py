import jax
import jax.numpy as jnp
import numpy as np

from serjax.methods import labelled_mean
from serjax.training import cross_entropy


def test_cross_entropy_by_hand():
    # softmax of (0, ln 3) is (1/4, 3/4).
    logits = jnp.log(jnp.array([[1.0, 3.0], [1.0, 3.0], [5.0, 5.0]]))
    losses = cross_entropy(logits, jnp.array([0, 1, 1]))
    np.testing.assert_allclose(losses, -np.log([1 / 4, 3 / 4, 1 / 2]), rtol=1e-6)


def test_its_gradient_is_softmax_minus_one_hot():
    logits = jnp.log(jnp.array([[1.0, 3.0], [1.0, 3.0]]))
    labels = jnp.array([0, -1])
    gradient = jax.grad(lambda x: jnp.sum(cross_entropy(x, labels)))(logits)
    np.testing.assert_allclose(gradient, [[-0.75, 0.75], [0, 0]], rtol=1e-6)


def test_half_precision_logits_give_float32_losses():
    losses = cross_entropy(jnp.zeros((2, 4), jnp.bfloat16), jnp.array([0, 3]))
    assert losses.dtype == jnp.float32
    np.testing.assert_allclose(losses, np.log(4), rtol=1e-6)


def test_large_logits_stay_finite():
    losses = cross_entropy(jnp.array([[1e4, -1e4]]), jnp.array([1]))
    np.testing.assert_allclose(losses, [2e4])


def test_a_mean_is_over_labelled_rows_alone():
    losses = jnp.array([1.0, 2.0, 100.0, 6.0])
    assert labelled_mean(losses, jnp.array([0, 2, -1, 1])) == 3.0


def test_without_labels_loss_and_gradient_are_zero():
    labels = jnp.array([-1, -1])

    def loss(logits):
        return labelled_mean(cross_entropy(logits, labels), labels)

    for logits in (jnp.ones((2, 3)), jnp.full((2, 3), jnp.nan)):
        value, gradient = jax.value_and_grad(loss)(logits)
        assert value == 0.0
        np.testing.assert_array_equal(gradient if logits[0, 0] == 1 else value, 0)
