"""Predictions, their scores, and probes of what an embedding knows.

`predict` is in `serjax.evaluation.prediction`: the rest needs no jax.
"""

from serjax.evaluation.metrics import Scores as Scores
from serjax.evaluation.metrics import confusion_matrix as confusion_matrix
from serjax.evaluation.metrics import score as score
from serjax.evaluation.metrics import unweighted_accuracy as unweighted_accuracy
from serjax.evaluation.probe import Probe as Probe
from serjax.evaluation.probe import count_units as count_units
from serjax.evaluation.probe import linear_probe as linear_probe
