import numpy as np
import pytest
from sklearn.metrics import silhouette_score

from serjax.analysis.silhouette import silhouette


def test_the_silhouette_counts_rows_with_a_known_value_alone():
    rows = np.random.default_rng(0).normal(size=(20, 4))
    rows[10:] += 5
    names = np.repeat(["a", "b"], 10)
    expected = silhouette_score(rows[:-5], names[:-5])
    names[-5:] = ""
    assert silhouette(rows, names) == pytest.approx(expected)


@pytest.mark.parametrize("values", [["a"] * 4, ["a", "", "", ""], list("abcd")])
def test_without_two_values_and_a_pair_there_is_no_silhouette(values):
    assert silhouette(np.eye(4), values) is None
