"""Objectives, steps, the loop and what it leaves on disk."""

from serjax.errors import NonFinite, Stopped
from serjax.training.embed import Embedded, embed
from serjax.training.losses import cross_entropy, labelled_mean
from serjax.training.objectives import (
    adversarial_losses,
    multitask_loss,
    reversal_loss,
)
from serjax.training.run import RunResult, train

__all__ = [
    "Embedded",
    "NonFinite",
    "RunResult",
    "Stopped",
    "adversarial_losses",
    "cross_entropy",
    "embed",
    "labelled_mean",
    "multitask_loss",
    "reversal_loss",
    "train",
]
