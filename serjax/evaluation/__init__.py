"""Predictions, their scores, and probes of what an embedding knows."""

from serjax.evaluation.metrics import (
    Scores,
    confusion_matrix,
    score,
    unweighted_accuracy,
)
from serjax.evaluation.prediction import Predictions, predict
from serjax.evaluation.probe import Probe, linear_probe

__all__ = [
    "Predictions",
    "Probe",
    "Scores",
    "confusion_matrix",
    "linear_probe",
    "predict",
    "score",
    "unweighted_accuracy",
]
