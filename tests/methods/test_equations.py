import jax
import jax.numpy as jnp
import numpy as np
import pytest

from serjax.methods import (
    METHODS,
    adversarial_losses,
    ganin_loss,
    mean_by_value,
    multitask_loss,
    reversal_loss,
)
from serjax.methods.terms import added_loss, taken_loss


def test_eq_1_by_hand():
    # 0.9 * 1 + 0.1 * (2 + 4) / 2
    loss = multitask_loss(jnp.float32(1.0), [jnp.float32(2.0), jnp.float32(4.0)], 0.1)
    np.testing.assert_allclose(loss, 1.2, rtol=1e-6)


def test_eq_2_has_the_value_of_eq_1():
    losses = jnp.array([2.0, 4.0, 9.0])
    one = jnp.float32(1.0)
    assert reversal_loss(one, losses, 0.3) == multitask_loss(one, losses, 0.3)


def test_eq_3_by_hand():
    # 0.5 * 1 - 0.5 * (2 + 4) / 2; the discriminators' is 2 + 4.
    losses = adversarial_losses(jnp.float32(1.0), jnp.array([2.0, 4.0]), 0.5)
    np.testing.assert_allclose(losses.classifier, -1.0, rtol=1e-6)
    np.testing.assert_allclose(losses.discriminator, 6.0)


def test_each_attribute_may_have_its_own_alpha():
    # (0.2 + 0.6) / 2 = 0.4 is taken from emotion; 0.1 * 2 + 0.3 * 4 is added.
    losses, alphas = jnp.array([2.0, 4.0]), jnp.array([0.2, 0.6])
    loss = multitask_loss(jnp.float32(1.0), losses, alphas)
    np.testing.assert_allclose(loss, 0.6 + 0.2 + 1.2, rtol=1e-6)


@pytest.mark.parametrize("num_attributes", [1, 2, 4])
def test_the_gradients_are_those_of_the_equations(num_attributes):
    losses = jnp.arange(1.0, num_attributes + 1)
    to_emotion, to_losses = jax.grad(multitask_loss, (0, 1))(1.0, losses, 0.1)
    np.testing.assert_allclose(to_emotion, 0.9, rtol=1e-6)
    np.testing.assert_allclose(to_losses, np.full(num_attributes, 0.1 / num_attributes))


def test_losses_that_are_not_reduced_are_refused():
    with pytest.raises(ValueError, match=r"shape \(2, 8\).*labelled_mean"):
        multitask_loss(jnp.float32(1.0), [jnp.ones(8), jnp.ones(8)], 0.1)


def test_ganins_heads_learn_at_full_strength():
    # 1 + (2 + 4) / 2
    losses = jnp.array([2.0, 4.0])
    np.testing.assert_allclose(ganin_loss(jnp.float32(1.0), losses), 4.0)
    to_emotion, to_losses = jax.grad(ganin_loss, (0, 1))(1.0, losses)
    assert (to_emotion, to_losses.tolist()) == (1.0, [0.5, 0.5])


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_a_loss_is_the_formula_of_what_is_taken_or_added(method):
    emotion, terms = jnp.float32(0.7), jnp.array([2.0, 4.0, 1.0])
    strengths = jnp.array([0.1, 0.3, 0.2])
    loss = method.combine(emotion, terms, strengths)
    if method.has_optimiser:
        loss, of_discriminators = loss
        assert of_discriminators == terms.sum()
        terms = -terms
    formula = taken_loss if method.is_taken else added_loss
    np.testing.assert_allclose(loss, formula(emotion, terms, strengths), rtol=1e-6)


def test_means_by_value_leave_out_what_is_unknown():
    losses, labels = jnp.array([1.0, 3.0, 50.0, 4.0]), jnp.array([2, 2, -1, 0])
    means, present = mean_by_value(losses, labels, 4)
    assert means.tolist() == [4.0, 0.0, 2.0, 0.0]
    assert present.tolist() == [True, False, True, False]
