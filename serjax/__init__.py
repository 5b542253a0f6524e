"""Speech emotion recognition that generalises, after Parry et al. (2022), in JAX.

The public names below are loaded when they are first used (PEP 562), so that
`import serjax` is instant and loads no jax.

`serjax.study` is both the function that runs a grid and the room it lives in: the
module is callable (see `serjax/study/__init__.py`).
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from serjax.config import Config, make_config
    from serjax.corpora import Utterance, read_corpora
    from serjax.data import Dataset, load_dataset
    from serjax.models import Discriminator, Encoder, Heads, reverse_gradient
    from serjax.preparation import Preparation, prepare
    from serjax.reporting.report import report
    from serjax.study.loop import study
    from serjax.training import (
        adversarial_losses,
        cross_entropy,
        embed,
        labelled_mean,
        multitask_loss,
        reversal_loss,
        train,
    )

__version__ = "0.1.0"

__all__ = [
    "Config",
    "Dataset",
    "Discriminator",
    "Encoder",
    "Heads",
    "Preparation",
    "Utterance",
    "adversarial_losses",
    "cross_entropy",
    "embed",
    "labelled_mean",
    "load_dataset",
    "make_config",
    "multitask_loss",
    "prepare",
    "read_corpora",
    "report",
    "reversal_loss",
    "reverse_gradient",
    "study",
    "train",
]

_ROOMS = {
    "serjax.config": ("Config", "make_config"),
    "serjax.corpora": ("Utterance", "read_corpora"),
    "serjax.data": ("Dataset", "load_dataset"),
    "serjax.models": ("Discriminator", "Encoder", "Heads", "reverse_gradient"),
    "serjax.preparation": ("Preparation", "prepare"),
    "serjax.reporting.report": ("report",),
    "serjax.training": (
        "adversarial_losses",
        "cross_entropy",
        "embed",
        "labelled_mean",
        "multitask_loss",
        "reversal_loss",
        "train",
    ),
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}


def __getattr__(name: str) -> Any:
    if name == "study":
        return importlib.import_module("serjax.study")
    if name not in _ROOM_OF:
        raise AttributeError(f"module 'serjax' has no attribute {name!r}")
    value = getattr(importlib.import_module(_ROOM_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
