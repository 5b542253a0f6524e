"""Objectives, steps, the loop and what it leaves on disk."""

from serjax.training.embed import Embedded, embed
from serjax.training.errors import NonFiniteLoss, Stopped
from serjax.training.losses import cross_entropy, labelled_mean
from serjax.training.objectives import (
    adversarial_losses,
    multitask_loss,
    reversal_loss,
)
from serjax.training.run import RunResult, train

__all__ = [
    "Embedded",
    "NonFiniteLoss",
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
