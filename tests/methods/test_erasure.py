import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from serjax.methods import Frozen, erase

ROWS = 300


def frozen_of(num_emotions=3, **attributes):
    """Rows that both emotion and attributes move; one dimension is always 0."""
    rng = np.random.default_rng(0)
    emotions = rng.integers(num_emotions, size=ROWS)
    x = rng.standard_normal((ROWS, 6))
    for place, labels in enumerate((emotions, *attributes.values())):
        x[:, place] += 2 * labels
        x[:, 4] += labels
    x[:, 5] = 0
    kernel, bias = np.zeros((6, num_emotions)), np.zeros(num_emotions)
    return Frozen(x.astype(np.float32), emotions, attributes, kernel, bias)


def nats(x, labels):
    model = LogisticRegression(C=1e3, max_iter=5000).fit(x, labels)
    return log_loss(labels, model.predict_proba(x))


def test_a_linear_probe_is_at_chance_on_the_rows_of_fitting():
    rng = np.random.default_rng(1)
    corpus, gender = rng.integers(3, size=ROWS), rng.integers(-1, 2, size=ROWS)
    frozen = frozen_of(corpus=corpus, gender=gender)
    done = erase(frozen)
    erased = frozen.embeddings @ done.matrix + done.offset
    for labels in (corpus, gender):
        known = labels >= 0
        labels = labels[known]
        shares = np.bincount(labels) / len(labels)
        prior = -np.sum(shares * np.log(shares))
        assert nats(frozen.embeddings[known], labels) < 0.8 * prior
        assert nats(erased[known], labels) == pytest.approx(prior, abs=1e-5)
        one_hot = np.eye(len(shares))[labels]
        centred = one_hot - one_hot.mean(0)
        np.testing.assert_allclose(erased[known].T @ centred / ROWS, 0, atol=1e-6)
    # The mean stays, and emotion is still read, by the new head.
    np.testing.assert_allclose(erased.mean(0), frozen.embeddings.mean(0), atol=1e-5)
    guess = np.argmax(erased @ done.kernel + done.bias, 1)
    assert np.mean(guess == frozen.emotions) > 0.7


def test_no_other_affine_map_that_erases_changes_less():
    corpus = np.random.default_rng(1).integers(2, size=ROWS)
    frozen = frozen_of(corpus=corpus)
    x = frozen.embeddings.astype(float)
    done = erase(frozen)
    change = np.mean((x @ done.matrix + done.offset - x) ** 2)
    # The plain projection along the difference of means erases as well.
    difference = x[corpus == 1].mean(0) - x[corpus == 0].mean(0)
    along = np.outer(difference, difference) / (difference @ difference)
    assert 0 < change < np.mean(((x - x.mean(0)) @ along) ** 2)


def test_a_constant_attribute_changes_nothing():
    done = erase(frozen_of(corpus=np.zeros(ROWS, int)))
    np.testing.assert_array_equal(done.matrix, np.eye(6))
    np.testing.assert_array_equal(done.offset, 0)


def test_the_new_head_of_two_emotions_has_two_logits():
    frozen = frozen_of(2, corpus=np.random.default_rng(1).integers(2, size=ROWS))
    done = erase(frozen)
    assert done.kernel.shape == (6, 2) and done.bias.shape == (2,)
    x = frozen.embeddings @ done.matrix + done.offset
    logits = x @ done.kernel + done.bias
    expected = LogisticRegression(max_iter=5000).fit(x, frozen.emotions)
    probabilities = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    np.testing.assert_allclose(probabilities, expected.predict_proba(x), atol=1e-3)
