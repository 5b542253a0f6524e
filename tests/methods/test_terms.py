"""Terms of the literature's methods, against values and gradients by hand."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from serjax.methods import METHODS, Seen, groupdro_term
from serjax.methods.mmd import GAMMAS

ROWS, DIMS, VALUES = 12, 3, 4


@functools.cache
def program(name):
    """Term and state, and the gradient by embedding and emotion losses."""
    method = METHODS[name]
    assert method.term
    term = method.term

    def of(x, losses, labels, state, eta):
        none = jnp.zeros(ROWS)
        seen = Seen(labels, VALUES, none, x, none[:, None], losses, labels)
        if method.init_state:
            return groupdro_term(seen, state, eta)
        return term(seen), state

    return jax.jit(jax.value_and_grad(of, (0, 1), has_aux=True))


def measure(name, x, labels, losses=None, state=None, eta=0.01):
    """Term, state and gradients for some rows; the others are unlabelled and wild."""
    all_x, all_losses = 9 * np.ones((ROWS, DIMS)), 9 * np.ones(ROWS)
    x = np.asarray(x)
    all_x[: len(x)] = np.pad(x, ((0, 0), (0, DIMS - x.shape[1])))
    all_losses[: len(x)] = 0 if losses is None else losses
    all_labels = np.full(ROWS, -1)
    all_labels[: len(x)] = labels
    state = np.log(np.full(VALUES, 1 / VALUES)) if state is None else state
    arrays = (jnp.float32(it) for it in (all_x, all_losses))
    operands = (*arrays, jnp.int32(all_labels), jnp.float32(state), eta)
    (term, state), gradients = program(name)(*operands)
    return float(term), np.asarray(state), *map(np.asarray, gradients)


def coral_of(x, y):
    """DomainBed's form, of two samples."""
    means = np.mean((x.mean(0) - y.mean(0)) ** 2)
    return means + np.mean((np.cov(x.T) - np.cov(y.T)) ** 2)


def mmd_of(x, y):
    """DomainBed's form, of two samples."""

    def kernel(a, b):
        squares = [[np.sum((i - j) ** 2) for j in b] for i in a]
        return np.mean([np.exp(-g * np.array(squares)) for g in GAMMAS], (1, 2)).sum()

    return kernel(x, x) + kernel(y, y) - 2 * kernel(x, y)


OF_PAIRS = {"coral": coral_of, "mmd": mmd_of}


def test_distances_by_hand():
    # In one of three dimensions means 1 and 3, variances 2 and 8; 0 in the others.
    term, *_ = measure("coral", [[0], [2], [1], [5]], [0, 0, 1, 1])
    assert term == pytest.approx(2**2 / 3 + 6**2 / 9, rel=1e-5)
    # Two points a squared distance of 0.01 apart.
    term, *_ = measure("mmd", [[0], [0.1]], [0, 1])
    expected = sum(2 * (1 - np.exp(-gamma / 100)) for gamma in GAMMAS)
    assert term == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("name", OF_PAIRS)
def test_a_distance_is_the_mean_over_pairs_and_so_is_its_gradient(name):
    of_pair = OF_PAIRS[name]
    # Three values of four, with 3, 4 and 2 rows; two rows are unlabelled.
    labels = np.array([0, 1, 3, -1, 0, 1, 1, 3, 0, -1, 1])
    x = 0.3 * np.random.default_rng(0).standard_normal((11, DIMS))

    def expected(x):
        a, b, c = (x[labels == value] for value in (0, 1, 3))
        return (of_pair(a, b) + of_pair(a, c) + of_pair(b, c)) / 3

    term, _, gradient, _ = measure(name, x, labels)
    assert term == pytest.approx(expected(x), rel=1e-4)
    step = 1e-5
    for at in np.ndindex(x.shape):
        moved = np.zeros_like(x)
        moved[at] = step
        slope = (expected(x + moved) - expected(x - moved)) / (2 * step)
        assert gradient[at] == pytest.approx(slope, rel=2e-3, abs=2e-5)


@pytest.mark.parametrize("name", OF_PAIRS)
def test_distances_of_equal_samples_are_zero(name):
    x = np.random.default_rng(0).standard_normal((3, DIMS))
    labels = [0] * 3 + [2] * 3
    assert measure(name, [*x, *x], labels)[0] == pytest.approx(0, abs=1e-5)
    assert measure(name, [*x, *(x + 1)], labels)[0] > 0.5


@pytest.mark.parametrize("labels", [[0], [-1], [0, 0, -1], [0, 1], [-1, -1]])
@pytest.mark.parametrize("name", ["coral", "mmd", "groupdro"])
def test_few_rows_give_a_finite_term_with_a_finite_gradient(name, labels):
    x = np.arange(1.0, len(labels) + 1)[:, None]
    term, *arrays = measure(name, x, labels, x[:, 0])
    for it in (term, *arrays):
        assert np.isfinite(it).all()
    _, *gradients = arrays
    has_part = {"coral": False, "mmd": 1 in labels, "groupdro": 0 in labels}[name]
    assert (term > 0) == has_part == any(it.any() for it in gradients)


def test_groupdro_by_hand():
    # Means 2 and 5 of values 0 and 2; the others are not there: their losses count 0.
    first = np.array([0.2, 0.3, 0.4, 0.1])
    x, labels, losses = np.zeros((4, 1)), [0, 0, -1, 2], [1.0, 3.0, 8.0, 5.0]
    term, state, _, gradient = measure(
        "groupdro", x, labels, losses, np.log(first), 0.1
    )
    grown = first * np.exp([0.2, 0, 0.5, 0])
    np.testing.assert_allclose(np.exp(state), grown / grown.sum(), rtol=1e-5)
    weights = grown[[0, 2]] / grown[[0, 2]].sum()
    assert term == pytest.approx(2 * weights[0] + 5 * weights[1], rel=1e-5)
    # The new weights are no part of what is differentiated.
    expected = [weights[0] / 2, weights[0] / 2, 0, weights[1], *[0] * (ROWS - 4)]
    np.testing.assert_allclose(gradient, expected, rtol=1e-5)


def test_groupdro_without_steps_is_the_mean_of_the_values_mean_losses():
    x, labels, losses = np.zeros((4, 1)), [0, 0, -1, 2], [1.0, 3.0, 8.0, 5.0]
    term, state, *_ = measure("groupdro", x, labels, losses, eta=0.0)
    assert term == pytest.approx((2 + 5) / 2, rel=1e-6)
    np.testing.assert_allclose(np.exp(state), 1 / VALUES, rtol=1e-6)
    first = METHODS["groupdro"].init_state
    assert first is not None
    np.testing.assert_allclose(state, first(VALUES), rtol=1e-6)


def test_groupdros_weights_outlive_a_long_training():
    state = None
    for _ in range(20):  # e^-400 is no float32
        _, state, *_ = measure("groupdro", [[0], [0]], [0, 1], [0, 2000], state)
    assert measure("groupdro", [[0]], [0], [3.0], state)[0] == pytest.approx(3)
