import numpy as np
import pytest
from sklearn.metrics import accuracy_score, balanced_accuracy_score, recall_score

from serjax.evaluation import confusion_matrix, score, unweighted_accuracy


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("num_classes", [3, 4])
@pytest.mark.parametrize("present", [(0, 1, 2, 3), (0, 1, 2), (0, 2), (1,)])
def test_ua_is_scikit_learns_macro_recall_over_the_classes_present(
    present, num_classes, seed
):
    rng = np.random.default_rng(seed)
    labels = rng.choice([label for label in present if label < num_classes], 50)
    predicted = rng.integers(0, num_classes, 50)
    expected = recall_score(
        labels,
        predicted,
        labels=np.unique(labels),
        average="macro",
        zero_division=0,  # pyright: ignore
    )
    scores = score(labels, predicted, num_classes)
    assert len(scores.recall) == num_classes
    assert scores.ua == pytest.approx(100 * float(expected))
    assert scores.wa == pytest.approx(100 * float(accuracy_score(labels, predicted)))


def test_with_every_class_present_ua_is_balanced_accuracy():
    rng = np.random.default_rng(0)
    labels, predicted = rng.permutation(np.arange(60) % 3), rng.integers(0, 3, 60)
    expected = balanced_accuracy_score(labels, predicted)
    assert score(labels, predicted, 3).ua == pytest.approx(100 * expected)


def test_scores_by_hand():
    labels = np.array([0, 0, 0, 0, 2, 2])
    predicted = np.array([0, 0, 0, 1, 0, 2])
    scores = score(labels, predicted, 3)
    assert scores.confusion.tolist() == [[3, 1, 0], [0, 0, 0], [1, 0, 1]]
    assert scores.recall == (75.0, None, 50.0)
    assert scores.ua == 62.5
    assert scores.wa == pytest.approx(100 * 4 / 6)
    assert not scores.collapsed


def test_a_class_that_is_never_predicted_counts_zero():
    scores = score(np.array([0, 1, 2]), np.array([0, 1, 1]), 3)
    assert scores.recall == (100.0, 100.0, 0.0)
    assert scores.ua == pytest.approx(200 / 3)


def test_rows_are_labels_and_columns_predictions():
    confusion = confusion_matrix(np.array([0]), np.array([2]), 3)
    assert confusion.tolist() == [[0, 0, 1], [0, 0, 0], [0, 0, 0]]


def test_no_utterances_have_no_ua():
    with pytest.raises(ValueError, match="is this part empty"):
        unweighted_accuracy(np.zeros((3, 3), int))


@pytest.mark.parametrize(("others", "collapsed"), [(0, True), (5, True), (6, False)])
def test_a_model_is_collapsed_from_95_percent_of_one_answer_on(others, collapsed):
    predicted = np.array([1] * (100 - others) + [2] * others)
    labels = np.arange(100) % 3
    assert score(labels, predicted, 3).collapsed == collapsed
