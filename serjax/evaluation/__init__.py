"""Predictions, their scores, and probes of what an embedding knows.

`predict` is in `serjax.evaluation.prediction`: the rest needs no jax.
"""

from serjax.evaluation.metrics import (
    Scores,
    confusion_matrix,
    score,
    unweighted_accuracy,
)
from serjax.evaluation.probe import Probe, count_units, linear_probe

__all__ = [
    "Probe",
    "Scores",
    "confusion_matrix",
    "count_units",
    "linear_probe",
    "score",
    "unweighted_accuracy",
]
