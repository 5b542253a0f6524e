import jax
import jax.numpy as jnp
import numpy as np
import pytest

from serjax.config import Role, TrainingSettings
from serjax.training import adversarial_losses, multitask_loss, reversal_loss
from serjax.training.objectives import by_name, make_choices, total_alpha, weighted_loss

NAMES = ("corpus", "speaker", "gender", "language")


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


def test_a_weighted_loss_of_nothing_is_the_emotion_loss():
    assert weighted_loss(jnp.float32(0.7), jnp.zeros(0), jnp.zeros(0)) == jnp.float32(
        0.7
    )


def test_the_baseline_chooses_nothing():
    choices = make_choices(TrainingSettings(), NAMES, 0)
    assert choices.weights.tolist() == [0, 0, 0, 0]
    assert choices.scales.tolist() == [-1, -1, -1, -1]
    assert choices.adversarial.tolist() == [0, 0, 0, 0]
    assert total_alpha(TrainingSettings(), 10) == 0


@pytest.mark.parametrize(
    ("approach", "alpha", "scale", "adversarial"),
    [("multitask", 0.1, -1, 0), ("reversal", 0.5, 1, 0), ("adversarial", 0.5, -1, 1)],
)
def test_an_approach_shares_its_alpha_among_its_attributes(
    approach, alpha, scale, adversarial
):
    training = TrainingSettings(approach=approach, attributes=("speaker", "language"))
    choices = make_choices(training, NAMES, training.epochs - 1)
    np.testing.assert_allclose(choices.weights, [0, alpha / 2, 0, alpha / 2])
    assert choices.scales.tolist() == [-1, scale, -1, scale]
    assert choices.adversarial.tolist() == [0, adversarial, 0, adversarial]
    assert total_alpha(training, training.epochs - 1) == pytest.approx(alpha)


def test_mixed_roles_have_each_their_own():
    training = TrainingSettings(
        roles=(
            Role("gender", "multitask"),
            Role("speaker", "reversal", 0.3),
            Role("corpus", "adversarial", 0.9),
            Role("language", "off"),
        ),
        epochs=11,
    )
    choices = make_choices(training, NAMES, 5)
    np.testing.assert_allclose(choices.weights, [0.3, 0.05, 0.1 / 3, 0], rtol=1e-6)
    assert choices.scales.tolist() == [-1, 1, -1, -1]
    assert choices.adversarial.tolist() == [1, 0, 0, 0]
    assert total_alpha(training, 5) == pytest.approx(0.3 + 0.05 + 0.1 / 3)


def test_reversals_alpha_rises_linearly_over_the_nominal_epochs():
    training = TrainingSettings(approach="reversal", attributes=("gender",), epochs=6)
    alphas = [total_alpha(training, epoch) for epoch in range(8)]
    np.testing.assert_allclose(alphas, [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.5, 0.5])


def test_by_name_keeps_the_order_of_the_arrays():
    named = by_name(jnp.array([1.0, 2.0]), ("speaker", "corpus"))
    assert (named["speaker"], named["corpus"]) == (1, 2)
