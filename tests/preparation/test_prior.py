import numpy as np
import pytest

from serjax.preparation.prior import (
    describe_information,
    mutual_information,
    share_lines,
)

CLASSES = ("negative", "positive")


def test_independent_counts_tell_nothing_and_a_confound_tells_all():
    apart = np.outer([3, 1, 6], [2, 5])
    assert mutual_information(apart) == pytest.approx(0, abs=1e-12)
    entropy = -(0.75 * np.log(0.75) + 0.25 * np.log(0.25))
    assert mutual_information(np.array([[3, 0], [0, 1]])) == pytest.approx(entropy)
    # Two corpora of 2:1 and 1:2: ln 2 - H(1/3).
    third = -(2 / 3 * np.log(2 / 3) + 1 / 3 * np.log(1 / 3))
    found = mutual_information(np.array([[2, 1], [1, 2]]))
    assert found == pytest.approx(np.log(2) - third)


def test_it_is_told_with_the_entropy_and_what_follows():
    counts = {"a": {"negative": 2, "positive": 1}, "b": {"negative": 1, "positive": 2}}
    text = describe_information(counts, CLASSES, "the training rows")
    assert text.startswith(
        "I(emotion; corpus) is 0.057 nats, of the emotion's entropy of 0.693, over the "
        "training rows. Where it is large, invariance to the corpus can hurt"
    )
    assert describe_information({"a": counts["a"]}, CLASSES, "rows") == ""
    assert describe_information({}, CLASSES, "rows") == ""


def test_shares_are_of_each_corpus_of_all_and_of_the_unseen():
    seen = {"a": {"negative": 3, "positive": 1}, "b": {"negative": 1, "positive": 3}}
    lines = [*share_lines(seen, {"tess": {"negative": 1, "positive": 0}}, CLASSES)]
    assert lines == [
        ("a", 4, [75.0, 25.0]),
        ("b", 4, [25.0, 75.0]),
        ("together", 8, [50.0, 50.0]),
        ("tess (unseen)", 1, [100.0, 0.0]),
    ]
