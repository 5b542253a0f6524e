import numpy as np
import pytest
from scipy.special import softmax

from serjax.data import Batch
from serjax.evaluation.prediction import Predictions, predict


def _logits(rows):
    """A row's logits and embedding depend on the row alone."""
    rows = np.asarray(rows, np.float32)
    return np.stack([rows % 3, rows % 5, rows % 7], 1), np.stack([rows, -rows], 1)


@pytest.fixture
def predictions():
    """Predictions of rows 0 to 9, from batches in another order with padding rows."""
    batches = [
        Batch(np.array([7, 2, 9, 0], np.int32), 8),
        Batch(np.array([4, 1, -1, 8], np.int32), 16),
        Batch(np.array([3, -1, 5, 6], np.int32), 8),
        Batch(np.array([-1, -1, -1, -1], np.int32), 8),
    ]
    return predict(lambda batch: _logits(batch.rows), batches)  # pyright: ignore


def test_every_row_appears_once_and_in_order(predictions):
    assert predictions.rows.tolist() == list(range(10))
    assert predictions.probabilities.shape == (10, 3)


def test_every_row_keeps_its_own_answer(predictions):
    logits, embeddings = _logits(range(10))
    np.testing.assert_allclose(
        predictions.probabilities, softmax(logits, axis=1), rtol=1e-6
    )
    np.testing.assert_array_equal(predictions.embeddings, embeddings)
    np.testing.assert_array_equal(predictions.predicted, logits.argmax(1))


def test_all_batches_are_asked_before_the_first_answer_is_read():
    asked = []

    class Answer:
        def __array__(self, dtype=None, copy=None):
            assert len(asked) == 3
            return np.zeros((1, 3), np.float32)

    def predict_batch(batch):
        asked.append(batch)
        return Answer(), Answer()

    predict(predict_batch, [Batch(np.array([row]), 8) for row in range(3)])  # pyright: ignore
    assert len(asked) == 3


def test_taking_a_part_keeps_the_order(predictions):
    part = predictions.take(np.array([8, 3, 5]))
    assert isinstance(part, Predictions)
    assert part.rows.tolist() == [3, 5, 8]
    np.testing.assert_array_equal(part.embeddings[:, 0], [3, 5, 8])
    np.testing.assert_array_equal(part.predicted, predictions.predicted[[3, 5, 8]])
