import numpy as np
import pytest
from scipy.special import softmax
from sklearn.metrics import roc_auc_score

from serjax.evaluation.measures import (
    FLOOR,
    auc,
    class_shares,
    even_offsets,
    measure_rows,
    nll,
    ua_even,
)
from serjax.records.predictions import Rows


@pytest.mark.parametrize("present", [(0, 1, 2), (0, 2)])
def test_auc_is_scikit_learns_one_against_rest_over_the_classes_present(present):
    rng = np.random.default_rng(0)
    labels = rng.choice(present, 80)
    probabilities = np.round(rng.dirichlet(np.ones(3), 80), 1)  # with many ties
    each = [roc_auc_score(labels == it, probabilities[:, it]) for it in present]
    assert auc(labels, probabilities) == pytest.approx(np.mean(each), abs=1e-12)


def test_auc_by_hand_and_where_it_is_undefined():
    # Of class 0's 0.9 and 0.4 against 0.5: one of two pairs; of class 1 the same.
    probabilities = np.array([[0.9, 0.1], [0.4, 0.6], [0.5, 0.5]])
    assert auc(np.array([0, 0, 1]), probabilities) == 0.5
    assert auc(np.array([1, 1, 1]), probabilities) is None
    assert auc(np.array([0, 0, 1]), np.full((3, 2), 0.5)) == 0.5


def test_offsets_repair_a_displaced_threshold_by_hand():
    # Class 0's odds are 1/9 and class 1's 3/7: all are taken for class 0. The mean is
    # even where c/(9+c) + 3c/(7+3c) = 1: 3 c^2 = 63.
    probabilities = np.array([[0.9, 0.1], [0.7, 0.3]] * 2)
    labels = np.array([0, 1] * 2)
    low, high = even_offsets(probabilities)
    assert high - low == pytest.approx(np.log(21) / 2, abs=1e-7)
    assert low + high == pytest.approx(0.0, abs=1e-12)
    assert np.mean(probabilities.argmax(1) == labels) == 0.5
    assert ua_even(labels, probabilities) == 100.0


def test_ua_even_does_not_see_a_constant_added_to_the_log_probabilities():
    rng = np.random.default_rng(1)
    labels, logits = rng.integers(0, 3, 90), rng.normal(size=(90, 3))
    shift = np.array([2.0, -1.0, 0.5])
    moved = softmax(logits + shift, axis=1)
    expected = even_offsets(softmax(logits, axis=1))
    centred = shift - shift.mean()
    assert even_offsets(moved) + centred == pytest.approx(expected, abs=1e-6)
    assert ua_even(labels, moved) == ua_even(labels, softmax(logits, axis=1))
    assert not np.array_equal(moved.argmax(1), logits.argmax(1))


@pytest.mark.parametrize("scale", [0.1, 3.0, 100.0])
def test_the_offsets_make_any_mean_prediction_even(scale):
    rng = np.random.default_rng(2)
    for num in (1, 7, 60):
        logits = scale * (rng.normal(size=(num, 4)) + rng.normal(size=4))
        # As predictions.csv has them: with zeros.
        probabilities = np.round(softmax(logits, axis=1), 6)
        logs = np.log(np.maximum(probabilities, FLOOR))
        mean = softmax(logs + even_offsets(probabilities), axis=1).mean(0)
        assert mean == pytest.approx([0.25] * 4, abs=1e-8)


def test_the_priors_nll_is_its_entropy_where_a_part_has_its_shares():
    prior = class_shares({"a": {"x": 2, "y": 1}, "b": {"x": 4, "y": 2}}, ("x", "y"))
    assert prior is not None
    entropy = -(2 / 3 * np.log(2 / 3) + 1 / 3 * np.log(1 / 3))
    labels = np.array([0, 1, 0] * 5)
    assert nll(labels, np.broadcast_to(prior, (15, 2))) == pytest.approx(entropy)
    assert class_shares({}, ("x", "y")) is None


def test_a_probability_of_zero_is_finite():
    assert nll(np.array([0]), np.array([[0.0, 1.0]])) == pytest.approx(-np.log(5e-7))


def test_rows_are_measured_by_part_and_test_by_corpus():
    corpora = np.array(["a", "a", "b", "b", "tess", "tess"])
    rows = Rows(
        files=corpora,
        parts=np.array(["test"] * 4 + ["ood"] * 2),
        attributes={"corpus": corpora, "speaker": corpora},
        labels=np.array([0, 1, 0, 1, 0, 1]),
        predicted=np.array([0, 1, 0, 0, 1, 0]),
        probabilities=np.array([[0.8, 0.2], [0.2, 0.8]] * 2 + [[0.2, 0.8], [0.8, 0.2]]),
        classes=("x", "y"),
    )
    found = measure_rows(rows, ["test", "tess", "gone"], np.array([0.5, 0.5]))
    assert found["auc"] == {"test": 1.0, "tess": 0.0, "gone": None}
    assert found["ua_test_by_corpus"] == {"a": 100.0, "b": 50.0}
    # -ln 0.8 and -ln 0.2; the prior's ln 2 everywhere.
    assert found["nll"]["test"] == pytest.approx(-np.log(0.8))
    assert found["nll"]["tess"] == pytest.approx(-np.log(0.2))
    assert found["nll_prior"]["tess"] == pytest.approx(np.log(2))
    unknown = measure_rows(rows, ["test"], None)
    assert unknown["nll_prior"] == {"test": None}
