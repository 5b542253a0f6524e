"""Scores of a set of predictions, all from one confusion matrix."""

import dataclasses

import numpy as np

# A model that gives this share of its answers to one class has learnt nothing else.
COLLAPSE_SHARE = 0.95


@dataclasses.dataclass(frozen=True, eq=False)
class Scores:
    """How well a set of utterances was recognised; rates in percent.

    Attributes:
      ua: unweighted accuracy, the mean recall over the classes present (= UAR, balanced
        accuracy; the paper's metric).
      wa: weighted accuracy, the share of utterances that are right.
      recall: per class; None for a class that is not among the labels.
      confusion: int[classes, classes], rows are labels, columns predictions.
      collapsed: whether one class has 95 % or more of the predictions.
    """

    ua: float
    wa: float
    recall: tuple[float | None, ...]
    confusion: np.ndarray
    collapsed: bool


def confusion_matrix(
    labels: np.ndarray, predicted: np.ndarray, num_classes: int
) -> np.ndarray:
    """Count int[classes, classes]: rows are labels, columns predictions."""
    # sklearn's own takes milliseconds, and a report has thousands of speakers.
    pairs = np.asarray(labels) * num_classes + np.asarray(predicted)
    counts = np.bincount(pairs, minlength=num_classes**2)
    return counts.reshape(num_classes, num_classes)


def unweighted_accuracy(confusion: np.ndarray) -> float:
    """Mean recall over the classes present, in percent (UA, Sec. 4).

    A class without a label does not count; one that is never predicted counts 0.

    Raises:
      ValueError: there is no label at all.
    """
    present = confusion.sum(1) > 0
    if not present.any():
        raise ValueError("UA of no utterances is undefined; is this part empty?")
    recall = np.diag(confusion)[present] / confusion.sum(1)[present]
    return float(100 * recall.mean())


def score(labels: np.ndarray, predicted: np.ndarray, num_classes: int) -> Scores:
    """Score predictions, int[utterances], by labels of the classes, present or not."""
    return score_confusion(confusion_matrix(labels, predicted, num_classes))


def score_confusion(confusion: np.ndarray) -> Scores:
    """Score predictions by their counts, int[classes, classes]; rows are labels."""
    counts = confusion.sum(1)
    return Scores(
        ua=unweighted_accuracy(confusion),
        wa=float(100 * np.trace(confusion) / confusion.sum()),
        recall=tuple(
            float(100 * confusion[k, k] / counts[k]) if counts[k] else None
            for k in range(len(counts))
        ),
        confusion=confusion,
        collapsed=bool(confusion.sum(0).max() >= COLLAPSE_SHARE * confusion.sum()),
    )
