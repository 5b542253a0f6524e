"""Measures of the probabilities: how classes are ranked, and what a threshold costs.

UA judges the most probable class alone: a model that ranks utterances well, with a
threshold displaced on unseen speech, looks blind to it. See docs/measures.md.
"""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from scipy.special import logsumexp, softmax
from scipy.stats import rankdata

from serjax.evaluation.metrics import confusion_matrix, unweighted_accuracy
from serjax.records.predictions import Rows

FLOOR = 5e-7
"""A probability below counts as this: half of the last digit in predictions.csv."""

_TOLERANCE = 1e-9  # of the mean prediction
_MAX_STEPS = 200
_LONGEST = 4.0  # step of an offset, nats: far from the minimum a Newton step may leap


def measure_rows(
    rows: Rows, parts: Collection[str], prior: np.ndarray | None
) -> dict[str, dict[str, float | None]]:
    """Measure predictions by part.

    Args:
      rows: the predictions of one epoch.
      parts: valid, test and unseen corpora.
      prior: float[classes], shares that sum to 1; None where they are not known.

    Returns:
      `auc` (a fraction), `ua_even` (percent), `nll` and `nll_prior` (nats), each by
      part, and `ua_test_by_corpus` (percent) by corpus. None where one is undefined,
      or a part has no rows.
    """
    names = ("auc", "ua_even", "nll", "nll_prior")
    found: dict[str, dict[str, float | None]] = {n: dict.fromkeys(parts) for n in names}
    found["ua_test_by_corpus"] = {}
    for part in parts:
        at = rows.of(part)
        labels, probabilities = rows.labels[at], rows.probabilities[at]
        if not len(labels):
            continue
        found["auc"][part] = auc(labels, probabilities)
        found["ua_even"][part] = ua_even(labels, probabilities)
        found["nll"][part] = nll(labels, probabilities)
        if prior is not None:
            always = np.broadcast_to(prior, probabilities.shape)
            found["nll_prior"][part] = nll(labels, always)
    corpora = rows.attributes["corpus"]
    for corpus in np.unique(corpora[rows.parts == "test"]):
        at = (rows.parts == "test") & (corpora == corpus)
        confusion = confusion_matrix(
            rows.labels[at], rows.predicted[at], len(rows.classes)
        )
        found["ua_test_by_corpus"][str(corpus)] = unweighted_accuracy(confusion)
    return found


def class_shares(
    counts: Mapping[str, Mapping[str, int]], classes: Sequence[str]
) -> np.ndarray | None:
    """Turn utterances by corpus and class into float[classes] shares; None of none."""
    totals = [sum(its.get(name, 0) for its in counts.values()) for name in classes]
    return np.array(totals) / sum(totals) if any(totals) else None


def auc(labels: np.ndarray, probabilities: np.ndarray) -> float | None:
    """Mean over the classes present of the area under the ROC, one against rest.

    It is the chance that an utterance of the class gets a higher probability of it than
    one of another class; half where both are equal. A threshold has no part in it.

    Args:
      labels: int[rows].
      probabilities: float[rows, classes].

    Returns:
      A fraction; None unless two classes are present.

    References:
      Hanley and McNeil, "The meaning and use of the area under a receiver operating
      characteristic (ROC) curve", Radiology 1982.
    """
    areas = []
    for number, column in enumerate(probabilities.T):
        positive = labels == number
        pairs = int(positive.sum()) * int((~positive).sum())
        if pairs:
            ranks, n = rankdata(column)[positive], int(positive.sum())
            areas.append((ranks.sum() - n * (n + 1) / 2) / pairs)
    return float(np.mean(areas)) if areas else None


def ua_even(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """UA in percent with `even_offsets`, which are of these very rows: transductive."""
    predicted = (_logarithms(probabilities) + even_offsets(probabilities)).argmax(1)
    confusion = confusion_matrix(labels, predicted, probabilities.shape[1])
    return unweighted_accuracy(confusion)


def even_offsets(probabilities: np.ndarray) -> np.ndarray:
    """Find the number per class that makes the mean prediction even over the classes.

    With b added to the log-probabilities, the mean over rows of softmax(log p + b) is
    1 / classes. It is where the convex mean of logsumexp(log p + b) - mean(b) is least:
    by Newton's method with a line search. No label is used.

    Args:
      probabilities: float[rows, classes].

    Returns:
      float[classes], nats, of sum 0.
    """
    logs = _logarithms(probabilities)
    num_rows, num_classes = logs.shape

    def height(at: np.ndarray) -> float:
        return float(np.mean(logsumexp(logs + at, axis=1)) - at.mean())

    offsets = np.zeros(num_classes)
    for _ in range(_MAX_STEPS):
        shifted = softmax(logs + offsets, axis=1)
        mean = shifted.mean(0)
        slope = mean - 1 / num_classes
        if abs(slope).max() < _TOLERANCE:
            break
        # Not a matrix product: its bits could depend on the threads.
        curvature = np.diag(mean) - np.einsum("nk,nl->kl", shifted, shifted) / num_rows
        # All offsets alike change nothing: their sum is held at 0.
        step = -np.linalg.solve(curvature + 1 / num_classes, slope)
        step *= min(1.0, _LONGEST / abs(step).max())
        before, descent, size = height(offsets), float(slope @ step), 1.0
        while height(offsets + size * step) > before + 1e-4 * size * descent + 1e-13:
            size /= 2
        offsets = offsets + size * step
        offsets -= offsets.mean()
    return offsets


def nll(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Mean negative log-likelihood of the labels, in nats."""
    logs = _logarithms(probabilities)
    return float(-logs[np.arange(len(labels)), labels].mean())


def _logarithms(probabilities: np.ndarray) -> np.ndarray:
    return np.log(np.maximum(np.asarray(probabilities, np.float64), FLOOR))
